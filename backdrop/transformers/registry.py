"""Which functions there are. A name is looked up, never imported: whoever may write a transform's config may not
choose what code the worker loads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from inspect import signature
from typing import Any

from backdrop.core.errors import BackdropError
from backdrop.transformers.definition import Record, Row
from backdrop.transformers.errors import Refused
from backdrop.transformers.per_period import PerPeriod
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

ReadingCompute = Callable[[Sequence[Row], Mapping[str, Any], Mapping[str, Any], Reads], list[Record]]
"""Rows, the transform, the input's config (both as the config API writes them, without token), and what else may be
asked for, to records."""


@dataclass(frozen=True, slots=True)
class Function:
    """`keeps_newest`: it looks at more than its rows, at what the output holds, so what it writes depends on more
    than its own range. `per_period`: what it makes of each period, by the transform; None where that isn't known."""

    name: str
    compute: ReadingCompute
    keeps_newest: bool = False
    per_period: Callable[[Mapping[str, Any]], PerPeriod] | None = None


_BUILT_IN: Mapping[
    str, tuple[Callable[..., list[Record]], Callable[[Mapping[str, Any]], PerPeriod] | None]
] = {
    f"{BUILT_IN}.rate.compute": (rate.compute, rate.per_period),
    f"{BUILT_IN}.user_satisfaction.compute": (user_satisfaction.compute, user_satisfaction.per_period),
    f"{BUILT_IN}.mapping.compute": (mapping.compute, mapping.per_period),
    f"{BUILT_IN}.latest_dataset_value.compute": (latest_dataset_value.compute, None),
    f"{BUILT_IN}.latest_transaction_explorer_values.compute": (
        latest_transaction_explorer_values.compute,
        None,
    ),
}


def find_function(name: str) -> Function:
    """The function of that name: built in, or offered by an installed package under the entry-point group
    `backdrop.transforms`, whose entry's name it is. Raises Refused for any other, without importing anything."""
    if name in _BUILT_IN:
        compute, per_period = _BUILT_IN[name]
        return Function(name, _called(compute), _wants_reads(compute), per_period)
    for offered in entry_points(group=ENTRY_POINTS, name=name):
        function = _loaded(offered)
        return Function(name, _guarded(name, _called(function)), _wants_reads(function))
    raise Refused(
        f"there is no function '{name}': it is none of the built-in ones, and no installed package offers it under"
        f" the entry-point group {ENTRY_POINTS}"
    )


def _wants_reads(function: Callable[..., object]) -> bool:
    """A function takes three arguments; one that declares another, called `reads`, gets that too."""
    try:
        return "reads" in signature(function).parameters
    except (TypeError, ValueError):
        # not every callable that was written in C tells
        return False


def _called(function: Callable[..., Any]) -> ReadingCompute:
    if _wants_reads(function):
        return lambda rows, transform, config, reads: function(rows, transform, config, reads=reads)
    return lambda rows, transform, config, _reads: function(rows, transform, config)


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


def _guarded(name: str, function: ReadingCompute) -> ReadingCompute:
    """Another's function, whose failure is a reason to park and whose answer is looked at."""

    def compute(
        rows: Sequence[Row], transform: Mapping[str, Any], data_set_config: Mapping[str, Any], reads: Reads
    ) -> list[Record]:
        try:
            records = function(rows, transform, data_set_config, reads)
        except BackdropError:
            # of what it asked `reads` for: may be worth another try
            raise
        except Exception as error:
            # another's code may fail in any way
            raise Refused(f"function '{name}' failed: {type(error).__name__}: {error}") from error
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise Refused(f"function '{name}' must return a list of records (dicts)")
        return records

    return compute
