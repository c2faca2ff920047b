"""Selections, groupings and sorts as SQL over a data set's table. Pure: nothing here runs a statement.

Names and values of users are only ever parameters; what is in the text comes from our own generated names.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from backdrop.core.names import is_valid_field
from backdrop.core.periods import Period
from backdrop.core.query import Collected, Fact, Filter, Grouping, PrefixFilter, Selection, Sort
from backdrop.core.texts import after_prefix, is_unicode
from backdrop.core.values import Value
from backdrop.storage.sqlite.cells import (
    FALSE,
    MICROSECOND,
    TRUE,
    Cell,
    Row,
    columns_to_read,
    instant_cell,
)
from backdrop.storage.sqlite.tables import NO_TIME, NOTHING, SCALAR, Kind, Table

FACTS_PER_FIELD = 7
"""Cells that `fold` gives for every collected field: values, texts, upper and lower part of the sum of whole
numbers (`upper * 2**32 + lower`), sum of the others, minimum, maximum."""

FIELDS_PER_FOLD = 200
"""SQLite answers 2,000 columns at most."""

Parameter: TypeAlias = Cell | list[Row]
"""A list is the rows of the table `batch(?)`, with columns `k0`, `k1`, ..."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with what its `?1`, `?2`, ... stand for."""

    text: str
    parameters: tuple[Parameter, ...] = ()


def find(table: Table, selection: Selection, sort: Sort | None, limit: int) -> Statement:
    """The records selected, in order, as rows of `columns_to_read`."""
    values = _Parameters()
    order = ["at", "id"]
    if sort is not None:
        column = table.column(sort.key)
        key = column.name if column else _operand(table, sort.key, values).text
        order = [f"{key} DESC" if sort.descending else key, *(name for name in order if name != key)]
    return Statement(
        f"SELECT {', '.join(columns_to_read(table))} FROM {table.name}"
        f"{_where(_conditions(table, selection, values))} ORDER BY {', '.join(order)}"
        f" LIMIT {values.add(limit or -1)}",
        tuple(values.given),
    )


def slices(grouping: Grouping) -> list[Grouping]:
    """The grouping in parts of as many collected fields as one statement can have columns for."""
    starts = range(0, max(len(grouping.collected), 1), FIELDS_PER_FOLD)
    return [replace(grouping, collected=grouping.collected[i : i + FIELDS_PER_FOLD]) for i in starts]


def fold(
    table: Table, selection: Selection, grouping: Grouping, at_most: int, *, beyond_64_bits: bool = False
) -> Statement:
    """One row for each group and period: the period's index if there is one, the keys, the number of records,
    and FACTS_PER_FIELD cells for each collected field.

    Sums of whole numbers that leave 64 bits on the way make it fail with an integer overflow, unless
    `beyond_64_bits`, which costs a little more.
    """
    values = _Parameters()
    groups, conditions = _groups(table, selection, grouping, values)
    shown = [*groups, "count(*)"]
    for collected in grouping.collected:
        shown += _facts(_operand(table, collected.field, values), collected, beyond_64_bits)
    by = ", ".join(str(i + 1) for i in range(len(groups)))
    return Statement(
        f"SELECT {', '.join(shown)} FROM {table.name}{_where(conditions)}"
        f"{f' GROUP BY {by}' if by else ''} HAVING count(*) > 0 LIMIT {values.add(at_most)}",
        tuple(values.given),
    )


def distinct(table: Table, selection: Selection, grouping: Grouping, key: str, at_most: int) -> Statement:
    """Each different value of one field, once for each group and period, after these as `fold` gives them."""
    values = _Parameters()
    groups, conditions = _groups(table, selection, grouping, values)
    operand = _operand(table, key, values).text
    conditions.append(f"{operand} IS NOT NULL")
    return Statement(
        f"SELECT DISTINCT {', '.join([*groups, operand])} FROM {table.name}{_where(conditions)}"
        f" LIMIT {values.add(at_most)}",
        tuple(values.given),
    )


