from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.partials import Fold, Partial, merge, merge_folds, over_periods
from backdrop.core.values import Scalar, sort_key
from tests.unit.core.folding import fold_values

# eighths add up exactly, so the law can be checked to the last digit
EIGHTHS = st.integers(-(2**40), 2**40).map(lambda n: n / 8)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), EIGHTHS, st.text(max_size=3))


def same(one: Fold, other: Fold) -> bool:
    def known(fold: Fold) -> tuple[object, ...]:
        numbers = (fold.values, fold.texts, fold.whole, fold.fraction, fold.minimum, fold.maximum)
        return (*numbers, sorted(sort_key(value) for value in fold.distinct))

    return known(one) == known(other)


@given(st.lists(SCALARS), st.lists(SCALARS))
def test_the_folds_of_two_parts_merge_to_the_fold_of_the_whole(
    one: list[Scalar], other: list[Scalar]
) -> None:
    assert same(merge_folds(fold_values(one), fold_values(other)), fold_values(one + other))


@given(st.lists(SCALARS), st.lists(SCALARS))
def test_it_does_not_matter_which_part_comes_first(one: list[Scalar], other: list[Scalar]) -> None:
    a, b = fold_values(one), fold_values(other)
    assert same(merge_folds(a, b), merge_folds(b, a))


@given(st.lists(SCALARS))
def test_nothing_merged_with_a_fold_changes_nothing(values: list[Scalar]) -> None:
    assert same(merge_folds(fold_values(values), Fold()), fold_values(values))


def test_a_sum_of_integers_stays_an_integer_beyond_64_bits() -> None:
    largest = Fold(whole=2**63 - 1)
    assert merge_folds(largest, largest).whole == 2**64 - 2


def test_a_group_over_its_periods_counts_the_records_of_all() -> None:
    january = Partial(0, ("paper",), 2, {"volume": Fold(values=2, whole=5)})
    march = Partial(2, ("paper",), 1, {"volume": Fold(values=1, whole=7)})
    total = over_periods([january, march])
    assert (total.key, total.count, total.folds["volume"].whole) == (("paper",), 3, 12)


def test_a_field_that_only_one_part_has_is_not_lost() -> None:
    merged = merge(Partial(None, (), 1, {"volume": Fold(whole=5)}), Partial(None, (), 1))
    assert merged.folds["volume"].whole == 5
