"""Transforms in a few words."""

from stagecraft.admin_site.transform_words import LONGEST, options_in_short, query_in_short


def test_a_query_says_what_people_think_of_first_and_then_the_rest() -> None:
    asked = {
        "sort_by": "_count:descending",
        "filter_by": ["kind:paper"],
        "collect": ["volume:sum", "price:mean"],
        "group_by": "channel",
        "period": "month",
        "limit": 3,
    }
    assert query_in_short(asked) == (
        "per month, by channel, volume:sum + price:mean, only kind:paper, sort_by _count:descending, limit 3"
    )


def test_nothing_asked_is_everything_and_no_options_are_no_words() -> None:
    assert query_in_short({}) == "all records"
    assert query_in_short({"group_by": []}) == "all records"
    assert query_in_short({"limit": None, "filter_by_prefix": [], "flatten": False}) == "flatten false"
    assert options_in_short({}) == ""


def test_options_of_any_shape_are_words_of_a_bounded_length() -> None:
    assert (
        options_in_short({"a": "^x$", "b": {"c": [1, None]}, "d": True})
        == 'a ^x$, b {"c": [1, null]}, d true'
    )
    long = options_in_short({"mapping": {str(number): number for number in range(1000)}})
    assert (len(long), long[-1]) == (LONGEST, "…")
