"""The MongoDB engine: a collection for each data set, in one database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import pymongo

from backdrop.core.partials import Partial
from backdrop.core.query import Fact, Grouping, Selection, Sort
from backdrop.core.spans import span_of
from backdrop.core.texts import is_unicode
from backdrop.core.triggers import Trigger
from backdrop.core.values import Value
from backdrop.storage.mongo import catalogue, contents, drops, reading, storing, triggers, writing
from backdrop.storage.mongo.address import parse_address
from backdrop.storage.mongo.collection_names import DATA_SETS, TRIGGERS, collection_of
from backdrop.storage.mongo.connections import Connections, Process
from backdrop.storage.mongo.serving import Writers
from backdrop.storage.mongo.storing import IdsAreKnown, Prepared
from backdrop.storage.protocol import DroppedSince, Record, Write, Written

LOOK_SECONDS = 5.0
"""How long to wait for a server to find one document: what doesn't come by then, won't."""


class MongoStorage:
    """`Storage` in the database that a `mongodb://` or `mongodb+srv://` URL names. Raises ValueError for a URL that
    can't be right; connects to nothing yet."""

    def __init__(self, url: str) -> None:
        self._connections = Connections(parse_address(url))
        self._writers = Writers(self._connections)
        self._experience = reading.Experience()

    def version(self, data_set: str) -> int:
        # first in every request: where the data read after it would have to be waited for, it says so in time
        with pymongo.timeout(LOOK_SECONDS):
            return self._connections.look_up(
                DATA_SETS, lambda data_sets, session: catalogue.version(data_sets, data_set, session)
            )

    def find(
        self, data_set: str, selection: Selection, sort: Sort | None, limit: int
    ) -> list[dict[str, Value]]:
        return self._connections.read(
            collection_of(data_set),
            lambda documents, session: reading.find(documents, session, selection, sort, limit),
        )

    def fold(self, data_set: str, selection: Selection, grouping: Grouping, at_most: int) -> list[Partial]:
        return self._connections.read(
            collection_of(data_set),
            lambda documents, session: reading.fold(
                documents, session, selection, grouping, at_most, self._experience
            ),
            at_once=any(Fact.DISTINCT in collected.facts for collected in grouping.collected),
        )

    def append(self, data_set: str, records: Sequence[Record], write: Write) -> Written | None:
        prepared, span = storing.prepare(records), span_of(records)
        append = partial(writing.append, records=prepared, span=span, write=write)
        foreseen = writing.foreseen(write, has_records=True)

        def attempt(*, look: bool) -> Written | None:
            work = partial(append, look=look)
            return self._writers.write(data_set, foreseen, work, makes=True, as_of=write.as_of)

        # Late records of a request that was given up may come after the look too, but only once.
        for look in (False, True) if write.fresh_ids else (True,):
            with suppress(IdsAreKnown):
                return attempt(look=look)
        return attempt(look=True)

    def replace(self, data_set: str, records: Sequence[Record], write: Write) -> Written:
        prepared, span = storing.prepare(records), span_of(records)
        foreseen = writing.foreseen(write, has_records=bool(records))
        replace = partial(writing.replace, records=prepared, span=span, write=write)
        fits = self._is_for_a_transaction(data_set, prepared)
        written = (self._writers.write if fits else self._writers.write_alone)(
            data_set, foreseen, replace, makes=True, as_of=write.as_of
        )
        assert written is not None, "replacing always comes to something"
        return written

    def update(
        self, data_set: str, record_id: str, change: Callable[[Record], Record], write: Write
    ) -> Written | None:
        if not is_unicode(record_id):
            return None
        update = partial(writing.update, record_id=record_id, change=change, write=write)
        foreseen = writing.foreseen(write)
        return self._writers.write(data_set, foreseen, update, makes=False, as_of=write.as_of)

    def delete(self, data_set: str, record_id: str, write: Write) -> Written | None:
        if not is_unicode(record_id):
            return None
        delete = partial(writing.delete, record_id=record_id, write=write)
        foreseen = writing.foreseen(write)
        return self._writers.write(data_set, foreseen, delete, makes=False, as_of=write.as_of)

    def drop(self, data_set: str, as_of: int | None = None) -> Written | None:
        return self._writers.drop(data_set, writing.drop, as_of)

    def drops(self) -> int:
        with self._connections.writing() as process, pymongo.timeout(LOOK_SECONDS):
            return drops.count(process)

    def keep_trigger(self, trigger: Trigger, now: datetime, as_of: int | None = None) -> None:
        with self._connections.writing() as process:
            triggers.keep(process.database, triggers.as_document(trigger, now))
            if as_of is not None:
                self._take_back_if_dropped(process, trigger, as_of)

    def last_writes(self) -> Mapping[str, datetime]:
        known = self._connections.look_up(DATA_SETS, catalogue.last_writes)
        with self._connections.writing() as process:
            adopted = catalogue.adopt(process.database, set(known))
        return {name: at for name, at in {**known, **adopted}.items() if at is not None}

    def waiting_triggers(self, written_before: datetime, at_most: int) -> Sequence[Trigger]:
        self._writers.take_back_what_is_left()
        return self._connections.look_up(
            TRIGGERS, lambda found, session: triggers.waiting(found, written_before, at_most, session)
        )

    def forget_triggers(self, ids: Sequence[str]) -> None:
        with self._connections.writing() as process:
            triggers.forget(process.database, ids)

    def ping(self) -> None:
        # a plain ping is answered without a right to anything
        with pymongo.timeout(LOOK_SECONDS):
            self._connections.look_up(DATA_SETS, lambda found, session: found.find_one({}, session=session))

    def close(self) -> None:
        self._connections.close()

    def _take_back_if_dropped(self, process: Process, trigger: Trigger, as_of: int) -> None:
        """After it was kept: a drop marks the data set before it forgets triggers, so that one of the two sees it."""
        entry = catalogue.look_up(process.database, trigger.data_set)
        try:
            drops.refuse_late(process.database, entry, as_of)
        except DroppedSince:
            triggers.forget(process.database, [trigger.id])
            raise

    def _is_for_a_transaction(self, data_set: str, records: Sequence[Prepared]) -> bool:
        """Whether to replace the contents in a transaction; elsewhere a collection is built beside them."""
        with self._connections.writing() as process:
            if process.is_sharded:
                return True  # a collection built beside would not be sharded
            if not process.has_transactions or len(records) > contents.MOST_IN_A_TRANSACTION:
                return False
            held = process.database[collection_of(data_set)].estimated_document_count()
            return held <= contents.MOST_IN_A_TRANSACTION
