"""Transforms in a few words, so that alike ones can be told apart in a list: pure."""

import json
from collections.abc import Mapping
from typing import Any

LONGEST = 200
# The parameters that people think of first, in the order of the form, with the word that goes before each.
WORDS: Mapping[str, str] = {"period": "per", "group_by": "by", "collect": "", "filter_by": "only"}


def query_in_short(parameters: Mapping[str, Any]) -> str:
    """`per month, by channel, volume:sum, only kind:paper, sort_by _count:descending`"""
    known = [
        f"{word} {_plain(parameters[key])}".strip() for key, word in WORDS.items() if parameters.get(key)
    ]
    # What is null or an empty list is as good as left out.
    others = [
        f"{key} {_plain(value)}"
        for key, value in parameters.items()
        if key not in WORDS and value not in (None, [])
    ]
    return _short(", ".join([*known, *others])) or "all records"


def options_in_short(options: Mapping[str, Any]) -> str:
    """`numeratorMatcher ^done$, denominatorMatcher ^begun$`; empty where there are none."""
    return _short(", ".join(f"{key} {_plain(value)}" for key, value in options.items()))


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return " + ".join(value)
    return json.dumps(value, ensure_ascii=False)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
