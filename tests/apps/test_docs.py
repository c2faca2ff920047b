"""Every example in README.md and docs/, run as printed against what ./run_development.sh starts."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps.checkouts import copy_of_project
from tests.apps.development import Development
from tests.examples import Example, agrees, examples, on_ports
from tests.processes import REPOSITORY, wait_until

PAGES = ["README.md", *sorted(str(p.relative_to(REPOSITORY)) for p in (REPOSITORY / "docs").rglob("*.md"))]
WITH_EXAMPLES = [page for page in PAGES if "```console" in (REPOSITORY / page).read_text(encoding="utf-8")]
MONTHS_OF_THE_DEMO = 24


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Development]:
    if shutil.which("curl") is None:
        pytest.skip("the examples need curl, which is not installed")
    prepared = Development(copy_of_project(tmp_path_factory.mktemp("docs")))
    try:
        prepared.start()
        wait_until(lambda: _derived(prepared) == MONTHS_OF_THE_DEMO, "the transform of the demo", 60)
        yield prepared
    finally:
        prepared.kill()


def _derived(development: Development) -> int:
    command = "curl -s 'http://localhost:3038/data/g-cloud/sme-share' | grep -o '_start_at' | wc -l"
    return int(_output(command, development))


def _output(command: str, development: Development) -> str:
    line = on_ports(command, development.documented_ports)
    done = subprocess.run(
        ["bash", "-c", line],
        check=False,
        cwd=development.checkout,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout


def _difference(example: Example, development: Development) -> str | None:
    output = _output(example.command, development)
    return None if agrees(example.printed, output) else f"{example}\n$ {example.command}\n{output}"


@pytest.mark.parametrize("page", WITH_EXAMPLES)
def test_every_example_prints_what_the_page_says(page: str, development: Development) -> None:
    on_page = list(examples(REPOSITORY / page, page))
    assert [example for example in on_page if not example.printed] == [], "examples that say nothing"
    differences = [d for example in on_page if (d := _difference(example, development)) is not None]
    assert on_page
    assert not differences, "\n\n".join(differences)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    targets = [link.split(")")[0].split("#")[0] for link in text.split("](")[1:]]
    local = [target for target in targets if target and "://" not in target]
    assert [t for t in local if not (REPOSITORY / page).parent.joinpath(Path(t)).exists()] == []
