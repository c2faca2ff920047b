"""Answers are as of what had been counted before they were asked for, and only new enough ones are handed out."""

from __future__ import annotations

import math
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from backdrop.config_api.http import ConfigUnavailable
from backdrop.config_api.kept import Fetched, KeptAnswers
from backdrop.core.errors import DataSetNotFound, Unavailable


class Answer(NamedTuple):
    """A value with what had been counted before it was asked for."""

    value: str
    as_of: int | None


class Place:
    """What is counted, and what is answered, by a clock; all of them are the test's to change."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.count = 0
        self.counted = self.fetched = 0
        self.value: str | None = "first"
        self.is_away = self.can_not_count = False
        self.in_fetch: Callable[[], object] = lambda: None
        self.kept = KeptAnswers(10, 100, lambda: self.now, self.ask_count, Answer)

    def ask_count(self) -> int:
        self.counted += 1
        if self.can_not_count:
            raise Unavailable("no storage", trouble="the disk is full")
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

    def hold_fetches(self) -> tuple[threading.Event, threading.Event]:
        """Keeps each fetch waiting: it sets the one, and goes on at the other."""
        reached, goes_on = threading.Event(), threading.Event()

        def hold() -> None:
            reached.set()
            assert goes_on.wait(30)

        self.in_fetch = hold
        return reached, goes_on

    def get(self, since: int | None = None, key: str = "key", within: float = math.inf) -> Answer:
        answer = self.kept.get(key, self.fetch, since, within)
        assert isinstance(answer, Answer)
        return answer


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


def test_one_that_was_never_known_is_unavailable_for_a_pause_whatever_is_counted(place: Place) -> None:
    place.is_away = True
    for since in (None, 0, 1, 2):
        place.count = since or 0
        with pytest.raises(ConfigUnavailable):
            place.get(since)
    assert place.fetched == 1
    place.is_away = False
    place.now += 3
    assert place.get(2) == Answer("first", 2)


def test_where_nobody_counts_an_answer_is_as_of_nothing(place: Place) -> None:
    kept = KeptAnswers(10, 100, lambda: place.now, with_count=Answer)
    assert kept.get("key", place.fetch) == Answer("first", None)


def test_a_count_that_can_not_be_told_is_passed_on_and_nothing_is_asked_for_a_pause(place: Place) -> None:
    place.can_not_count = True
    raised = []
    for since in (None, None, 5):
        with pytest.raises(Unavailable, match="no storage") as error:
            place.get(since)
        raised.append(error.value)
    assert (place.counted, place.fetched) == (1, 0)
    # each has its own, with what the operator needs
    assert len({id(one) for one in raised}) == 3
    assert {one.trouble for one in raised} == {"the disk is full"}
    place.can_not_count = False
    place.now += 3
    assert place.get() == Answer("first", 0)


def test_what_is_known_does_while_nobody_can_count(place: Place) -> None:
    """It is as of no more drops than it was, so that storage, when it is back, refuses what is too late."""
    for key in ("key", "other"):
        assert place.get(key=key) == Answer("first", 0)
    place.can_not_count = True
    place.now += 11
    for _ in range(3):
        for key in ("key", "other"):
            assert place.get(key=key) == Answer("first", 0)
    # one has found out, and nobody else hangs on it for a pause
    assert (place.counted, place.fetched) == (3, 2)
    place.now += 3
    assert place.get() == Answer("first", 0)
    assert place.counted == 4
    place.can_not_count, place.count = False, 1
    place.now += 3
    assert place.get() == Answer("first", 1)
    place.can_not_count = True
    place.now += 111
    with pytest.raises(Unavailable, match="no storage"):
        place.get()


@pytest.mark.parametrize("of_us", [True, False])
def test_each_who_waits_for_a_call_that_fails_gets_an_error_of_his_own(place: Place, of_us: bool) -> None:
    reached, goes_on = threading.Event(), threading.Event()

    def fail() -> int:
        reached.set()
        assert goes_on.wait(30)
        raise Unavailable("no storage") if of_us else ValueError("a mistake")

    kept = KeptAnswers(10, 100, lambda: place.now, fail)
    with ThreadPoolExecutor(9) as pool:
        leader = pool.submit(kept.get, "key", place.fetch)
        assert reached.wait(30)
        waiting = [pool.submit(kept.get, "key", place.fetch) for _ in range(8)]
        goes_on.set()
        errors = [one.exception(30) for one in waiting]
    assert isinstance(leader.exception(30), Unavailable if of_us else ValueError)
    # whoever came too late to wait was the next to ask
    assert all(isinstance(one, Unavailable if of_us else Unavailable | ValueError) for one in errors)
    assert len({id(one) for one in [*errors, leader.exception(30)]}) == 9
    lengths = {len(traceback.extract_tb(one.__traceback__)) for one in errors if one is not None}
    assert max(lengths) < 10


def test_a_count_that_stays_behind_is_not_asked_for_ever(place: Place) -> None:
    with pytest.raises(ConfigUnavailable):
        place.get(since=7)
    assert place.fetched <= 3


def test_whoever_waits_for_an_older_call_asks_once_more_and_all_of_them_together(place: Place) -> None:
    reached, goes_on = place.hold_fetches()
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


def test_an_answer_is_as_old_as_its_question(place: Place) -> None:
    """It may say what was changed while it was on its way, also where it confirms what was known."""

    def be_slow() -> None:
        place.now += 2.5

    place.in_fetch = be_slow
    place.get()
    assert (place.get(within=2.6), place.fetched) == (Answer("first", 0), 1)
    place.get(within=2.4)
    assert (place.kept.counts.calls, place.kept.counts.not_modified) == (2, 1)
    place.value, place.in_fetch = "second", lambda: None
    assert place.get(within=2.4).value == "second"
    # whatever its age, it is used for as long as before, counted from the answer
    place.now += 9.9
    assert (place.get().value, place.fetched) == ("second", 3)


def test_who_wants_a_fresh_one_takes_no_answer_to_an_old_call_and_holds_up_nobody_else(place: Place) -> None:
    place.get()
    reached, goes_on = place.hold_fetches()
    with ThreadPoolExecutor(9) as pool:
        place.now += 1.5
        old = pool.submit(place.get, within=1.0)
        assert reached.wait(30)
        place.value, place.in_fetch = "second", lambda: None
        place.now += 1.5
        new = [pool.submit(place.get, within=1.0) for _ in range(8)]
        # whom the known one does waits for nobody
        assert place.get().value == "first"
        goes_on.set()
        assert {one.result(30).value for one in new} == {"second"}
        assert old.result(30).value == "first"
    assert (place.get().value, place.fetched) == ("second", 3)


def test_a_fresh_one_is_not_asked_for_while_nobody_answers(place: Place) -> None:
    place.get()
    place.is_away = True
    place.now += 2
    for _ in range(5):
        assert place.get(within=1) == Answer("first", 0)
    assert (place.fetched, place.kept.counts.stale_answers) == (2, 5)
    place.is_away, place.value = False, "second"
    place.now += 1.9
    assert place.get(within=1).value == "first"
    place.now += 0.2
    assert place.get(within=1).value == "second"


def test_the_last_known_one_does_for_no_longer_than_it_may_however_fresh_it_should_be(place: Place) -> None:
    place.get()
    place.is_away = True
    place.now += 100
    assert place.get(within=1) == Answer("first", 0)
    place.now += 3
    for _ in range(5):
        with pytest.raises(ConfigUnavailable):
            place.get(within=1)
        place.now += 0.3
    assert place.fetched == 3


def test_who_asks_now_gets_what_is_right_now_and_others_have_it_too(place: Place) -> None:
    place.get()
    place.value = "second"
    assert place.get().value == "first"
    assert place.kept.ask("key", place.fetch).value == "second"
    assert place.get().value == "second"
    assert place.fetched == 2


def test_who_asks_now_is_told_the_last_known_only_if_that_is_not_answered(place: Place) -> None:
    place.get()
    place.is_away = True
    assert place.kept.ask("key", place.fetch).value == "first"
    assert place.kept.counts.stale_answers == 1
    # back within the pause in which nobody else asks
    place.is_away, place.value = False, "second"
    assert place.get().value == "first"
    assert place.kept.ask("key", place.fetch).value == "second"
    place.is_away = True
    place.now += 111
    with pytest.raises(ConfigUnavailable):
        place.kept.ask("key", place.fetch)


def test_who_asks_now_takes_no_answer_to_what_was_asked_before(place: Place) -> None:
    reached, goes_on = place.hold_fetches()
    with ThreadPoolExecutor(2) as pool:
        old = pool.submit(place.get)
        assert reached.wait(30)
        place.value, place.in_fetch = "second", lambda: None
        new = pool.submit(place.kept.ask, "key", place.fetch)
        goes_on.set()
        assert (old.result(30).value, new.result(30).value) == ("first", "second")
