from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagecraft.api.body import parse_object
from stagecraft.api.errors import ApiError

# Whatever can be written as UTF-8, but for the one character that databases don't take.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)


@given(st.dictionaries(TEXT, JSON))
def test_any_object_comes_back_as_sent(value: dict[str, object]) -> None:
    assert parse_object(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "zero bytes"),
        (b" ", "line 1 column"),
        (b"{", "line 1 column"),
        (b'{"a": 1,\n"b"}', "line 2 column"),
        (b"[]", "object"),
        (b"3", "object"),
        (b"null", "object"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b'{"a": 1, "a": 1}', '"a" is given twice'),
        (b'{"b": {"a": 1, "a": 2}}', '"a" is given twice'),
        (b'{"a": "\xff"}', "UTF-8"),
        (b'{"a": "\\ud800"}', "UTF-8"),
        (b'{"\\ud800": 1}', "UTF-8"),
        (b'{"a": {"b\\u0000": 1}}', "NUL"),
        (b'{"a": ["\\u0000"]}', "NUL"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": [-1e999]}', "too large"),
        (b'{"a": ' + b"[" * 50 + b"]" * 50 + b"}", "more than 50 levels"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b'{"a": ' * 100_000, "nested too deeply"),
    ],
)
def test_what_is_wrong_is_said(body: bytes, says: str) -> None:
    with pytest.raises(ApiError) as error:
        parse_object(body)
    assert error.value.status == 400
    assert says in error.value.message


def test_a_key_given_twice_among_many_is_found_in_no_time() -> None:
    """In time linear in the keys: by the square of them, so many would take many minutes."""
    members = ", ".join(f'"key {number}": 1' for number in range(200_000))
    with pytest.raises(ApiError, match='"key 199999" is given twice'):
        parse_object(f'{{{members}, "key 199999": 1}}'.encode())


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        assert isinstance(parse_object(body), dict)
    except ApiError as error:
        assert error.status == 400
