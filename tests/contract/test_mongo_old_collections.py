"""Collections that others have written: the first Backdrop's records, and values that Backdrop never stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

import pytest
from bson import ObjectId
from bson.code import Code
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.max_key import MaxKey
from bson.regex import Regex
from bson.timestamp import Timestamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.collection import Collection

from backdrop.core.periods import Period
from backdrop.core.query import Collected, Fact, Filter, Grouping, PrefixFilter, Selection, Sort
from backdrop.core.values import Value
from backdrop.storage.mongo.reading import Experience, find, fold
from backdrop.web.answers import to_json
from tests.contract.generating import GROUPINGS, SELECTIONS, records
from tests.contract.making import EVERYTHING, PLENTY, at, comparable, exactly, in_order, selected
from tests.servers.mongodb import Mongod
from tests.unit.core.folding import fold as plain_fold

ALL = frozenset(Fact)
HEX = "50ab6cdef012345678901234"


@pytest.fixture
def documents(mongod: Mongod) -> Iterator[Collection[Any]]:
    with mongod.client() as client:
        collection = client["old_collections"]["things"]
        collection.drop()
        yield collection


def starts(timestamp: datetime, *kinds: Period) -> Mapping[str, datetime]:
    return {f"_{kind.value}_start_at": kind.start(kind.index(timestamp)) for kind in kinds}


LAYOUTS: tuple[tuple[Period, ...], ...] = ((), (Period.DAY,), tuple(Period))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # each example begins with an empty collection
@given(
    given_records=records(),
    selection=SELECTIONS,
    grouping=GROUPINGS,
    layouts=st.lists(st.sampled_from(LAYOUTS), min_size=1, max_size=5),
)
def test_records_with_and_without_stored_starts_fold_alike(
    documents: Collection[Any],
    given_records: list[dict[str, Value]],
    selection: Selection,
    grouping: Grouping,
    layouts: list[tuple[Period, ...]],
) -> None:
    documents.delete_many({})
    for one, layout in zip(given_records, cycle(layouts), strict=False):
        timestamp = one.get("_timestamp")
        documents.insert_one(
            {**one, **(starts(timestamp, *layout) if isinstance(timestamp, datetime) else {})}
        )
    expected = comparable(plain_fold(selected(given_records, selection), grouping), grouping)
    experience = Experience()
    for _ in range(2):
        found = fold(documents, None, selection, grouping, PLENTY, experience)
        assert comparable(found, grouping) == expected
    assert exactly(find(documents, None, selection, None, 0)) == exactly(
        in_order(selected(given_records, selection), None)
    )


FOREIGN = [
    *(Decimal128("3"), Decimal128("0.25"), Decimal128("NaN"), float("nan"), float("inf"), Int64(2**62)),
    *({"a": 1}, [1, 2], [], at("2020-01-01"), ObjectId(HEX), HEX, b"abc"),
    *(Regex("a"), Timestamp(1, 1), Code("x"), MaxKey(), 1, 2.5, True, None, "x"),
]


def test_any_type_of_values_can_be_shown_and_folded(documents: Collection[Any]) -> None:
    for i, value in enumerate(FOREIGN):
        when = at("2020-01-01") + timedelta(days=i * 9) if i else "never"
        documents.insert_one({"kind": value, "size": value, "_timestamp": when})
    assert to_json(find(documents, None, EVERYTHING, Sort("kind"), 0))
    for keys in ((), ("kind",)):
        for period in (None, *Period):
            grouping = Grouping(keys, period, (Collected("size", ALL), Collected("_id", ALL)))
            found = fold(documents, None, EVERYTHING, grouping, PLENTY)
            identities = {(partial.period, *map(repr, partial.key)) for partial in found}
            assert len(identities) == len(found)
            left_out = (period is not None) + (keys != ())
            assert sum(partial.count for partial in found) == len(FOREIGN) - left_out


def test_only_numbers_and_booleans_count_as_numbers(documents: Collection[Any]) -> None:
    finite = [value for value in FOREIGN if not isinstance(value, float) and value != Decimal128("NaN")]
    documents.insert_many([{"size": value} for value in [*finite, 2.5]])
    grouping = Grouping(collected=(Collected("size", ALL - {Fact.DISTINCT}),))
    [partial] = fold(documents, None, EVERYTHING, grouping, PLENTY)
    size = partial.folds["size"]
    assert (size.values, size.texts) == (len(finite), 2)
    assert (size.whole, size.fraction) == (2**62 + 2, 3 + 0.25 + 2.5)
    assert (size.minimum, size.maximum) == (0.25, 2**62)


def test_object_ids_are_their_digits_everywhere(documents: Collection[Any]) -> None:
    documents.insert_many([{"_id": ObjectId(HEX), "_day_start_at": at("2020-01-01")}, {"_id": "50ab"}])

    def ids(selection: Selection) -> set[Value]:
        return {one["_id"] for one in find(documents, None, selection, None, 0)}

    assert ids(Selection(filters=(Filter("_id", (HEX,)),))) == {HEX}
    assert ids(Selection(prefixes=(PrefixFilter("_id", ("50ab",)),))) == {HEX, "50ab"}
    assert ids(Selection(prefixes=(PrefixFilter("_id", ("50ab6",)),))) == {HEX}
    assert ids(Selection(filters=(Filter("_day_start_at", (None,)),))) == {HEX, "50ab"}
