"""JSON and NDJSON, strictly."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.write.json_text import (
    MOST_KEYS,
    Extent,
    NotParseable,
    exact_extent,
    parse_json,
    parse_ndjson,
    rough_extent,
)

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


def test_so_many_keys_an_object_may_have() -> None:
    most = {f"k{i}": i for i in range(MOST_KEYS)}
    assert parse_json(json.dumps([most])) == [most]
    with pytest.raises(NotParseable, match="one object has 10001 keys; it may have 10000"):
        parse_json(json.dumps([{**most, "more": 1}]))


@pytest.mark.parametrize(
    ("text", "objects", "values"),
    [
        ("7", 0, 1),
        ("[{},{}]", 2, 5),
        ('{"a":{"a":{"a":', 1, 4),
        ('[{"a": 1, "b": 2}, {"a": [1, 2]}]', 2, 8),
        ('{"a": 1}\n{"a": 2, "b": 3}', 2, 5),
        (r'["{,[\n\",", "\\", {}, "\\\",{"]', 1, 6),
        ('"never, ends', 0, 1),
        ('"nor, this\\', 0, 1),
    ],
)
def test_the_extent_of_a_text(text: str, objects: int, values: int) -> None:
    assert exact_extent(text) == Extent(objects, values)


def _values(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_values, value.values()))
    return 1 + sum(map(_values, value)) if isinstance(value, list) else 1


@given(json_values)
def test_the_extent_is_never_too_small(value: object) -> None:
    text = json.dumps(value)
    exact = exact_extent(text)
    assert rough_extent(text) >= exact
    assert rough_extent(text).values >= exact.values >= _values(value)


def test_a_text_of_quotes_is_weighed_at_once() -> None:
    for text in ('"' * 2_000_001, '\\"' * 1_000_000, '"' + '\\"' * 1_000_000 + "\\"):
        assert exact_extent(text).objects == 0
