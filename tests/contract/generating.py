"""Any records and any queries, for properties that hold of all of them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from backdrop.core.instants import whole_milliseconds
from backdrop.core.periods import Period
from backdrop.core.query import Collected, Fact, Filter, Grouping, PrefixFilter, Selection, Sort
from backdrop.core.values import Value
from tests.contract.making import NOW, at

with_storage = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
"""For properties that use the `storage` fixture: examples share it, each in a data set of its own."""

thorough = settings(with_storage, max_examples=100)
"""Where there is one engine, and no server to be asked."""


# Few and near one another, so that groups and ties come about; the fractions add up exactly.
WHOLES = st.one_of(st.integers(-3, 3), st.sampled_from([2**53, 2**53 + 1, 2**63 - 1, -(2**63)]))
FRACTIONS = st.integers(-40, 40).map(lambda eighths: eighths / 8)
TEXTS = st.one_of(
    st.sampled_from(["", "1", "1.0", "true", "a", "ab", "B", "\0", "a\0b", "\ud7ff", "\ue000", "\U0010ffff"]),
    st.text(max_size=3),
)
SCALARS = st.one_of(st.none(), st.booleans(), WHOLES, FRACTIONS, TEXTS)
INSTANTS = st.one_of(
    st.datetimes(datetime(2019, 11, 1), datetime(2020, 4, 1), timezones=st.just(UTC)).map(whole_milliseconds),
    st.datetimes(timezones=st.just(UTC)).map(whole_milliseconds),
    st.sampled_from([at("2020-02-29"), at("2020-01-01"), at("0001-01-01")]),
)
FIELDS = ("kind", "Kind", "size", "share_of", "open")


def records(values: st.SearchStrategy[Value] = SCALARS) -> st.SearchStrategy[list[dict[str, Value]]]:
    """Lists of records with different ids, each with some of FIELDS and perhaps a time."""
    keys = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, values) | {"_timestamp": INSTANTS})
    return st.lists(keys, max_size=25).map(
        lambda made: [
            {**keys, "_id": f"r{(i * 7) % 26:02}", "_updated_at": NOW} for i, keys in enumerate(made)
        ]
    )


FILTERS = st.builds(Filter, st.sampled_from(FIELDS), st.lists(SCALARS, max_size=3).map(tuple))
PREFIXES = st.builds(PrefixFilter, st.sampled_from(FIELDS), st.lists(TEXTS, max_size=2).map(tuple))
SELECTIONS = st.builds(
    Selection,
    start=st.one_of(st.none(), INSTANTS),
    end=st.one_of(st.none(), INSTANTS),
    inclusive=st.booleans(),
    filters=st.lists(FILTERS, max_size=2).map(tuple),
    prefixes=st.lists(PREFIXES, max_size=1).map(tuple),
)
SORTS = st.builds(
    Sort, st.sampled_from([*FIELDS, "_timestamp", "_id", "_updated_at", "nowhere"]), st.booleans()
)
COLLECTED = st.lists(
    st.builds(Collected, st.sampled_from([*FIELDS, "nowhere"]), st.frozensets(st.sampled_from(Fact))),
    max_size=3,
    unique_by=lambda collected: collected.field,
)
GROUPINGS = st.builds(
    Grouping,
    keys=st.lists(st.sampled_from(FIELDS), max_size=2, unique=True).map(tuple),
    period=st.one_of(st.none(), st.sampled_from(Period)),
    collected=COLLECTED.map(tuple),
)
