"""Storage: the only thing the rest of Backdrop knows of a database.

Every engine passes tests/contract. A data set that was never written is empty, not an error. All methods
may be called from several threads and processes at once, and raise StorageUnavailable when the database
can't be reached or stays locked. Instants are whole milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from backdrop.core.errors import BackdropError, Unavailable
from backdrop.core.partials import Partial
from backdrop.core.query import Grouping, Selection, Sort
from backdrop.core.spans import Span
from backdrop.core.triggers import Cause, Trigger
from backdrop.core.values import Value

Record: TypeAlias = Mapping[str, Value]
"""A record as stored: always `_id` and `_updated_at`; `_timestamp`, `_start_at`, `_end_at` are aware UTC
datetimes where present; a key with null is not a missing key."""


class StorageUnavailable(Unavailable):
    """The database can't be reached, or stays locked; nothing was changed.

    What is wrong with the database itself, and where that is, is no concern of whoever asked: it goes into `trouble`.
    """

    def __init__(
        self, text: str = "storage can't be used just now; try again", *, trouble: str | None = None
    ) -> None:
        super().__init__(text, trouble=trouble)


class IdempotencyKeyReused(BackdropError):
    """An Idempotency-Key came with a different request than the one it was first used for."""


class DroppedSince(Unavailable):
    """The data set was dropped after what allows this write was asked for: a config, or of another drop the count of
    drops. Nothing was changed.

    `drops` is how many drops there had been with that one: what is asked for by then knows of it.
    """

    def __init__(self, data_set: str, drops: int) -> None:
        super().__init__(f"data set '{data_set}' was dropped a moment ago; try again")
        self.drops = drops


@dataclass(frozen=True, slots=True)
class Receipt:
    """Marks a request as done under its Idempotency-Key until `expires`. `fingerprint` is a digest of the body."""

    key: str
    fingerprint: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Write:
    """What goes with the records of a write, in the same transaction.

    now         the time of the write
    cause       becomes the trigger of transforms over the span that the write touches
    receipt     marks the request as done
    capped_size about how many bytes the data set may have afterwards; the oldest records go
    fresh_ids   the records' ids were made for this request, so that none of them can be known
    as_of       how many drops (`Storage.drops`) there had been when the config was asked for that allows the
                write: refused with DroppedSince if the data set was dropped after that; None: whenever it was
    """

    now: datetime
    cause: Cause | None = None
    receipt: Receipt | None = None
    capped_size: int | None = None
    fresh_ids: bool = False
    as_of: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What a write has changed. What had to go for `capped_size` is not in it: nothing is to be computed anew
    for records that were too old to be kept.

    removed  how many records were taken away or replaced (with `fresh_ids`, nobody looks)
    span     first and last `_timestamp` of those and of the records given; None where none has one
    trigger  what was kept for the transforms
    """

    removed: int = 0
    span: Span | None = None
    trigger: Trigger | None = None


class Storage(Protocol):
    """A place where data sets are kept. Names of data sets are legal ones (core.names). Whatever takes a Write, or
    its `as_of`, may raise DroppedSince."""

    def version(self, data_set: str) -> int:
        """A number that every write to the data set raises, with the write; never the same again, even after
        a drop. 0 before the first write ever."""
        ...

    def find(
        self, data_set: str, selection: Selection, sort: Sort | None, limit: int
    ) -> list[dict[str, Value]]:
        """The records selected, by the sort's key (missing as null, both first when ascending), then
        `_timestamp` (missing first) then `_id`; at most `limit`, 0: all."""
        ...

    def fold(self, data_set: str, selection: Selection, grouping: Grouping, at_most: int) -> list[Partial]:
        """The partials of the records selected, in no particular order; empty groups are not there.

        Raises AnswerTooLarge when there are more than `at_most` of them, or of the distinct values in them."""
        ...

    def append(self, data_set: str, records: Sequence[Record], write: Write) -> Written | None:
        """Stores the records (one or more; their `_id`s differ), all or none; one with a known `_id` replaces
        that one. None, and nothing is stored, when the write's receipt shows that it was done before.

        Raises IdempotencyKeyReused when the receipt's key is known with another fingerprint."""
        ...

    def replace(self, data_set: str, records: Sequence[Record], write: Write) -> Written:
        """Makes the records the whole contents; readers see the old ones or the new ones."""
        ...

    def update(
        self, data_set: str, record_id: str, change: Callable[[Record], Record], write: Write
    ) -> Written | None:
        """Puts `change(record)`, which has the same `_id`, in the place of the record, atomically: no other write
        comes between. `change` may be called again. What it raises passes through and nothing is changed.
        None when there is no record of that id."""
        ...

    def delete(self, data_set: str, record_id: str, write: Write) -> Written | None:
        """Removes one record; None when there is none of that id."""
        ...

    def drop(self, data_set: str, as_of: int | None = None) -> Written | None:
        """Removes the data set with all that belongs to it (receipts, waiting triggers); None when it was
        never written, or dropped since. Either way writes as of earlier are refused from now on.

        Raises DroppedSince when it was dropped after so many drops as `as_of` says, and that drop is done: a drop that
        comes late must not take what was written since."""
        ...

    def drops(self) -> int:
        """How many drops there have been, of any data sets and of names that were never written."""
        ...

    def keep_trigger(self, trigger: Trigger, now: datetime, as_of: int | None = None) -> None:
        """Keeps a trigger that no write has left; makes no data set, and none younger. `now` and `as_of` are those
        of a Write."""
        ...

    def last_writes(self) -> Mapping[str, datetime]:
        """When each data set that has at least one record was last written; the same few round trips for any
        number of them."""
        ...

    def waiting_triggers(self, written_before: datetime, at_most: int) -> Sequence[Trigger]:
        """Triggers not yet forgotten whose write happened before that time, oldest first."""
        ...

    def forget_triggers(self, ids: Sequence[str]) -> None:
        """Removes triggers that a broker has taken over; unknown ids are no error."""
        ...

    def ping(self) -> None:
        """Raises StorageUnavailable unless the database answers."""
        ...

    def close(self) -> None:
        """Gives back connections and files of the calling process."""
        ...
