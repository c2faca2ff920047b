"""STAGECRAFT_DATABASE_URL: a SQLite file or a PostgreSQL server, as Django's settings have it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SQLITE = "sqlite:///"
POSTGRESQL = ("postgresql", "postgres")
POSTGRESQL_PORT = 5432
# Of libpq's options those that say how to connect; who and where stand in the URL itself.
POSTGRESQL_OPTIONS = frozenset(
    {
        "application_name",
        "channel_binding",
        "connect_timeout",
        "sslcert",
        "sslcrl",
        "sslkey",
        "sslmode",
        "sslrootcert",
        "target_session_attrs",
    }
)
CONNECT_SECONDS = "5"
WAIT_FOR_LOCK = "30s"


class BadDatabaseUrl(ValueError):
    """What is wrong with it; the URL may hold a password, so the message quotes nothing but its scheme."""


@dataclass(frozen=True, slots=True)
class SqliteDatabase:
    """A file, by its absolute path."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def settings(self) -> dict[str, Any]:
        """An entry of Django's `DATABASES`."""
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": self.path,
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                # A transaction takes the write lock when it begins: one that reads first and then
                # writes would else fail at once with "database is locked", whatever the time-out.
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
            },
        }


@dataclass(frozen=True, slots=True)
class PostgresqlDatabase:
    """A database of a server. `user`, `password` and `host` may be empty: then libpq's own defaults hold."""

    name: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"postgresql://{self.host or 'local socket'}:{self.port}/{self.name}"

    def settings(self) -> dict[str, Any]:
        """An entry of Django's `DATABASES`."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": self.name,
            "HOST": self.host,
            "PORT": str(self.port),
            "USER": self.user,
            "PASSWORD": self.password,
            "CONN_MAX_AGE": 60,
            # A server that was restarted has closed the connections that are kept.
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                "connect_timeout": CONNECT_SECONDS,
                **dict(self.options),
                # Nobody waits for ever: neither for the lock of changes nor for a row's.
                "options": f"-c lock_timeout={WAIT_FOR_LOCK}",
            },
        }


Database = SqliteDatabase | PostgresqlDatabase


def read_database_url(url: str) -> Database:
    """The database that a URL names. Raises BadDatabaseUrl."""
    if url.startswith(SQLITE):
        return SqliteDatabase(_sqlite_path(url.removeprefix(SQLITE)).absolute())
    scheme, colon, _ = url.partition(":")
    if colon and scheme in POSTGRESQL:
        return _postgresql(url)
    raise BadDatabaseUrl(
        f"names an engine that isn't supported ({scheme if colon else 'no scheme'}): use "
        "sqlite:///relative/path, sqlite:////absolute/path or postgresql://user:password@host:5432/name"
    )


def _sqlite_path(path: str) -> Path:
    if path in ("", ":memory:"):
        raise BadDatabaseUrl("names no file: several processes share the database")
    if "?" in path or "\0" in path:
        raise BadDatabaseUrl("takes a path alone, without options after a '?'")
    return Path(path)


def _postgresql(url: str) -> PostgresqlDatabase:
    try:
        parts = urlsplit(url)
        port = parts.port or POSTGRESQL_PORT
    except ValueError:
        # urlsplit's message quotes the host and port, and with an odd URL more than these
        raise BadDatabaseUrl(
            "is no URL: use postgresql://user:password@host:5432/name, with %40 for a @ in the password"
        ) from None
    name = unquote(parts.path.removeprefix("/"))
    if not name or "/" in name or "\0" in url:
        raise BadDatabaseUrl("names no database: use postgresql://user:password@host:5432/name")
    return PostgresqlDatabase(
        name=name,
        host=unquote(parts.hostname or ""),
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        options=tuple(_postgresql_options(parts.query).items()),
    )


def _postgresql_options(query: str) -> Mapping[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(options.keys() - POSTGRESQL_OPTIONS)
    if unknown:
        raise BadDatabaseUrl(
            f"has options that aren't taken ({', '.join(unknown)}); known are "
            f"{', '.join(sorted(POSTGRESQL_OPTIONS))}"
        )
    return options
