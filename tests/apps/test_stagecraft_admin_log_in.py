"""Logging in to the admin site: the first administrator, attempts in vain, who may what, and what browsers are told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import Request, build_opener

import pytest

from tests.apps.admin_person import PASSWORD, NoRedirects, Person, count_attempts, make_people
from tests.apps.stagecraft_process import environment, prepare, run, script, serve, succeed
from tests.processes import Server

PRINTED = re.compile(r"first administrator is (\S+), password (\S+) \(shown this once\)")
WRONG, TOO_MANY = "don't go together", "Too many attempts"
AGE_ATTEMPTS = """
from datetime import timedelta
from django.utils import timezone
from stagecraft.admin_site.models import LogInAttempt
print(LogInAttempt.objects.update(at=timezone.now() - timedelta(minutes={minutes})))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stagecraft")
    prepare(folder)
    make_people(folder, "ann", "bob", "cleo", "viewer")
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    started = serve(folder)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def bob(server: Server) -> Person:
    """Logged in; for looks."""
    person = Person(server.url)
    person.log_in("bob")
    return person


def test_the_first_start_makes_an_administrator_and_prints_the_password_once(tmp_path: Path) -> None:
    settings = environment(tmp_path, "development")
    said = succeed(tmp_path, "prepare", settings=settings)
    ((name, password),) = PRINTED.findall(said)
    assert len(password) >= 16
    assert "password" not in succeed(tmp_path, "prepare", settings=settings)
    server = serve(tmp_path, settings)
    person = Person(server.url)
    assert person.log_in(name, password).url.endswith("/admin/")
    server.stop()
    assert password not in server.log()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("stagecraft.sqlite*"))
    assert password.encode() not in kept


@pytest.mark.parametrize("name", ["test", "production"])
def test_no_administrator_is_made_outside_development(tmp_path: Path, name: str) -> None:
    said = succeed(tmp_path, "prepare", settings=environment(tmp_path, name))
    assert "password" not in said
    count = "from django.contrib.auth.models import User; print(User.objects.count())"
    assert script(tmp_path, count).strip() == "0"


def test_who_has_not_logged_in_sees_nothing_but_the_form(server: Server) -> None:
    person = Person(server.url)
    for path in ("/", "/admin", "/admin/", "/admin/datasets/dataset/", "/admin/datasets/dataset/1/change/"):
        page = person.get(path)
        assert page.url.startswith(f"{server.url}/admin/login/"), path
        assert page.status == 200


def test_ten_attempts_in_vain_and_no_more_for_a_while(server: Server, folder: Path) -> None:
    person = Person(server.url)
    count_attempts(folder, "ann", 7)
    said = [person.log_in("ann", f"wrong {n}").errors() for n in range(3)]
    assert all(WRONG in each[0] for each in said)
    # Neither the right password nor another way to write the name.
    for name in ("ann", "ANN"):
        assert TOO_MANY in person.log_in(name).errors()[0]
    assert Person(server.url).log_in("bob").url == f"{server.url}/admin/"
    # As much of the quarter of an hour as is left, rounded up.
    for minutes, left in ((10, "5 minutes"), (14, "1 minute")):
        assert script(folder, AGE_ATTEMPTS.format(minutes=minutes)).strip() == "10"
        assert f"Wait {left} and" in person.log_in("ann").errors()[0]
    script(folder, AGE_ATTEMPTS.format(minutes=16))
    assert person.log_in("ann").url == f"{server.url}/admin/"
    assert "wrong 1" not in server.log()


def test_names_that_nobody_has_are_answered_like_others(server: Server, folder: Path) -> None:
    person = Person(server.url)
    said = [person.log_in("nobody", "wrong").errors()]
    count_attempts(folder, "nobody", 7)
    said += [person.log_in("nobody", "wrong").errors() for _ in range(3)]
    assert [WRONG in each[0] for each in said] == [True] * 3 + [False]
    assert TOO_MANY in said[3][0]


def test_many_attempts_at_once_are_counted_one_by_one(server: Server) -> None:
    def attempt(_: int) -> str:
        return Person(server.url).log_in("cleo", "wrong").errors()[0]

    with ThreadPoolExecutor(12) as pool:
        said = list(pool.map(attempt, range(24)))
    assert sum(WRONG in each for each in said) == 10
    assert sum(TOO_MANY in each for each in said) == 14


def test_logging_in_forgets_earlier_attempts(server: Server, folder: Path) -> None:
    person = Person(server.url)
    for _ in range(3):
        count_attempts(folder, "bob", 5)
        person.log_in("bob", "wrong")
        assert person.log_in("bob").url == f"{server.url}/admin/"


def test_bad_forms_are_pages_and_no_failures(server: Server) -> None:
    for fields in (
        {},
        {"username": "\0", "password": "\0"},
        {"username": "a" * 100_000, "password": "b" * 100_000},
        {"username": "\ud800".encode("utf-8", "surrogatepass"), "password": "x"},
    ):
        page = Person(server.url).post("/admin/login/", fields)
        assert page.status == 200, fields
        assert page.errors()


def test_a_form_without_its_token_is_refused_with_a_page(server: Server) -> None:
    page = Person(server.url).post("/admin/login/", {"username": "bob", "password": PASSWORD}, csrf="x" * 64)
    assert page.status == 403
    assert "out of date" in page.title


