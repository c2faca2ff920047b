"""What a log line may hold."""

from __future__ import annotations

import json
import logging
import logging.config

import pytest
from django.db import IntegrityError, OperationalError

from stagecraft.api.request_log import request_id
from stagecraft.logs import logging_config


@pytest.mark.parametrize("readable", [True, False])
def test_an_exception_is_a_line_without_its_message(
    readable: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    line = logged(ValueError("token hush"), readable, capsys)
    assert "ValueError" in line
    assert "test_logs.py" in line
    assert "hush" not in line
    assert "Traceback" not in line


def test_a_line_is_json_and_keeps_what_a_database_says(capsys: pytest.CaptureFixture[str]) -> None:
    line = json.loads(logged(OperationalError("no such table: users"), False, capsys))
    assert line["event"] == "it failed"
    assert line["level"] == "error"
    assert line["reason"] == "no such table: users"
    assert line["extra_value"] == 3
    assert "asked" not in json.dumps(line), "a query string"


def test_what_a_database_says_of_a_row_is_not_kept(capsys: pytest.CaptureFixture[str]) -> None:
    line = logged(IntegrityError("Failing row contains (1, hush)"), False, capsys)
    assert "IntegrityError" in line
    assert "hush" not in line
    line = logged(OperationalError("no connection\nto server hush"), False, capsys)
    assert json.loads(line)["reason"] == "no connection"


def logged(error: Exception, readable: bool, capsys: pytest.CaptureFixture[str]) -> str:
    """The line that one failure leaves, through the formatter as it is set up, on a logger of its own."""
    config = logging_config("INFO", readable=readable)
    formatter = config["formatters"]["lines"]
    handler = logging.StreamHandler()
    handler.setFormatter(
        formatter["()"](foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"])
    )
    log = logging.getLogger("stagecraft.test_logs")
    log.addHandler(handler)
    log.propagate = False
    try:
        raise error
    except type(error):
        log.exception("it failed", extra={"extra_value": 3, "request": "<GET '/data-sets?q=asked'>"})
    finally:
        log.removeHandler(handler)
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize("header", ["Govuk-Request-Id", "X-Request-Id"])
def test_a_request_keeps_its_id(header: str) -> None:
    assert request_id({header: "abc-1.2"}) == "abc-1.2"


def test_govuk_goes_first() -> None:
    assert request_id({"X-Request-Id": "x", "Govuk-Request-Id": "g"}) == "g"


@pytest.mark.parametrize("bad", ["", "a b", "a\nb", "é", "a" * 201])
def test_an_id_unfit_for_a_log_is_replaced(bad: str) -> None:
    made = request_id({"Govuk-Request-Id": bad})
    assert made != bad
    assert len(made) == 32
    assert made != request_id({})
