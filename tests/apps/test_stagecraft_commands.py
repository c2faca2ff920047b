"""Stagecraft's commands, and the rules that its models keep, over real databases."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.apps.stagecraft_process import TOKEN, environment, gunicorn, run, script, serve, spawn, succeed
from tests.processes import Running, free_port, start_server, wait_until

EVERYTHING = """
import json
from stagecraft.api_users.models import ApiUser
from stagecraft.datasets.models import DataSet
from stagecraft.transforms.models import Transform, TransformType
found = (ApiUser, DataSet, Transform, TransformType)
print(json.dumps({model.__name__: model.objects.count() for model in found}))
"""
ALL_MIGRATED = """
from django.core.management import call_command
call_command("makemigrations", check=True, dry_run=True, verbosity=0)
"""
DEVELOPMENT = {"ApiUser": 1, "DataSet": 2, "Transform": 1, "TransformType": 5}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `prepare` makes in development, in folders that aren't there before: for each test to copy."""
    folder = tmp_path_factory.mktemp("prepared")
    data = folder / "new" / "folder"
    process = spawn(folder, "prepare", settings={"BACKDROP_DATA_DIR": str(data)})
    said, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    assert "migrations applied, development API user made, demo loaded" in said
    return data


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    return shutil.copytree(prepared, tmp_path / "copy")


def test_prepare_makes_all_that_development_needs_once(folder: Path) -> None:
    assert "nothing was to do" in succeed(folder, "prepare", settings=environment(folder, "development"))
    assert json.loads(script(folder, ALL_MIGRATED + EVERYTHING)) == DEVELOPMENT


def test_prepare_by_many_at_once_and_after_some_were_killed(tmp_path: Path) -> None:
    settings = environment(tmp_path, "development")
    early = spawn(tmp_path, "prepare", settings=settings)
    wait_until((tmp_path / "stagecraft.sqlite").exists, "the database's file", 60)
    early.send_signal(signal.SIGKILL)
    early.communicate()
    succeed(tmp_path, "prepare", settings=settings, times=3)
    assert json.loads(script(tmp_path, EVERYTHING)) == DEVELOPMENT


@pytest.mark.parametrize(
    "migration", ["dashboards.0001_initial", "datasets.0003_due_drops", "history.0003_sentences"]
)
def test_prepare_goes_on_where_one_was_killed_between_a_migration_and_its_note(
    folder: Path, migration: str
) -> None:
    with contextlib.closing(sqlite3.connect(folder / "stagecraft.sqlite")) as database, database:
        database.execute("DELETE FROM django_migrations WHERE app || '.' || name = ?", [migration])
    assert "1 migrations applied" in succeed(folder, "prepare", settings=environment(folder, "development"))
    assert json.loads(script(folder, ALL_MIGRATED + EVERYTHING)) == DEVELOPMENT


def test_the_first_administrator_is_in_the_history(folder: Path) -> None:
    entries = script(
        folder,
        "from stagecraft.history.models import Entry; "
        "print(list(Entry.objects.filter(kind='auth.user').values_list('actor', 'did', 'name')))",
    )
    assert entries.strip() == "[('command', 'made', 'admin')]"


def test_the_demo_leaves_alone_what_was_changed(folder: Path) -> None:
    with contextlib.closing(sqlite3.connect(folder / "stagecraft.sqlite")) as database, database:
        database.execute("UPDATE datasets_dataset SET bearer_token = 'mine'")
    assert "there already" in succeed(folder, "load_demo")
    with contextlib.closing(sqlite3.connect(folder / "stagecraft.sqlite")) as database:
        assert database.execute("SELECT bearer_token FROM datasets_dataset").fetchall() == [("mine",)] * 2


def test_a_database_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = environment(tmp_path) | {"STAGECRAFT_DATABASE_URL": f"sqlite:///{tmp_path}/file/s.sqlite"}
    code, _, errors = run(tmp_path, "prepare", settings=settings)
    assert code != 0
    assert len(errors.splitlines()) == 1
    (tmp_path / "text").write_text("this is no database, but long enough to be looked at" * 100)
    settings = environment(tmp_path) | {"STAGECRAFT_DATABASE_URL": f"sqlite:///{tmp_path}/text"}
    code, _, errors = run(tmp_path, "prepare", settings=settings)
    assert code != 0
    assert len(errors.splitlines()) == 1


