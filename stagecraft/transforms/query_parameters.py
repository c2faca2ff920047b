"""Whether the read API would take a transform's query parameters, with what a run adds to them.

A run asks with `flatten=true` and a range of its own, whatever is said of these here. What is said of them is held to
the rules all the same; only where nothing is said of the range is it the run's.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from stagecraft.api.errors import Fault
from stagecraft.instants import read_instant
from stagecraft.transforms.query_range import PERIODS, range_faults

METHODS = ("sum", "count", "set", "mean", "min", "max")
DIRECTIONS = ("ascending", "descending")
REPEATABLE = ("filter_by", "filter_by_prefix", "group_by", "collect")
# The read app takes a request line of 8190; the path, the run's range and what the API may still get need some of it.
LONGEST_QUERY = 7000
IN_A_RANGE = {"start_at", "end_at", "duration", "inclusive", "period"}
IN_GROUPS = {"period", "group_by", "collect"}

_FIELD = re.compile(r"[a-z_][a-z0-9_]+")
_WHOLE = re.compile(r"[0-9]+")

Texts = Mapping[str, tuple[str, ...]]


def query_parameter_faults(parameters: Any) -> list[Fault]:
    """All that is wrong, each with its parameter; nothing if the read API would take them.

    A value is a string, a number, true or false, or a list of these for what may be given several times. What is
    null, and a list of nothing else, is as if it had been left out.
    """
    if not isinstance(parameters, Mapping):
        return [Fault(None, "must be an object")]
    faults: list[Fault] = []
    texts: dict[str, tuple[str, ...]] = {}
    for name, value in parameters.items():
        found = _texts(name, value)
        wrong = list(_faults_of_one(name, found))
        faults += [Fault(name, message) for message in wrong]
        if not wrong and found:
            texts[name] = found
    # What is wrong by itself isn't blamed once more for what it does to others.
    wrong_ones = {fault.key for fault in faults}
    if not wrong_ones & IN_A_RANGE:
        faults += range_faults(texts)
    if not wrong_ones & IN_GROUPS:
        faults += _faults_together(texts)
    if (length := len(urlencode(texts, doseq=True, errors="replace"))) > LONGEST_QUERY:
        faults.append(
            Fault(None, f"are {length} characters long as a query; at most {LONGEST_QUERY} can be asked")
        )
    return faults


def _texts(name: str, value: Any) -> tuple[str, ...] | None:
    """What a value is in a query string, as the worker writes it; None where it makes no sense there."""
    items = value if isinstance(value, list) and name in REPEATABLE else [value]
    if not all(item is None or isinstance(item, str | int | float) for item in items):
        return None
    return tuple(_text(item) for item in items if item is not None)


def _text(item: str | int | float) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    return str(item)


def _faults_of_one(name: str, texts: tuple[str, ...] | None) -> Iterator[str]:
    check = _CHECKS.get(name)
    if check is None:
        yield f"is not a parameter of the read API; the parameters are {', '.join(sorted(_CHECKS))}"
    elif texts is None:
        several = ", or a list of these" if name in REPEATABLE else ": it may be given once"
        yield f"must be a string, a number, true or false{several}"
    else:
        yield from filter(None, map(check, texts))


def _one_of(*allowed: str) -> Callable[[str], str | None]:
    return lambda text: None if text in allowed else f"must be one of {', '.join(allowed)}, not '{text}'"


def _instant(text: str) -> str | None:
    try:
        read_instant(text)
    except ValueError as error:
        return f"'{text}' {error}"
    return None


def _whole(least: int) -> Callable[[str], str | None]:
    def check(text: str) -> str | None:
        fits = _WHOLE.fullmatch(text) is not None and (least == 0 or text.strip("0") != "")
        return None if fits else f"must be a whole number from {least} up, not '{text}'"

    return check


def _field(text: str) -> str | None:
    if _FIELD.fullmatch(text.lower()) is None:
        return f"'{text}' is not a valid field name (letters, digits and _, at least two characters)"
    return None


def _public_field(text: str) -> str | None:
    if text.startswith("_") and _field(text) is None:
        return f"'{text}' is internal: fields with a leading _ can't be used here"
    return _field(text)


def _filter(text: str) -> str | None:
    field, colon, _ = text.partition(":")
    if not colon:
        return f"'{text}' has no colon; write field:value"
    return _field(field)


def _collect(text: str) -> str | None:
    field, colon, method = text.rpartition(":")
    if colon and method not in METHODS:
        return f"'{method}' is not a method; the methods are {', '.join(METHODS)}"
    return _public_field(field if colon else method)


def _sort(text: str) -> str | None:
    key, colon, direction = text.rpartition(":")
    if not colon or not key or direction not in DIRECTIONS:
        return f"'{text}' must be field:ascending or field:descending"
    return None


_FLAG = _one_of("true", "false")
_CHECKS: Mapping[str, Callable[[str], str | None]] = {
    "start_at": _instant,
    "end_at": _instant,
    "inclusive": _FLAG,
    "period": _one_of(*PERIODS),
    "duration": _whole(1),
    "filter_by": _filter,
    "filter_by_prefix": _filter,
    "group_by": _public_field,
    "collect": _collect,
    "sort_by": _sort,
    "limit": _whole(0),
    "flatten": _FLAG,
    "format": _one_of("json", "csv"),
}
PARAMETERS = tuple(_CHECKS)


def _faults_together(texts: Texts) -> Iterator[Fault]:
    grouped, periods = "group_by" in texts, "period" in texts
    if "filter_by" in texts and "filter_by_prefix" in texts:
        yield Fault("filter_by_prefix", "can't go together with filter_by; use one of them")
    if "collect" in texts and not (grouped or periods):
        yield Fault("collect", "needs group_by or period")
    for text in texts.get("collect", ()):
        if _collected_field(text) in texts.get("group_by", ()):
            yield Fault("collect", f"'{_collected_field(text)}' is a group_by field already")
    if periods and not grouped:
        for name in ("sort_by", "limit"):
            if name in texts:
                yield Fault(name, "can't be used with period unless there is a group_by")
    elif "sort_by" in texts:
        yield from _sort_faults(texts["sort_by"][0].rpartition(":")[0], texts)


def _sort_faults(key: str, texts: Texts) -> Iterator[Fault]:
    if "group_by" not in texts:
        if (fault := _field(key)) is not None:
            yield Fault("sort_by", fault)
        return
    known = [
        *texts["group_by"],
        "_count",
        *(["_group_count"] if "period" in texts else []),
        *_collected(texts),
    ]
    if key not in known:
        yield Fault("sort_by", f"'{key}' is not a key of the rows; those are {', '.join(known)}")


def _collected_field(text: str) -> str:
    return text.rpartition(":")[0] or text


def _collected(texts: Texts) -> Iterator[str]:
    for text in texts.get("collect", ()):
        yield from [text] if ":" in text else [f"{text}:set", text]
