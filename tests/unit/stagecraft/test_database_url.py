"""STAGECRAFT_DATABASE_URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagecraft.database_url import BadDatabaseUrl, PostgresqlDatabase, SqliteDatabase, read_database_url


def test_a_file() -> None:
    assert read_database_url("sqlite:////srv/s.sqlite") == SqliteDatabase(Path("/srv/s.sqlite"))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_server(scheme: str) -> None:
    database = read_database_url(f"{scheme}://me:p%40ss%2Fw@db.example.com:5433/stage?sslmode=require")
    assert database == PostgresqlDatabase(
        "stage", "db.example.com", 5433, "me", "p@ss/w", (("sslmode", "require"),)
    )
    settings = database.settings()
    assert (settings["NAME"], settings["HOST"], settings["PORT"]) == ("stage", "db.example.com", "5433")
    assert (settings["USER"], settings["PASSWORD"]) == ("me", "p@ss/w")
    assert settings["OPTIONS"]["sslmode"] == "require"


def test_what_is_left_out_is_left_to_libpq() -> None:
    assert read_database_url("postgresql:///stage") == PostgresqlDatabase("stage", "", 5432, "", "")
    socket = read_database_url("postgresql://%2Fvar%2Frun%2Fpostgresql/stage")
    assert isinstance(socket, PostgresqlDatabase)
    assert socket.host == "/var/run/postgresql"


def test_a_database_is_named_without_its_password() -> None:
    database = read_database_url("postgresql://me:hush@db.example.com/stage")
    assert str(database) == "postgresql://db.example.com:5432/stage"
    assert "hush" not in repr(database)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hush",
        "sqlite:hush",
        "mysql://u:hush@h/d",
        "postgresql://u:hush@h",
        "postgresql://u:hush@h/",
        "postgresql://u:hush@h/a/b",
        "postgresql://u:hush@h:99999/d",
        "postgresql://u:hush@h:x/d",
        "postgresql://u:hu[sh@h/d",
        "postgresql://u:hush@h/d?password=hush",
        "postgresql://u:hush@h/d\0",
    ],
)
def test_what_is_none_is_said_without_quoting_it(url: str) -> None:
    with pytest.raises(BadDatabaseUrl) as error:
        read_database_url(url)
    assert "hush" not in str(error.value)
    assert "\n" not in str(error.value)
