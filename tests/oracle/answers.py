"""The exact JSON answer to a GET query over a list of stored records, by plain loops."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from tests.oracle.question import Fault, Params, Question, collected_keys, fault, read, split_collect
from tests.oracle.spans import start_of
from tests.oracle.values import INSTANT_FIELDS, field_instant, format_instant, order, parse_instant
from tests.oracle.window import Span, TooMany, closed_faults, periods_asked, slid, with_last_boundary

DEFAULT_MAX_RESULT_ROWS = 1_000_000
WARNING = "Warning: This data-set is unpublished. Data may be subject to change or be inaccurate."
INVALID_COLLECT = "invalid collect function"

Record = dict[str, Any]
Row = dict[str, Any]
Group = tuple[list[Any], list[Record]]  # the values of its keys, its records

_JSON_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is the whole body of a 200. A 400 is for one of `faults`, whichever is found first.

    For format=csv the body has the rows that the file has.
    """

    status: int
    body: dict[str, Any]
    faults: tuple[Fault, ...] = ()


class InvalidCollect(Exception):
    """A sum, mean, min or max over a string."""


def answer(records: list[Record], params: Params, config: dict[str, Any], now: datetime) -> Answer:
    """Answer `params` over `records` (as raw queries return them) of a data set with this config.

    `config` may have `max_result_rows` besides the keys of the config API.
    """
    question = read(params)
    if isinstance(question, list):
        return _refused(*question)
    most = config.get("max_result_rows", DEFAULT_MAX_RESULT_ROWS)
    too_many = fault("start_at", "end_at", "duration", "period", "group_by", "limit", str(most), f"{most:,}")
    try:
        if faults := closed_faults(question, now, config, most):
            return _refused(*faults)
        rows = _rows(records, question, now, most)
        if _flat_size(question, rows) > most:
            raise TooMany
    except TooMany:
        return _refused(too_many)
    except (OverflowError, ValueError):
        return _refused(fault("start_at", "end_at", "duration", "period"), too_many)
    except InvalidCollect:
        return _refused(fault(exactly=INVALID_COLLECT))
    body: dict[str, Any] = {"data": rows}
    if not config.get("published", True):
        body["warning"] = WARNING
    return Answer(200, body)


def _refused(*faults: Fault) -> Answer:
    return Answer(400, {"status": "error"}, faults)


def _flat_size(question: Question, rows: list[Row]) -> int:
    if _is_nested(question):
        return sum(len(row["values"]) for row in rows)
    return len(rows)


def _is_nested(question: Question) -> bool:
    return bool(question.period and question.group_by) and not question.flatten and not question.csv


def _rows(records: list[Record], question: Question, now: datetime, most: int) -> list[Row]:
    if question.period:
        return _period_rows(records, question, now, most)
    selected = [record for record in records if _matches(record, question) and _in_dates(record, question)]
    if question.group_by:
        return [_group_row(question, group) for group in _chosen(question, _groups(question, selected))]
    return _raw_rows(question, selected)


def _raw_rows(question: Question, records: list[Record]) -> list[Row]:
    rows = sorted(records, key=lambda record: (order(field_instant(record, "_timestamp")), record["_id"]))
    if question.sort_by is not None:
        field, descending = question.sort_by
        rows = _stably_sorted(rows, lambda record: _sortable(record, field), descending)
    return rows[: question.limit or None]


def _sortable(record: Record, field: str) -> tuple[Any, ...]:
    return order(field_instant(record, field) if field in INSTANT_FIELDS else record.get(field))


def _stably_sorted(rows: list[Any], key: Any, descending: bool) -> list[Any]:
    # Python's reverse keeps equal elements in their order, which is what the protocol asks of ties.
    return sorted(rows, key=key, reverse=descending)


# Which records


def _matches(record: Record, question: Question) -> bool:
    for pairs, is_match in ((question.filters, _equals), (question.prefixes, _begins)):
        for field in {field for field, _ in pairs}:
            wanted = [value for name, value in pairs if name == field]
            if not any(is_match(record, field, value) for value in wanted):
                return False
    return True


def _equals(record: Record, field: str, wanted: str) -> bool:
    value = record.get(field)
    if field in INSTANT_FIELDS:
        instant = parse_instant(wanted, offset_needed=False)
        return instant is not None and instant == field_instant(record, field)
    if isinstance(value, bool):
        return wanted == ("true" if value else "false")
    if isinstance(value, int | float):
        return _JSON_NUMBER.fullmatch(wanted) is not None and value == _number(wanted)
    return value == wanted


def _number(text: str) -> int | float:
    return int(text) if _JSON_INTEGER.fullmatch(text) else float(text)


def _begins(record: Record, field: str, prefix: str) -> bool:
    value = record.get(field)
    return field not in INSTANT_FIELDS and isinstance(value, str) and value.startswith(prefix)


