from __future__ import annotations

import json

import pytest

from backdrop.web.logging import brief_exception


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


def test_lines_without_an_exception_are_left_as_they_are() -> None:
    assert brief_exception(None, "info", {"event": "request"}) == {"event": "request"}
