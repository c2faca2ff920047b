"""Reading the body of `POST /data-sets`."""

import json
from collections.abc import Mapping
from typing import Any

from stagecraft.api.errors import Fault, bad_request
from stagecraft.datasets.fields import REQUIRED, RULES, faults_in

# Part of every config, but it follows from the data type: taken when it says what it would say anyway.
DERIVED = "schema"


def read_new_data_set(body: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a data set to be made, by key; what the body leaves out takes the model's default.

    Raises a 400 with every fault: an unknown key, one that is missing, a value of the wrong kind.
    """
    unknown = [
        Fault(key, f"is not part of a data set; known are {', '.join(RULES)}")
        for key in body
        if key not in RULES and key != DERIVED
    ]
    missing = [Fault(key, "is missing") for key in REQUIRED if key not in body]
    faults = [*missing, *faults_in(body), *unknown]
    if faults:
        raise invalid(faults)
    return {key: value for key, value in body.items() if key != DERIVED}


def check_schema(body: Mapping[str, Any], actual: Mapping[str, Any]) -> None:
    """Refuse a schema that the data set won't have, which its sender would else believe in."""
    given = body.get(DERIVED)
    if given and _plain(given) != _plain(actual):
        raise invalid([Fault(DERIVED, "comes from the data type: leave it out, or set it there")])


def invalid(faults: list[Fault]) -> Exception:
    """The 400 for a data set with these faults."""
    return bad_request("; ".join(f"{fault.key} {fault.message}" for fault in faults), faults)


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