def _in_dates(record: Record, question: Question) -> bool:
    instant = field_instant(record, "_timestamp")
    start, end = question.start_at, question.end_at
    if start is None and end is None:
        return True
    if instant is None:
        return False
    if start is not None and instant < start:
        return False
    return end is None or instant < end or (question.inclusive and instant == end)


# Groups


def _groups(question: Question, records: list[Record]) -> list[Group]:
    """In ascending order of their keys. Records with a key missing or null are in none."""
    groups: dict[tuple[Any, ...], Group] = {}
    for record in records:
        values = [record.get(field) for field in question.group_by]
        if None not in values:
            groups.setdefault(tuple(order(value) for value in values), (values, []))[1].append(record)
    return [groups[key] for key in sorted(groups)]


def _chosen(question: Question, groups: list[Group]) -> list[Group]:
    """The groups in the order asked for, the first `limit` of them."""
    rows = [(_group_row(question, group), group) for group in groups]
    if question.sort_by is not None:
        key, descending = question.sort_by
        rows = _stably_sorted(rows, lambda pair: order(pair[0][key]), descending)
    return [group for _, group in rows][: question.limit or None]


def _group_row(question: Question, group: Group) -> Row:
    values, records = group
    row = {**_keys(question, values), "_count": len(records), **_collected(question, records)}
    if question.period:
        row["_group_count"] = len(_by_period(question, records))
    return row


def _keys(question: Question, values: list[Any]) -> Row:
    return dict(zip(question.group_by, values, strict=True))


# Periods


def _period_rows(records: list[Record], question: Question, now: datetime, most: int) -> list[Row]:
    dated = [
        record
        for record in records
        if _matches(record, question)
        and _in_dates(record, question)
        and field_instant(record, "_timestamp") is not None
    ]
    counted = [record for _, members in _groups(question, dated) for record in members]
    asked = periods_asked(question, now, most)
    spans = slid(question, asked, set(_by_period(question, counted)))
    instants = [field_instant(record, "_timestamp") for record in counted]
    spans = with_last_boundary(question, spans, [instant for instant in instants if instant is not None])
    inside = [record for record in counted if _within(record, spans)]
    if not question.group_by:
        by_period = _by_period(question, inside)
        return [_span_row(question, span, by_period) for span in spans]
    groups = _chosen(question, _groups(question, inside))
    if _is_nested(question):
        return [_nested_row(question, spans, group) for group in groups]
    return _flat_rows(question, spans, groups)


def _within(record: Record, spans: list[Span]) -> bool:
    instant = field_instant(record, "_timestamp")
    assert instant is not None
    return bool(spans) and spans[0][0] <= instant < spans[-1][1]


def _by_period(question: Question, records: list[Record]) -> dict[datetime, list[Record]]:
    """The records of each period that has any, by the period's start."""
    assert question.period is not None
    members: dict[datetime, list[Record]] = {}
    for record in records:
        instant = field_instant(record, "_timestamp")
        assert instant is not None
        members.setdefault(start_of(question.period, instant), []).append(record)
    return members


def _span_row(question: Question, span: Span, by_period: dict[datetime, list[Record]]) -> Row:
    start, end = span
    records = by_period.get(start, [])
    collected = _collected(question, records) if records else dict.fromkeys(collected_keys(question.collect))
    return {
        "_start_at": format_instant(start),
        "_end_at": format_instant(end),
        "_count": len(records),
        **collected,
    }


def _nested_row(question: Question, spans: list[Span], group: Group) -> Row:
    by_period = _by_period(question, group[1])
    rows = [_span_row(question, span, by_period) for span in spans]
    return {**_group_row(question, group), "values": rows}


def _flat_rows(question: Question, spans: list[Span], groups: list[Group]) -> list[Row]:
    found = [(_keys(question, values), _by_period(question, records)) for values, records in groups]
    return [{**keys, **_span_row(question, span, by_period)} for span in spans for keys, by_period in found]


# Collected values


def _collected(question: Question, records: list[Record]) -> Row:
    row = {}
    for field, method in map(split_collect, question.collect):
        values = [record[field] for record in records if record.get(field) is not None]
        result = _fold(method or "set", values)
        row[f"{field}:{method or 'set'}"] = result
        if method is None:
            row[field] = result
    return row


def _fold(method: str, values: list[Any]) -> Any:
    if method == "count":
        return len(values)
    if method == "set":
        distinct = {order(value): value for value in values}
        return [distinct[key] for key in sorted(distinct)]
    if any(isinstance(value, str) for value in values):
        raise InvalidCollect
    numbers = [int(value) if isinstance(value, bool) else value for value in values]
    if method == "sum":
        return _plain(sum(map(Fraction, numbers)), numbers)
    if not numbers:
        return None
    if method == "mean":
        return float(sum(map(Fraction, numbers)) / len(numbers))
    return min(numbers) if method == "min" else max(numbers)


def _plain(total: Fraction | int, numbers: list[Any]) -> int | float:
    """An exact integer when only integers were added."""
    return float(total) if any(isinstance(number, float) for number in numbers) else int(total)
