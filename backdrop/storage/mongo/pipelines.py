"""Groupings as aggregation pipelines. Pure: nothing here asks a server.

Names of users become paths only when they are valid field names, which no operator is.

Rows of `fold` have an `_id` of the period's index `p` and the keys' values `k0`, `k1`, ...; `n` counts the
records. For the collected field number 0, as far as its facts were asked for:

    v0  how many values there are
    x0  how many of them are strings; none where it isn't there
    w0  the sum of whole numbers and booleans
    f0  the sum of other numbers, a whole 0 where there are none; none where it isn't there
    l0, h0  minimum and maximum

Rows of `distinct` have the value as `v` of their `_id`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from backdrop.core.periods import EPOCH, Period
from backdrop.core.query import Collected, Fact, Grouping, Selection
from backdrop.storage.mongo.documents import DAY
from backdrop.storage.mongo.filters import condition, is_missing

Expression: TypeAlias = Any
Stage: TypeAlias = dict[str, Any]
Pipeline: TypeAlias = list[Stage]

_WHOLE, _FRACTION, _NOTHING = ("int", "long"), ("double", "decimal"), ("missing", "null", "undefined")

_FEW_FIELDS = 20
"""The fast engine takes seconds to compile a fold of hundreds of fields; $type keeps it away."""


@dataclass(frozen=True, slots=True)
class Care:
    """What a fold has to take care of that most folds need not, and that costs time.

    days   records may have a `_timestamp` without a stored day
    mixed  fields that may hold other values than whole numbers
    exact  fields whose sum of whole numbers may leave 64 bits; each is also one of `mixed`
    """

    days: bool = False
    mixed: frozenset[str] = frozenset()
    exact: frozenset[str] = frozenset()

    def __or__(self, other: Care) -> Care:
        """The care of both."""
        return Care(self.days or other.days, self.mixed | other.mixed, self.exact | other.exact)


def fold(selection: Selection, grouping: Grouping, at_most: int, care: Care) -> Pipeline | None:
    """A row for each group and period of the records selected, at most so many; None when there can't be any.

    The records are first grouped by day or hour and keys, which leaves few rows; these are then folded to periods.
    """
    if (matching := _matching(selection, grouping)) is None:
        return None
    first: Stage = {"_id": _grouped_by(grouping, care), "n": {"$sum": 1}}
    second: Stage = {"_id": _groups(grouping), "n": {"$sum": "$n"}}
    are_many = len(grouping.collected) > _FEW_FIELDS
    for i, collected in enumerate(grouping.collected):
        if not is_missing(field := collected.field):
            mixed, exact = are_many or field in care.mixed, field in care.exact
            kind, parts, totals = _facts(i, collected, mixed=mixed, exact=exact)
            first["_id"] |= kind
            first |= parts
            second |= totals
    # what is grouped by nothing but the keys is folded as it is
    again = [{"$group": second}] if first["_id"].keys() - second["_id"].keys() else []
    return [*matching, {"$group": first}, *_in_a_group(grouping, care), *again, {"$limit": at_most}]


def distinct(
    selection: Selection, grouping: Grouping, field: str, at_most: int, care: Care
) -> Pipeline | None:
    """A row for each different value of the field in each group and period, at most so many; None when there
    can't be any."""
    matching = _matching(selection, grouping)
    if matching is None or is_missing(field):
        return None
    first = {"_id": _grouped_by(grouping, care) | {"v": f"${field}"}}
    second = {"_id": _groups(grouping) | {"v": "$_id.v"}}
    again = [{"$group": second}] if grouping.period is not None else []
    return [*matching, {"$group": first}, *_in_a_group(grouping, care, "v"), *again, {"$limit": at_most}]


def _matching(selection: Selection, grouping: Grouping) -> Pipeline | None:
    if (matching := condition(selection)) is None:
        return None
    if grouping.period is Period.HOUR and selection.start is None and selection.end is None:
        # a bound would keep dates only, as $dateTrunc needs it
        matching = {"$and": [matching, {"_timestamp": {"$type": "date"}}]}
    return [{"$match": matching}] if matching else []


def _grouped_by(grouping: Grouping, care: Care) -> Stage:
    """What the records are grouped by first."""
    by: Stage = {f"k{i}": f"${key}" for i, key in enumerate(grouping.keys) if not is_missing(key)}
    if grouping.period is not None:
        by["d"] = _day(grouping.period, care)
    return by