def test_a_database_that_is_not_ready_is_one_line(tmp_path: Path) -> None:
    code, output, errors = run(tmp_path, "create_api_user", "reader", "--role", "collector")
    assert (code, output) == (1, "")
    assert errors.count("\n") == 1
    assert "`python -m stagecraft prepare`" in errors


def test_an_api_user_gets_a_token_that_works(folder: Path) -> None:
    token = succeed(folder, "create_api_user", "reader", "--role", "collector").strip()
    assert len(token) >= 43
    code, output, errors = run(folder, "create_api_user", "reader", "--role", "admin")
    assert (code, output) == (1, "")
    assert "another API user" in errors
    server = serve(folder)
    assert server.call("GET", "/data-sets", token=token).status == 200
    server.stop()
    assert token.encode() not in b"".join(path.read_bytes() for path in folder.glob("stagecraft.sqlite*"))


def test_production_takes_no_token_that_everybody_knows(folder: Path) -> None:
    """Not even when somebody starts production over a copy of a developer's database."""
    settings = environment(folder, "production")
    assert "nothing was to do" in succeed(folder, "prepare", settings=settings)
    code, _, errors = run(folder, "load_demo", settings=settings)
    assert code != 0
    assert "production" in errors
    token = succeed(folder, "create_api_user", "mine", "--role", "admin", settings=settings).strip()
    server = start_server("stagecraft", gunicorn, environment=settings, log_folder=folder / "logs")
    assert server.call("GET", "/data-sets", token=TOKEN).status == 401
    known = server.call("GET", "/data-sets", token=token).json()
    assert [each["bearer_token"] for each in known] == ["", ""]
    public = {"data_group": "a", "data_type": "b", "bearer_token": "g-cloud-sales-bearer-token"}
    assert server.call("POST", "/data-sets", json=public, token=token).status == 400
    server.stop()
    lines = [json.loads(line) for line in server.log().splitlines()]
    requests = [line for line in lines if line.get("path") == "/data-sets"]
    assert [(line["method"], line["status"]) for line in requests] == [
        ("GET", 401),
        ("GET", 200),
        ("POST", 400),
    ]


def test_production_has_nothing_of_the_demo(tmp_path: Path) -> None:
    succeed(tmp_path, "prepare", settings=environment(tmp_path, "production"))
    assert json.loads(script(tmp_path, EVERYTHING)) == {
        **DEVELOPMENT,
        "ApiUser": 0,
        "DataSet": 0,
        "Transform": 0,
    }


def test_a_bad_environment_is_one_line(tmp_path: Path) -> None:
    settings = environment(tmp_path, "production")
    del settings["STAGECRAFT_SECRET_KEY"]
    process = spawn(tmp_path, "prepare", settings=settings)
    _, errors = process.communicate(timeout=90)
    assert process.returncode == 1
    assert errors.splitlines() == [
        "stagecraft: STAGECRAFT_SECRET_KEY is missing: production has no default, set a long random one"
    ]


def test_gunicorn_stops_on_a_bad_environment(tmp_path: Path) -> None:
    settings = environment(tmp_path) | {"ENVIRONMENT": "prod"}
    # One process: gunicorn itself trips over a second one that fails in the same instant.
    command = [*gunicorn(free_port()), "--workers", "1"]
    started = Running("stagecraft", command, settings, tmp_path / "log")
    wait_until(lambda: started.process.poll() is not None, "gunicorn's end", 60)
    assert started.process.returncode == 4, started.log()
    assert "stagecraft: ENVIRONMENT is 'prod', but must be one of" in started.log()
    assert "Traceback" not in started.log()


def test_a_database_that_is_not_ready_is_503(tmp_path: Path) -> None:
    server = serve(tmp_path)
    reply = server.call("GET", "/data-sets", token=TOKEN)
    assert reply.status == 503
    assert reply.headers["Retry-After"]
    assert reply.json()["status"] == "error"
    assert "sql" not in reply.body.decode().lower()
    server.wait_for_log("no such table")
    assert "Traceback" not in server.log()
    succeed(tmp_path, "prepare")
    assert server.call("GET", "/data-sets", token=TOKEN).status == 200
    server.stop()


