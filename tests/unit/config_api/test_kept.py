"""Answers are as of what had been counted before they were asked for, and only new enough ones are handed out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from backdrop.config_api.http import ConfigUnavailable
from backdrop.config_api.kept import Answer, Fetched, KeptAnswers
from backdrop.core.errors import DataSetNotFound, Unavailable


class Place:
    """What is counted, and what is answered, by a clock; all of them are the test's to change."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.count = 0
        self.counted = self.fetched = 0
        self.value: str | None = "first"
        self.is_away = False
        self.in_fetch: Callable[[], object] = lambda: None
        self.kept = KeptAnswers(10, 100, lambda: self.now, self.ask_count)

    def ask_count(self) -> int:
        self.counted += 1
        return self.count

    def fetch(self, etag: str | None) -> Fetched | None:
        self.fetched += 1
        found = self.value
        self.in_fetch()
        if self.is_away:
            raise ConfigUnavailable("away")
        if found is None:
            return Fetched(error=(DataSetNotFound, "not found"))
        return None if etag == found else Fetched(found, etag=found)

    def get(self, since: int = 0) -> Answer:
        return self.kept.get("key", self.fetch, since)


@pytest.fixture
def place() -> Place:
    return Place()


def test_an_answer_is_as_of_the_count_before_it_was_asked_for(place: Place) -> None:
    place.count = 3

    def drop() -> None:
        place.count += 1

    place.in_fetch = drop
    assert place.get() == Answer("first", 3)
    assert place.get() == Answer("first", 3)
    assert (place.counted, place.fetched) == (1, 1)


def test_one_that_is_confirmed_is_as_of_its_confirmation(place: Place) -> None:
    assert place.get() == Answer("first", 0)
    place.count = 5
    place.now += 11
    assert place.get() == Answer("first", 5)
    assert (place.kept.counts.calls, place.kept.counts.not_modified) == (2, 1)


def test_one_that_is_too_old_is_asked_for_anew_however_fresh(place: Place) -> None:
    place.get()
    place.count, place.value = 1, "second"
    assert place.get() == Answer("first", 0)
    assert place.get(since=1) == Answer("second", 1)
    assert place.get(since=1) == place.get() == Answer("second", 1)
    assert place.fetched == 2


def test_an_error_that_is_too_old_is_asked_for_anew(place: Place) -> None:
    place.value = None
    with pytest.raises(DataSetNotFound):
        place.get()
    place.count, place.value = 1, "second"
    with pytest.raises(DataSetNotFound):
        place.get()
    assert place.get(since=1) == Answer("second", 1)


def test_one_that_is_too_old_does_not_do_while_nobody_answers(place: Place) -> None:
    place.get()
    place.count, place.is_away = 1, True
    with pytest.raises(ConfigUnavailable, match="asked anew"):
        place.get(since=1)
    asked = place.fetched
    # nobody else hangs on one that is away, neither who would take the old one nor who would not
    for _ in range(5):
        with pytest.raises(ConfigUnavailable):
            place.get(since=1)
        assert place.get() == Answer("first", 0)
    assert place.fetched == asked
    assert place.kept.counts.stale_answers == 5
    place.is_away = False
    place.now += 3
    assert place.get(since=1) == Answer("first", 1)


def test_one_that_was_never_known_is_unavailable_whatever_is_counted(place: Place) -> None:
    place.is_away = True
    for since in (0, 0, 1, 2):
        place.count = since
        with pytest.raises(ConfigUnavailable):
            place.get(since)
    assert place.fetched == 3


def test_a_count_that_can_not_be_told_is_passed_on_and_nothing_is_asked(place: Place) -> None:
    def fail() -> int:
        raise Unavailable("no storage")

    kept = KeptAnswers(10, 100, lambda: place.now, fail)
    for _ in range(2):
        with pytest.raises(Unavailable, match="no storage"):
            kept.get("key", place.fetch)
    assert place.fetched == 0


def test_a_count_that_stays_behind_is_not_asked_for_ever(place: Place) -> None:
    with pytest.raises(ConfigUnavailable):
        place.get(since=7)
    assert place.fetched <= 3


def test_whoever_waits_for_an_older_call_asks_once_more_and_all_of_them_together(place: Place) -> None:
    reached, goes_on = threading.Event(), threading.Event()

    def hold() -> None:
        reached.set()
        assert goes_on.wait(30)

    place.in_fetch = hold
    with ThreadPoolExecutor(9) as pool:
        old = pool.submit(place.get)
        assert reached.wait(30)
        place.count, place.value = 1, "second"
        place.in_fetch = lambda: None
        new = [pool.submit(place.get, 1) for _ in range(8)]
        goes_on.set()
        assert old.result(30) == Answer("first", 0)
        assert {one.result(30) for one in new} == {Answer("second", 1)}
    assert place.fetched == 2
