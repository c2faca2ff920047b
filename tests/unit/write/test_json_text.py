"""JSON and NDJSON, strictly."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.write.json_text import NotParseable, parse_json, parse_ndjson

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(json_values)
def test_json_is_read_as_it_was_meant(value: object) -> None:
    assert parse_json(json.dumps(value)) == value


@given(st.lists(json_values))
def test_ndjson_is_one_value_a_line(values: list[object]) -> None:
    assert list(parse_ndjson("".join(json.dumps(value) + "\n" for value in values))) == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ("[1,]", "line 1 column"),
        ("{'a': 1}", "line 1 column 2 (char 1)"),
        ('{"a": 1} {"b": 2}', "Extra data: line 1 column 10 (char 9)"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": -Infinity}', "-Infinity is not JSON"),
        ('[{"a": 1, "b": 2, "a": 1}]', "the key 'a' is given twice"),
        ('{"\\ud800": 1, "\\ud800": 1}', r"the key '\ud800' is given twice"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("9" * 100_000, "too many digits"),
        ('"a\nb"', "Invalid control character"),
    ],
)
def test_what_is_not_json_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(NotParseable) as raised:
        parse_json(text)
    assert message in str(raised.value)
    str(raised.value).encode()


def test_blank_lines_and_windows_line_ends_are_fine() -> None:
    text = '\r\n{"a": 1}\r\n\n  \n{"a": "\u2028"}'
    assert list(parse_ndjson(text)) == [{"a": 1}, {"a": "\u2028"}]
    assert list(parse_ndjson("\n")) == []


def test_a_bad_line_is_named() -> None:
    with pytest.raises(NotParseable, match=r"line 3 of the body: Expecting ',' delimiter: line 1 column 9"):
        list(parse_ndjson('{"a": 1}\n\n{"a": 1 "b": 2}\n'))
