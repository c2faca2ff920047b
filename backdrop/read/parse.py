"""A query string to a Query, once; nothing after this looks at strings again.

Every function raises InvalidQuery with a text that names the parameter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar, cast, get_args

from backdrop.core.errors import AnswerTooLarge, InvalidQuery
from backdrop.core.instants import parse_instant_with_offset
from backdrop.core.names import is_internal_field, is_valid_field
from backdrop.core.periods import Period
from backdrop.core.query import Collect, Method, Query, Selection, Slide, Sort, Window
from backdrop.read.filters import filters, prefix_filters

REPEATABLE = frozenset({"filter_by", "filter_by_prefix", "group_by", "collect"})
SINGLE = frozenset(
    {"start_at", "end_at", "inclusive", "period", "duration", "sort_by", "limit", "flatten", "format"}
)

_WHOLE_NUMBER = re.compile(r"0*([0-9]+)")
_MORE_THAN_ANY = 10**18
_T = TypeVar("_T")


def parse(args: Mapping[str, Sequence[str]], now: datetime, max_rows: int) -> Query:
    """The Query of a query string's parameters. `now` is where a duration without dates counts back from;
    a window of more than `max_rows` periods raises AnswerTooLarge."""
    _check_known(args)
    start_at, end_at = _single(args, "start_at", _instant), _single(args, "end_at", _instant)
    inclusive = _single(args, "inclusive", _flag)
    period = _single(args, "period", _period)
    duration = _single(args, "duration", _duration)
    _check_range(start_at, end_at, inclusive, period, duration)
    window = _window(period, start_at, end_at, duration, now)
    _check_length(window, inclusive or False, max_rows)
    group_by = _group_by(args.get("group_by", ()))
    query = Query(
        selection=_selection(args, start_at, end_at, inclusive or False, window, duration),
        group_by=group_by,
        window=window,
        collect=_collects(args.get("collect", ()), group_by),
        sort=_single(args, "sort_by", _sort),
        limit=_single(args, "limit", _limit) or 0,
        flatten=_single(args, "flatten", _flag) or False,
        format="csv" if _single(args, "format", _format) == "csv" else "json",
        start_at=start_at,
        end_at=end_at,
    )
    _check_together(query, args)
    return query


def _check_known(args: Mapping[str, Sequence[str]]) -> None:
    for name, values in args.items():
        if name not in SINGLE | REPEATABLE:
            known = ", ".join(sorted(SINGLE | REPEATABLE))
            raise InvalidQuery(f"{name} is not a parameter; the parameters are {known}")
        if name in SINGLE and len(values) > 1:
            raise InvalidQuery(f"{name} may be given once, not {len(values)} times")


def _single(args: Mapping[str, Sequence[str]], name: str, parse_text: Callable[[str], _T]) -> _T | None:
    if name not in args:
        return None
    try:
        return parse_text(args[name][0])
    except ValueError as error:
        raise InvalidQuery(f"{name}: {error}") from error


def _instant(text: str) -> datetime:
    return parse_instant_with_offset(text)


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"'{text}' must be true or false")
    return text == "true"


def _period(text: str) -> Period:
    try:
        return Period(text)
    except ValueError as error:
        kinds = ", ".join(kind.value for kind in Period)
        raise ValueError(f"'{text}' is not a period; the periods are {kinds}") from error


def _duration(text: str) -> int:
    if not (duration := _whole_number(text)):
        raise ValueError(f"'{text}' must be a positive whole number of periods")
    return duration


def _limit(text: str) -> int:
    if (limit := _whole_number(text)) is None:
        raise ValueError(f"'{text}' must be a whole number, 0 or more")
    return limit


def _whole_number(text: str) -> int | None:
    match = _WHOLE_NUMBER.fullmatch(text)
    if match is None:
        return None
    return int(match[1]) if len(match[1]) <= 18 else _MORE_THAN_ANY


def _format(text: str) -> str:
    if text not in ("json", "csv"):
        raise ValueError(f"'{text}' must be json or csv")
    return text


def _field(text: str) -> str:
    if not is_valid_field(text):
        raise ValueError(
            f"'{text}' is not a valid field name (letters, digits and _, at least two characters)"
        )
    return text


def _public_field(text: str) -> str:
    if is_internal_field(_field(text)):
        raise ValueError(f"'{text}' is internal: fields with a leading _ can't be used here")
    return text


def _sort(text: str) -> Sort:
    key, colon, direction = text.rpartition(":")
    if not colon or direction not in ("ascending", "descending"):
        raise ValueError(f"'{text}' must be field:ascending or field:descending")
    return Sort(key, direction == "descending")


def _check_range(
    start_at: datetime | None,
    end_at: datetime | None,
    inclusive: bool | None,
    period: Period | None,
    duration: int | None,
) -> None:
    both = start_at is not None and end_at is not None
    neither = start_at is None and end_at is None
    if inclusive is not None and neither:
        raise InvalidQuery("inclusive needs start_at or end_at")
    if duration is not None and period is None:
        raise InvalidQuery("duration needs period")
    if duration is not None and both:
        raise InvalidQuery(
            "duration can't go together with both start_at and end_at; leave one of the three out"
        )
    if start_at is not None and end_at is not None and end_at < start_at:
        raise InvalidQuery("end_at is before start_at")
    if duration is None and not both and not neither:
        given, missing = ("start_at", "end_at") if end_at is None else ("end_at", "start_at")
        raise InvalidQuery(f"{given} needs {missing} or duration")
    if period is not None and duration is None and not both:
        raise InvalidQuery("period needs duration, or both start_at and end_at")


def _check_length(window: Window | None, inclusive: bool, max_rows: int) -> None:
    if window is None:
        return
    if len(window) > max_rows:
        raise AnswerTooLarge(max_rows)
    try:
        # an answer writes out where each period starts and ends, so both ends have to be dates;
        # a record on an inclusive end is in one period more
        window.period.start(window.first)
        window.period.start(window.last + 1 if inclusive else window.last)
    except OverflowError as error:
        raise InvalidQuery(f"period: {window.period.value}s can't leave the years 1 to 9999") from error


def _window(
    period: Period | None,
    start_at: datetime | None,
    end_at: datetime | None,
    duration: int | None,
    now: datetime,
) -> Window | None:
    if period is None:
        return None
    if duration is None:
        assert start_at is not None and end_at is not None  # _check_range saw to it
        return Window(period, period.index(start_at), period.index_of_end(end_at))
    if start_at is not None:
        first = period.index(start_at)
        return Window(period, first, first + duration, Slide.FORWARD)
    last = period.index_of_end(end_at) if end_at is not None else period.index(now) + 1
    return Window(period, last - duration, last, Slide.BACK)


def _selection(
    args: Mapping[str, Sequence[str]],
    start_at: datetime | None,
    end_at: datetime | None,
    inclusive: bool,
    window: Window | None,
    duration: int | None,
) -> Selection:
    start, end = start_at, end_at
    if window is not None and duration is not None:
        start = start_at or window.period.start(window.first)
        end = end_at or window.period.start(window.last)
    return Selection(
        start=start,
        end=end,
        inclusive=inclusive and end_at is not None and not _ends_duration(end_at, window, duration),
        filters=filters(args.get("filter_by", ()), _field),
        prefixes=prefix_filters(args.get("filter_by_prefix", ()), _field),
    )


def _ends_duration(end_at: datetime, window: Window | None, duration: int | None) -> bool:
    """A duration is so many whole periods: an instant on its end is in the period after."""
    return window is not None and duration is not None and end_at == window.period.start(window.last)


def _group_by(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_named("group_by", text, _public_field) for text in texts))


def _collects(texts: Sequence[str], group_by: tuple[str, ...]) -> tuple[Collect, ...]:
    collects: dict[tuple[str, str], Collect] = {}
    for text in texts:
        collect = _named("collect", text, _collect)
        if collect.field in group_by:
            raise InvalidQuery(f"collect: '{collect.field}' is a group_by field already")
        same = collects.get((collect.field, collect.method))
        if same is None or not same.bare:
            collects[collect.field, collect.method] = collect
    return tuple(collects.values())


def _collect(text: str) -> Collect:
    name, colon, method = text.rpartition(":")
    if not colon:
        return Collect(_public_field(text), "set", bare=True)
    if method not in get_args(Method):
        methods = ", ".join(get_args(Method))
        raise ValueError(f"'{method}' is not a method; the methods are {methods}")
    return Collect(_public_field(name), cast(Method, method))


def _named(parameter: str, text: str, parse_text: Callable[[str], _T]) -> _T:
    try:
        return parse_text(text)
    except ValueError as error:
        raise InvalidQuery(f"{parameter}: {error}") from error


def _check_together(query: Query, args: Mapping[str, Sequence[str]]) -> None:
    series = query.window is not None and not query.group_by
    if query.selection.filters and query.selection.prefixes:
        raise InvalidQuery("filter_by and filter_by_prefix can't go together; use one of them")
    if query.collect and query.is_raw:
        raise InvalidQuery("collect needs group_by or period")
    if query.sort is not None and series:
        raise InvalidQuery(
            "sort_by can't be used with period unless there is a group_by: periods are in time order"
        )
    if "limit" in args and series:
        raise InvalidQuery(
            "limit can't be used with period unless there is a group_by; choose a shorter range instead"
        )
    if query.is_nested and "values" in _shown(query):
        raise InvalidQuery("group_by, collect: 'values' is taken in nested answers; add flatten=true")
    _check_sort(query)


def _check_sort(query: Query) -> None:
    if query.sort is None:
        return
    key = query.sort.key
    if query.is_raw:
        _named("sort_by", key, _field)
    elif key not in _sortable(query):
        raise InvalidQuery(
            f"sort_by: '{key}' is not a key of the rows; those are {', '.join(_sortable(query))}"
        )


def _sortable(query: Query) -> list[str]:
    groups = ["_count"] if query.window is None else ["_count", "_group_count"]
    return [*query.group_by, *groups, *_shown(query)[len(query.group_by) :]]


def _shown(query: Query) -> list[str]:
    names = list(query.group_by)
    for collect in query.collect:
        names += [collect.name, collect.field] if collect.bare else [collect.name]
    return names
