"""Lines for a shell that write to and read from a data set, and run its transforms: pure."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil, floor, inf
from typing import Any

# Stands for the token until somebody asks to see it; nothing a shell would take for anything else.
MASK = "●" * 12
SAMPLES: Mapping[str, Any] = {"string": "example", "number": 1.5, "integer": 1, "boolean": True, "null": None}
# Beyond that a float has nothing between one whole number and the next.
EXACT = 2**53


@dataclass(frozen=True, slots=True)
class Examples:
    """`post` has MASK in the place of the token. `data_url` is where `get` goes."""

    post: str
    get: str
    data_url: str


def examples(
    *,
    read_url: str,
    write_url: str,
    group: str,
    data_type: str,
    raw_queries_allowed: bool,
    auto_ids: Sequence[str],
    schema: Mapping[str, Any] | None,
    at: datetime,
) -> Examples:
    """The lines for one data set; the URLs are Backdrop's, up to before the group, and `at` is now.

    What the one line writes, the other reads: a record of another year would be in none of the last months.
    """
    # A data set that answers no raw queries answers those over whole periods.
    query = "sort_by=_timestamp:descending&limit=10" if raw_queries_allowed else "period=month&duration=12"
    data_url = f"{read_url}/{group}/{data_type}?{query}"
    return Examples(
        post=_post_line(f"{write_url}/{group}/{data_type}", example_record(auto_ids, schema, at)),
        get=f"curl {shlex.quote(data_url)}",
        data_url=data_url,
    )


def run_line(write_url: str, group: str, data_type: str, at: datetime) -> str:
    """The line that runs a data set's transforms over the last twelve months or so, with MASK in the token's place."""
    start = at.replace(year=at.year - 1, day=1, hour=0, minute=0)
    body = {"_start_at": f"{start:%Y-%m-%dT%H:%M:00Z}", "_end_at": f"{at:%Y-%m-%dT%H:%M:00Z}"}
    return _post_line(f"{write_url}/{group}/{data_type}/transform", body)


def _post_line(url: str, body: Any) -> str:
    return " \\\n  ".join(
        (
            f"curl {shlex.quote(url)}",
            f"-H 'Authorization: Bearer {MASK}'",
            "-H 'Content-Type: application/json'",
            f"-d {shlex.quote(json.dumps(body))}",
        )
    )


def example_record(auto_ids: Sequence[str], schema: Mapping[str, Any] | None, at: datetime) -> dict[str, Any]:
    """A record of that minute with what the data set's ids and its schema's first level ask for."""
    schema = schema or {}
    properties = schema.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    required = schema.get("required")
    wanted = [
        *(required if isinstance(required, list) else []),
        # Draft 3 says so at each property.
        *(
            key
            for key, rule in properties.items()
            if isinstance(rule, Mapping) and rule.get("required") is True
        ),
        *auto_ids,
    ]
    record: dict[str, Any] = {"_timestamp": f"{at:%Y-%m-%dT%H:%M:00Z}"}
    for key in wanted:
        record.setdefault(str(key), _sample(properties.get(key)))
    return record if len(record) > 1 else {**record, "channel": "online", "volume": 3}


def _sample(rule: Any) -> Any:
    if not isinstance(rule, Mapping):
        return "example"
    choices = rule.get("enum")
    if isinstance(choices, list) and choices:
        return choices[0]
    kind = rule.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    sample = next((SAMPLES[each] for each in kinds if isinstance(each, str) and each in SAMPLES), "example")
    return _within(rule, sample) if type(sample) in (int, float) else sample


def _within(rule: Mapping[str, Any], sample: float) -> float:
    """A number that the rule's plain bounds allow: the sample if they do, and where none is found."""
    low, high = _bound(rule, "minimum", -inf), _bound(rule, "maximum", inf)

    def is_allowed(number: float) -> bool:
        above = number > low if rule.get("exclusiveMinimum") is True else number >= low
        return above and (number < high if rule.get("exclusiveMaximum") is True else number <= high)

    tried = [sample, *_near(low, high, whole=type(sample) is int)]
    return next((number for number in tried if is_allowed(number)), sample)


def _bound(rule: Mapping[str, Any], key: str, without: float) -> float:
    value = rule.get(key)
    return value if type(value) in (int, float) and -inf < value < inf else without


def _near(low: float, high: float, *, whole: bool) -> Iterator[float]:
    """The bounds, inwards from them to the next whole numbers, and the middle."""
    if low > -inf:
        yield ceil(low) if whole else low
    if -EXACT < low < EXACT:
        yield floor(low) + 1
    if high < inf:
        yield floor(high) if whole else high
    if -EXACT < high < EXACT:
        yield ceil(high) - 1
    if -EXACT < low < high < EXACT and not whole:
        yield (low + high) / 2
