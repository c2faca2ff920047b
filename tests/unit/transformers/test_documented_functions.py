"""The examples in docs/transforms.md are what the functions do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from backdrop.transformers.registry import BUILT_IN, find_function
from tests.unit.transformers.tasks.shared import Around

PAGE = Path(__file__).parents[3] / "docs" / "transforms.md"
EXAMPLES: dict[str, dict[str, Any]] = {
    name: json.loads(block)
    for name, block in re.findall(
        r"^### (\w+)\n.*?^```json\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
}


def test_every_function_has_an_example() -> None:
    folder = PAGE.parents[1] / "backdrop" / "transformers" / "tasks"
    assert {path.stem for path in folder.glob("[a-z]*.py")} == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example(name: str) -> None:
    example = EXAMPLES[name]
    around = Around(example.get("dashboards", ()), example.get("service_dashboards", {}))
    config = {"name": "g_t", "data_group": "g", "data_type": example.get("data_type", "t")}
    compute = find_function(f"{BUILT_IN}.{name}.compute").compute
    assert compute(example["rows"], {"options": example["options"]}, config, around) == example["records"]
