"""Reading the body of a POST or PUT of a data set."""

import json
from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any

from stagecraft.api.errors import Fault
from stagecraft.api.shapes import shape_faults
from stagecraft.datasets.fields import DATA_SET, DATA_SET_DEFAULTS, DATA_SET_FIXED, DATA_SET_IDENTITY
from stagecraft.datasets.names import default_name
from stagecraft.datasets.schemas import combined
from stagecraft.datasets.tokens import PREVIOUS, TOKEN, TOKEN_KEYS, UNTIL, pair_faults
from stagecraft.development import is_usable
from stagecraft.instants import read_instant

# Kept for tools of the first Backdrop, which took anything here.
OLDER_THAN_RULES = ("upload_format", "upload_filters")
# Part of every config, but it follows from the data type: taken when it says what it would say anyway.
DERIVED = "schema"


def faults_of_new(body: Mapping[str, Any], *, production: bool) -> list[Fault]:
    """All that is wrong with a data set to be made, as far as no other one matters."""
    return [*_shape_faults(body, DATA_SET_IDENTITY), *_token_faults(body, production=production)]


def faults_of_change(body: Mapping[str, Any], stored: Mapping[str, Any], *, production: bool) -> list[Fault]:
    """All that is wrong with what a data set is to become; `stored` is what it is: its name, group and type, and
    what of it may be older than the rules, which may stay as it is."""
    moved = [
        Fault(key, why) for key, why in DATA_SET_FIXED.items() if key in body and body[key] != stored[key]
    ]
    kept = {
        key
        for key in OLDER_THAN_RULES
        if key in body and key in stored and _plain(body[key]) == _plain(stored[key])
    }
    named = {fault.key for fault in moved} | kept
    shape = [fault for fault in _shape_faults(body, ()) if fault.key not in named]
    return [*moved, *shape, *_token_faults(body, production=production)]


def new_values(body: Mapping[str, Any]) -> dict[str, Any]:
    """What the body of a new data set says, by the model's fields; what it leaves out takes its default."""
    return _read(body)


def changed_values(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a data set becomes: what the body leaves out takes its default again, but for what it is found by
    and for its tokens. Nobody is locked out because a body didn't repeat a secret."""
    defaults = {key: deepcopy(value) for key, value in DATA_SET_DEFAULTS.items() if key not in TOKEN_KEYS}
    return {**defaults, **{key: value for key, value in _read(body).items() if key not in DATA_SET_FIXED}}


def name_of(body: Mapping[str, Any]) -> str:
    """What a new data set is called whose group and type are legal."""
    return str(body.get("name") or default_name(body["data_group"], body["data_type"]))


def schema_faults(body: Mapping[str, Any], own: Mapping[str, Any] | None) -> list[Fault]:
    """Refuses a schema that the data set won't have, which its sender would else believe in; `own` is the type's."""
    given = body.get(DERIVED)
    if not isinstance(given, dict) or not given or _plain(given) == _plain(combined(own)):
        return []
    return [Fault(DERIVED, "comes from the data type: leave it out, or set it there")]


def _shape_faults(body: Mapping[str, Any], required: Collection[str]) -> list[Fault]:
    return [*shape_faults(body, DATA_SET, what="a data set", required=required), *pair_faults(body)]


def _token_faults(body: Mapping[str, Any], *, production: bool) -> list[Fault]:
    return [
        Fault(key, "is public knowledge, so production doesn't take it")
        for key in (TOKEN, PREVIOUS)
        if isinstance(body.get(key), str) and not is_usable(body[key], production=production)
    ]


def _read(body: Mapping[str, Any]) -> dict[str, Any]:
    values = {key: value for key, value in body.items() if key != DERIVED}
    if values.get(UNTIL) is not None:
        values[UNTIL] = read_instant(values[UNTIL])
    return values


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
