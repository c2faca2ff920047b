from __future__ import annotations

from typing import Any

import pytest

from backdrop.transformers.definition import parse_transform
from backdrop.transformers.errors import Refused

CONFIG = {
    "id": "6a3f",
    "type": {"id": "1", "name": "rate", "function": "backdrop.transformers.tasks.rate.compute", "schema": {}},
    "input": {"data-group": "g", "data-type": "t"},
    "query-parameters": {"period": "week"},
    "options": {"matchingAttribute": "kind"},
    "output": {"data-group": "g", "data-type": "t2"},
}


def test_a_transform_of_the_config_api() -> None:
    found = parse_transform(CONFIG)
    assert (found.id, found.function) == ("6a3f", "backdrop.transformers.tasks.rate.compute")
    assert (found.output_group, found.output_type) == ("g", "t2")
    assert found.query_parameters == {"period": "week"}
    assert found.options == {"matchingAttribute": "kind"}
    assert found.config is CONFIG


def test_what_may_be_missing() -> None:
    found = parse_transform(
        {**CONFIG, "query-parameters": None, "options": None, "output": {"data-type": "t2"}}
    )
    assert (found.query_parameters, found.options, found.output_group) == ({}, {}, None)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"id": None}, "transform None: id is missing"),
        ({"type": {}}, "transform 6a3f: type: function is missing"),
        ({"type": "rate"}, "transform 6a3f: type must be an object"),
        ({"output": {}}, "transform 6a3f: output: data-type is missing"),
        (
            {"output": {"data-group": 3, "data-type": "t"}},
            "transform 6a3f: output.data-group must be a string",
        ),
        ({"options": []}, "transform 6a3f: options must be an object"),
        ({"query-parameters": "period=week"}, "transform 6a3f: query-parameters must be an object"),
    ],
)
def test_what_makes_no_sense_is_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message):
        parse_transform({**CONFIG, **changed})
