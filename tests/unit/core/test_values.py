from __future__ import annotations

from backdrop.core.values import as_number, plain, sort_key


def test_numbers_then_strings_then_booleans_and_nothing_before_all() -> None:
    mixed = [True, "b", 2, None, False, "B", -1.5, "10", 10]
    assert sorted(mixed, key=sort_key) == [None, -1.5, 2, 10, "10", "B", "b", False, True]


def test_one_and_one_point_nought_are_the_same_value_but_true_is_another() -> None:
    assert sort_key(1) == sort_key(1.0)
    assert sort_key(1) != sort_key(True)
    assert sort_key("true") != sort_key(True)


def test_large_integers_are_not_rounded_to_floats() -> None:
    assert sort_key(2**53 + 1) != sort_key(float(2**53))


def test_booleans_count_as_one_and_nought_and_text_does_not_count() -> None:
    assert [as_number(v) for v in (True, False, 3, 0.5, "3", None)] == [1, 0, 3, 0.5, None, None]


def test_equal_numbers_are_shown_in_one_spelling() -> None:
    numbers = (1, 1.0, -0.0, 0, 2.0**53, 1e300, 0.5, -(2.0**62))
    assert [repr(plain(value)) for value in numbers] == [
        *("1", "1", "0", "0", "9007199254740992", "1e+300", "0.5", "-4611686018427387904")
    ]
    assert [plain(value) for value in ("1.0", True, None)] == ["1.0", True, None]
