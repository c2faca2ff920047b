"""The kinds of words that steps have places for, so that `"{path:Path}"` takes a path and no more."""

from __future__ import annotations

import json
from typing import Any

from behave import register_type
from parse import with_pattern


@with_pattern(r'[^"]*')
def text_between_quotes(text: str) -> str:
    return text


@with_pattern(r'/[^"]*')
def path(text: str) -> str:
    return text


@with_pattern(r"[a-z0-9-]+/[a-z0-9-]+")
def group_and_type(text: str) -> str:
    return text


@with_pattern(r"[A-Z]+")
def http_method(text: str) -> str:
    return text


@with_pattern(r"[a-z]+(?:-[a-z]+)*")
def role(text: str) -> str:
    return text


@with_pattern(r"\S.*")
def json_value(text: str) -> Any:
    return json.loads(text)


def register_words() -> None:
    """Makes the kinds known to behave; it has to be done before it reads the steps."""
    register_type(
        Text=text_between_quotes,
        Path=path,
        DataSet=group_and_type,
        Method=http_method,
        Role=role,
        Json=json_value,
    )
