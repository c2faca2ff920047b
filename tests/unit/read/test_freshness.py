from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backdrop.core.data_set import DataSet
from backdrop.read.freshness import report, report_of_one

NOW = datetime(2014, 3, 1, tzinfo=UTC)
DAILY = [DataSet(name, "g", name, max_age_expected=86400) for name in ("sales", "visits", "calls")]


def test_all_in_date() -> None:
    assert report(DAILY, {"sales": NOW - timedelta(hours=23)}, NOW) == {
        "status": "ok",
        "data_sets": None,
        "message": "All data_sets are in date",
    }


def test_one_that_is_late_says_by_how_much() -> None:
    assert report(DAILY, {"sales": NOW - timedelta(days=1, seconds=90)}, NOW) == {
        "status": "not okay",
        "data_sets": [
            {
                "name": "sales",
                "seconds-out-of-date": 90,
                "last-updated": "2014-02-27T23:58:30+00:00",
                "max-age-expected": 86400,
            }
        ],
        "message": "1 data-set is out of date",
    }


def test_several_that_are_late_are_counted() -> None:
    old = {data_set.name: NOW - timedelta(days=9) for data_set in DAILY}
    assert report(DAILY, old, NOW)["message"] == "3 data-sets are out of date"


def test_any_age_will_do_where_none_is_expected() -> None:
    archive = DataSet("archive", "g", "archive", max_age_expected=None)
    assert report([archive], {"archive": NOW - timedelta(days=9999)}, NOW)["status"] == "ok"


def test_one_data_set_says_when_it_was_written_late_or_not() -> None:
    def one(last_write: datetime | None) -> tuple[object, object]:
        answer = report_of_one(DAILY[0], last_write, NOW)
        assert (answer["name"], answer["max-age-expected"]) == ("sales", 86400)
        return answer["last-updated"], answer["seconds-out-of-date"]

    assert one(None) == (None, None)
    assert one(NOW - timedelta(hours=1)) == ("2014-02-28T23:00:00+00:00", None)
    assert one(NOW - timedelta(days=1, seconds=90)) == ("2014-02-27T23:58:30+00:00", 90)
