"""Settings: read once, from the environment (and in development a `.env` file), into one frozen object.

Bad and missing values raise InvalidSettings with a line that names them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from dotenv import dotenv_values

from backdrop.core.errors import BackdropError

ENVIRONMENTS = ("development", "test", "production")
_CREDENTIALS = re.compile(r"//[^;]*@")
_TOKEN = re.compile(r"[!-~]+")
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class InvalidSettings(BackdropError):
    """A setting that is missing or makes no sense; the text names it and says what would."""


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _token(value: str) -> str:
    if not _TOKEN.fullmatch(value):
        raise ValueError("must be of visible ASCII characters, without spaces: it goes into an HTTP header")
    return value


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value

    return parse


def _whole(least: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not (value.isascii() and value.isdigit()) or int(value) < least:
            raise ValueError(f"must be a whole number of at least {least}")
        return int(value)

    return parse


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        # amqp lists fail-over brokers with ;
        for url in value.split(";"):
            if _split(url).scheme not in schemes:
                raise ValueError(f"must be a URL that begins with {' or '.join(s + '://' for s in schemes)}")
        return value.rstrip("/") if value.startswith("http") else value

    return parse


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        # whose text may quote user and password
        raise ValueError(
            "must be a URL: what isn't a letter, digit, - or _ in user and password is percent-encoded in it, and an"
            " IPv6 address has brackets"
        ) from None


def _file(scheme: str) -> Callable[[str], str]:
    """A URL of a file: three slashes before a relative path, four for an absolute one."""
    shape = re.compile(rf"{scheme}:///.*[^/]", re.DOTALL)

    def parse(value: str) -> str:
        if not shape.fullmatch(value) or "\0" in value:
            raise ValueError(
                f"must be {scheme}:/// and the path of a file, with a fourth slash if that is absolute"
            )
        return value

    return parse


def _database(value: str) -> str:
    if value.startswith(("mongodb://", "mongodb+srv://")):
        return value  # what follows is for MongoDB's own driver to understand
    if not value.startswith("sqlite:"):
        raise ValueError("must be sqlite:/// and the path of a file, or a URL mongodb:// or mongodb+srv://")
    return _file("sqlite")(value)


def _broker(value: str) -> str:
    if value.startswith("amqp"):
        return _rabbitmq(value)
    if value.startswith("sqlite-queue:"):
        if "?" in value or "#" in value:
            raise ValueError("must have %3F for ? and %23 for # in the path of its file")
        return _file("sqlite-queue")(value)
    raise ValueError(
        "must be sqlite-queue:/// and the path of a file, or URLs amqp:// or amqps:// with ; between"
    )


def _rabbitmq(value: str) -> str:
    """One, or several that stand in for each other: all with TLS or all without."""
    urls = value.split(";")
    if len({_scheme_of_rabbitmq(url) for url in urls}) > 1:
        raise ValueError("must have either amqp:// or amqps:// in all its URLs")
    return value


def _scheme_of_rabbitmq(url: str) -> str:
    parts = _split(url)
    try:
        port, host = parts.port, parts.hostname
    except ValueError:
        port = host = None
    # as MongoDB lists its servers: the first would be connected to, with the rest for its vhost
    listed_by_comma = ",amqp" in url or "," in (host or "")
    known = parts.scheme in ("amqp", "amqps") and host and port != 0
    if not known or listed_by_comma or parts.query or parts.fragment:
        raise ValueError(
            "must be amqp://user:password@host:port/vhost, or several of them with ; between; in user, password and"
            " vhost write %2F for /, %3F for ?, %23 for #, %3B for ; and %40 for @"
        )
    return parts.scheme


def _setting(
    name: str,
    what: str,
    parse: Callable[[str], Any],
    development: str,
    *,
    secret: bool = False,
    required: bool = False,
) -> Any:
    """`development` is the default there and in tests, and in production too unless `required`."""
    about = {"name": name, "what": what, "parse": parse, "default": development, "required": required}
    return field(repr=not secret, metadata={**about, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting, typed. Times are in seconds, sizes in bytes."""

    environment: str = _setting(
        "ENVIRONMENT", "development, test or production", _one_of(*ENVIRONMENTS), "development"
    )
    data_dir: Path = _setting(
        "BACKDROP_DATA_DIR", "all that development keeps on disk", lambda v: Path(_text(v)), "./var"
    )
    database_url: str = _setting(
        "DATABASE_URL",
        "storage: sqlite:///path or mongodb://host/database",
        _database,
        "sqlite:///{data_dir}/backdrop.sqlite",
        secret=True,
        required=True,
    )
    broker_url: str = _setting(
        "BROKER_URL",
        "Celery broker",
        _broker,
        "sqlite-queue:///{quoted_data_dir}/broker.sqlite",
        secret=True,
        required=True,
    )
    stagecraft_url: str = _setting(
        "STAGECRAFT_URL",
        "config API",
        _url("http", "https"),
        "http://localhost:3103",
        secret=True,
        required=True,
    )
    signon_api_user_token: str = _setting(
        "SIGNON_API_USER_TOKEN",
        "the apps' token for the config API",
        _token,
        "development-oauth-access-token",
        secret=True,
        required=True,
    )
    stagecraft_oauth_token: str = _setting(
        "STAGECRAFT_OAUTH_TOKEN",
        "the worker's token for the config API",
        _token,
        "development-oauth-access-token",
        secret=True,
        required=True,
    )
    stagecraft_collection_endpoint_token: str = _setting(
        "STAGECRAFT_COLLECTION_ENDPOINT_TOKEN",
        "may drop data sets",
        _token,
        "dev-create-endpoint-token",
        secret=True,
        required=True,
    )
    stagecraft_cache_seconds: int = _setting(
        "STAGECRAFT_CACHE_SECONDS", "how long a config is used without asking again", _whole(0), "10"
    )
    stagecraft_stale_seconds: int = _setting(
        "STAGECRAFT_STALE_SECONDS",
        "how long a config is used while the config API is down",
        _whole(0),
        "86400",
    )
    backdrop_read_url: str = _setting(
        "BACKDROP_READ_URL",
        "where the worker reads",
        _url("http", "https"),
        "http://localhost:3038/data",
        secret=True,
        required=True,
    )
    backdrop_write_url: str = _setting(
        "BACKDROP_WRITE_URL",
        "where the worker writes",
        _url("http", "https"),
        "http://localhost:3039/data",
        secret=True,
        required=True,
    )
    max_body_bytes: int = _setting(
        "MAX_BODY_BYTES", "largest request body, decompressed", _whole(1), "10485760"
    )
    max_result_rows: int = _setting("MAX_RESULT_ROWS", "most rows of one answer", _whole(1), "1000000")
    transform_max_retries: int = _setting(
        "TRANSFORM_MAX_RETRIES",
        "how often a transform is tried again while something is away, before it is parked",
        _whole(0),
        "40",
    )
    transform_retry_seconds: int = _setting(
        "TRANSFORM_RETRY_SECONDS",
        "how long a transform waits before it is tried again; doubled each time, up to ten minutes",
        _whole(1),
        "1",
    )
    transform_time_limit_seconds: int = _setting(
        "TRANSFORM_TIME_LIMIT_SECONDS",
        "how long a transform may run before it is stopped and parked; RabbitMQ itself allows half an hour",
        _whole(1),
        "1500",
    )
    log_level: str = _setting("LOG_LEVEL", "least level that is logged", _one_of(*_LOG_LEVELS), "INFO")

    @property
    def is_production(self) -> bool:
        """Whether logs are for machines and nothing has a default secret."""
        return self.environment == "production"


