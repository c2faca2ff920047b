from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backdrop.core.data_set import DataSet, parse_data_set
from backdrop.core.errors import InvalidConfig

NOW = datetime(2014, 3, 1, tzinfo=UTC)
LEAST = {"name": "g_t", "data_group": "g", "data_type": "t"}


def test_missing_keys_take_their_defaults_and_unknown_ones_are_ignored() -> None:
    data_set = parse_data_set({**LEAST, "upload_format": "csv", "new_in_2030": {}})
    assert data_set == DataSet("g_t", "g", "t")
    assert (data_set.queryable, data_set.raw_queries_allowed, data_set.published) == (True, False, True)
    assert data_set.max_age_expected == 31 * 24 * 60 * 60


def test_a_null_is_a_missing_key_except_for_an_age_that_is_not_checked() -> None:
    data_set = parse_data_set({**LEAST, "realtime": None, "schema": None, "max_age_expected": None})
    assert (data_set.realtime, data_set.schema, data_set.max_age_expected) == (False, {}, None)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("auto_ids", ["ok_field", ""]),
        ("bearer_token", 12),
        ("schema", "not a schema"),
        ("capped_size", -1),
        ("max_age_expected", True),
        ("queryable", "yes"),
        ("data_group", ""),
    ],
)
def test_a_config_that_makes_no_sense_is_named_with_its_key(key: str, value: object) -> None:
    with pytest.raises(InvalidConfig, match=rf"'g_t' has {key} that is not"):
        parse_data_set({**LEAST, key: value})


@pytest.mark.parametrize("config", [[], "g_t", {}, {"name": "Ünlegal"}, {"name": "g_t"}])
def test_something_else_than_a_config_is_refused(config: object) -> None:
    with pytest.raises(InvalidConfig):
        parse_data_set(config)


def test_what_the_config_api_can_not_know_is_not_taken_from_it() -> None:
    config = {"name": "g_t", "data_group": "g", "data_type": "t", "as_of": 7}
    assert parse_data_set(config).as_of is None


def test_a_token_is_in_no_text() -> None:
    assert "secret-token" not in repr(parse_data_set({**LEAST, "bearer_token": "secret-token"}))


def test_a_data_set_is_out_of_date_by_what_is_past_its_expected_age() -> None:
    data_set = DataSet("g_t", "g", "t", max_age_expected=60)
    assert data_set.seconds_out_of_date(NOW - timedelta(seconds=60), NOW) is None
    assert data_set.seconds_out_of_date(NOW - timedelta(seconds=90), NOW) == 30


def test_a_data_set_of_no_expected_age_is_never_out_of_date() -> None:
    data_set = DataSet("g_t", "g", "t", max_age_expected=None)
    assert data_set.seconds_out_of_date(NOW - timedelta(days=9999), NOW) is None


def test_the_token_before_the_one_writes_until_it_ends() -> None:
    data_set = parse_data_set(
        {
            **LEAST,
            "bearer_token": "new",
            "previous_bearer_token": "old",
            "previous_bearer_token_until": "2026-03-01T13:00:00+01:00",
        }
    )
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert data_set.tokens(noon - timedelta(milliseconds=1)) == ("new", "old")
    assert data_set.tokens(noon) == ("new",)
    assert "old" not in repr(data_set)


def test_without_an_end_the_token_before_is_no_token() -> None:
    assert parse_data_set({**LEAST, "previous_bearer_token": "old"}).tokens(datetime.now(UTC)) == ()


@pytest.mark.parametrize("until", ["soon", "2026-03-01T12:00:00", 5, True])
def test_an_end_that_is_no_instant_makes_no_sense(until: object) -> None:
    with pytest.raises(InvalidConfig, match="previous_bearer_token_until that is not a date"):
        parse_data_set({**LEAST, "previous_bearer_token_until": until})
