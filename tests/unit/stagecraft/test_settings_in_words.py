"""Settings for people who may look at them and not change them."""

from __future__ import annotations

import pytest

from stagecraft.admin_site.fields import BYTES, SECONDS
from stagecraft.admin_site.settings_in_words import Setting, amount, of_data_set, of_transform

PLAIN = {
    "published": True,
    "queryable": True,
    "raw_queries_allowed": False,
    "realtime": False,
    "max_age_expected": None,
    "capped_size": None,
    "auto_ids": [],
    "upload_format": "",
    "upload_filters": [],
}
LABELS = {name: name.upper() for name in PLAIN}


@pytest.mark.parametrize(
    ("value", "units", "says"),
    [
        (86400, SECONDS, "1 day"),
        (129600, SECONDS, "36 hours"),
        (61, SECONDS, "61 seconds"),
        (0, SECONDS, "0 days"),
        (2_000_000, BYTES, "2 MB"),
        (1, BYTES, "1 byte"),
    ],
)
def test_amounts(value: int, units: dict[str, int], says: str) -> None:
    assert amount(value, units) == says


def test_what_is_not_set_is_said_in_words() -> None:
    who, kept = of_data_set(LABELS, PLAIN)
    assert [each.value for each in who.settings] == ["Yes", "Yes", "No", "No"]
    assert [each.value for each in kept.settings] == ["not expected", "all of them", "never"]


def test_what_is_set_is_what_it_is() -> None:
    values = {**PLAIN, "max_age_expected": 3600, "auto_ids": ["a", "b"], "upload_filters": ["x.y"]}
    _, kept, uploads = of_data_set(LABELS, values)
    assert kept.settings[0].value == "1 hour"
    assert kept.settings[2] == Setting("AUTO_IDS", "a\nb", is_code=True)
    assert uploads.settings == (Setting("UPLOAD_FILTERS", "x.y", is_code=True),)


def test_a_transform() -> None:
    labels = {key: key for key in ("period", "group_by", "collect", "filter_by", "more", "type", "options")}
    query = {"period": "week", "group_by": "kind", "collect": ["a:sum", "b:sum"], "limit": 3, "sort_by": None}
    asked, computed = of_transform(labels, query, {"a": 1}, "rate")
    assert [(each.label, each.value) for each in asked.settings] == [
        ("period", "week"),
        ("group_by", "kind"),
        ("collect", "a:sum\nb:sum"),
        ("more", '{\n  "limit": 3\n}'),
    ]
    assert [each.value for each in computed.settings] == ["rate", '{\n  "a": 1\n}']
    assert of_transform(labels, {}, {}, "rate")[0].settings == (Setting("Records", "all, one by one"),)
