from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from backdrop.web.logging import brief_exception, configure_logging


def failing(token: str) -> None:
    json.loads("{" + token)


def test_an_exception_is_logged_as_its_type_and_place_and_nothing_that_was_sent() -> None:
    with pytest.raises(ValueError, match="Expecting") as caught:
        failing("secret-token")
    event = brief_exception(None, "error", {"event": "unexpected error", "exc_info": caught.value})
    assert event["kind"] == "JSONDecodeError"
    assert "decoder.py:" in event["at"]
    assert "secret-token" not in repr(event)
    assert "exc_info" not in event


@contextmanager
def configured(*, for_machines: bool) -> Iterator[None]:
    """Logging as an app sets it up, and afterwards as it was."""
    loggers = logging.getLogger()
    before = loggers.handlers[:], loggers.level
    try:
        configure_logging("INFO", for_machines=for_machines)
        yield
    finally:
        logging.captureWarnings(False)
        loggers.handlers = before[0]
        loggers.setLevel(before[1])
        structlog.reset_defaults()


@pytest.mark.parametrize("for_machines", [True, False])
def test_the_log_of_an_unexpected_error_has_one_line_with_its_kind_and_place(
    for_machines: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with configured(for_machines=for_machines):
        for log in (structlog.get_logger("ours"), logging.getLogger("a library's")):
            try:
                failing("secret-token")
            except ValueError:
                log.exception("unexpected error")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    for line in lines:
        assert "JSONDecodeError" in line
        assert "decoder.py:" in line
        assert "secret-token" not in line


def test_a_warning_of_a_library_is_a_line_like_any_other(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings(), configured(for_machines=True):
        warnings.simplefilter("always")
        warnings.warn("you are running the worker as root", RuntimeWarning, stacklevel=1)
    (line,) = capsys.readouterr().err.splitlines()
    logged = json.loads(line)
    assert (logged["level"], logged["logger"]) == ("warning", "py.warnings")
    assert "RuntimeWarning: you are running the worker as root" in logged["event"]


def test_lines_without_an_exception_are_left_as_they_are() -> None:
    assert brief_exception(None, "info", {"event": "request"}) == {"event": "request"}
