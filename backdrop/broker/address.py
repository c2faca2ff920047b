"""Where a queue file is, as a broker URL and as a path.

Three slashes begin a path relative to the current folder, four an absolute one: `sqlite-queue:///var/q.sqlite`,
`sqlite-queue:////srv/q.sqlite`. What a URL gives a meaning to (% ? # ; and the space) is percent-encoded.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from backdrop.core.errors import BackdropError

SCHEME = "sqlite-queue"


class InvalidBrokerUrl(BackdropError, ValueError):
    """A broker URL that names no queue file; the text says what one looks like."""


def broker_url(path: Path | str) -> str:
    """The URL of the queue file at `path`, whatever characters are in it."""
    return f"{SCHEME}:///{quote(os.fspath(path))}"


def file_of(url: str) -> Path:
    """The absolute path of the file that a broker URL names. Raises InvalidBrokerUrl."""
    parts = urlsplit(url)
    if parts.scheme != SCHEME:
        raise InvalidBrokerUrl(f"a broker URL that begins with {SCHEME}:/// is wanted, not {parts.scheme}://")
    if parts.query or parts.fragment:
        raise InvalidBrokerUrl(f"{_shown(url)}: write ? as %3F and # as %23 in the path of a queue file")
    return file_at(parts.netloc, unquote(parts.path.removeprefix("/")))


def file_at(host: str | None, path: str | None) -> Path:
    """The same from the two parts that kombu makes of a URL: `path` without the slash after the host."""
    if host and host != "localhost":
        raise InvalidBrokerUrl(
            f"{SCHEME}://{host}/...: a queue file is on this machine, so no host goes between the slashes:"
            f" {SCHEME}:///relative/path.sqlite or {SCHEME}:////absolute/path.sqlite"
        )
    if not path or path.endswith("/"):
        raise InvalidBrokerUrl(
            f"{SCHEME}:///: the path of a queue file is missing, as in {SCHEME}:///q.sqlite"
        )
    if "\0" in path:
        raise InvalidBrokerUrl(f"{SCHEME}:///{quote(path)}: a path has no null character")
    return Path(path).absolute()


def _shown(url: str) -> str:
    return url.partition("?")[0].partition("#")[0]
