from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.config_api import ConfigUnavailable
from backdrop.core.errors import DataSetNotFound, InvalidConfig
from backdrop.core.triggers import BrokerUnavailable
from backdrop.transformers.errors import Delayed, NotSettled, Refused, Unsteady
from backdrop.transformers.patience import LONGEST_WAIT_SECONDS, MOST_TRIES_TO_SETTLE, Patience


@pytest.mark.parametrize("error", [Delayed("503"), ConfigUnavailable("away"), BrokerUnavailable("broker")])
def test_what_is_away_may_come_back(error: Exception) -> None:
    assert Patience(40, 1).retries(error) == 40
    assert Patience(0, 1).retries(error) == 0


@pytest.mark.parametrize("error", [NotSettled("404"), DataSetNotFound("data_set not found")])
def test_what_is_not_known_yet_gets_a_few_tries(error: Exception) -> None:
    assert Patience(40, 1).retries(error) == MOST_TRIES_TO_SETTLE
    assert Patience(2, 1).retries(error) == 2


@pytest.mark.parametrize("error", [Refused("no"), InvalidConfig("no"), ZeroDivisionError()])
def test_what_is_wrong_is_not_tried_again(error: Exception) -> None:
    assert Patience(40, 1).retries(error) == 0


def test_an_input_that_keeps_changing_is_never_given_up() -> None:
    assert Patience(0, 1).retries(Unsteady("changes")) > 1_000_000


def test_the_few_tries_outlast_every_cache_of_configs() -> None:
    assert sum(Patience(40, 1).wait(n, lambda: 0.0) for n in range(MOST_TRIES_TO_SETTLE)) > 120


@given(st.integers(0, 2000), st.floats(0, 1), st.integers(1, 3600))
def test_waits_grow_to_a_bound_and_differ(retries: int, chance: float, first: int) -> None:
    wait = Patience(40, first).wait(retries, lambda: chance)
    doubled = min(first * 2**retries, LONGEST_WAIT_SECONDS)
    assert doubled / 2 <= wait <= doubled
