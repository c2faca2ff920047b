"""Query: what was asked; Selection: which records; Grouping: how to fold them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal

from backdrop.core.periods import Period
from backdrop.core.values import Value


@dataclass(frozen=True, slots=True)
class Filter:
    """Keeps records whose `field` holds one of the values, by the equality of `core.values`; no values: none."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class PrefixFilter:
    """Keeps records whose `field` holds a string that begins with one of the prefixes, taken literally."""

    field: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records: `start <= _timestamp < end` (`<= end` if inclusive) and all of the filters.

    Where start or end is given, records without a `_timestamp` are out.
    """

    start: datetime | None = None
    end: datetime | None = None
    inclusive: bool = False
    filters: tuple[Filter, ...] = ()
    prefixes: tuple[PrefixFilter, ...] = ()


class Fact(Enum):
    """What a fold learns of a field's values in one group. Each costs the engine something, so only what a
    collect method needs is asked for."""

    VALUES = "values"
    SUM = "sum"
    EXTREMES = "extremes"
    DISTINCT = "distinct"


@dataclass(frozen=True, slots=True)
class Collected:
    """A field to fold in every group, and the facts wanted of it."""

    field: str
    facts: frozenset[Fact]


@dataclass(frozen=True, slots=True)
class Grouping:
    """How to fold: one partial for each combination of the keys' values, and period if there is one.

    Records without one of the keys, or with null in it, and with a period those without `_timestamp`, are
    in no group.
    """

    keys: tuple[str, ...] = ()
    period: Period | None = None
    collected: tuple[Collected, ...] = ()


class Slide(Enum):
    """Which way a window moves when it begins, or ends, with empty periods."""

    NEVER = "never"
    FORWARD = "forward"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Window:
    """The periods of an answer: indexes `first <= i < last` of one kind of period."""

    period: Period
    first: int
    last: int
    slide: Slide = Slide.NEVER

    def __len__(self) -> int:
        return self.last - self.first


Method = Literal["sum", "count", "set", "mean", "min", "max"]


@dataclass(frozen=True, slots=True)
class Collect:
    """A value to show in each row; `bare`: asked for without a method, so shown under the field's own name too."""

    field: str
    method: Method
    bare: bool = False

    @property
    def name(self) -> str:
        """Its key in a row."""
        return f"{self.field}:{self.method}"


@dataclass(frozen=True, slots=True)
class Sort:
    """An order by one field or key of a row; ties keep the order they had."""

    key: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A query string, understood. `limit` 0 is none; `start_at` and `end_at` are as given, `selection` holds
    what follows from them and a duration."""

    selection: Selection = Selection()
    group_by: tuple[str, ...] = ()
    window: Window | None = None
    collect: tuple[Collect, ...] = ()
    sort: Sort | None = None
    limit: int = 0
    flatten: bool = False
    format: Literal["json", "csv"] = "json"
    start_at: datetime | None = None
    end_at: datetime | None = None

    @property
    def is_raw(self) -> bool:
        """Whether records themselves are asked for, not groups of them."""
        return not self.group_by and self.window is None

    @property
    def is_nested(self) -> bool:
        """Whether the answer's rows have rows inside."""
        return self.window is not None and bool(self.group_by) and not self.flatten

    @property
    def grouping(self) -> Grouping:
        """How the engine has to fold for this answer."""
        facts: dict[str, set[Fact]] = {}
        for collect in self.collect:
            facts.setdefault(collect.field, set()).update(_FACTS[collect.method])
        return Grouping(
            keys=self.group_by,
            period=self.window.period if self.window else None,
            collected=tuple(Collected(name, frozenset(wanted)) for name, wanted in facts.items()),
        )


_FACTS: dict[Method, set[Fact]] = {
    "sum": {Fact.SUM},
    "mean": {Fact.SUM, Fact.VALUES},
    "count": {Fact.VALUES},
    "set": {Fact.DISTINCT},
    "min": {Fact.EXTREMES},
    "max": {Fact.EXTREMES},
}
