from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.data_set import DataSet
from backdrop.core.records import prepare
from backdrop.storage.protocol import Receipt
from backdrop.write import record_ids

NOW = datetime(2026, 7, 1, tzinfo=UTC)
DATA_SET = DataSet("g_t", "g", "t")
TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=5)


def receipt(key: str = "key", fingerprint: str = "print", expires: datetime = NOW) -> Receipt:
    return Receipt(key, fingerprint, expires)


def made(data_set: str, mark: Receipt, count: int = 3) -> list[str]:
    make_id = record_ids.of_receipt(data_set, mark)
    return [make_id(place) for place in range(count)]


def test_the_same_request_has_the_same_ids_whenever_it_comes() -> None:
    assert made("a", receipt()) == made("a", receipt(expires=NOW.replace(year=2030)))


@given(st.tuples(TEXT, TEXT, TEXT), st.tuples(TEXT, TEXT, TEXT))
def test_other_requests_have_other_ids(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    some, others = (made(name, receipt(key, print_)) for name, key, print_ in (one, other))
    assert (set(some) & set(others) != set()) == (one == other)


def test_the_ids_follow_the_places() -> None:
    ids = made("a", receipt(), 100_001)
    assert ids == sorted(set(ids))
    assert len({id_[:32] for id_ in ids}) == 1


def test_a_record_keeps_its_id_if_another_gets_one_of_its_own() -> None:
    make_id = record_ids.of_receipt("g_t", receipt())
    items = [{"aa": 1}, {"_id": "mine"}, {"aa": 2}]
    assert [one["_id"] for one in prepare(items, DATA_SET, NOW, make_id)] == [make_id(0), "mine", make_id(2)]


@pytest.mark.parametrize(
    ("items", "auto_ids", "mark", "fresh"),
    [
        ([{"aa": 1}, {"aa": 1}], (), None, True),
        ([], (), None, True),
        ([{"aa": 1}, {"_id": "a"}], (), None, False),
        ([{"aa": 1}], ("aa",), None, False),
        ([{"aa": 1}], (), receipt(), False),
    ],
)
def test_only_ids_that_are_nobodys_are_fresh(
    items: list[object], auto_ids: tuple[str, ...], mark: Receipt | None, *, fresh: bool
) -> None:
    assert record_ids.are_fresh(items, DataSet("g_t", "g", "t", auto_ids=auto_ids), mark) is fresh