def period_index(period: Period) -> str:
    """The index of the period that a record's time is in, by arithmetic on whole numbers."""
    if period.span is not None:
        return f"at / {period.span // MICROSECOND}"
    return _MONTH if period.months == 1 else f"{_MONTH} / {period.months}"


def _month() -> str:
    """Months since 0001-01, by way of years that begin in March, so that a leap day is a year's last."""
    days_of_400_years, days_of_4_years, days_of_5_months = 146_097, 1_461, 153
    quarter_days = f"(4 * (at / {24 * 3600 * 1_000_000} + 306) + 3)"  # from 0000-03-01
    century = f"{quarter_days} / {days_of_400_years}"
    in_century = f"(4 * ({quarter_days} % {days_of_400_years} / 4) + 3)"
    year = f"{in_century} / {days_of_4_years}"
    month = f"(5 * ({in_century} % {days_of_4_years} / 4) + 2) / {days_of_5_months}"
    return f"((100 * ({century}) + {year}) * 12 + {month} - 10)"


_MONTH = _month()
_MANY = 100


@dataclass(slots=True)
class _Parameters:
    """The parameters of a statement in the making. One that the text doesn't mention must not be the last."""

    given: list[Parameter] = field(default_factory=list)

    def add(self, parameter: Parameter) -> str:
        """Its placeholder."""
        self.given.append(parameter)
        return f"?{len(self.given)}"

    def any_of(self, cells: list[Cell]) -> str:
        """A list for IN; a long one doesn't count against SQLite's limit of parameters."""
        if len(cells) > _MANY:
            return f"(SELECT k0 FROM batch({self.add([(cell,) for cell in cells])}))"
        return f"({', '.join(self.add(cell) for cell in cells)})"


@dataclass(frozen=True, slots=True)
class _Operand:
    """The value that a record has for a field, NULL where it has none."""

    text: str
    kinds: Kind


def _operand(table: Table, key: str, values: _Parameters) -> _Operand:
    if key == "_timestamp":
        return _Operand(f"nullif(at, {NO_TIME})", Kind.INSTANT)
    if (column := table.column(key)) is not None:
        return _Operand(column.name, column.kinds)
    if not table.is_full or not is_valid_field(key):
        return _Operand("NULL", NOTHING)
    path = values.add(f'$."{key}"')
    text = (
        f"CASE json_type(rest, {path}) WHEN 'true' THEN x'{TRUE.hex()}' WHEN 'false' THEN x'{FALSE.hex()}'"
        f" ELSE json_extract(rest, {path}) END"
    )
    return _Operand(text, SCALAR)


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _groups(
    table: Table, selection: Selection, grouping: Grouping, values: _Parameters
) -> tuple[list[str], list[str]]:
    """What to group by, and the conditions: selected, and in a group at all."""
    conditions = _conditions(table, selection, values)
    groups = []
    if grouping.period is not None:
        groups.append(period_index(grouping.period))
        if selection.start is None and selection.end is None:
            # Beside another lower bound it might be the one that SQLite searches by.
            conditions.append(f"at > {NO_TIME}")
    for key in grouping.keys:
        operand = _operand(table, key, values).text
        groups.append(operand)
        conditions.append(f"{operand} IS NOT NULL")
    return groups, conditions


def _conditions(table: Table, selection: Selection, values: _Parameters) -> list[str]:
    conditions = []
    if selection.start is not None:
        conditions.append(f"at >= {values.add(instant_cell(selection.start))}")
    elif selection.end is not None:
        conditions.append(f"at > {NO_TIME}")
    if selection.end is not None:
        until = "<=" if selection.inclusive else "<"
        conditions.append(f"at {until} {values.add(instant_cell(selection.end))}")
    conditions += [_equals_one(_operand(table, f.field, values), f, values) for f in selection.filters]
    conditions += [_begins_with_one(_operand(table, p.field, values), p, values) for p in selection.prefixes]
    return conditions


def _equals_one(operand: _Operand, wanted: Filter, values: _Parameters) -> str:
    cells: list[Cell] = [c for value in wanted.values if (c := _comparable(value, operand.kinds)) is not None]
    choices = []
    if cells:
        choices.append(f"{operand.text} IN {values.any_of(cells)}")
    if None in wanted.values:
        choices.append(f"{operand.text} IS NULL")
    return f"({' OR '.join(choices)})" if choices else "false"


