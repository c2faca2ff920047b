"""DATABASE_URL for MongoDB, understood without connecting to anything, a name server included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

_PLAIN, _BY_NAME_SERVER = "mongodb://", "mongodb+srv://"
_DEFAULT_DATABASE = "backdrop"
_SECONDS_TO_CONNECT = 5

_OURS = {
    # what is answered with 200 stays, whatever the URL says
    "w": "majority",
    "journal": True,
    "retryWrites": True,
}
_UNLESS_GIVEN = {
    "serverSelectionTimeoutMS": _SECONDS_TO_CONNECT * 1000,
    "connectTimeoutMS": _SECONDS_TO_CONNECT * 1000,
}


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Where MongoDB is: a URL, which may hold a password, a database's name, and who logs in (empty: nobody)."""

    url: str
    database: str
    user: str
    options: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Address(database={self.database!r})"


def parse_address(url: str) -> Address:
    """Raises ValueError, whose text has nothing of the URL in it and says what would be right."""
    is_plain = url.startswith(_PLAIN)
    rest = url.removeprefix(_PLAIN if is_plain else _BY_NAME_SERVER)
    if rest == url:
        raise ValueError(f"must begin with {_PLAIN} or {_BY_NAME_SERVER}")
    try:
        # the same rules hold for both, but parsing the second would ask a name server
        parts = parse_uri(_PLAIN + rest, warn=False)
    except OSError as error:
        raise ValueError(
            f"names a file that can't be read ({error.strerror}); check its options for TLS"
        ) from None
    except (PyMongoError, ValueError):
        # whose texts quote what they don't understand, which may be a password
        raise ValueError(
            "must be mongodb://user:password@host:port,host:port/database?option=value with options that MongoDB's"
            " driver knows; write @ : / ? # % in user and password as %40 %3A %2F %3F %23 %25"
        ) from None
    if parts["collection"] is not None:
        raise ValueError("must name a database without a dot")
    if not is_plain and (len(parts["nodelist"]) != 1 or ":" in rest.rpartition("@")[2].partition("/")[0]):
        raise ValueError(f"must have one host without a port after {_BY_NAME_SERVER}")
    given = {name.lower(): value for name, value in parts["options"].items()}
    options = {name: value for name, value in _UNLESS_GIVEN.items() if name.lower() not in given}
    user = f"{parts['username'] or ''}@{given.get('authsource') or parts['database'] or ''}"
    return Address(url, parts["database"] or _DEFAULT_DATABASE, user, {**options, **_OURS})
