"""Which records are found, and in which order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.query import Filter, PrefixFilter, Selection, Sort
from backdrop.core.values import Value
from backdrop.storage.protocol import Storage
from tests.contract.generating import SELECTIONS, SORTS, records, with_storage
from tests.contract.making import EVERYTHING, at, exactly, in_order, new_name, record, selected, write


@given(
    given_records=records(), selection=SELECTIONS, sort=st.one_of(st.none(), SORTS), limit=st.integers(0, 5)
)
@with_storage
def test_finds_what_a_plain_search_finds(
    storage: Storage,
    given_records: list[dict[str, Value]],
    selection: Selection,
    sort: Sort | None,
    limit: int,
) -> None:
    name = new_name()
    storage.append(name, given_records, write())
    expected = in_order(selected(given_records, selection), sort)
    assert exactly(storage.find(name, selection, sort, limit)) == exactly(expected[: limit or None])


def test_a_data_set_never_written_is_empty(storage: Storage) -> None:
    assert storage.find("nothing", EVERYTHING, Sort("kind"), 5) == []


def ids(storage: Storage, selection: Selection, sort: Sort | None = None, limit: int = 0) -> str:
    """The ids found, in a row."""
    return " ".join(str(one["_id"]) for one in storage.find("things", selection, sort, limit))


@pytest.fixture
def mixed(storage: Storage) -> Storage:
    """Values of every type and their look-alikes, under ids that name them."""
    values: dict[str, Value] = {
        "1": 1,
        "1.0": 1.0,
        "true": True,
        "t1": "1",
        "t1.0": "1.0",
        "ttrue": "true",
        "null": None,
        "0": 0,
        "-0.0": -0.0,
        "false": False,
        "big": 2**53 + 1,
        "float": 2.0**53,
        "empty": "",
    }
    storage.append("things", [*(record(i, size=v) for i, v in values.items()), record("missing")], write())
    return storage


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((1,), "1 1.0"),
        ((1.0,), "1 1.0"),
        ((True,), "true"),
        (("1",), "t1"),
        (("true", True), "true ttrue"),
        ((0,), "-0.0 0"),
        ((False,), "false"),
        ((None,), "missing null"),
        ((None, 1), "1 1.0 missing null"),
        (("",), "empty"),
        ((2**53,), "float"),
        ((2**53 + 1,), "big"),
        ((2.0**53,), "float"),
        ((10**30,), ""),
        ((-(10**400),), ""),
        ((float("inf"), float("nan")), ""),
        (("\ud800",), ""),
        ((at("2020-01-01"),), ""),
        ((), ""),
        (tuple(range(1000)), "-0.0 0 1 1.0"),
        (tuple(range(40_000)), "-0.0 0 1 1.0"),
    ],
    ids=lambda value: repr(value)[:25],
)
def test_filters_tell_types_apart(mixed: Storage, values: tuple[Value, ...], found: str) -> None:
    assert ids(mixed, Selection(filters=(Filter("size", values),))) == found


def test_an_integer_beyond_64_bits_finds_the_same_float(storage: Storage) -> None:
    storage.append("things", [record("a", size=1e20), record("b", size=1e20 + 2**14)], write())
    assert ids(storage, Selection(filters=(Filter("size", (10**20,)),))) == "a"


def test_a_filter_of_an_instant_takes_instants(storage: Storage) -> None:
    storage.append(
        "things", [record("a", at("2020-01-01")), record("b", at("2020-01-02")), record("c")], write()
    )
    assert ids(storage, Selection(filters=(Filter("_timestamp", (at("2020-01-02"),)),))) == "b"
    assert ids(storage, Selection(filters=(Filter("_timestamp", (None,)),))) == "c"
    microseconds = (at("2020-01-02") - at("0001-01-01")).days * 86_400_000_000
    assert ids(storage, Selection(filters=(Filter("_timestamp", (microseconds, "2020-01-02")),))) == ""


@pytest.mark.parametrize("field", ["nowhere", "Size", "a.b", '"', "$where", ""])
def test_a_field_that_no_record_has_matches_nothing(mixed: Storage, field: str) -> None:
    assert ids(mixed, Selection(filters=(Filter(field, (1, "1", True)),))) == ""
    assert ids(mixed, Selection(prefixes=(PrefixFilter(field, ("",)),))) == ""


@pytest.mark.parametrize(
    ("prefixes", "found"),
    [
        (("a",), "a ab a.b a\U0010ffff"),
        (("a.",), "a.b"),
        ((".*",), ""),
        (("",), "a ab a.b a\U0010ffff b \ud7ff \ue000 \U0010ffff \U0010ffffa \0a".replace("\ud7ff", "d7ff")),
        (("\U0010ffff",), "\U0010ffff \U0010ffffa"),
        (("a\U0010ffff",), "a\U0010ffff"),
        (("\ud7ff",), "d7ff"),
        (("\0",), "\0a"),
        (("b", "\0"), "b \0a"),
        (("\ud800",), ""),
        ((), ""),
    ],
)
def test_prefixes_are_taken_literally(storage: Storage, prefixes: tuple[str, ...], found: str) -> None:
    texts = ["a", "ab", "a.b", "a\U0010ffff", "b", "\ud7ff", "\ue000", "\U0010ffff", "\U0010ffffa", "\0a"]
    others: list[Value] = [1, True, None, 0.5]
    storage.append(
        "things",
        [
            *(record("d7ff" if text == "\ud7ff" else text, kind=text) for text in texts),
            *(record(f"other {i}", kind=value) for i, value in enumerate(others)),
        ],
        write(),
    )
    selection = Selection(prefixes=(PrefixFilter("kind", prefixes),))
    assert {str(one["_id"]) for one in storage.find("things", selection, None, 0)} == set(
        found.split(" ")
    ) - {""}


def test_windows_hold_their_start_and_not_their_end(storage: Storage) -> None:
    instants = [
        at("2020-01-01"),
        at("2020-01-01T00:00:00.001"),
        at("2020-01-01T23:59:59.999"),
        at("2020-01-02"),
    ]
    storage.append(
        "things", [*(record(str(i), one) for i, one in enumerate(instants)), record("never")], write()
    )
    start, end = instants[0], instants[3]
    assert ids(storage, Selection(start, end)) == "0 1 2"
    assert ids(storage, Selection(start, end, inclusive=True)) == "0 1 2 3"
    assert ids(storage, Selection(start=instants[1])) == "1 2 3"
    assert ids(storage, Selection(end=instants[1])) == "0"
    assert ids(storage, Selection(end, start)) == ""
    assert ids(storage, Selection(start, start)) == ""
    assert ids(storage, Selection(start, start, inclusive=True)) == "0"
    assert ids(storage, EVERYTHING) == "never 0 1 2 3"


def test_order_is_numbers_texts_booleans_and_nothing_first(mixed: Storage) -> None:
    ascending = "missing null -0.0 0 1 1.0 float big empty t1 t1.0 ttrue false true"
    descending = "true false ttrue t1.0 t1 empty big float 1 1.0 -0.0 0 missing null"
    assert ids(mixed, EVERYTHING, Sort("size")) == ascending
    assert ids(mixed, EVERYTHING, Sort("size", descending=True)) == descending


def test_ties_go_by_time_and_id(storage: Storage) -> None:
    storage.append(
        "things",
        [
            record("z", at("2020-01-01"), kind="x"),
            record("b", at("2020-01-02"), kind="x"),
            record("a", at("2020-01-02"), kind="x"),
            record("y", kind="x"),
        ],
        write(),
    )
    for sort in (None, Sort("kind"), Sort("kind", descending=True), Sort("nowhere")):
        assert ids(storage, EVERYTHING, sort) == "y z a b"
    assert ids(storage, EVERYTHING, Sort("_timestamp", descending=True)) == "a b z y"
    assert ids(storage, EVERYTHING, Sort("_timestamp", descending=True), 2) == "a b"
    assert ids(storage, EVERYTHING, Sort("_id", descending=True), 1) == "z"


def test_keys_past_those_with_columns_are_like_others(storage: Storage) -> None:
    """Far more keys than any engine gives a place of their own; the last of them hold every type."""
    values: list[Value] = [1, 1.0, True, "1", None, 5e-324, 2**63 - 1, False, "a\0b", -0.0]
    fillers = [record(f"filler {i:04}", **{f"key_{i}": i}) for i in range(2500)]
    storage.append("things", fillers, write())
    late = [record(f"late {i}", at("2020-01-01"), latest=value) for i, value in enumerate(values)]
    storage.append("things", late, write())
    stored = [*fillers, *late]
    for value in values[:4]:
        selection = Selection(filters=(Filter("latest", (value,)),))
        assert exactly(storage.find("things", selection, None, 0)) == exactly(selected(stored, selection))
    for sort in (Sort("latest"), Sort("latest", descending=True)):
        assert exactly(storage.find("things", EVERYTHING, sort, 0)) == exactly(in_order(stored, sort))
    begins = Selection(prefixes=(PrefixFilter("latest", ("a\0",)),))
    assert storage.find("things", begins, None, 0) == [late[8]]