def test_reading_goes_on_while_another_process_writes(folder: Path) -> None:
    server = serve(folder)
    writer = spawn(folder, "shell", "--no-imports", "-v", "0", "-c", HOLD_WRITE_LOCK)
    wait_until((folder / "locked").exists, "the lock", 60)
    with ThreadPoolExecutor(1) as pool:
        wanted = {"data_group": "a", "data_type": "b"}
        making = pool.submit(server.call, "POST", "/data-sets", json=wanted, token=TOKEN, timeout=60)
        assert server.call("GET", "/data-sets", token=TOKEN).status == 200
        assert not making.done()
        (folder / "go on").touch()
        assert making.result().status == 201
    assert writer.wait(60) == 0
    writer.communicate()
    server.stop()


HOLD_WRITE_LOCK = """
import pathlib, time
from django.db import transaction
from stagecraft.datasets.models import DataGroup
with transaction.atomic():
    DataGroup(name="slow").save()
    pathlib.Path("locked").write_text("")
    give_up = time.monotonic() + 60
    while not pathlib.Path("go on").exists():
        assert time.monotonic() < give_up
        time.sleep(0.01)
"""


def test_the_models_keep_their_rules_whoever_saves(folder: Path) -> None:
    refusals = json.loads(script(folder, BREAK_RULES))
    assert refusals["name"] == {"name": ["can't be changed: the data is stored under it"]}
    (circle,) = refusals["circle"]["output_type"]
    assert circle.startswith("closes a circle of transforms: g-cloud/s")
    assert "g-cloud/sales -> g-cloud/sme-share" in circle
    assert "g-cloud/sme-share -> g-cloud/sales" in circle
    assert list(refusals["circle of any group"]) == ["output_type"]
    assert list(refusals["options"]) == ["options"]
    assert list(refusals["query"]) == ["query_parameters"]
    assert list(refusals["schema"]) == ["schema"]
    assert list(refusals["type schema"]) == ["schema"]
    assert list(refusals["function"]) == ["function"]
    assert list(refusals["group"]) == ["name"]
    assert set(refusals["nothing"]) == {"data_group", "data_type"}
    assert refusals["used"] == "ProtectedError"
    assert refusals["fine"] is None


BREAK_RULES = """
import json
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from stagecraft.datasets.models import DataGroup, DataSet, DataType
from stagecraft.transforms.models import Transform, TransformType

def refusal(save):
    try:
        save()
    except ValidationError as error:
        return error.message_dict
    except ProtectedError:
        return "ProtectedError"

def data_set(**changes):
    found = DataSet.objects.get(name="g_cloud_sales")
    for key, value in changes.items():
        setattr(found, key, value)
    return found

def transform(source, target, **changes):
    found = {
        "type": TransformType.objects.get(name="user_satisfaction"),
        "input_group": DataGroup.objects.filter(name=source[0]).first(),
        "input_type": DataType.objects.get(name=source[1]),
        "output_group": DataGroup.objects.filter(name=target[0]).first(),
        "output_type": DataType.objects.get(name=target[1]),
    }
    return Transform(**{**found, **changes})

share, sales = ("g-cloud", "sme-share"), ("g-cloud", "sales")
rate = TransformType.objects.get(name="rate")
print(json.dumps({
    "name": refusal(data_set(name="renamed").save),
    "circle": refusal(transform(share, sales).save),
    "circle of any group": refusal(transform((None, "licences"), (None, "licences")).save),
    "options": refusal(transform(sales, share, type=rate, options={}).save),
    "query": refusal(transform(sales, share, query_parameters=[]).save),
    "schema": refusal(DataType(name="bad", schema={"type": 3}).save),
    "type schema": refusal(TransformType(name="bad", function="a.b", schema={"type": 3}).save),
    "function": refusal(TransformType(name="bad", function="os").save),
    "group": refusal(DataGroup(name="Bad Name").save),
    "nothing": refusal(DataSet().save),
    "used": refusal(DataType.objects.get(name="sales").delete),
    "fine": refusal(data_set(published=False).save),
}))
"""
