"""The SQLite engine: data sets in one file, used by any number of threads and processes of one machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from backdrop.core.errors import AnswerTooLarge
from backdrop.core.partials import Partial
from backdrop.core.query import Fact, Filter, Grouping, Selection, Sort
from backdrop.core.triggers import Trigger
from backdrop.core.values import Value
from backdrop.storage import sql, sqlite_catalogue
from backdrop.storage.protocol import IdempotencyKeyReused, Record, Write
from backdrop.storage.sql import Statement
from backdrop.storage.sqlite_cells import Row, decode, instant_cell, value_of
from backdrop.storage.sqlite_connections import (
    PATIENCE_SECONDS,
    Connections,
    IntegerOverflow,
    Transaction,
)
from backdrop.storage.sqlite_partials import Different, assemble, by_group, join
from backdrop.storage.sqlite_tables import Kind, Table
from backdrop.storage.sqlite_writing import Prepared, has_records, note_write, store, store_anew


class SqliteStorage:
    """`Storage` in the file at `path`, made when it is first needed. A lock is waited for `patience` seconds."""

    def __init__(self, path: Path, patience: float = PATIENCE_SECONDS) -> None:
        self._connections = Connections(path.absolute(), sqlite_catalogue.make, patience)

    def version(self, data_set: str) -> int:
        with self._connections.reading() as transaction:
            rows = transaction.rows(Statement("SELECT version FROM data_sets WHERE name = ?1", (data_set,)))
            return rows[0][0] if rows else 0

    def find(
        self, data_set: str, selection: Selection, sort: Sort | None, limit: int
    ) -> list[dict[str, Value]]:
        with self._connections.reading() as transaction:
            if (table := sqlite_catalogue.find_table(transaction, data_set)) is None:
                return []
            rows = transaction.rows(sql.find(table, selection, sort, limit))
        return decode(rows, table)

    def fold(self, data_set: str, selection: Selection, grouping: Grouping, at_most: int) -> list[Partial]:
        with self._connections.reading() as transaction:
            if (table := sqlite_catalogue.find_table(transaction, data_set)) is None:
                return []
            different = _different(transaction, table, selection, grouping, at_most)
            slices = [
                (part, _fold(transaction, table, selection, part, at_most)) for part in sql.slices(grouping)
            ]
        return join(assemble(rows, different, part, table) for part, rows in slices)

    def append(self, data_set: str, records: Sequence[Record], write: Write) -> bool:
        prepared = self._prepare(data_set, records)
        with self._connections.writing() as transaction:
            if write.receipt is not None and not _is_new(transaction, data_set, write):
                return False
            if records:
                store(transaction, data_set, prepared, write)
            _keep_trigger(transaction, write)
            return True

    def replace(self, data_set: str, records: Sequence[Record], write: Write) -> None:
        prepared = Prepared(records, None)
        with self._connections.writing() as transaction:
            store_anew(transaction, data_set, prepared, write)
            _keep_trigger(transaction, write)

    def update(
        self,
        data_set: str,
        record_id: str,
        change: Callable[[Record], Record],
        write: Callable[[Record], Write],
    ) -> Record | None:
        with self._connections.writing() as transaction:
            if (table := sqlite_catalogue.find_table(transaction, data_set)) is None:
                return None
            by_id = Selection(filters=(Filter("_id", (record_id,)),))
            found = decode(transaction.rows(sql.find(table, by_id, None, 0)), table)
            if not found:
                return None
            changed = change(found[0])
            if changed["_id"] != record_id:
                transaction.change(sql.delete(table, record_id))
            details = write(changed)
            store(transaction, data_set, Prepared([changed], table), details)
            _keep_trigger(transaction, details)
            return changed

    def delete(self, data_set: str, record_id: str, write: Write) -> bool:
        with self._connections.writing() as transaction:
            table = sqlite_catalogue.find_table(transaction, data_set)
            if table is None or not transaction.change(sql.delete(table, record_id)):
                return False
            note_write(transaction, data_set, table, write, has_records=has_records(transaction, table))
            _keep_trigger(transaction, write)
            return True

    def drop(self, data_set: str) -> bool:
        with self._connections.writing() as transaction:
            transaction.run("DELETE FROM receipts WHERE data_set = ?1", data_set)
            transaction.run("DELETE FROM triggers WHERE data_set = ?1", data_set)
            if (table := sqlite_catalogue.find_table(transaction, data_set)) is None:
                return False
            sqlite_catalogue.remove_table(transaction, table)
            transaction.run(
                "UPDATE data_sets SET version = version + 1, table_number = NULL, has_records = 0 WHERE name = ?1",
                data_set,
            )
            return True

    def last_writes(self) -> Mapping[str, datetime]:
        with self._connections.reading() as transaction:
            rows = transaction.rows(Statement("SELECT name, last_write FROM data_sets WHERE has_records"))
        return {name: _instant(cell) for name, cell in rows}

    def waiting_triggers(self, written_before: datetime, at_most: int) -> Sequence[Trigger]:
        text = (
            "SELECT id, data_set, earliest, latest, request_id FROM triggers WHERE written < ?1"
            " ORDER BY written, number LIMIT ?2"
        )
        with self._connections.reading() as transaction:
            rows = transaction.rows(Statement(text, (instant_cell(written_before), at_most)))
        return [
            Trigger(id_, data_set, _instant(earliest), _instant(latest), request_id)
            for id_, data_set, earliest, latest, request_id in rows
        ]

    def forget_triggers(self, ids: Sequence[str]) -> None:
        with self._connections.writing() as transaction:
            transaction.run(
                "DELETE FROM triggers WHERE id IN (SELECT k0 FROM batch(?1))", [(id_,) for id_ in ids]
            )

    def ping(self) -> None:
        with self._connections.reading() as transaction:
            transaction.rows(Statement("SELECT 1 FROM data_sets LIMIT 1"))

    def close(self) -> None:
        self._connections.close()

    def _prepare(self, data_set: str, records: Sequence[Record]) -> Prepared:
        """The records encoded before the writers' turn is taken, by the table as it is likely to be then."""
        with self._connections.reading() as transaction:
            table = sqlite_catalogue.find_table(transaction, data_set)
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


def _is_new(transaction: Transaction, data_set: str, write: Write) -> bool:
    """Whether the write was not done before; if so, it is remembered as done."""
    assert write.receipt is not None
    receipt, now = write.receipt, instant_cell(write.now)
    transaction.run("DELETE FROM receipts WHERE expires <= ?1", now)
    text = "SELECT fingerprint FROM receipts WHERE data_set = ?1 AND key = ?2"
    if rows := transaction.rows(Statement(text, (data_set, receipt.key))):
        if rows[0][0] != receipt.fingerprint:
            raise IdempotencyKeyReused(
                "the Idempotency-Key was used before, for another request; use a new key for each request"
            )
        return False
    transaction.run(
        "INSERT INTO receipts VALUES (?1, ?2, ?3, ?4)",
        data_set,
        receipt.key,
        receipt.fingerprint,
        instant_cell(receipt.expires),
    )
    return True


def _keep_trigger(transaction: Transaction, write: Write) -> None:
    if (trigger := write.trigger) is not None:
        transaction.run(
            "INSERT OR REPLACE INTO triggers (id, data_set, earliest, latest, request_id, written)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            trigger.id,
            trigger.data_set,
            instant_cell(trigger.earliest),
            instant_cell(trigger.latest),
            trigger.request_id,
            instant_cell(write.now),
        )


def _instant(cell: int) -> datetime:
    instant = value_of(cell, Kind.INSTANT)
    assert isinstance(instant, datetime)
    return instant
