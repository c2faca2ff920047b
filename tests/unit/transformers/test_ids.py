from __future__ import annotations

import base64
import string

from hypothesis import given
from hypothesis import strategies as st

from backdrop.transformers.ids import encode_id

PART = st.text(string.ascii_letters + string.digits + ":-+é>?", max_size=20)


def test_parts_are_joined_by_underscores_in_url_safe_base64() -> None:
    assert encode_id("foo", "bar") == "Zm9vX2Jhcg=="
    assert encode_id("2013-01-07T00:00:00+00:00") == "MjAxMy0wMS0wN1QwMDowMDowMCswMDowMA=="
    assert encode_id("", "k:v_k2:v2") == base64.urlsafe_b64encode(b"_k:v_k2:v2").decode()
    assert encode_id("~~~???") == "fn5-Pz8_"


@given(st.lists(PART, min_size=1), st.lists(PART, min_size=1))
def test_an_id_is_legal_and_tells_its_parts_apart(one: list[str], other: list[str]) -> None:
    assert not any(character.isspace() or character in "/+" for character in encode_id(*one))
    assert encode_id(*one) == encode_id(*one)
    assert (encode_id(*one) == encode_id(*other)) == ("_".join(one) == "_".join(other))
