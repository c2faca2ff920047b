"""What can go wrong, named after it. Every message is written for the person who gets to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class BackdropError(Exception):
    """The root of all errors of ours; its text may be shown to whoever caused it."""


class InvalidQuery(BackdropError):
    """A query that can't be answered as asked; the text names the parameter. Answered with 400."""


class AnswerTooLarge(InvalidQuery):
    """A query whose answer would have more rows than the operator allows. Answered with 400."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"the answer would have more than {limit} rows: ask for a shorter range (start_at, end_at, duration),"
            " a longer period, fewer groups, or set a limit"
        )


class InvalidCollect(InvalidQuery):
    """A sum, mean, min or max over text. Old clients know the text of this message."""

    def __init__(self) -> None:
        super().__init__("invalid collect function")


class InvalidBody(BackdropError):
    """A request body that can't be read as records. Answered with 400."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one record: `index` counts records of the request from 0, `key` is None when
    the fault is the record's as a whole."""

    index: int
    key: str | None
    message: str


class InvalidRecords(BackdropError):
    """Records of which at least one can't be stored. Answered with 400.

    `faults` are the first of all that were `found`, in the order of the records; `invalid` of `total` records
    have one.
    """

    def __init__(self, faults: Sequence[Fault], total: int, *, invalid: int, found: int) -> None:
        self.faults = tuple(faults)
        self.total = total
        self.invalid = invalid
        self.found = found
        super().__init__(f"{invalid} of {total} records were not valid")


class InvalidConfig(BackdropError):
    """A data set config of the config API that makes no sense; the text names the data set and the key."""


class DataSetNotFound(BackdropError):
    """The config API knows no such data set. Answered with 404."""


class RecordNotFound(BackdropError):
    """No record of that id. Answered with 404."""

    def __init__(self, record_id: str) -> None:
        super().__init__(f"No record found with id {record_id}")


class Unavailable(BackdropError):
    """Something that an answer needs (storage, config API) is away; worth trying again. Answered with 503.

    The text is for whoever asked. `trouble` is for the operator, in the log alone: what is wrong, where, and what to
    do. It may name hosts and files, but nothing secret.
    """

    def __init__(self, text: str, *, trouble: str | None = None) -> None:
        super().__init__(text)
        self.trouble = trouble or text
