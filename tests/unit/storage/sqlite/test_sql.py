"""The SQL is looked at as text here; what it finds is the contract suite's matter."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.periods import EPOCH, Period
from backdrop.core.query import Collected, Fact, Filter, Grouping, PrefixFilter, Selection, Sort
from backdrop.core.values import Value
from backdrop.storage.sqlite import sql
from backdrop.storage.sqlite.sql import Statement
from backdrop.storage.sqlite.tables import Column, Kind, Table
from tests.contract.making import EVERYTHING, at

TABLE = Table(
    7,
    {
        "kind": Column("c0", Kind.TEXT),
        "size": Column("c1", Kind.INTEGER),
        "share_of": Column("c2", Kind.REAL),
        "mixed": Column("c3", Kind.INTEGER | Kind.REAL | Kind.TEXT | Kind.BOOLEAN),
    },
)
FULL = Table(7, TABLE.columns, is_full=True)

names = st.one_of(st.sampled_from(["kind", "size", "_id", "_timestamp", "unknown"]), st.text(max_size=20))
hostile: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just("'; DROP TABLE t7; --")
)
selections = st.builds(
    Selection,
    filters=st.lists(st.builds(Filter, names, st.lists(hostile, max_size=3).map(tuple)), max_size=3).map(
        tuple
    ),
    prefixes=st.lists(
        st.builds(PrefixFilter, names, st.lists(st.text(), max_size=3).map(tuple)), max_size=2
    ).map(tuple),
)
groupings = st.builds(
    Grouping,
    st.lists(names, max_size=2).map(tuple),
    st.one_of(st.none(), st.sampled_from(Period)),
    st.lists(st.builds(Collected, names, st.frozensets(st.sampled_from(Fact))), max_size=2).map(tuple),
)
OURS = re.compile(r"[ A-Za-z0-9_(),.*/%+<>=?&-]|'(?:true|false|text|integer|blob|real|[0-9a-f]{2}|)'")


@given(st.sampled_from([TABLE, FULL]), selections, groupings, names, st.booleans())
def test_nothing_that_a_user_wrote_is_in_the_text(
    table: Table, selection: Selection, grouping: Grouping, name: str, flag: bool
) -> None:
    for statement in (
        sql.find(table, selection, Sort(name, flag), 0),
        sql.fold(table, selection, grouping, 5, beyond_64_bits=flag),
        sql.distinct(table, selection, grouping, name, 5),
    ):
        assert OURS.sub("", statement.text) == ""
        assert "DROP" not in statement.text
        mentioned = {int(number) for number in re.findall(r"\?(\d+)", statement.text)}
        assert max(mentioned, default=0) == len(statement.parameters)


def where(selection: Selection, table: Table = TABLE) -> tuple[str, tuple[object, ...]]:
    statement = sql.find(table, selection, None, 0)
    match = re.search(r" WHERE (.*) ORDER BY", statement.text)
    return match[1] if match else "", statement.parameters[:-1]


def test_everything_has_no_condition() -> None:
    assert sql.find(TABLE, EVERYTHING, None, 0) == Statement(
        "SELECT id, at, start_at, end_at, updated_at, c0, c1, c2, c3, rest FROM t7 ORDER BY at, id LIMIT ?1",
        (-1,),
    )


def test_a_window_is_a_range_of_the_primary_key() -> None:
    start, end = at("0001-01-01T00:00:01"), at("0001-01-02")
    assert where(Selection(start, end)) == ("at >= ?1 AND at < ?2", (1_000_000, 86_400_000_000))
    assert where(Selection(start, end, inclusive=True))[0] == "at >= ?1 AND at <= ?2"
    assert where(Selection(end=end)) == ("at > -1 AND at < ?1", (86_400_000_000,))


@pytest.mark.parametrize(
    ("values", "condition", "parameters"),
    [
        (("a",), "(c0 IN (?1))", ("a",)),
        (("1", 1, True, 0.5), "(c0 IN (?1, ?2, ?3, ?4))", ("1", 1, b"\x01", 0.5)),
        ((None, False), "(c0 IN (?1) OR c0 IS NULL)", (b"\x00",)),
        ((10**20,), "(c0 IN (?1))", (1e20,)),
        ((10**20 + 1, 10**400, float("nan"), "\ud800", at("2020-01-01")), "false", ()),
        ((), "false", ()),
    ],
)
def test_filters_keep_types(
    values: tuple[Value, ...], condition: str, parameters: tuple[object, ...]
) -> None:
    assert where(Selection(filters=(Filter("kind", values),))) == (condition, parameters)


def test_many_values_are_one_parameter() -> None:
    condition, parameters = where(Selection(filters=(Filter("size", tuple(range(500))),)))
    assert condition == "(c1 IN (SELECT k0 FROM batch(?1)))"
    assert parameters == ([(i,) for i in range(500)],)


@pytest.mark.parametrize(
    ("prefix", "condition", "parameters"),
    [
        ("ab", "((c0 >= ?2 AND c0 < ?1))", ("ac", "ab")),
        ("", "((c0 >= ?1 AND c0 < x''))", ("",)),
        ("a\U0010ffff", "((c0 >= ?2 AND c0 < ?1))", ("b", "a\U0010ffff")),
        ("\U0010ffff" * 2, "((c0 >= ?1 AND c0 < x''))", ("\U0010ffff" * 2,)),
        ("\ud7ff", "((c0 >= ?2 AND c0 < ?1))", ("\ue000", "\ud7ff")),
    ],
)
def test_a_prefix_is_a_range(prefix: str, condition: str, parameters: tuple[object, ...]) -> None:
    assert where(Selection(prefixes=(PrefixFilter("kind", (prefix,)),))) == (condition, parameters)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_the_range_of_a_prefix_holds_just_what_begins_with_it(prefix: str, text: str) -> None:
    _, parameters = where(Selection(prefixes=(PrefixFilter("kind", (prefix,)),)))
    end = parameters[0] if len(parameters) == 2 else None
    for one in (text, prefix + text):
        in_range = one.encode() >= prefix.encode() and (end is None or one.encode() < str(end).encode())
        assert in_range == one.startswith(prefix)


def test_a_key_past_the_columns_is_looked_up_in_the_rest() -> None:
    condition, parameters = where(Selection(filters=(Filter("late", (1,)),)), FULL)
    assert condition.startswith("(CASE json_type(rest, ?1)")
    assert parameters == ('$."late"', 1)
    assert where(Selection(filters=(Filter("late", (1,)),)))[0] == "(NULL IN (?1))"


@pytest.mark.parametrize(
    ("field", "facts", "expressions"),
    [
        ("size", {Fact.SUM}, "0, 0, 0, sum(c1), NULL, NULL, NULL"),
        ("share_of", {Fact.SUM, Fact.VALUES}, "count(c2), 0, 0, 0, sum(c2), NULL, NULL"),
        ("size", {Fact.EXTREMES}, "0, 0, 0, 0, NULL, min(c1), max(c1)"),
        ("kind", {Fact.VALUES}, "count(c0), 0, 0, 0, NULL, NULL, NULL"),
        ("kind", {Fact.SUM, Fact.EXTREMES}, "0, count(c0), 0, 0, NULL, NULL, NULL"),
        ("unknown", set(Fact), "0, 0, 0, 0, NULL, NULL, NULL"),
        ("mixed", {Fact.DISTINCT}, "0, 0, 0, 0, NULL, NULL, NULL"),
    ],
)
def test_only_what_is_asked_for_is_computed(field: str, facts: set[Fact], expressions: str) -> None:
    grouping = Grouping(collected=(Collected(field, frozenset(facts)),))
    text = sql.fold(TABLE, EVERYTHING, grouping, 5).text
    assert text == f"SELECT count(*), {expressions} FROM t7 HAVING count(*) > 0 LIMIT ?1"


def test_groups_hold_what_has_all_keys_and_a_time() -> None:
    grouping = Grouping(("kind", "size"), Period.WEEK)
    assert sql.fold(TABLE, EVERYTHING, grouping, 5) == Statement(
        "SELECT at / 604800000000, c0, c1, count(*) FROM t7"
        " WHERE at > -1 AND c0 IS NOT NULL AND c1 IS NOT NULL GROUP BY 1, 2, 3 HAVING count(*) > 0 LIMIT ?1",
        (5,),
    )


@given(st.datetimes(timezones=st.just(EPOCH.tzinfo)), st.sampled_from(Period))
def test_the_arithmetic_of_periods_is_the_calendar(instant: object, period: Period) -> None:
    # the same operators on whole numbers that aren't negative, in Python
    expression = sql.period_index(period).replace("/", "//")
    microseconds = (instant - EPOCH) // (at("2020-01-01T00:00:00.000001") - at("2020-01-01"))  # type: ignore[operator]
    assert eval(expression, {"at": microseconds}) == period.index(instant)  # type: ignore[arg-type]
