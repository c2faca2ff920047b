"""Partials are those of a fold in plain Python, whatever the records."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.errors import AnswerTooLarge
from backdrop.core.partials import Partial, key_of, merge
from backdrop.core.periods import EPOCH, Period
from backdrop.core.query import Collected, Fact, Filter, Grouping, Selection
from backdrop.core.values import Value
from backdrop.storage.protocol import Storage
from tests.contract.generating import GROUPINGS, INSTANTS, SELECTIONS, records, with_storage
from tests.contract.making import EVERYTHING, NOW, PLENTY, at, comparable, new_name, record, selected, write
from tests.unit.core.folding import fold

ALL = frozenset(Fact)


@given(given_records=records(), selection=SELECTIONS, grouping=GROUPINGS)
@with_storage
def test_partials_are_those_of_a_plain_fold(
    storage: Storage, given_records: list[dict[str, Value]], selection: Selection, grouping: Grouping
) -> None:
    name = new_name()
    storage.append(name, given_records, write())
    expected = fold(selected(given_records, selection), grouping)
    found = storage.fold(name, selection, grouping, PLENTY)
    assert comparable(found, grouping) == comparable(expected, grouping)
    assert len(found) == len(expected)


@given(given_records=records(), grouping=GROUPINGS, where=st.integers(0, 25))
@with_storage
def test_partials_of_two_parts_merge_to_those_of_the_whole(
    storage: Storage, given_records: list[dict[str, Value]], grouping: Grouping, where: int
) -> None:
    one, other, both = new_name(), new_name(), new_name()
    storage.append(one, given_records[:where], write())
    storage.append(other, given_records[where:], write())
    storage.append(both, given_records, write())
    parts = [partial for name in (one, other) for partial in storage.fold(name, EVERYTHING, grouping, PLENTY)]
    whole = storage.fold(both, EVERYTHING, grouping, PLENTY)
    assert comparable(merged(parts), grouping) == comparable(whole, grouping)


def merged(partials: Iterable[Partial]) -> list[Partial]:
    groups: dict[object, list[Partial]] = {}
    for partial in partials:
        groups.setdefault((partial.period, key_of(partial)), []).append(partial)
    return [reduce(lambda a, b: merge(a, b, a.period), group) for group in groups.values()]


@given(instants=st.lists(INSTANTS, min_size=1, max_size=40))
@with_storage
def test_periods_are_the_calendars(storage: Storage, instants: list[datetime]) -> None:
    name = new_name()
    storage.append(name, [record(f"{i}", instant) for i, instant in enumerate(instants)], write())
    for period in Period:
        found = storage.fold(name, EVERYTHING, Grouping(period=period), PLENTY)
        assert sorted(partial.period for partial in found) == sorted({period.index(i) for i in instants})


@pytest.mark.parametrize("period", Period)
def test_every_day_of_odd_years_is_in_its_period(storage: Storage, period: Period) -> None:
    """Leap days, years without one at the turn of three centuries of four, and both ends of time."""
    years = (1, 2, 3, 4, 100, 399, 400, 401, 1600, 1700, 1900, 2000, 2019, 2020, 9999)
    first = [at(f"{year:04}-01-01") for year in years]
    instants = [
        moment
        for start in first
        for day in range(366)
        for moment in (
            EPOCH + (start - EPOCH) + day * (at("2000-01-02") - at("2000-01-01"))
            if start.year < 9999 or day < 365
            else start,
        )
    ]
    last = at("9999-12-31T23:59:59.999")
    storage.append("days", [record(f"{i:05}", one) for i, one in enumerate([*instants, last])], write())
    expected = fold(storage.find("days", EVERYTHING, None, 0), Grouping(period=period))
    found = storage.fold("days", EVERYTHING, Grouping(period=period), PLENTY)
    assert comparable(found, Grouping()) == comparable(expected, Grouping())


def total(storage: Storage, name: str, field: str, *facts: Fact) -> Partial:
    [partial] = storage.fold(
        name, EVERYTHING, Grouping(collected=(Collected(field, frozenset(facts)),)), PLENTY
    )
    return partial


@pytest.mark.parametrize(
    "values",
    [
        [2**63 - 1] * 5,
        [-(2**63)] * 5,
        [2**63 - 1, 1, -5],
        [2**63 - 1, -(2**63), 2**63 - 1, True, True],
        [2**62, True, 2**62],
        [-1, -1, -(2**63), 0.5, False],
        [2**53 + 1, 1, 0.125, "text"],
    ],
)
def test_sums_of_integers_are_exact_past_64_bits(storage: Storage, values: list[Value]) -> None:
    storage.append("things", [record(str(i), size=value) for i, value in enumerate(values)], write())
    folded = total(storage, "things", "size", Fact.SUM, Fact.VALUES).folds["size"]
    assert folded.whole == sum(value for value in values if isinstance(value, int))
    assert folded.fraction == next((value for value in values if isinstance(value, float)), None)
    assert folded.texts == sum(isinstance(value, str) for value in values)
    assert folded.values == len(values)


def test_a_sum_of_integers_is_an_integer_and_of_floats_a_float(storage: Storage) -> None:
    given_records = [
        record("a", size=2, share_of=2.0),
        record("b", size=3, share_of=3.0),
        record("c", size=None),
    ]
    storage.append("things", given_records, write())
    size, share = (total(storage, "things", f, Fact.SUM).folds[f] for f in ("size", "share_of"))
    assert (repr(size.whole), size.fraction) == ("5", None)
    assert (share.whole, repr(share.fraction)) == (0, "5.0")


def test_extremes_are_of_numbers_and_booleans(storage: Storage) -> None:
    values: list[Value] = ["9", True, None, -3, 0.5, "", 2**63 - 1]
    storage.append("things", [record(str(i), size=v, kind="x") for i, v in enumerate(values)], write())
    size = total(storage, "things", "size", Fact.EXTREMES).folds["size"]
    assert (size.minimum, size.maximum, size.texts) == (-3, 2**63 - 1, 2)
    kind = total(storage, "things", "kind", Fact.EXTREMES).folds["kind"]
    assert (kind.minimum, kind.maximum, kind.texts) == (None, None, len(values))


def test_equal_numbers_are_one_key_and_look_alikes_are_not(storage: Storage) -> None:
    values: list[Value] = [1, 1.0, True, "1", "true", 0, -0.0, False, None, 2**53, 2.0**53, 2**53 + 1]
    given_records = [record(str(i), kind=value) for i, value in enumerate(values)]
    storage.append("things", [*given_records, record("missing")], write())
    grouping = Grouping(("kind",), None, (Collected("kind", ALL),))
    found = storage.fold("things", EVERYTHING, grouping, PLENTY)
    assert comparable(found, grouping) == comparable(fold(given_records, grouping), grouping)
    assert len(found) == 8


def test_keys_may_be_internal_fields_and_keys_without_columns(storage: Storage) -> None:
    filler = record("filler", **{f"key_{i}": i for i in range(2500)})
    others = [record(str(i), at(f"2020-01-0{i + 1}"), late_key=i % 2 == 0, size=i) for i in range(4)]
    storage.append("things", [filler, *others], write())
    for keys in (
        ("late_key",),
        ("_timestamp",),
        ("_id",),
        ("_updated_at",),
        ("late_key", "_timestamp"),
        ("key_2499",),
    ):
        grouping = Grouping(keys, Period.MONTH, (Collected("late_key", ALL), Collected("size", ALL)))
        found = storage.fold("things", EVERYTHING, grouping, PLENTY)
        assert comparable(found, grouping) == comparable(fold([filler, *others], grouping), grouping)
        without = Grouping(keys, None, grouping.collected)
        found = storage.fold("things", EVERYTHING, without, PLENTY)
        assert comparable(found, without) == comparable(fold([filler, *others], without), without)


def test_instants_are_counted_but_are_no_numbers(storage: Storage) -> None:
    storage.append("things", [record("a", at("2020-01-01")), record("b")], write())
    grouping = Grouping(("_updated_at",), None, (Collected("_timestamp", ALL),))
    [partial] = storage.fold("things", EVERYTHING, grouping, PLENTY)
    known = partial.folds["_timestamp"]
    assert partial.key == (NOW,)
    assert (known.values, known.texts, known.whole, known.fraction) == (1, 0, 0, None)
    assert (known.minimum, known.maximum, known.distinct) == (None, None, (at("2020-01-01"),))


def test_no_records_make_no_partials(storage: Storage) -> None:
    groupings = [Grouping(), Grouping(("kind",)), Grouping(period=Period.YEAR), Grouping(("nowhere",))]
    for grouping in groupings:
        assert storage.fold("nothing", EVERYTHING, grouping, PLENTY) == []
    storage.append("things", [record("a", size=1)], write())
    for grouping in groupings[1:]:
        assert storage.fold("things", EVERYTHING, grouping, PLENTY) == []
    none = Selection(filters=(Filter("size", (2,)),))
    assert storage.fold("things", none, Grouping(collected=(Collected("size", ALL),)), PLENTY) == []


def test_a_field_that_no_record_has_folds_to_nothing(storage: Storage) -> None:
    storage.append("things", [record("a", size=1)], write())
    folded = total(storage, "things", "nowhere", *Fact).folds["nowhere"]
    assert (folded.values, folded.texts, folded.whole, folded.fraction) == (0, 0, 0, None)
    assert (folded.minimum, folded.maximum, folded.distinct) == (None, None, ())


def test_more_partials_than_allowed_are_refused(storage: Storage) -> None:
    storage.append("things", [record(str(i), kind=i) for i in range(10)], write())
    assert len(storage.fold("things", EVERYTHING, Grouping(("kind",)), 10)) == 10
    with pytest.raises(AnswerTooLarge, match="more than 9 rows"):
        storage.fold("things", EVERYTHING, Grouping(("kind",)), 9)


def test_more_distinct_values_than_allowed_are_refused(storage: Storage) -> None:
    storage.append("things", [record(str(i), kind=i, size=-i) for i in range(10)], write())
    kinds = Collected("kind", frozenset({Fact.DISTINCT}))
    sizes = Collected("size", frozenset({Fact.DISTINCT}))
    [partial] = storage.fold("things", EVERYTHING, Grouping(collected=(kinds, sizes)), 20)
    assert len(partial.folds["kind"].distinct) == 10
    for collected, at_most in (((kinds,), 9), ((kinds, sizes), 19)):
        with pytest.raises(AnswerTooLarge):
            storage.fold("things", EVERYTHING, Grouping(collected=collected), at_most)


def test_hundreds_of_fields_are_folded_at_once(storage: Storage) -> None:
    name = new_name()
    fields = [f"field_{i}" for i in range(700)]
    given_records = [
        record("a", channel="web", **dict.fromkeys(fields, 2)),
        record("b", channel="web", **dict.fromkeys(fields[::2], 0.5)),
        record("c", channel="paper", field_0=True),
    ]
    storage.append(name, given_records, write())
    grouping = Grouping(keys=("channel",), collected=tuple(Collected(field, ALL) for field in fields))
    found = storage.fold(name, EVERYTHING, grouping, PLENTY)
    assert comparable(found, grouping) == comparable(fold(given_records, grouping), grouping)
