from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagecraft.datasets.names import LONGEST_PART, default_name, is_legal

PARTS = st.from_regex(r"\A[a-z][a-z0-9_-]*\Z").filter(lambda part: len(part) <= LONGEST_PART)


@pytest.mark.parametrize("name", ["a", "g_cloud_sales", "g-cloud", "a1", "a" * 201])
def test_legal(name: str) -> None:
    assert is_legal(name)


@pytest.mark.parametrize("name", ["", "A", "1a", "_a", "-a", "a b", "a.b", "a\n", "é", "a\0", "a" * 202])
def test_illegal(name: str) -> None:
    assert not is_legal(name)


def test_default_name() -> None:
    assert default_name("g-cloud", "sme-share") == "g_cloud_sme_share"


@given(PARTS, PARTS)
def test_a_default_name_is_always_legal(data_group: str, data_type: str) -> None:
    assert is_legal(default_name(data_group, data_type))
