"""What a function makes of each period, known without its rows: so that a run can tell what it didn't make."""

from __future__ import annotations

from dataclasses import dataclass

from backdrop.transformers.definition import Record
from backdrop.transformers.ids import encode_id


@dataclass(frozen=True, slots=True)
class PerPeriod:
    """One record per period, or at most one for each of `names`, which a record has under the key `attribute`.
    `keys`: those of a record that the function fills by itself, `attribute` among them."""

    keys: frozenset[str]
    attribute: str | None = None
    names: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str | None, ...]:
        """What tells the records of one period apart; None where there is only one."""
        return (None,) if self.attribute is None else self.names


def identity(start: str, end: str, kind: str | None = None) -> Record:
    """How a record of a period begins; two with the same are one."""
    parts = (start, end) if kind is None else (start, end, kind)
    return {"_id": encode_id(*parts), "_timestamp": start, "_start_at": start, "_end_at": end}
