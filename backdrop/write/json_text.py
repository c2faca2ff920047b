"""JSON and NDJSON, strictly: what two readers could take for different things is refused."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from backdrop.core.quoting import shown

MOST_KEYS = 10_000
"""So many keys one object may have, and so many columns a table."""


class NotParseable(ValueError):
    """Text that can't be read; says where, and what is wrong."""


class Extent(NamedTuple):
    """How many objects beside each other, and how many values of any kind, a text holds at the most."""

    objects: int
    values: int


def rough_extent(text: str) -> Extent:
    """The extent of JSON or NDJSON, in no time: the punctuation inside strings is counted along."""
    objects = text.count("{")
    places = 1 + text.count(",") + text.count("\n")
    return Extent(min(objects, places), places + objects + text.count("["))


def exact_extent(text: str) -> Extent:
    """The extent of JSON or NDJSON, without what is inside strings."""
    return rough_extent(_STRING.sub("", text))


def parse_json(text: str) -> Any:
    """The one JSON value that the text is. Raises NotParseable."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotParseable(str(error)) from error
    except RecursionError as error:
        raise NotParseable("lists and objects are nested too deeply") from error
    except NotParseable:
        raise
    except ValueError as error:
        # the decoder's only other complaint; its text tells of Python's settings
        raise NotParseable("a number has too many digits") from error


def parse_ndjson(text: str) -> Iterator[Any]:
    """The JSON values of the lines that are not blank. Raises NotParseable, which names the line."""
    # a list of the lines could take far more than the text
    for match in _LINE.finditer(text):
        line = match[0]
        if line.isspace():
            continue
        try:
            yield parse_json(line)
        except NotParseable as error:
            number = 1 + text.count("\n", 0, match.start())
            raise NotParseable(f"line {number} of the body: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object; of a key given twice, JSON does not say which value counts."""
    if len(pairs) > MOST_KEYS:
        raise NotParseable(f"one object has {len(pairs)} keys; it may have {MOST_KEYS}")
    item = dict(pairs)
    if len(item) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise NotParseable(f"the key '{shown(twice)}' is given twice in one object")
    return item


def _no_json(name: str) -> NoReturn:
    raise NotParseable(f"{name} is not JSON; send null, or leave the key out")


_LINE = re.compile(r"[^\n]+")
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_json)
