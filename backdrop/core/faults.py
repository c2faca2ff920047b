"""FaultList: every fault of every record of a request, counted; the first of them kept to be shown."""

from __future__ import annotations

from backdrop.core.errors import Fault, InvalidRecords
from backdrop.core.quoting import shown

MOST_KEPT = 100
"""A body can hold millions of faults; who mends a hundred and asks again learns of the others."""

MESSAGE_LENGTH = 400


class FaultList:
    """Collects faults in the order of the records."""

    def __init__(self) -> None:
        self._kept: list[Fault] = []
        self._found = 0
        self._invalid = 0
        self._last_index = -1

    def add(self, index: int, key: str | None, message: str) -> None:
        """One more; `index` never goes down."""
        self._found += 1
        if index != self._last_index:
            self._invalid += 1
            self._last_index = index
        if len(self._kept) < MOST_KEPT:
            named = None if key is None else shown(key)
            self._kept.append(Fault(index, named, shown(message, MESSAGE_LENGTH)))

    def raise_if_any(self, records: int) -> None:
        """Raises InvalidRecords, which says how many of `records` were not valid, unless none was."""
        if self._found:
            raise InvalidRecords(self._kept, records, invalid=self._invalid, found=self._found)
