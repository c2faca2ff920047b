"""A data set gets another token while the write app still holds the config that it had before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.apps.write_scene import WrittenDataSet, new_data_set
from tests.processes import Backdrop, wait_until


@pytest.fixture(scope="module")
def backdrop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backdrop]:
    """Apps whose configs outlive the tests, unless somebody doubts them."""
    settings = {"STAGECRAFT_CACHE_SECONDS": "600", "WEB_PROCESSES": "1"}
    with Backdrop(tmp_path_factory.mktemp("rotation"), environment=settings) as started:
        yield started


@pytest.fixture
def data_set_with(backdrop: Backdrop) -> Callable[[], WrittenDataSet]:
    """Makes one whose config the write app has."""

    def make() -> WrittenDataSet:
        made = new_data_set(backdrop)
        assert made.post([]).status == 200
        return made

    return make


@pytest.fixture
def data_set(data_set_with: Callable[[], WrittenDataSet]) -> WrittenDataSet:
    return data_set_with()


def post(data_set: WrittenDataSet, token: str, record_id: str = "a") -> int:
    return data_set.call("POST", json={"_id": record_id}, token=token).status


def rotated(data_set: WrittenDataSet, ends: datetime) -> int:
    """Gives it another token; what the old one is answered as soon as the new one works."""
    about = {
        "bearer_token": "rotated",
        "previous_bearer_token": data_set.token,
        "previous_bearer_token_until": ends.isoformat(),
    }
    data_set.backdrop.config.put({**data_set.config, **about})
    wait_until(lambda: post(data_set, "rotated") == 200, "the new token", 3)
    return post(data_set, data_set.token)


def test_a_new_token_works_within_a_second_and_the_old_one_until_it_ends(
    data_set: WrittenDataSet, data_set_with: Callable[[], WrittenDataSet]
) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=5)
    answered = rotated(data_set, ends)
    # Too late where the machine stood still: then again, with more time.
    for seconds in (15, 45):
        if datetime.now(UTC) > ends:
            data_set = data_set_with()
            ends = datetime.now(UTC) + timedelta(seconds=seconds)
            answered = rotated(data_set, ends)
    assert answered == 200
    wait_until(lambda: datetime.now(UTC) > ends, "the end of the old token", 60)
    assert post(data_set, data_set.token) == 401
    assert post(data_set, "rotated") == 200


def test_a_new_token_writes_to_the_data_set_that_it_is_for(data_set: WrittenDataSet) -> None:
    """In the place of the one that the write app knows there is another by now."""
    place = {key: data_set.config[key] for key in ("data_group", "data_type")}
    del data_set.backdrop.config.data_sets[data_set.name]
    successor = {**place, "name": f"{data_set.name}_successor", "raw_queries_allowed": True}
    data_set.backdrop.config.put({**successor, "bearer_token": "rotated"})
    wait_until(lambda: post(data_set, "rotated", "first") == 200, "the new token", 3)
    assert [one["_id"] for one in data_set.records()] == ["first"]
