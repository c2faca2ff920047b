from __future__ import annotations

import pytest

from backdrop.core.names import is_internal_field, is_valid_data_set_name, is_valid_field


@pytest.mark.parametrize("name", ["volume", "Volume", "sme_or_large", "_timestamp", "h2o", "aa"])
def test_fields_that_a_record_may_have(name: str) -> None:
    assert is_valid_field(name)


@pytest.mark.parametrize(
    "name", ["", "a", "$where", "2nd", "lot description", "a-b", "a.b", "été", "volume\n"]
)
def test_fields_that_none_may_have(name: str) -> None:
    assert not is_valid_field(name)


def test_a_leading_underscore_is_backdrops_own() -> None:
    assert is_internal_field("_updated_at")
    assert not is_internal_field("updated_at_")


@pytest.mark.parametrize(
    ("name", "valid"),
    [("g_cloud-sales2", True), ("a", True), ("2a", False), ("A", False), ("", False), ("a\n", False)],
)
def test_names_of_data_sets(name: str, valid: bool) -> None:
    assert is_valid_data_set_name(name) is valid
