"""The SQLite engine: data sets in one file, used by any number of threads and processes of one machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from backdrop.core.errors import AnswerTooLarge
from backdrop.core.partials import Partial
from backdrop.core.query import Fact, Filter, Grouping, Selection, Sort
from backdrop.core.spans import hull, span_of
from backdrop.core.triggers import Trigger
from backdrop.core.values import Value
from backdrop.storage.protocol import Record, Write, Written
from backdrop.storage.sqlite import catalogue, receipts, sql, touched, triggers
from backdrop.storage.sqlite.cells import Row, decode, instant_of
from backdrop.storage.sqlite.connections import (
    PATIENCE_SECONDS,
    Connections,
    IntegerOverflow,
    Transaction,
)
from backdrop.storage.sqlite.partials import Different, assemble, by_group, join
from backdrop.storage.sqlite.sql import Statement
from backdrop.storage.sqlite.tables import Table
from backdrop.storage.sqlite.writing import Prepared, delete, has_records, note_write, store, store_anew


class SqliteStorage:
    """`Storage` in the file at `path`, made when it is first needed. A lock is waited for `patience` seconds."""

    def __init__(self, path: Path, patience: float = PATIENCE_SECONDS) -> None:
        self._connections = Connections(path.absolute(), catalogue.STEPS, patience)

    def version(self, data_set: str) -> int:
        with self._connections.reading() as transaction:
            rows = transaction.rows(Statement("SELECT version FROM data_sets WHERE name = ?1", (data_set,)))
            return rows[0][0] if rows else 0

    def find(
        self, data_set: str, selection: Selection, sort: Sort | None, limit: int
    ) -> list[dict[str, Value]]:
        with self._connections.reading() as transaction:
            if (table := catalogue.find_table(transaction, data_set)) is None:
                return []
            rows = transaction.rows(sql.find(table, selection, sort, limit))
        return decode(rows, table)

    def fold(self, data_set: str, selection: Selection, grouping: Grouping, at_most: int) -> list[Partial]:
        with self._connections.reading() as transaction:
            if (table := catalogue.find_table(transaction, data_set)) is None:
                return []
            different = _different(transaction, table, selection, grouping, at_most)
            slices = [
                (part, _fold(transaction, table, selection, part, at_most)) for part in sql.slices(grouping)
            ]
        return join(assemble(rows, different, part, table) for part, rows in slices)

    def append(self, data_set: str, records: Sequence[Record], write: Write) -> Written | None:
        prepared = self._prepare(data_set, records)
        with self._connections.writing() as transaction:
            table, receipt = catalogue.find_table(transaction, data_set, write.as_of), write.receipt
            if receipt is not None and not receipts.is_new(transaction, data_set, receipt, write.now):
                return None
            removed = store(transaction, data_set, table, prepared, write)
            return _written(transaction, data_set, write, removed, records)

    def replace(self, data_set: str, records: Sequence[Record], write: Write) -> Written:
        prepared = Prepared(records, None)
        with self._connections.writing() as transaction:
            table = catalogue.find_table(transaction, data_set, write.as_of)
            removed = store_anew(transaction, data_set, table, prepared, write)
            return _written(transaction, data_set, write, removed, records)

    def update(
        self, data_set: str, record_id: str, change: Callable[[Record], Record], write: Write
    ) -> Written | None:
        with self._connections.writing() as transaction:
            if (table := catalogue.find_table(transaction, data_set, write.as_of)) is None:
                return None
            by_id = Selection(filters=(Filter("_id", (record_id,)),))
            found = decode(transaction.rows(sql.find(table, by_id, None, 0)), table)
            if not found:
                return None
            changed = [change(found[0])]
            removed = store(transaction, data_set, table, Prepared(changed, table), write)
            return _written(transaction, data_set, write, removed, changed)

    def delete(self, data_set: str, record_id: str, write: Write) -> Written | None:
        with self._connections.writing() as transaction:
            table = catalogue.find_table(transaction, data_set, write.as_of)
            if table is None:
                return None
            removed = delete(transaction, table, record_id)
            if not removed.count:
                return None
            note_write(transaction, data_set, table, write, has_records=has_records(transaction, table))
            return _written(transaction, data_set, write, removed)

    def drop(self, data_set: str, as_of: int | None = None) -> Written | None:
        with self._connections.writing() as transaction:
            table = catalogue.find_table(transaction, data_set, as_of)
            receipts.forget(transaction, data_set)
            triggers.forget_all(transaction, data_set)
            catalogue.note_drop(transaction, data_set)
            if table is None:
                return None
            removed = touched.everything(transaction, table)
            catalogue.remove_table(transaction, table)
            return Written(removed.count, removed.span)

    def drops(self) -> int:
        with self._connections.reading() as transaction:
            return catalogue.drops(transaction)

    def keep_trigger(self, trigger: Trigger, now: datetime, as_of: int | None = None) -> None:
        with self._connections.writing() as transaction:
            catalogue.find_table(transaction, trigger.data_set, as_of)
            triggers.keep(transaction, trigger, now)

    def last_writes(self) -> Mapping[str, datetime]:
        with self._connections.reading() as transaction:
            rows = transaction.rows(Statement("SELECT name, last_write FROM data_sets WHERE has_records"))
        return {name: instant_of(cell) for name, cell in rows}

    def waiting_triggers(self, written_before: datetime, at_most: int) -> Sequence[Trigger]:
        with self._connections.reading() as transaction:
            return triggers.waiting(transaction, written_before, at_most)

    def forget_triggers(self, ids: Sequence[str]) -> None:
        with self._connections.writing() as transaction:
            triggers.forget(transaction, ids)

    def ping(self) -> None:
        with self._connections.reading() as transaction:
            transaction.rows(Statement("SELECT 1 FROM data_sets LIMIT 1"))

    def close(self) -> None:
        self._connections.close()

    def _prepare(self, data_set: str, records: Sequence[Record]) -> Prepared:
        """The records encoded before the writers' turn is taken, by the table as it is likely to be then."""
        with self._connections.reading() as transaction:
            table = catalogue.find_table(transaction, data_set)
        return Prepared(records, table)


def _fold(
    transaction: Transaction, table: Table, selection: Selection, grouping: Grouping, at_most: int
) -> list[Row]:
    try:
        rows = transaction.rows(sql.fold(table, selection, grouping, at_most + 1))
    except IntegerOverflow:
        rows = transaction.rows(sql.fold(table, selection, grouping, at_most + 1, beyond_64_bits=True))
    if len(rows) > at_most:
        raise AnswerTooLarge(at_most)
    return rows


def _different(
    transaction: Transaction, table: Table, selection: Selection, grouping: Grouping, at_most: int
) -> Different:
    different, room = {}, at_most
    for collected in grouping.collected:
        if Fact.DISTINCT in collected.facts:
            rows = transaction.rows(sql.distinct(table, selection, grouping, collected.field, room + 1))
            if (room := room - len(rows)) < 0:
                raise AnswerTooLarge(at_most)
            different[collected.field] = by_group(rows, table, collected.field)
    return different


def _written(
    transaction: Transaction,
    data_set: str,
    write: Write,
    removed: touched.Removed,
    records: Sequence[Record] = (),
) -> Written:
    """What the write of the records has changed; its trigger is kept."""
    span = hull(removed.span, span_of(records))
    trigger = write.cause.trigger(data_set, span) if write.cause else None
    if trigger is not None:
        triggers.keep(transaction, trigger, write.now)
    return Written(removed.count, span, trigger)
