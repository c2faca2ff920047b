"""Which options a type of transform takes, as its page says it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagecraft.admin_site.options_in_words import described
from stagecraft.transforms.built_in import BUILT_IN_TYPES
from stagecraft.transforms.options import option_faults

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("built_in", BUILT_IN_TYPES, ids=lambda each: each.name)
def test_the_example_of_each_type_that_comes_with_the_worker_is_taken(built_in: Any) -> None:
    said = described(built_in.schema)
    assert option_faults(json.loads(said["example"]), built_in.schema) == []
    assert [each["name"] for each in said["options"] if not each["words"]] == []
    assert list(json.loads(said["draft"])) == built_in.schema.get("required", [])


def test_a_type_of_ones_own_says_it_in_its_schema() -> None:
    said = described(
        {
            "properties": {
                "days": {"type": "integer", "description": "how far back", "examples": [28]},
                "how": {"enum": ["mean", "sum"]},
                "which": {"type": "string", "format": "regex", "required": True},
            },
            "required": ["days"],
        }
    )
    assert said["options"] == [
        {"name": "days", "kind": "whole number", "words": "how far back", "needed": True},
        {"name": "which", "kind": "regular expression", "words": "", "needed": True},
        {"name": "how", "kind": "", "words": "", "needed": False},
    ]
    assert json.loads(said["example"]) == {"days": 28, "which": "^example$"}
    assert json.loads(said["draft"]) == {"days": 0, "which": ""}


def test_any_options_are_no_list() -> None:
    assert described({}) == {"options": [], "example": "{}", "draft": "{}"}


@given(st.fixed_dictionaries({"properties": JSON_VALUES, "required": JSON_VALUES}) | JSON_VALUES)
def test_any_schema_will_do(schema: Any) -> None:
    said = described(schema)
    assert list(json.loads(said["draft"])) == [each["name"] for each in said["options"] if each["needed"]]
