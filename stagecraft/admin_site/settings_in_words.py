"""What can be changed of a data set or a transform, for people who may only look at it: pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stagecraft.admin_site.fields import BYTES, SECONDS


@dataclass(frozen=True, slots=True)
class Setting:
    """A field as its form calls it, and its value as people say it; as code where it is for programs."""

    label: str
    value: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """What stands together in the form, under its heading."""

    heading: str
    settings: tuple[Setting, ...]


def amount(value: int, units: Mapping[str, int]) -> str:
    """`36 hours`: in the largest unit that leaves no fraction."""
    unit = [unit for unit, size in units.items() if value % size == 0][-1]
    count = value // units[unit]
    return f"{count:,} {unit.removesuffix('s') if count == 1 and unit.endswith('s') else unit}"


def of_data_set(labels: Mapping[str, str], values: Mapping[str, Any]) -> tuple[Settings, ...]:
    """`labels` by the names of fields, as their form has them; `values` likewise."""
    max_age, capped_size = values["max_age_expected"], values["capped_size"]
    uploads = [
        Setting(labels[key], _listed(value if isinstance(value, list) else [value]), is_code=True)
        for key in ("upload_format", "upload_filters")
        if (value := values[key])
    ]
    kept = (
        Setting(labels["max_age_expected"], "not expected" if max_age is None else amount(max_age, SECONDS)),
        Setting(labels["capped_size"], "all of them" if capped_size is None else amount(capped_size, BYTES)),
        Setting(labels["auto_ids"], _listed(values["auto_ids"]) or "never", is_code=bool(values["auto_ids"])),
    )
    flags = ("published", "queryable", "raw_queries_allowed", "realtime")
    return (
        Settings("Who may read what", tuple(Setting(labels[key], _yes(values[key])) for key in flags)),
        Settings("How it is kept", kept),
        *([Settings("Uploads", tuple(uploads))] if uploads else []),
    )


def of_transform(
    labels: Mapping[str, str], query: Mapping[str, Any], options: Mapping[str, Any], type_name: str
) -> tuple[Settings, ...]:
    """What it asks and computes; what it reads and writes is linked elsewhere. `labels` by the fields of its form."""
    known = [
        Setting(labels[key], _listed(value if isinstance(value, list) else [value]), is_code=key != "period")
        for key in ("period", "group_by", "collect", "filter_by")
        if (value := query.get(key))
    ]
    others = {key: value for key, value in query.items() if key not in labels and value not in (None, [])}
    more = [Setting(labels["more"], _laid_out(others), is_code=True)] if others else []
    asked = (*known, *more) or (Setting("Records", "all, one by one"),)
    computed = [Setting(labels["type"], type_name)]
    if options:
        computed.append(Setting(labels["options"], _laid_out(options), is_code=True))
    return Settings("The query it asks", asked), Settings("Computes", tuple(computed))


def _yes(value: bool) -> str:
    return "Yes" if value else "No"


def _listed(values: Sequence[Any]) -> str:
    return "\n".join(map(str, values))


def _laid_out(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
