"""A query string's parameters as a Question, or the faults it is refused for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tests.oracle.spans import PERIODS
from tests.oracle.values import parse_instant

Params = list[tuple[str, str]]

SINGLE = ("start_at", "end_at", "inclusive", "period", "duration", "sort_by", "limit", "flatten", "format")
REPEATABLE = ("filter_by", "filter_by_prefix", "group_by", "collect")
WORDS = {
    "period": PERIODS,
    "inclusive": ("true", "false"),
    "flatten": ("true", "false"),
    "format": ("json", "csv"),
}
METHODS = ("sum", "count", "set", "mean", "min", "max")

_NAME = re.compile("[a-z_][a-z0-9_]+")
_DIGITS = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True)
class Fault:
    """A reason for a 400. Its message names one of `names`; `exactly` is the whole message where that is fixed."""

    names: frozenset[str]
    exactly: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a faultless query string asks for."""

    start_at: datetime | None
    end_at: datetime | None
    inclusive: bool
    period: str | None
    duration: int | None
    filters: tuple[tuple[str, str], ...]
    prefixes: tuple[tuple[str, str], ...]
    group_by: tuple[str, ...]
    collect: tuple[str, ...]
    sort_by: tuple[str, bool] | None  # key, descending
    limit: int
    flatten: bool
    csv: bool


def fault(*names: str, exactly: str | None = None) -> Fault:
    return Fault(frozenset(names), exactly)


def read(params: Params) -> Question | list[Fault]:
    """The question, or every fault of the query string by itself (without the data set's own rules)."""
    faults = _unknown_repeated_empty(params)
    one = {name: value for name, value in params if name in SINGLE}
    many = {name: [value for key, value in params if key == name] for name in REPEATABLE}
    faults += _single_faults(one) + _repeatable_faults(many)
    faults += _date_combination_faults(one) + _other_combination_faults(one, many)
    faults += _sorting_faults(one, many)
    return faults or _question(one, many)


def _unknown_repeated_empty(params: Params) -> list[Fault]:
    names = [name for name, _ in params]
    unknown = [name for name in names if name not in SINGLE and name not in REPEATABLE]
    repeated = [name for name in names if name in SINGLE and names.count(name) > 1]
    empty = [name for name, value in params if value == ""]
    return [fault(name) for name in unknown + repeated + empty]


def _single_faults(one: dict[str, str]) -> list[Fault]:
    wrong = [name for name, words in WORDS.items() if name in one and one[name] not in words]
    for name in ("start_at", "end_at"):
        if name in one and parse_instant(one[name], offset_needed=True) is None:
            wrong.append(name)
    for name, least in (("duration", 1), ("limit", 0)):
        if name in one and (not _DIGITS.fullmatch(one[name]) or int(one[name]) < least):
            wrong.append(name)
    if "sort_by" in one:
        field, _, direction = one["sort_by"].rpartition(":")
        if not field or direction not in ("ascending", "descending"):
            wrong.append("sort_by")
    return [fault(name) for name in wrong]


def _repeatable_faults(many: dict[str, list[str]]) -> list[Fault]:
    faults = []
    for name in ("filter_by", "filter_by_prefix"):
        for text in many[name]:
            field, colon, _ = text.partition(":")
            if not colon or not is_name(field):
                faults.append(fault(name))
    for field in many["group_by"]:
        if not is_name(field) or field.startswith("_"):
            faults.append(fault("group_by"))
    for text in many["collect"]:
        field, colon, method = text.partition(":")
        fit = is_name(field) and not field.startswith("_") and field not in many["group_by"]
        if not fit or (colon and method not in METHODS):
            faults.append(fault("collect"))
    return faults


def _date_combination_faults(one: dict[str, str]) -> list[Fault]:
    faults = []
    start, end, duration = "start_at" in one, "end_at" in one, "duration" in one
    if start and not end and not duration:
        faults.append(fault("start_at"))
    if end and not start and not duration:
        faults.append(fault("end_at"))
    if "inclusive" in one and not start and not end:
        faults.append(fault("inclusive"))
    if "period" in one and not duration and not (start and end):
        faults.append(fault("period"))
    if duration and "period" not in one:
        faults.append(fault("duration"))
    if duration and start and end:
        faults.append(fault("duration"))
    first, last = _instant(one.get("start_at")), _instant(one.get("end_at"))
    if first and last and first > last:
        faults.append(fault("start_at", "end_at"))
    return faults


def _other_combination_faults(one: dict[str, str], many: dict[str, list[str]]) -> list[Fault]:
    faults = []
    if many["filter_by"] and many["filter_by_prefix"]:
        faults.append(fault("filter_by", "filter_by_prefix"))
    if many["collect"] and not many["group_by"] and "period" not in one:
        faults.append(fault("collect"))
    for name in ("sort_by", "limit"):
        if name in one and "period" in one and not many["group_by"]:
            faults.append(fault(name))
    # The rows of a nested answer are under this name.
    if many["group_by"] and "period" in one and one.get("flatten") != "true":
        faults += [fault(name) for name in ("group_by", "collect") if "values" in many[name]]
    return faults


def _sorting_faults(one: dict[str, str], many: dict[str, list[str]]) -> list[Fault]:
    if "sort_by" not in one:
        return []
    key = one["sort_by"].rpartition(":")[0]
    if many["group_by"]:
        known = [*many["group_by"], "_count", *(["_group_count"] if "period" in one else [])]
        return [] if key in known + collected_keys(many["collect"]) else [fault("sort_by")]
    return [] if is_name(key) else [fault("sort_by")]


def _question(one: dict[str, str], many: dict[str, list[str]]) -> Question:
    sort_key, _, direction = one.get("sort_by", "").rpartition(":")
    return Question(
        start_at=_instant(one.get("start_at")),
        end_at=_instant(one.get("end_at")),
        inclusive=one.get("inclusive") == "true",
        period=one.get("period"),
        duration=int(one["duration"]) if "duration" in one else None,
        filters=tuple(_split(text) for text in many["filter_by"]),
        prefixes=tuple(_split(text) for text in many["filter_by_prefix"]),
        group_by=tuple(dict.fromkeys(many["group_by"])),
        collect=tuple(dict.fromkeys(many["collect"])),
        sort_by=(sort_key, direction == "descending") if "sort_by" in one else None,
        limit=int(one.get("limit", "0")),
        flatten=one.get("flatten") == "true",
        csv=one.get("format") == "csv",
    )


def collected_keys(collect: Iterable[str]) -> list[str]:
    """The keys that rows have for collected values, as they are asked for."""
    keys = []
    for text in collect:
        field, method = split_collect(text)
        keys.append(f"{field}:{method or 'set'}")
        if method is None:
            keys.append(field)
    return keys


def is_name(field: str) -> bool:
    return _NAME.fullmatch(field.lower()) is not None


def _split(text: str) -> tuple[str, str]:
    field, _, value = text.partition(":")
    return field, value


def split_collect(text: str) -> tuple[str, str | None]:
    field, _, method = text.partition(":")
    return field, method or None


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text, offset_needed=True)
