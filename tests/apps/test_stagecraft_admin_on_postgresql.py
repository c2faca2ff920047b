"""The admin site on PostgreSQL: what depends on the database, where two come at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.apps.admin_person import PASSWORD, Page, Person, make_people
from tests.apps.postgresql import PostgreSql
from tests.apps.stagecraft_process import environment, serve, succeed
from tests.apps.test_stagecraft_admin_data_sets import ADD, LIST, NEW
from tests.processes import Server, wait_until

# Stagecraft's own number for the one lock that all changes take.
LOCK_OF_CHANGES = 5_310_320_131
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@dataclass(frozen=True)
class Scene:
    server: Server
    database: str
    sessions: dict[str, str]

    def person(self, name: str) -> Person:
        return Person(self.server.url, self.sessions[name])

    def meanwhile(self, change: Callable[[], Page], statement: str) -> Page:
        """What came of a change that had to wait for another one, which did this."""
        with ThreadPoolExecutor(1) as waiting, psycopg.connect(self.database, autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock(%s)", [LOCK_OF_CHANGES])
            changed = waiting.submit(change)
            wait_until(lambda: other.execute(WAITING).fetchone() == (1,), "the change that has to wait")
            other.execute(statement)
            other.execute("SELECT pg_advisory_unlock(%s)", [LOCK_OF_CHANGES])
            return changed.result()

    def account(self, name: str) -> tuple[bool, bool] | None:
        """Whether they may log in, and are an administrator; None for nobody."""
        with psycopg.connect(self.database) as other:
            asked = "SELECT is_active, is_superuser FROM auth_user WHERE username = %s"
            found: tuple[bool, bool] | None = other.execute(asked, [name]).fetchone()
        return found


@pytest.fixture(scope="module")
def scene(postgresql: PostgreSql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("stagecraft")
    database = postgresql.new_database()
    settings = environment(folder) | {"STAGECRAFT_DATABASE_URL": database}
    succeed(folder, "prepare", settings=settings)
    sessions = make_people(folder, "ann", "bob", "demoted", "locked-out", "deleted", settings=settings)
    started = serve(folder, settings)
    yield Scene(started, database, sessions)
    started.stop()


@pytest.fixture(scope="module")
def server(scene: Scene) -> Server:
    return scene.server


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


def test_a_form_that_waits_for_another_change_undoes_nothing_of_it(scene: Scene) -> None:
    ann = scene.person("ann")
    listed = ann.get("/admin/auth/user/?q=bob").text
    path = re.findall(r'href="(/admin/auth/user/\d+/change/)[^"]*">bob<', listed)[0]
    page = ann.get(path)
    refused = scene.meanwhile(
        lambda: ann.post(path, {**page.fields(), "email": "bob@example.org"}, page.csrf()),
        "UPDATE auth_user SET is_superuser = false WHERE username = 'bob'",
    )
    assert "Somebody has changed administrator since" in refused.text
    assert scene.account("bob") == (True, False)


@pytest.mark.parametrize(
    ("name", "statement", "then"),
    [
        ("locked-out", "UPDATE auth_user SET is_active = false WHERE username = 'locked-out'", (False, True)),
        ("demoted", "UPDATE auth_user SET is_superuser = false WHERE username = 'demoted'", (True, False)),
        ("deleted", "DELETE FROM auth_user WHERE username = 'deleted'", None),
    ],
)
def test_who_saves_a_password_of_their_own_undoes_nothing_of_their_account(
    scene: Scene, name: str, statement: str, then: tuple[bool, bool] | None
) -> None:
    person = scene.person(name)
    csrf = person.get("/admin/password_change/").csrf()
    new = "another horse staple"
    fields = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    page = scene.meanwhile(lambda: person.post("/admin/password_change/", fields, csrf), statement)
    assert page.status == 200
    assert ("Username" in page.text) == (then != (True, False)), "who may not be here is at the log-in"
    assert scene.account(name) == then
    assert (Person(scene.server.url).log_in(name, new).errors() == []) == (then == (True, False))
    assert "a request failed" not in scene.server.log()