def _comparable(value: Value, kinds: Kind) -> Cell:
    """The cell that equals exactly what the value equals; None when no stored value can."""
    if value is None:
        return None
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, str):
        return value if is_unicode(value) else None
    if isinstance(value, int | float):
        return _comparable_number(value) if kinds is not Kind.INSTANT else None
    return instant_cell(value) if kinds is Kind.INSTANT else None


def _comparable_number(value: int | float) -> int | float | None:
    """Whole numbers beyond 64 bits may still equal a stored float."""
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if -(2**63) <= value < 2**63:
        return value
    try:
        return float(value) if float(value) == value else None
    except OverflowError:
        return None


def _begins_with_one(operand: _Operand, wanted: PrefixFilter, values: _Parameters) -> str:
    choices = []
    for prefix in filter(is_unicode, wanted.prefixes):
        # Every blob sorts after every text, so an empty one ends them all.
        end = values.add(after) if (after := after_prefix(prefix)) is not None else "x''"
        choices.append(f"({operand.text} >= {values.add(prefix)} AND {operand.text} < {end})")
    return f"({' OR '.join(choices)})" if choices else "false"


def _facts(operand: _Operand, collected: Collected, beyond_64_bits: bool) -> list[str]:
    """The FACTS_PER_FIELD expressions; what isn't asked for, or can't be, costs nothing."""
    wanted = collected.facts
    values = f"count({operand.text})" if Fact.VALUES in wanted and operand.kinds else "0"
    texts = _texts(operand) if wanted & {Fact.SUM, Fact.EXTREMES} else "0"
    upper, lower, fraction = _sums(operand, beyond_64_bits) if Fact.SUM in wanted else ("0", "0", "NULL")
    extremes = _extremes(operand) if Fact.EXTREMES in wanted else ("NULL", "NULL")
    return [values, texts, upper, lower, fraction, *extremes]


def _texts(operand: _Operand) -> str:
    if not operand.kinds & Kind.TEXT:
        return "0"
    if operand.kinds is Kind.TEXT:
        return f"count({operand.text})"
    return f"count(*) FILTER (WHERE typeof({operand.text}) = 'text')"


def _sums(operand: _Operand, beyond_64_bits: bool) -> tuple[str, str, str]:
    """Upper and lower part of the whole numbers' sum, and the sum of the others."""
    text, kinds = operand.text, operand.kinds
    fraction = "NULL"
    if kinds is Kind.REAL:
        fraction = f"sum({text})"
    elif kinds & Kind.REAL:
        fraction = f"sum({text}) FILTER (WHERE typeof({text}) = 'real')"
    if not kinds & (Kind.INTEGER | Kind.BOOLEAN):
        return "0", "0", fraction
    whole = text
    if kinds is not Kind.INTEGER:
        # One sum, not two added: the addition of two could overflow to a float unnoticed.
        whole = (
            f"CASE typeof({text}) WHEN 'integer' THEN {text} WHEN 'blob' THEN {text} = x'{TRUE.hex()}' END"
        )
    if beyond_64_bits:
        return f"sum(({whole}) >> 32)", f"sum(({whole}) & {2**32 - 1})", fraction
    return "0", f"sum({whole})", fraction


def _extremes(operand: _Operand) -> tuple[str, str]:
    """Minimum and maximum of the numbers, and of booleans as 1 and 0."""
    text, kinds = operand.text, operand.kinds & ~Kind.INSTANT
    if not kinds & ~Kind.TEXT:
        return "NULL", "NULL"
    number = text
    if kinds & Kind.BOOLEAN:
        number = f"CASE WHEN {text} < '' THEN {text} WHEN {text} >= x'' THEN {text} = x'{TRUE.hex()}' END"
    elif kinds & Kind.TEXT:
        number = f"CASE WHEN {text} < '' THEN {text} END"
    return f"min({number})", f"max({number})"
