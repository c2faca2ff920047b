from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from backdrop.transformers.errors import Delayed, Refused
from backdrop.transformers.registry import find_function
from tests.unit.transformers.tasks.shared import CONFIG, Around

BUILT_IN = [
    "latest_dataset_value",
    "latest_transaction_explorer_values",
    "mapping",
    "rate",
    "user_satisfaction",
]
OFFERED = """
def double(rows, transform, data_set_config):
    return [{"_id": row["_id"], "twice": 2 * row["once"]} for row in rows]

def fails(rows, transform, data_set_config):
    raise RuntimeError("no figures today")

def wrong(rows, transform, data_set_config):
    return {"_id": "1"}

def reading(rows, transform, data_set_config, reads):
    return [{"_id": dashboard["slug"]} for dashboard in reads.dashboards()]

def reading_in_vain(rows, transform, data_set_config, *, reads=None):
    return reads.held(["1"])

constant = 3
"""
ENTRY_POINTS = """
[backdrop.transforms]
acme.double = acme_transforms:double
acme.fails = acme_transforms:fails
acme.wrong = acme_transforms:wrong
acme.reading = acme_transforms:reading
acme.vain = acme_transforms:reading_in_vain
acme.constant = acme_transforms:constant
acme.gone = acme_transforms:gone
acme.missing = acme_no_such_module:compute

[acme.other]
acme.secret = acme_transforms:double
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package as pip leaves it: a module and its metadata on the path."""
    (tmp_path / "acme_transforms.py").write_text(OFFERED)
    metadata = tmp_path / "acme_transforms-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-transforms\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "acme_transforms", raising=False)


def compute(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return find_function(name).compute(rows, {"id": "1"}, CONFIG, Around())


@pytest.mark.parametrize("module", BUILT_IN)
def test_built_in_functions(module: str) -> None:
    found = find_function(f"backdrop.transformers.tasks.{module}.compute")
    assert found.keeps_newest == module.startswith("latest")
    assert (found.per_period is None) == found.keeps_newest
    if module != "latest_dataset_value":
        options = {
            "matchingAttribute": "a1",
            "valueAttribute": "b1",
            "numeratorMatcher": "x",
            "denominatorMatcher": "y",
        }
        options |= {"mapping-keys": ["a1"], "mappings": {}, "mapped-attribute": "c1", "value-attribute": "d1"}
        assert found.compute([], {"options": options}, CONFIG, Around()) == []


def test_functions_of_an_installed_package(installed: None) -> None:
    assert compute("acme.double", [{"_id": "1", "once": 21}]) == [{"_id": "1", "twice": 42}]
    found = find_function("acme.double")
    assert not found.keeps_newest
    assert found.per_period is None


def test_a_function_that_declares_reads_gets_what_else_may_be_asked_for(installed: None) -> None:
    found = find_function("acme.reading")
    assert found.keeps_newest
    assert found.compute([], {}, CONFIG, Around([{"slug": "tax"}])) == [{"_id": "tax"}]


class Away(Around):
    """Whose output can't be read at the moment."""

    def held(self, record_ids: Sequence[str]) -> dict[str, datetime]:
        raise Delayed("reading g/out: no answer")


def test_what_is_away_for_a_while_is_not_a_failure_of_the_function(installed: None) -> None:
    with pytest.raises(Delayed, match="no answer"):
        find_function("acme.vain").compute([], {}, CONFIG, Away())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("acme.fails", "function 'acme.fails' failed: RuntimeError: no figures today"),
        ("acme.wrong", "function 'acme.wrong' must return a list of records"),
        ("acme.constant", "acme_transforms:constant is not a function"),
        ("acme.gone", "entry point acme_transforms:gone can't be loaded: AttributeError"),
        ("acme.missing", "can't be loaded: ModuleNotFoundError"),
        ("acme.secret", "there is no function 'acme.secret'"),
        ("acme_transforms.double", "there is no function 'acme_transforms.double'"),
    ],
)
def test_functions_that_can_not_be_used(installed: None, name: str, message: str) -> None:
    with pytest.raises(Refused, match=message):
        compute(name, [])


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "antigravity.compute",
        "backdrop.transformers.tasks.rate",
        "backdrop.transformers.worker.app",
        "",
        "x",
    ],
)
def test_another_name_imports_nothing(name: str) -> None:
    before = set(sys.modules)
    with pytest.raises(Refused, match="there is no function"):
        find_function(name)
    assert set(sys.modules) == before
