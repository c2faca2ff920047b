"""The admin site beside a read app that is slow or talks nonsense: pages come soon, and leave out what isn't known."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from tests.apps.admin_person import Person, make_people
from tests.apps.stagecraft_calls import Caller
from tests.apps.stagecraft_process import environment, prepare, serve
from tests.processes import Server
from tests.stopwatch import Stopwatch

LIST, CONFIG = "/admin/datasets/dataset/", "/data-sets/g_t"
# Two seconds, to count the records three; and what a busy machine takes for the page itself.
SOON = 5.0
UNKNOWN = "it isn&#x27;t known which data sets are stale"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


def said(*things: Any) -> bytes:
    """The same answer whatever is asked: things as JSON, or bytes as they are."""
    body = b"".join(each if isinstance(each, bytes) else json.dumps(each).encode() for each in things)
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


@dataclass
class Trouble:
    """Something that listens where the read app should, and answers as it is told to.

    `answer` goes out at once; then, with `drip`, that over and over until nobody listens; then, with
    `hangs`, nothing for ever. `asked` is set when somebody asks.
    """

    answer: bytes = b""
    drip: bytes = b""
    hangs: bool = False
    asked: Event = field(default_factory=Event)
    _listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _over: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}/data"

    def set(self, answer: bytes, *, drip: bytes = b"", hangs: bool = False) -> None:
        self.answer, self.drip, self.hangs = answer, drip, hangs
        self.asked.clear()

    def start(self) -> None:
        Thread(target=self._listen, daemon=True).start()

    def stop(self) -> None:
        self._over.set()
        self._listening.close()

    def _listen(self) -> None:
        # Closing the socket is how it ends.
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # Whoever asked may hang up at any time.
        with suppress(OSError), connection:
            connection.recv(65536)
            self.asked.set()
            connection.sendall(self.answer)
            while self.drip and not self._over.wait(0.2):
                connection.sendall(self.drip)
            if self.hangs:
                self._over.wait(60)


@dataclass(frozen=True)
class Scene:
    stagecraft: Server
    trouble: Trouble
    ann: Person
    page: str
    folder: Path

    @property
    def api(self) -> Caller:
        return Caller(self.stagecraft)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("trouble")
    trouble = Trouble()
    trouble.start()
    settings = {**environment(folder), "BACKDROP_READ_URL": trouble.url}
    prepare(folder)
    sessions = make_people(folder, "ann")
    stagecraft = serve(folder, settings)
    Caller(stagecraft).made(
        "/data-sets", {"data_group": "g", "data_type": "t", "bearer_token": "of-these-tests"}
    )
    ann = Person(stagecraft.url, sessions["ann"])
    found = re.search(rf'href="({LIST}\d+/change/)', ann.get(LIST).text)
    assert found is not None
    yield Scene(stagecraft, trouble, ann, found[1], folder)
    stagecraft.kill()
    trouble.stop()


def says_nothing_of_it(scene: Scene) -> None:
    """Each page that asks the read app comes soon, whole, and without what isn't known.

    Two at a time, as each of Stagecraft's processes answers that many.
    """
    asked = (
        (scene.page, "Write to it", "Last written"),
        (LIST, "g_t", "Stale:"),
        (f"{LIST}?stale=yes", UNKNOWN, "Stale:"),
        (f"{LIST}?stale=no", UNKNOWN, "Stale:"),
        (scene.page.replace("change/", "delete/"), "the read app doesn&#x27;t say", "Its one record"),
    )

    def look(path: str, there: str, not_there: str) -> None:
        with Stopwatch() as took:
            page = scene.ann.get(path)
        assert page.status == 200, path
        assert there in page.text, path
        assert not_there not in page.text, path
        assert took.seconds < SOON, f"{path} took {took.seconds:.1f} s"

    with ThreadPoolExecutor(2) as people:
        for looked in [people.submit(look, *each) for each in asked]:
            looked.result()
    assert "a request failed" not in scene.stagecraft.log()


@pytest.mark.parametrize(
    ("answer", "drip"),
    [
        pytest.param(b"", b"", id="not a word"),
        pytest.param(HEAD + b"Content-Length: 100000\r\n\r\n{", b"", id="stops in the middle"),
        pytest.param(HEAD + b"Content-Length: 100000\r\n\r\n{", b" ", id="a byte now and then"),
        pytest.param(HEAD + b"\r\n{", b" " * 1_000_000, id="without an end"),
        pytest.param(HEAD + b"X-Slow: ", b"1", id="headers byte by byte"),
    ],
)
def test_one_that_takes_its_time(scene: Scene, answer: bytes, drip: bytes) -> None:
    scene.trouble.set(answer, drip=drip, hangs=True)
    says_nothing_of_it(scene)


def test_what_changes_while_a_page_waits_is_not_undone_by_it(scene: Scene) -> None:
    """The page shows what was stored before it waited, and has to remember that."""
    config = scene.api.shown(CONFIG)
    assert config["published"]
    scene.trouble.set(b"", hangs=True)
    with ThreadPoolExecutor(1) as waiting:
        opened = waiting.submit(scene.ann.get, scene.page)
        assert scene.trouble.asked.wait(30)
        assert scene.api.put(CONFIG, {**config, "published": False}).status == 200
        fields = opened.result().fields()
    assert fields["published"] == "on"
    refused = scene.ann.post(scene.page, {**fields, "realtime": "on"})
    assert "Not saved. Somebody has changed published since" in refused.text
    assert scene.api.shown(CONFIG) == {**config, "published": False}
    assert scene.api.put(CONFIG, config).status == 200


def test_a_form_that_is_wrong_holds_up_nobody_while_its_page_waits(scene: Scene) -> None:
    page = scene.ann.get(scene.page)
    scene.trouble.set(b"", hangs=True)
    with (
        ThreadPoolExecutor(1) as waiting,
        closing(sqlite3.connect(scene.folder / "stagecraft.sqlite", timeout=0)) as database,
    ):
        wrong = waiting.submit(
            scene.ann.post, scene.page, {**page.fields(), "auto_ids": "not a key"}, page.csrf()
        )
        assert scene.trouble.asked.wait(30)
        # What changes take one after the other, and nothing takes for as long as the page waits.
        database.execute("BEGIN IMMEDIATE")
        database.rollback()
        assert wrong.result().errors()


LATE = {"last-updated": "2014-03-01T00:00:00+00:00", "seconds-out-of-date": 1, "max-age-expected": 1}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="hangs up"),
        pytest.param(b"220 mail.example.com ESMTP\r\n", id="another protocol"),
        pytest.param(
            HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00", id="half a gzip"
        ),
        pytest.param(
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
            id="elsewhere",
        ),
        pytest.param(b"HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\n{}", id="503"),
        pytest.param(said(b"<html>"), id="html"),
        pytest.param(said([]), id="a list"),
        pytest.param(said(b"[" * 100_000), id="too deep"),
        pytest.param(
            said(b'{"data_sets": 1, "last-updated": 1, "seconds-out-of-date": 1, "data": 1}'), id="numbers"
        ),
        pytest.param(
            said({"data_sets": [1], "last-updated": "soon", "seconds-out-of-date": 1, "data": [1]}),
            id="words",
        ),
        pytest.param(
            said(
                b'{"data_sets": [{"name": "g_t", "last-updated": "0001-01-01T00:00:00+23:00"}],'
                b' "data": [{"_count": 1e999}],'
                b' "last-updated": "2014-03-01T00:00:00Z", "seconds-out-of-date": 1e999}'
            ),
            id="without bounds",
        ),
    ],
)
def test_one_that_makes_no_sense(scene: Scene, answer: bytes) -> None:
    scene.trouble.set(answer)
    says_nothing_of_it(scene)


def test_names_that_no_data_set_has(scene: Scene) -> None:
    names = ["\ud800", "\0", "", None, 3, "<script>", "x" * 100_000, "g_t"]
    scene.trouble.set(said({"data_sets": [{"name": name, **LATE} for name in names], **LATE}))
    found = scene.ann.get(f"{LIST}?stale=yes")
    assert found.status == 200
    assert re.search(r"Stale: \d+.years old", found.text)
    assert scene.ann.get(f"{LIST}?stale=no").status == 200
