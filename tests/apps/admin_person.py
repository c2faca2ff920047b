"""Somebody at Stagecraft's admin site, without a browser: pages, cookies and forms over real HTTP."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from html import unescape
from html.parser import HTMLParser
from http.cookiejar import Cookie, CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from tests.apps.stagecraft_process import script

PASSWORD = "correct horse battery staple"
PEOPLE = """
import json
from django.contrib.auth.models import User
from django.test import Client
sessions = {{}}
for name in {names!r}:
    made = User.objects.create(
        username=name, password={hashed!r}, is_staff=True, is_superuser=name != "viewer"
    )
    client = Client()
    client.force_login(made)
    sessions[name] = client.cookies["stagecraft_session"].value
print(json.dumps(sessions))
"""
COUNT_ATTEMPTS = """
from django.utils import timezone
from stagecraft.admin_site.log_in import counted_or_wait, name_hash
print([counted_or_wait(name_hash({name!r}), timezone.now()) for _ in range({count})])
"""


def make_people(folder: Path, *names: str, settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Accounts with PASSWORD; all are administrators but the one called viewer. Their sessions, by name."""
    sessions: dict[str, str] = json.loads(
        script(folder, PEOPLE.format(names=names, hashed=_hashed()), settings)
    )
    return sessions


def count_attempts(folder: Path, name: str, count: int, settings: Mapping[str, str] | None = None) -> None:
    """Attempts in vain as the log-in form counts them, each of which takes the time of a password's hash there."""
    said = script(folder, COUNT_ATTEMPTS.format(name=name, count=count), settings)
    assert said.strip() == str([None] * count)


@functools.cache
def _hashed() -> str:
    """PASSWORD as production keeps it, which takes most of a second; all who have it may share the salt."""
    hasher = PBKDF2PasswordHasher()
    return hasher.encode(PASSWORD, hasher.salt())


@dataclass(frozen=True)
class Page:
    """What a page says: its status, headers, text and where it is."""

    status: int
    headers: Message
    text: str
    url: str

    @property
    def title(self) -> str:
        found = re.search(r"<title>(.*?)</title>", self.text, re.DOTALL)
        return unescape(found[1]).strip() if found else ""

    def csrf(self) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.text)
        return found[1] if found else ""

    def errors(self) -> list[str]:
        """What is said beside fields, above the form and at the top."""
        lists = re.findall(r'<ul class="errorlist[^>]*>(.*?)</ul>', self.text, re.DOTALL)
        items = [item for each in lists for item in re.findall(r"<li>(.*?)</li>", each, re.DOTALL)]
        notes = re.findall(r'<p class="errornote">(.*?)</p>', self.text, re.DOTALL)
        return [unescape(each).strip() for each in [*items, *notes]]

    def messages(self) -> list[str]:
        found = re.findall(r'<ul class="messagelist">(.*?)</ul>', self.text, re.DOTALL)
        return [
            unescape(re.sub(r"<[^>]+>", "", item)).strip()
            for each in found
            for item in re.findall(r"<li[^>]*>(.*?)</li>", each, re.DOTALL)
        ]

    def fields(self) -> dict[str, str]:
        """What the form of the page would send as it is."""
        reader = _Form()
        reader.feed(self.text)
        return reader.values


class Person:
    """A browser's memory; follows redirects. With one of `make_people`'s sessions somebody who has logged in."""

    def __init__(self, url: str, session: str | None = None) -> None:
        self.url = url
        self.cookies = CookieJar()
        if session is not None:
            self.cookies.set_cookie(_session_cookie(session))
        self._opener = build_opener(HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> Page:
        return self._open(Request(self.url + path))

    def post(self, path: str, fields: Mapping[str, Any], csrf: str | None = None) -> Page:
        """Send a form, with the CSRF token of its own page unless one is given."""
        token = self.get(path).csrf() if csrf is None else csrf
        body = urlencode({"csrfmiddlewaretoken": token, **fields}, doseq=True).encode()
        return self._open(Request(self.url + path, data=body))

    def log_in(self, name: str, password: str = PASSWORD) -> Page:
        return self.post("/admin/login/", {"username": name, "password": password, "next": "/admin/"})

    def change(self, path: str, **fields: Any) -> Page:
        """Send a page's form with these fields changed; False takes a box's tick away."""
        values: dict[str, Any] = {**self.get(path).fields(), **fields}
        return self.post(path, {name: value for name, value in values.items() if value is not False})

    def _open(self, request: Request) -> Page:
        try:
            reply = self._opener.open(request, timeout=120)
        except HTTPError as refused:
            reply = refused
        with reply:
            return Page(reply.status, reply.headers, reply.read().decode(), reply.url)


def _session_cookie(session: str) -> Cookie:
    return Cookie(
        version=0,
        name="stagecraft_session",
        value=session,
        port=None,
        port_specified=False,
        domain="127.0.0.1",
        domain_specified=False,
        domain_initial_dot=False,
        path="/admin/",
        path_specified=True,
        secure=False,
        expires=None,
        discard=True,
        comment=None,
        comment_url=None,
        rest={},
    )


class NoRedirects(HTTPRedirectHandler):
    """For looks at a redirect itself."""

    def redirect_request(self, *_: Any) -> None:
        return None


class _Form(HTMLParser):
    """The fields of all forms of a page that are sent by POST, as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("name") or ""
        if tag == "input" and name and name not in ("csrfmiddlewaretoken", "q"):
            kind = found.get("type")
            if kind == "submit" or (kind == "checkbox" and "checked" not in found):
                return
            self.values[name] = found.get("value") or ("on" if kind == "checkbox" else "")
        elif tag == "textarea":
            self._area = name
            self.values[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in found or self._select not in self.values):
            self.values[self._select] = found.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.values[self._area] += data.removeprefix("\n") if not self.values[self._area] else data
