"""Deleting: refused while something uses it, naming what does, and a data set's data goes with it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Model, Q

from stagecraft import data_api
from stagecraft.api.errors import Fault, conflict, in_a_line, unavailable
from stagecraft.checked import changing
from stagecraft.dashboards.models import Module
from stagecraft.datasets.dropping_again import drop_after_deletion
from stagecraft.datasets.due_drops import drop_later
from stagecraft.datasets.models import DataGroup, DataSet, DataType
from stagecraft.datasets.queries import data_set_named
from stagecraft.transforms.built_in import is_built_in
from stagecraft.transforms.models import Transform, TransformType
from stagecraft.transforms.queries import TOGETHER

MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Use(Fault):
    """A fault for what uses a thing: `by` is that, `does` says how it uses it."""

    by: Model | None = None
    does: str = ""


def delete_data_set(name: str, check: Callable[[DataSet], None] = lambda data_set: None) -> None:
    """Delete a data set here and drop its data in Backdrop: both, or on any error neither here.

    `check` may refuse what is there. Raises a 404, a 409 that names what uses it, and a 503 when
    Backdrop can't drop the data. Nobody changes anything meanwhile, so that nothing begins to use it.

    Until the config is gone here Backdrop takes records. What it took after the drop goes by a second one,
    after the transaction; when that fails it is made up for later (see due_drops), and this is done all the same.
    """
    with changing():
        data_set = data_set_named(name)
        check(data_set)
        refuse_if_used(data_set)
        data_set.delete()
        drop_later(name)
        # Last: what is dropped there doesn't come back when something fails here.
        try:
            data_api.drop(name)
        except data_api.NotDropped as refused:
            raise unavailable(f"{refused}, so the data set is kept: try again later") from None
        # Robust: nothing that goes wrong afterwards brings the data set back.
        transaction.on_commit(partial(drop_after_deletion, name), robust=True)


def delete_unused(thing: DataGroup | DataType | TransformType) -> None:
    """Delete it. Raises a 409 that names what uses it."""
    with changing():
        refuse_if_used(thing)
        thing.delete()


def refuse_if_used(thing: Any) -> None:
    """Raises a 409 that names what uses a data set, data group, data type or transform type."""
    found = uses(thing)
    if found:
        raise conflict(f"{thing} can't be deleted: {in_a_line(found)}", found)


def uses(thing: Any) -> list[Fault]:
    """What uses it, each with what it is as its key; the first ones, and how many more there are."""
    match thing:
        case DataSet():
            return _first([*_modules(thing), *_transforms_of(thing)])
        case DataGroup():
            transforms = _transforms(Q(input_group=thing) | Q(output_group=thing))
            return _first([*_data_sets(thing), *transforms])
        case DataType():
            transforms = _transforms(Q(input_type=thing) | Q(output_type=thing))
            return _first([*_data_sets(thing), *transforms])
        case TransformType():
            return _first([*_built_in(thing), *_transforms(Q(type=thing))])
    raise TypeError(type(thing))


def _modules(data_set: DataSet) -> Iterable[Fault]:
    found = Module.objects.filter(data_set=data_set).select_related("dashboard")
    return [Fault("dashboard", f"{each.dashboard.slug} shows it in its module {each.slug}") for each in found]


def _transforms_of(data_set: DataSet) -> Iterable[Fault]:
    """Those that name its group. One that reads a type in every group isn't about this data set."""
    group, data_type = data_set.data_group, data_set.data_type
    reads = Q(input_group=group, input_type=data_type)
    writes = Q(output_type=data_type) & (Q(output_group=group) | Q(output_group=None, input_group=group))
    return _transforms(reads | writes)


def _transforms(which: Q) -> Iterable[Fault]:
    found = Transform.objects.filter(which).select_related(*TOGETHER)
    return [Use("transform", f"{each.id} uses it ({each})", each, "uses it") for each in found]


def _data_sets(thing: DataGroup | DataType) -> Iterable[Fault]:
    return [Use("data set", f"{each.name} is of it", each, "is of it") for each in thing.data_sets.all()]


def _built_in(thing: TransformType) -> Iterable[Fault]:
    return [Fault(None, "it is built in, and comes with the worker")] if is_built_in(thing.id) else []


def _first(found: Sequence[Fault]) -> list[Fault]:
    listed = list(islice(found, MOST_NAMED))
    more = len(found) - len(listed)
    return [*listed, Fault(None, f"and {more} more")] if more else listed
