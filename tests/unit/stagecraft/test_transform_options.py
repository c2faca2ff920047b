"""The built-in transform types and the options that they take."""

from __future__ import annotations

from typing import Any

import pytest

from stagecraft.datasets.schemas import faults
from stagecraft.transforms.built_in import BUILT_IN_TYPES
from stagecraft.transforms.options import option_faults

TYPES = {built_in.name: built_in for built_in in BUILT_IN_TYPES}
OPTIONS: dict[str, dict[str, Any]] = {
    "rate": {
        "matchingAttribute": "sme_or_large",
        "valueAttribute": "evidenced_spend:sum",
        "numeratorMatcher": "^SME$",
        "denominatorMatcher": "^(SME|Large)$",
    },
    "user_satisfaction": {},
    "latest_dataset_value": {},
    "latest_transaction_explorer_values": {},
    "mapping": {
        "mapping-keys": ["channel", "device"],
        "mappings": {"digital": ["^web$", ".*"], "paper": ["^post$", ".*"]},
        "mapped-attribute": "way",
        "value-attribute": "count:sum",
        "other-mapping": "other",
    },
}


def test_the_five() -> None:
    assert set(TYPES) == set(OPTIONS)
    for name, built_in in TYPES.items():
        assert built_in.function == f"backdrop.transformers.tasks.{name}.compute"
        assert faults(built_in.schema) == []
    assert len({built_in.id for built_in in BUILT_IN_TYPES}) == 5
    # Databases hold it: it may never change.
    assert str(TYPES["rate"].id) == "aa54af82-f645-5eb4-b069-fb1a125ce84b"


@pytest.mark.parametrize("name", OPTIONS)
def test_options_that_fit(name: str) -> None:
    assert option_faults(OPTIONS[name], TYPES[name].schema) == []
    more = {**OPTIONS[name], "additionalFields": {"service": "g-cloud", "n": 1, "on": True, "off": None}}
    assert option_faults(more, TYPES[name].schema) == []


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_that_is_missing_or_unknown_is_named(name: str) -> None:
    for key in OPTIONS[name].keys() - {"other-mapping"}:
        (fault,) = option_faults({k: v for k, v in OPTIONS[name].items() if k != key}, TYPES[name].schema)
        assert repr(key) in fault.message
    (fault,) = option_faults({**OPTIONS[name], "sizeOfHat": 3}, TYPES[name].schema)
    assert "'sizeOfHat'" in fault.message


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("rate", "numeratorMatcher", "("),
        ("rate", "valueAttribute", ""),
        ("rate", "additionalFields", {"a": []}),
        ("mapping", "mapping-keys", []),
        ("mapping", "mappings", {"digital": ["("]}),
        ("mapping", "mappings", ["digital"]),
    ],
)
def test_a_value_that_does_not_fit_is_named(name: str, key: str, value: Any) -> None:
    (fault,) = option_faults({**OPTIONS[name], key: value}, TYPES[name].schema)
    assert fault.key is not None
    assert fault.key.startswith(key)


@pytest.mark.parametrize("options", [None, [], "rate", 3])
def test_options_are_an_object(options: Any) -> None:
    assert len(option_faults(options, TYPES["rate"].schema)) == 1


@pytest.mark.parametrize("expression", ["(" * 3000 + ")" * 3000, "a{99999999999999999999}"])
def test_an_expression_that_can_not_even_be_looked_at(expression: str) -> None:
    (fault,) = option_faults({**OPTIONS["rate"], "numeratorMatcher": expression}, TYPES["rate"].schema)
    assert "too deep or too large" in fault.message


def test_a_fault_quotes_no_more_than_a_line() -> None:
    (fault,) = option_faults({**OPTIONS["rate"], "valueAttribute": ["x" * 100_000]}, TYPES["rate"].schema)
    assert len(fault.message) <= 300
