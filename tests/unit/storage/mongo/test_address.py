from __future__ import annotations

from backdrop.storage.mongo.address import parse_address


def test_the_database_is_that_of_the_url_or_ours() -> None:
    assert parse_address("mongodb://host/things").database == "things"
    assert parse_address("mongodb://host").database == "backdrop"
    assert parse_address("mongodb+srv://host.example/things?readPreference=nearest").database == "things"


def test_what_is_acknowledged_stays_whatever_the_url_says() -> None:
    options = parse_address("mongodb://host/x?w=0&journal=false&retryWrites=false").options
    assert (options["w"], options["journal"], options["retryWrites"]) == ("majority", True, True)


def test_waiting_is_short_unless_the_url_says_otherwise() -> None:
    assert parse_address("mongodb://host/x").options["serverSelectionTimeoutMS"] == 5000
    assert (
        "serverSelectionTimeoutMS" not in parse_address("mongodb://host/x?serverSelectionTimeoutMS=9").options
    )
    assert "connectTimeoutMS" not in parse_address("mongodb://host/x?connecttimeoutms=9").options


def test_an_address_shows_no_password() -> None:
    assert "hunter2" not in repr(parse_address("mongodb://user:hunter2@host/x"))
