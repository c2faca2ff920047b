"""The admin site on PostgreSQL: what depends on the database, where two come at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.apps.admin_person import Person, make_people
from tests.apps.postgresql import PostgreSql
from tests.apps.stagecraft_process import environment, serve, succeed
from tests.apps.test_stagecraft_admin_data_sets import ADD, LIST, NEW
from tests.processes import Server


@pytest.fixture(scope="module")
def server(postgresql: PostgreSql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("stagecraft")
    settings = environment(folder) | {"STAGECRAFT_DATABASE_URL": postgresql.new_database()}
    succeed(folder, "prepare", settings=settings)
    make_people(folder, "ann", "bob", settings=settings)
    started = serve(folder, settings)
    yield started
    started.stop()


def test_many_attempts_at_once_are_counted_one_by_one(server: Server) -> None:
    def attempt(_: int) -> str:
        return Person(server.url).log_in("bob", "wrong").errors()[0]

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(attempt, range(16)))
    assert sum("don't go together" in each for each in said) == 10
    assert sum("Too many attempts" in each for each in said) == 6


def test_the_same_data_set_at_once_and_then_found(server: Server) -> None:
    ann = Person(server.url)
    ann.log_in("ann")
    csrf = ann.get(ADD).csrf()
    fields = {**NEW, "data_group": "at-once", "data_type": "both"}
    with ThreadPoolExecutor(6) as pool:
        pages = list(pool.map(lambda _: ann.post(ADD, fields, csrf=csrf), range(6)))
    assert sum(page.url != server.url + ADD for page in pages) == 1
    assert all(page.status == 200 for page in pages)
    assert "at_once_both" in ann.get(f"{LIST}?q=at-once&published=yes").text
    assert ann.get(f"{LIST}?q=%00").status == 200
    assert "a request failed" not in server.log()
