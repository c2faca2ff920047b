from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.texts import after_prefix, is_unicode

TEXTS = st.text(max_size=4)


@pytest.mark.parametrize("half", ["\ud800", "\udfff", "a\udc00b"])
def test_half_of_a_surrogate_pair_is_not_unicode(half: str) -> None:
    assert not is_unicode(half)
    assert is_unicode("\ud7ff\ue000\U0010ffff\0")


@pytest.mark.parametrize(
    ("prefix", "after"),
    [
        ("a", "b"),
        ("ab", "ac"),
        ("\ud7ff", "\ue000"),
        ("a\U0010ffff", "b"),
        ("\U0010ffff", None),
        ("", None),
    ],
)
def test_what_comes_after_all_with_a_prefix(prefix: str, after: str | None) -> None:
    assert after_prefix(prefix) == after


@given(TEXTS, TEXTS)
def test_texts_with_the_prefix_are_those_in_its_range(prefix: str, text: str) -> None:
    after = after_prefix(prefix)
    for one in (text, prefix + text):
        assert one.startswith(prefix) == (prefix <= one and (after is None or one < after))
