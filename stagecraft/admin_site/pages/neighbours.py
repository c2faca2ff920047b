"""The transforms in and out of a data set, as a drawing and as a list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from stagecraft.admin_site.drawing import Drawing, Step, draw
from stagecraft.admin_site.instants_in_words import what_waits
from stagecraft.datasets.models import DataGroup, DataSet, DataType
from stagecraft.transforms.models import Transform
from stagecraft.transforms.queries import reading, transforms


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A transform next to a data set. `url` is where it is set up; `data_set` what is at its other end, by
    group and type, and `data_set_url` its page, None where it isn't made yet or is many. `waits` says what of
    its periods isn't computed yet."""

    transform: str
    url: str
    data_set: str
    data_set_url: str | None
    waits: str


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What feeds a data set and what it feeds."""

    inputs: tuple[Neighbour, ...]
    outputs: tuple[Neighbour, ...]
    drawing: Drawing

    @property
    def writers(self) -> tuple[Neighbour, ...]:
        """Those that feed it, from data sets that there are."""
        return tuple(each for each in self.inputs if each.data_set_url)


def neighbours(data_set: DataSet, now: datetime) -> Neighbours:
    """Three queries, however many there are."""
    own = data_set.data_group
    inputs = [(each, each.input_group or own, each.input_type) for each in _writing(data_set)]
    outputs = [(each, each.output_group or own, each.output_type) for each in reading(data_set)]
    known = _pages((group, data_type) for _, group, data_type in [*inputs, *outputs])
    fed, feeds = (
        tuple(_neighbour(transform, group, data_type, known, now) for transform, group, data_type in ends)
        for ends in (inputs, outputs)
    )
    drawing = draw(_named(own, data_set.data_type), _steps(fed), _steps(feeds))
    return Neighbours(fed, feeds, drawing)


def _writing(data_set: DataSet) -> Iterable[Transform]:
    same_group = Q(output_group=None) & (Q(input_group=data_set.data_group) | Q(input_group=None))
    return transforms().filter(
        Q(output_group=data_set.data_group) | same_group, output_type=data_set.data_type
    )


def _pages(pairs: Iterable[tuple[DataGroup, DataType]]) -> dict[tuple[int, int], int]:
    wanted = {(group.pk, data_type.pk) for group, data_type in pairs}
    found = DataSet.objects.filter(
        data_group__in={group for group, _ in wanted}, data_type__in={data_type for _, data_type in wanted}
    )
    return {
        (group, data_type): pk
        for group, data_type, pk in found.values_list("data_group_id", "data_type_id", "pk")
    }


def _neighbour(
    transform: Transform,
    group: DataGroup,
    data_type: DataType,
    known: dict[tuple[int, int], int],
    now: datetime,
) -> Neighbour:
    pk = known.get((group.pk, data_type.pk))
    return Neighbour(
        transform=transform.type.name,
        url=reverse("admin:transforms_transform_change", args=[transform.pk]),
        data_set=_named(group, data_type),
        data_set_url=None if pk is None else reverse("admin:datasets_dataset_change", args=[pk]),
        waits=what_waits(str(transform.query_parameters.get("period") or ""), now),
    )


def _named(group: DataGroup, data_type: DataType) -> str:
    return f"{group.name}/{data_type.name}"


def _steps(found: Iterable[Neighbour]) -> list[Step]:
    return [Step(each.data_set, each.transform, each.data_set_url) for each in found]