def _day(period: Period, care: Care) -> Expression:
    """An instant in the record's period."""
    if period is Period.HOUR:
        return {"$dateTrunc": {"date": "$_timestamp", "unit": "hour"}}
    return {"$ifNull": [f"${DAY}", "$_timestamp"]} if care.days else f"${DAY}"


def _in_a_group(grouping: Grouping, care: Care, *more: str) -> Pipeline:
    """Leaves out what is in no group. Records without a stored day stay in until they are taken care of, so that
    they are seen; the index of their period is null."""
    names = [*(f"k{i}" for i in range(len(grouping.keys))), *more]
    conditions: Stage = {f"_id.{name}": {"$ne": None} for name in names}
    if grouping.period is not None and care.days:
        conditions["_id.d"] = {"$type": "date"}
    return [{"$match": conditions}] if conditions else []


def _groups(grouping: Grouping) -> Stage:
    """What the rows of the first grouping are grouped by."""
    by: Stage = {f"k{i}": f"$_id.k{i}" for i in range(len(grouping.keys))}
    if grouping.period is not None:
        is_date = {"$eq": [{"$type": "$_id.d"}, "date"]}
        by["p"] = {"$cond": [is_date, _index(grouping.period, "$_id.d"), None]}
    return by


def _index(period: Period, path: str) -> Expression:
    """The index of an instant's period as core.periods counts: $dateDiff counts the boundaries crossed."""
    return {"$dateDiff": {"startDate": EPOCH, "endDate": path, "unit": period.value, "startOfWeek": "monday"}}


def _facts(i: int, collected: Collected, *, mixed: bool, exact: bool) -> tuple[Stage, Stage, Stage]:
    """For one field: what to group the records by besides, what to fold then, and how to fold the rows again."""
    path, facts = f"${collected.field}", collected.facts
    kind: Stage = {}
    if mixed:
        parts = _of_mixed(i, path, facts, exact=exact)
    elif facts & {Fact.SUM, Fact.EXTREMES}:
        parts = _of_whole(i, path, facts)
        # What is no number is null here. To group by that is much cheaper than to count.
        kind = {f"t{i}": {"$isNumber": path}} if Fact.VALUES in facts else {}
    else:
        parts = {f"v{i}": {"$sum": {"$cond": [{"$gt": [path, None]}, 1, 0]}}} if Fact.VALUES in facts else {}
    totals: Stage = {name: {operator: f"${name}"} for name, part in parts.items() for operator in part}
    if kind:
        totals[f"v{i}"] = {"$sum": {"$cond": [f"$_id.t{i}", "$n", 0]}}
    return kind, parts, totals


def _of_whole(i: int, path: str, facts: frozenset[Fact]) -> Stage:
    """For fields of whole numbers. The maximum shows whether all values are numbers, which sort before all others,
    and the type of the sum whether all of these were whole."""
    parts: Stage = {f"h{i}": {"$max": path}}
    if Fact.SUM in facts:
        parts[f"w{i}"] = {"$sum": path}
    if Fact.EXTREMES in facts:
        parts[f"l{i}"] = {"$min": path}
    return parts


def _of_mixed(i: int, path: str, facts: frozenset[Fact], *, exact: bool) -> Stage:
    """For fields of any values. Decimals have 34 digits, so that sums of whole numbers stay exact in them."""
    parts: Stage = {}
    if Fact.VALUES in facts:
        parts[f"v{i}"] = {"$sum": _if_one_of(path, _NOTHING, 0, 1)}
    if facts & {Fact.SUM, Fact.EXTREMES}:
        parts[f"x{i}"] = {"$sum": _if_one_of(path, ("string",), 1, 0)}
    if Fact.SUM in facts:
        whole = {"$toDecimal": path} if exact else path
        one = {"$cond": [{"$eq": [path, True]}, 1, None]}
        parts[f"w{i}"] = {"$sum": _if_one_of(path, _WHOLE, whole, one)}
        parts[f"f{i}"] = {"$sum": _if_one_of(path, _FRACTION, path, None)}
    if Fact.EXTREMES in facts:
        truth = {"$cond": [path, 1, 0]}
        number = _if_one_of(path, _WHOLE + _FRACTION, path, _if_one_of(path, ("bool",), truth, None))
        parts |= {f"l{i}": {"$min": number}, f"h{i}": {"$max": number}}
    return parts


def _if_one_of(path: str, kinds: tuple[str, ...], then: Expression, otherwise: Expression) -> Expression:
    return {"$cond": [{"$in": [{"$type": path}, list(kinds)]}, then, otherwise]}
