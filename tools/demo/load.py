"""Loads the G-Cloud sales file into a running Backdrop: `python -m tools.demo.load --help`."""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tools.demo.rows import BadFile, Record, records

FILE = Path(__file__).with_name("gcloud-spend-2014-04.csv")
WRITE_URL = "http://localhost:3039/data/g-cloud/sales"
READ_URL = "http://localhost:3038/data/g-cloud/sales"
TOKEN = "g-cloud-sales-bearer-token"
BATCH = 1000

# Posting again is safe, the records bring their ids; so a busy API is asked again, for up to a minute. Where
# nothing listens at all it is most likely not started.
_RETRIES = urllib3.Retry(
    total=8,
    connect=2,
    backoff_factor=0.25,
    backoff_max=15,
    status_forcelist=[503],
    allowed_methods=None,
    raise_on_status=False,
)

Advance = Callable[[int], None]


class LoadFailed(Exception):
    """The records could not be loaded; the text says why, and never holds a token."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Load what the command line says; 0, or 1 with one line that says what went wrong."""
    options = _options().parse_args(arguments)
    try:
        load(options.file, options.url, options.token, None if options.again else _where_to_look(options))
    except (LoadFailed, BadFile) as problem:
        print(f"The demo was not loaded: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Loading again goes on where this ended.", file=sys.stderr)
        return 130
    return 0


def load(file: Path, url: str, token: str, read_url: str | None) -> None:
    """Post the file's records to the write API's `url`, unless `read_url` tells that they are all there.

    Raises LoadFailed, BadFile.
    """
    with urllib3.PoolManager(retries=_RETRIES, timeout=urllib3.Timeout(connect=5, read=60)) as http:
        loaded = records(_contents(file))
        if read_url is not None and _are_there(http, read_url, loaded):
            print(f"All {len(loaded):,} records of {file.name} are there already.", flush=True)
            return
        with _progress(len(loaded)) as advance:
            for start in range(0, len(loaded), BATCH):
                batch = loaded[start : start + BATCH]
                _post(http, url, token, batch)
                advance(len(batch))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.demo.load",
        description="Loads the G-Cloud sales file into a running Backdrop. Loading it again changes nothing.",
    )
    parser.add_argument(
        "--file", type=Path, default=FILE, help="a file in the form of the demo's, which is the default"
    )
    parser.add_argument("--url", default=WRITE_URL, help="the data set in the write API; %(default)s")
    parser.add_argument(
        "--read-url",
        help=f"the same in the read API, to see what is there; {READ_URL} with the default --url",
    )
    parser.add_argument("--token", default=TOKEN, help="the data set's bearer token; %(default)s")
    parser.add_argument("--again", action="store_true", help="load even if all of it is there already")
    return parser


def _where_to_look(options: argparse.Namespace) -> str | None:
    """Never in one Backdrop for what is to be loaded into another."""
    known = READ_URL if options.url == WRITE_URL else None
    chosen: str | None = options.read_url
    return chosen or known


def _contents(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise LoadFailed(f"{file} can't be read ({error.strerror})") from error


def _are_there(http: urllib3.PoolManager, url: str, loaded: Sequence[Record]) -> bool:
    """Whether each lot has at least the records that the file has for it; one small query tells."""
    wanted = Counter(record["lot_description"] for record in loaded)
    answer = _request(http, "GET", url, fields={"group_by": "lot_description"})
    if answer.status != 200:
        raise LoadFailed(_refusal(answer, url))
    there = {row["lot_description"]: row["_count"] for row in answer.json()["data"]}
    return all(there.get(lot, 0) >= count for lot, count in wanted.items())


def _post(http: urllib3.PoolManager, url: str, token: str, batch: Sequence[Record]) -> None:
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
    }
    answer = _request(http, "POST", url, body=gzip.compress(json.dumps(batch).encode(), 1), headers=headers)
    if answer.status != 200:
        raise LoadFailed(_refusal(answer, url))


def _request(http: urllib3.PoolManager, method: str, url: str, **rest: Any) -> urllib3.BaseHTTPResponse:
    try:
        return http.request(method, url, redirect=False, **rest)
    except urllib3.exceptions.HTTPError as error:
        raise LoadFailed(f"{url} does not answer. Is Backdrop running (./run_development.sh)?") from error


def _refusal(answer: urllib3.BaseHTTPResponse, url: str) -> str:
    if answer.status == 401:
        return f"{url} does not take this token"  # its message would repeat the token
    try:
        said = str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        said = answer.data[:200].decode(errors="replace")
    return f"{url} answers {answer.status}: {said}"


@contextmanager
def _progress(total: int) -> Iterator[Advance]:
    """A bar on a terminal, a line now and then elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(total)
        return
    columns = (
        TextColumn("Loading G-Cloud sales"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("records"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.advance(task, count)


def _lines(total: int) -> Advance:
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        print(f"Loaded {done:,} of {total:,} records of G-Cloud sales", flush=True)

    return advance


if __name__ == "__main__":
    sys.exit(main())
