"""Configs are as of the drops that had been counted before they were asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from backdrop.config_api import ConfigApi
from tests.config_stub import API_TOKEN, ConfigStub

SALES = {"data_group": "g-cloud", "data_type": "sales", "bearer_token": "sales-secret"}


@pytest.fixture
def stub() -> Iterator[ConfigStub]:
    with ConfigStub([SALES]) as started:
        yield started


def test_a_config_is_as_of_the_drops_before_it_was_asked_for(stub: ConfigStub) -> None:
    now, drops = 1000.0, iter([3, 4, 5, 6])
    api = ConfigApi(stub.url, API_TOKEN, 10, 100, lambda: now, lambda: next(drops))
    known = api.data_set_by_type("g-cloud", "sales")
    assert (known.as_of, api.data_set_by_type("g-cloud", "sales", 3).as_of) == (3, 3)
    assert api.data_set_by_type("g-cloud", "sales", 4).as_of == 4
    assert api.data_set("g_cloud_sales").as_of == 5
    now += 11
    assert api.data_set("g_cloud_sales").as_of == 6
    assert api.counts.not_modified == 2


@pytest.mark.parametrize("by_name", [False, True])
def test_one_that_is_too_old_for_the_caller_is_asked_for_anew(stub: ConfigStub, by_name: bool) -> None:
    now = 1000.0
    api = ConfigApi(stub.url, API_TOKEN, 10, 100, lambda: now)

    def token(within: float = math.inf) -> str:
        if by_name:
            return api.data_set("g_cloud_sales", within=within).bearer_token
        return api.data_set_by_type("g-cloud", "sales", within=within).bearer_token

    assert token() == "sales-secret"
    stub.put({**SALES, "bearer_token": "anew"})
    now += 0.5
    assert token() == token(within=1) == "sales-secret"
    assert token(within=0.1) == token() == "anew"
