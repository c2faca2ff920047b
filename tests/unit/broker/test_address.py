from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.broker import InvalidBrokerUrl, broker_url
from backdrop.broker.address import file_at, file_of


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite-queue:////srv/q.sqlite", "/srv/q.sqlite"),
        ("sqlite-queue:////srv/my%20queue/q%25.sqlite", "/srv/my queue/q%.sqlite"),
        ("sqlite-queue:///q.sqlite", f"{Path.cwd()}/q.sqlite"),
        ("sqlite-queue:///./var/q.sqlite", f"{Path.cwd()}/var/q.sqlite"),
        ("sqlite-queue://localhost//srv/q.sqlite", "/srv/q.sqlite"),
        ("sqlite-queue:///:memory:", f"{Path.cwd()}/:memory:"),
    ],
)
def test_three_slashes_are_relative_and_four_absolute(url: str, path: str) -> None:
    assert file_of(url) == Path(path)


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("amqp://localhost//", "begins with sqlite-queue:///"),
        ("sqlite-queue://srv/q.sqlite", "no host goes between the slashes"),
        ("sqlite-queue://", "path of a queue file is missing"),
        ("sqlite-queue:///", "path of a queue file is missing"),
        ("sqlite-queue:////srv/folder/", "path of a queue file is missing"),
        ("sqlite-queue:///q.sqlite?mode=ro", "write \\? as %3F"),
        ("sqlite-queue:///q%00.sqlite", "null character"),
    ],
)
def test_a_url_that_names_no_file_says_what_would(url: str, advice: str) -> None:
    with pytest.raises(InvalidBrokerUrl, match=advice):
        file_of(url)


def test_kombu_makes_the_same_of_its_parts() -> None:
    assert file_at(None, "/srv/q.sqlite") == file_at("", "/srv/q.sqlite") == Path("/srv/q.sqlite")
    with pytest.raises(InvalidBrokerUrl):
        file_at("elsewhere", "/srv/q.sqlite")


@given(st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1))
def test_every_path_has_a_url(name: str) -> None:
    path = Path("/srv") / name
    assert file_of(broker_url(path)) == path