def test_a_viewer_looks_and_changes_nothing(server: Server) -> None:
    person = Person(server.url)
    person.log_in("viewer")
    for path in ("datasets/dataset/", "datasets/datatype/", "transforms/transform/", "history/entry/"):
        page = person.get(f"/admin/{path}")
        assert page.status == 200
        assert ">Add" not in page.text
    for path in ("datasets/dataset/add/", "auth/user/", "auth/user/1/change/", "transforms/transform/add/"):
        page = person.get(f"/admin/{path}")
        assert page.status == 403
        assert "You may not do that" in page.title
    assert "Accounts" not in person.get("/admin/").text


def test_what_browsers_are_told(bob: Person) -> None:
    page = bob.get("/admin/datasets/dataset/")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cache-Control"] == "no-store"
    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page.text) == []
    assert re.findall(r"\s(on\w+|style)=", page.text) == []
    assert set(re.findall(r'(?:src|href)="(https?://[^"]+)"', page.text)) == set()
    cookies = {cookie.name: cookie for cookie in bob.cookies}
    assert set(cookies) == {"stagecraft_session", "stagecraft_csrf"}
    for cookie in cookies.values():
        assert cookie.path == "/admin/"
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert cookie.get_nonstandard_attr("SameSite") == "Lax"


def test_style_sheets_are_served_by_stagecraft_and_kept_for_a_while(server: Server) -> None:
    page = Person(server.url).get("/admin/login/")
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    assert any("stagecraft.css" in each for each in files)
    for path in files:
        reply = server.call("GET", path)
        assert reply.status == 200
        assert "max-age=300" in reply.headers["Cache-Control"]
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        again = server.call("GET", path, headers={"If-Modified-Since": reply.headers["Last-Modified"]})
        assert again.status == 304
        assert server.call("HEAD", path).body == b""
    for path in ("/static/../settings.py", "/static/%2e%2e/settings.py", "/static/nothing.css"):
        assert server.call("GET", path).status == 404


def test_programs_get_no_cookie_and_need_no_form(server: Server) -> None:
    token = "development-oauth-access-token"
    body = {"data_group": "made", "data_type": "by-program"}
    for reply in (
        server.call("GET", "/data-sets", token=token),
        server.call("POST", "/data-sets", token=token, json=body),
        server.call("GET", "/nothing"),
    ):
        assert "Set-Cookie" not in reply.headers
        assert reply.headers["Content-Type"] == "application/json"


def test_errors_are_pages_where_people_are(bob: Person) -> None:
    page = bob.get("/admin/nothing/here/")
    assert page.status == 404
    assert "There is nothing here" in page.title
    gone = bob.get("/admin/datasets/dataset/999999/change/")
    assert (gone.status, gone.title) == (404, "There is no such data set | Stagecraft")


def test_production_as_the_deployment_checklist_asks(tmp_path: Path) -> None:
    settings = environment(tmp_path, "production")
    succeed(tmp_path, "prepare", settings=settings)
    assert "no issues" in succeed(tmp_path, "check", "--deploy", "--fail-level", "WARNING", settings=settings)
    make_people(tmp_path, "ann")
    server = serve(tmp_path, settings)
    plain = build_opener(NoRedirects)
    with pytest.raises(Exception, match="301") as moved:
        plain.open(Request(f"{server.url}/admin/"), timeout=30)
    assert moved.value.headers["Location"].startswith("https://")  # type: ignore[attr-defined] # an HTTPError
    # Backdrop asks the API without HTTPS, inside its network, and by any name.
    assert (
        server.call("GET", "/data-sets", token="wrong", headers={"Host": "stagecraft.internal"}).status == 401
    )
    behind = {"X-Forwarded-Proto": "https"}
    page = server.call("GET", "/admin/login/", headers=behind)
    assert page.status == 200
    assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
    cookies = page.headers["Set-Cookie"]
    assert "Secure" in cookies
    assert server.call("GET", "/admin/login/", headers={**behind, "Host": "elsewhere.example"}).status == 400
    server.stop()


@pytest.mark.parametrize(
    ("hosts", "wrong"),
    [
        (None, "STAGECRAFT_ALLOWED_HOSTS is missing"),
        ("*", "production takes no *"),
        ("https://stagecraft.example.com", "must be names of hosts"),
        ("stagecraft.example.com:443", "must be names of hosts"),
    ],
)
def test_production_names_its_hosts(tmp_path: Path, hosts: str | None, wrong: str) -> None:
    settings = environment(tmp_path, "production")
    del settings["STAGECRAFT_ALLOWED_HOSTS"]
    code, _, errors = run(
        tmp_path, "check", settings={**settings, **({"STAGECRAFT_ALLOWED_HOSTS": hosts} if hosts else {})}
    )
    assert code == 1
    assert wrong in errors
    assert len(errors.splitlines()) == 1


def test_sessions_end(server: Server, folder: Path) -> None:
    person = Person(server.url)
    person.log_in("bob")
    script(
        folder,
        "from django.contrib.sessions.models import Session; from django.utils import timezone\n"
        "Session.objects.update(expire_date=timezone.now())",
    )
    assert person.get("/admin/").url.startswith(f"{server.url}/admin/login/")