DEVELOPMENT_SECRETS = frozenset(
    f.metadata["default"] for f in fields(Settings) if f.metadata["secret"] and f.metadata["parse"] is _token
)
"""Values that everybody knows; production refuses them."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one setting's value came from, for people to read."""

    name: str
    what: str
    value: str
    source: str


def read_settings(environ: Mapping[str, str], dotenv: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment, then from `dotenv` (development only), then defaults.

    Raises InvalidSettings that names all that are missing or bad.
    """
    values: dict[str, Any] = {}
    faults: list[str] = []
    for f in fields(Settings):
        try:
            text, _ = _look_up(f.metadata, environ, dotenv or {}, values)
            values[f.name] = _parsed(f.metadata, text, values)
        except InvalidSettings as fault:
            faults.append(str(fault))
            if f.name == "environment":
                break  # what is asked of the others depends on it
    if faults:
        raise InvalidSettings("; ".join(faults))
    return Settings(**values)


def load() -> Settings:
    """Settings of this process: its environment, and `.env` in the folder that it was started in."""
    return read_settings(os.environ, dotenv())


def dotenv() -> dict[str, str]:
    """What `.env` in the current folder says; empty without one."""
    return {name: value for name, value in dotenv_values(".env").items() if value is not None}


def origins(
    settings: Settings, environ: Mapping[str, str], dotenv: Mapping[str, str] | None = None
) -> list[Origin]:
    """Each setting with its value, secrets masked, and its source."""
    known = {f.name: getattr(settings, f.name) for f in fields(Settings)}
    return [
        Origin(
            name=f.metadata["name"],
            what=f.metadata["what"],
            value=_masked(str(known[f.name])) if f.metadata["secret"] else str(known[f.name]),
            source=_look_up(f.metadata, environ, dotenv or {}, known)[1],
        )
        for f in fields(Settings)
    ]


def _look_up(
    about: Mapping[str, Any], environ: Mapping[str, str], dotenv: Mapping[str, str], known: Mapping[str, Any]
) -> tuple[str, str]:
    name = about["name"]
    if name in environ:
        return environ[name], "environment"
    environment = known.get("environment")
    if name in dotenv and environment in (None, "development"):
        return dotenv[name], ".env"
    if environment == "production" and about["required"]:
        raise InvalidSettings(f"{name} is not set; production has no default for it ({about['what']})")
    # the URLs' path of /… keeps an absolute data dir absolute: sqlite:////srv/x, sqlite:///./var/x
    folder = str(known.get("data_dir", ""))
    return about["default"].format(data_dir=folder, quoted_data_dir=quote(folder)), "default"


def _parsed(about: Mapping[str, Any], text: str, known: Mapping[str, Any]) -> Any:
    try:
        value = about["parse"](text)
    except ValueError as error:
        shown = "" if about["secret"] else f" (it is '{text}')"
        raise InvalidSettings(f"{about['name']} {error}{shown}") from error
    if known.get("environment") == "production" and text in DEVELOPMENT_SECRETS:
        raise InvalidSettings(
            f"{about['name']} has its well-known development value; production needs its own"
        )
    return value


def _masked(secret: str) -> str:
    """A URL without its credentials; anything else as stars."""
    return _CREDENTIALS.sub("//********@", secret) if "://" in secret else "********"
