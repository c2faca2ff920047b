"""Which functions there are. A name is looked up, never imported: whoever may write a transform's config may not
choose what code the worker loads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from backdrop.transformers.definition import Record, Row
from backdrop.transformers.errors import Refused
from backdrop.transformers.reads import Reads
from backdrop.transformers.tasks import (
    latest_dataset_value,
    latest_transaction_explorer_values,
    mapping,
    rate,
    user_satisfaction,
)

ENTRY_POINTS = "backdrop.transforms"
BUILT_IN = "backdrop.transformers.tasks"

PlainCompute = Callable[[Sequence[Row], Mapping[str, Any], Mapping[str, Any]], list[Record]]
"""Rows, the transform and the input's config (both as the config API writes them, without token) to records."""

ReadingCompute = Callable[[Sequence[Row], Mapping[str, Any], Mapping[str, Any], Reads], list[Record]]
"""One that needs more than its rows."""


@dataclass(frozen=True, slots=True)
class Function:
    """`keeps_newest`: it writes only what is newer than what the output holds, so what it writes depends on more
    than its own range."""

    name: str
    compute: ReadingCompute
    keeps_newest: bool = False


_PLAIN: Mapping[str, PlainCompute] = {
    f"{BUILT_IN}.rate.compute": rate.compute,
    f"{BUILT_IN}.user_satisfaction.compute": user_satisfaction.compute,
    f"{BUILT_IN}.mapping.compute": mapping.compute,
}
_READING: Mapping[str, ReadingCompute] = {
    f"{BUILT_IN}.latest_dataset_value.compute": latest_dataset_value.compute,
    f"{BUILT_IN}.latest_transaction_explorer_values.compute": latest_transaction_explorer_values.compute,
}


def find_function(name: str) -> Function:
    """The function of that name: built in, or offered by an installed package under the entry-point group
    `backdrop.transforms`, whose entry's name it is. Raises Refused for any other, without importing anything."""
    if name in _READING:
        return Function(name, _READING[name], keeps_newest=True)
    if name in _PLAIN:
        return Function(name, _without_reads(_PLAIN[name]))
    for offered in entry_points(group=ENTRY_POINTS, name=name):
        return Function(name, _without_reads(_guarded(name, _loaded(offered))))
    raise Refused(
        f"there is no function '{name}': it is none of the built-in ones, and no installed package offers it under"
        f" the entry-point group {ENTRY_POINTS}"
    )


def _without_reads(compute: PlainCompute) -> ReadingCompute:
    return lambda rows, transform, data_set_config, _reads: compute(rows, transform, data_set_config)


def _loaded(offered: EntryPoint) -> Callable[..., object]:
    where = f"function '{offered.name}' of the entry point {offered.value}"
    try:
        function = offered.load()
    except Exception as error:
        # another's package may fail to load in any way
        raise Refused(f"{where} can't be loaded: {type(error).__name__}: {error}") from error
    if not callable(function):
        raise Refused(f"{where} is not a function")
    loaded: Callable[..., object] = function
    return loaded


def _guarded(name: str, function: Callable[..., object]) -> PlainCompute:
    """Another's function, whose failure is a reason to park and whose answer is looked at."""

    def compute(
        rows: Sequence[Row], transform: Mapping[str, Any], data_set_config: Mapping[str, Any]
    ) -> list[Record]:
        try:
            records = function(rows, transform, data_set_config)
        except Exception as error:
            # another's code may fail in any way
            raise Refused(f"function '{name}' failed: {type(error).__name__}: {error}") from error
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise Refused(f"function '{name}' must return a list of records (dicts)")
        return records

    return compute
