"""What Stagecraft takes from its environment: read once, checked, typed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

DEVELOPMENT, TEST, PRODUCTION = "development", "test", "production"
DEVELOPMENT_SECRET_KEY = "development-only-secret-key-that-production-refuses"  # noqa: S105 - named for what it is
SHORTEST_SECRET_KEY = 50  # what Django's deployment checklist asks for
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
SQLITE = "sqlite:///"


class BadEnvironment(Exception):
    """A variable that is missing or makes no sense; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The environment as the settings need it. `database` is an absolute path of a SQLite file."""

    name: str
    database: Path
    log_level: str
    secret_key: str = field(repr=False)

    @property
    def is_production(self) -> bool:
        """Whether no default secret, token or URL may hold."""
        return self.name == PRODUCTION


def load_environment() -> Environment:
    """The environment of this process and of the `.env` file in the current folder. Raises BadEnvironment."""
    from_file = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return read_environment(os.environ, from_file)


def read_environment(environ: Mapping[str, str], dotenv: Mapping[str, str] | None = None) -> Environment:
    """Check the variables: of the environment, then of `dotenv`, which may say what ENVIRONMENT it is and has
    no further say unless that is development. Raises BadEnvironment; also for a variable that is empty."""
    values = {**(dotenv or {}), **environ}
    name = _one_of(values, "ENVIRONMENT", (DEVELOPMENT, TEST, PRODUCTION), DEVELOPMENT)
    if name != DEVELOPMENT:
        values = dict(environ)
    return Environment(
        name=name,
        database=_database(values, name),
        log_level=_one_of(values, "LOG_LEVEL", LOG_LEVELS, "INFO"),
        secret_key=_secret_key(values, name),
    )


def _text(values: Mapping[str, str], variable: str) -> str | None:
    value = values.get(variable)
    if value is not None and not value.strip():
        raise BadEnvironment(f"{variable} is empty: give it a value, or leave it out")
    return value


def _one_of(values: Mapping[str, str], variable: str, allowed: tuple[str, ...], default: str) -> str:
    value = _text(values, variable) or default
    if value not in allowed:
        raise BadEnvironment(f"{variable} is {value!r}, but must be one of {', '.join(allowed)}")
    return value


def _secret_key(values: Mapping[str, str], name: str) -> str:
    key = _text(values, "STAGECRAFT_SECRET_KEY")
    if name != PRODUCTION:
        return key or DEVELOPMENT_SECRET_KEY
    if not key:
        raise BadEnvironment(
            "STAGECRAFT_SECRET_KEY is missing: production has no default, set a long random one"
        )
    if key == DEVELOPMENT_SECRET_KEY or len(key) < SHORTEST_SECRET_KEY:
        raise BadEnvironment(
            f"STAGECRAFT_SECRET_KEY is too easy to guess: production takes at least {SHORTEST_SECRET_KEY} "
            "random characters, and not the key of development"
        )
    return key


def _database(values: Mapping[str, str], name: str) -> Path:
    data_dir = _text(values, "BACKDROP_DATA_DIR") or "var"
    if url := _text(values, "STAGECRAFT_DATABASE_URL"):
        return _sqlite_path(url).absolute()
    if name == PRODUCTION:
        raise BadEnvironment(
            "STAGECRAFT_DATABASE_URL is missing: production has no default, "
            "set for example sqlite:////var/lib/stagecraft/stagecraft.sqlite"
        )
    return (Path(data_dir) / "stagecraft.sqlite").absolute()


def _sqlite_path(url: str) -> Path:
    # The URL may hold a password, so a message quotes its scheme alone.
    if not url.startswith(SQLITE):
        scheme = url.partition(":")[0] if ":" in url else "no scheme"
        raise BadEnvironment(
            f"STAGECRAFT_DATABASE_URL names an engine that isn't supported ({scheme}): "
            "use sqlite:///relative/path or sqlite:////absolute/path"
        )
    path = url.removeprefix(SQLITE)
    if path in ("", ":memory:"):
        raise BadEnvironment("STAGECRAFT_DATABASE_URL names no file: several processes share the database")
    if "?" in path or "\0" in path:
        raise BadEnvironment("STAGECRAFT_DATABASE_URL takes a path alone, without options after a '?'")
    return Path(path)
