"""Storage engines behind one protocol."""

from __future__ import annotations

from pathlib import Path

from backdrop.storage.protocol import Storage
from backdrop.storage.sqlite.engine import SqliteStorage

_SQLITE = "sqlite:///"
_MONGODB = ("mongodb://", "mongodb+srv://")


def open_storage(url: str) -> Storage:
    """The engine that DATABASE_URL names: `sqlite:///relative/path` or `sqlite:////absolute/path`,
    `mongodb://host:port,host:port/database?option=value` or `mongodb+srv://host/database`.

    Nothing is opened yet; `ping` tells whether the database answers. Raises ValueError, with a text that says
    what would be right, for any other URL.
    """
    if url.startswith(_MONGODB):
        return _open_mongodb(url)
    path = url.removeprefix(_SQLITE)
    if path == url or not path or path.endswith("/") or "\0" in path:
        # Only the scheme is shown: there may be a password behind it.
        scheme = url.partition(":")[0] if ":" in url else "no scheme"
        raise ValueError(
            f"DATABASE_URL ({scheme}) names no database: write sqlite:///path/to/file, with four slashes for an"
            " absolute path, or mongodb://host/database"
        )
    return SqliteStorage(Path(path))


def _open_mongodb(url: str) -> Storage:
    from backdrop.storage.mongo.engine import MongoStorage  # noqa: PLC0415 - half a second of import that SQLite spares

    try:
        return MongoStorage(url)
    except ValueError as error:
        raise ValueError(f"DATABASE_URL {error}") from None
