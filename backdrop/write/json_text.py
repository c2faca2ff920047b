"""JSON and NDJSON, strictly: what two readers could take for different things is refused."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

from backdrop.core.quoting import shown


class NotParseable(ValueError):
    """Text that can't be read; says where, and what is wrong."""


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
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.isspace():
            continue
        try:
            yield parse_json(line)
        except NotParseable as error:
            raise NotParseable(f"line {number} of the body: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object; of a key given twice, JSON does not say which value counts."""
    item = dict(pairs)
    if len(item) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise NotParseable(f"the key '{shown(twice)}' is given twice in one object")
    return item


def _no_json(name: str) -> NoReturn:
    raise NotParseable(f"{name} is not JSON; send null, or leave the key out")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_json)
