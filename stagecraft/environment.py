"""What Stagecraft takes from its environment: read once, checked, typed."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values

from stagecraft.database_url import BadDatabaseUrl, Database, SqliteDatabase, read_database_url

DEVELOPMENT, TEST, PRODUCTION = "development", "test", "production"
DEVELOPMENT_SECRET_KEY = "development-only-secret-key-that-production-refuses"  # noqa: S105 - named for what it is
SHORTEST_SECRET_KEY, LEAST_VARIED_SECRET_KEY = 50, 5  # what Django's deployment checklist asks for
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
READ_URL, WRITE_URL = "http://localhost:3038/data", "http://localhost:3039/data"
_HOST = re.compile(r"\*|\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
DROP_TOKEN = "dev-create-endpoint-token"  # noqa: S105 - public, refused in production


class BadEnvironment(Exception):
    """Variables that are missing or make no sense; the message, a line, names each and says what to do."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The environment as the settings need it.

    `read_url` and `write_url` are Backdrop's, up to before the data group (`http://localhost:3038/data`);
    `drop_token` opens what drops the data of a data set there. The public URLs are the same as people and
    their programs know them, `allowed_hosts` the names of the admin site.
    """

    name: str
    database: Database
    log_level: str
    read_url: str
    write_url: str
    public_read_url: str
    public_write_url: str
    allowed_hosts: tuple[str, ...]
    secret_key: str = field(repr=False)
    drop_token: str = field(repr=False)

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
    no further say unless that is development. Raises BadEnvironment that names all that are missing or bad; also
    for a variable that is empty."""
    values = {**(dotenv or {}), **environ}
    name = _one_of(values, "ENVIRONMENT", (DEVELOPMENT, TEST, PRODUCTION), DEVELOPMENT)
    if name != DEVELOPMENT:
        values = dict(environ)
    found: dict[str, Any] = {}
    faults: list[str] = []
    for part, read in _READERS.items():
        try:
            found[part] = read(values, name)
        except BadEnvironment as fault:
            faults.append(str(fault))
    if faults:
        raise BadEnvironment("; ".join(faults))
    for part, private in (("public_read_url", "read_url"), ("public_write_url", "write_url")):
        found[part] = found[part] or found[private]
    return Environment(name=name, **found)


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
    if (
        key == DEVELOPMENT_SECRET_KEY
        or len(key) < SHORTEST_SECRET_KEY
        or len(set(key)) < LEAST_VARIED_SECRET_KEY
    ):
        raise BadEnvironment(
            f"STAGECRAFT_SECRET_KEY is too easy to guess: production takes at least {SHORTEST_SECRET_KEY} "
            "random characters, and not the key of development"
        )
    return key


def _drop_token(values: Mapping[str, str], name: str) -> str:
    variable = "STAGECRAFT_COLLECTION_ENDPOINT_TOKEN"
    token = _text(values, variable) or ("" if name == PRODUCTION else DROP_TOKEN)
    if not token:
        raise BadEnvironment(f"{variable} is missing: production has no default, set Backdrop's")
    if name == PRODUCTION and token == DROP_TOKEN:
        raise BadEnvironment(f"{variable} is the well-known one of development, which production refuses")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise BadEnvironment(f"{variable} must be printable ASCII characters without white space")
    return token


def _url(values: Mapping[str, str], variable: str, default: str, name: str) -> str:
    url = _text(values, variable) or ("" if name == PRODUCTION else default)
    if not url:
        raise BadEnvironment(f"{variable} is missing: production has no default, set for example {default}")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    # It may hold a password, so it isn't quoted.
    if not usable or parts.query or parts.fragment:
        raise BadEnvironment(f"{variable} must be a URL like {default}")
    return url.rstrip("/")


def _public_url(values: Mapping[str, str], variable: str, example: str, name: str) -> str | None:
    return _url(values, variable, example, name) if values.get(variable) is not None else None


def _allowed_hosts(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    variable = "STAGECRAFT_ALLOWED_HOSTS"
    text = _text(values, variable) or ("" if name == PRODUCTION else "*")
    hosts = tuple(host for host in (part.strip() for part in text.split(",")) if host)
    if not hosts:
        raise BadEnvironment(
            f"{variable} is missing: production has no default, "
            "set the names that people open the admin site under, parted by commas"
        )
    if name == PRODUCTION and "*" in hosts:
        raise BadEnvironment(f"{variable} must name the hosts of the admin site: production takes no *")
    if any(_HOST.fullmatch(host) is None for host in hosts):
        raise BadEnvironment(
            f"{variable} must be names of hosts, parted by commas, without http:// or a port"
        )
    return hosts


def _database(values: Mapping[str, str], name: str) -> Database:
    data_dir = _text(values, "BACKDROP_DATA_DIR") or "var"
    if url := _text(values, "STAGECRAFT_DATABASE_URL"):
        try:
            return read_database_url(url)
        except BadDatabaseUrl as bad:
            raise BadEnvironment(f"STAGECRAFT_DATABASE_URL {bad}") from None
    if name == PRODUCTION:
        raise BadEnvironment(
            "STAGECRAFT_DATABASE_URL is missing: production has no default, "
            "set for example sqlite:////var/lib/stagecraft/stagecraft.sqlite"
        )
    return SqliteDatabase((Path(data_dir) / "stagecraft.sqlite").absolute())


_READERS: Mapping[str, Callable[[Mapping[str, str], str], Any]] = {
    "database": _database,
    "secret_key": _secret_key,
    "drop_token": _drop_token,
    "allowed_hosts": _allowed_hosts,
    "read_url": lambda values, name: _url(values, "BACKDROP_READ_URL", READ_URL, name),
    "write_url": lambda values, name: _url(values, "BACKDROP_WRITE_URL", WRITE_URL, name),
    "public_read_url": lambda values, name: _public_url(values, "BACKDROP_PUBLIC_READ_URL", READ_URL, name),
    "public_write_url": lambda values, name: _public_url(
        values, "BACKDROP_PUBLIC_WRITE_URL", WRITE_URL, name
    ),
    "log_level": lambda values, _: _one_of(values, "LOG_LEVEL", LOG_LEVELS, "INFO"),
}
