"""The data sets at both ends of a transform, for its page to link to."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from stagecraft.datasets.models import DataSet
from stagecraft.transforms.models import Transform

# Of a transform that is for every group, which may be a thousand.
MOST = 5


@dataclass(frozen=True, slots=True)
class End:
    """A data set by group and type; `data_set` is None where it isn't made yet."""

    name: str
    data_set: DataSet | None


@dataclass(frozen=True, slots=True)
class Ends:
    """What a transform reads and writes, and how many more there are of each."""

    reads: tuple[End, ...]
    writes: tuple[End, ...]
    more_reads: int
    more_writes: int


def ends_of(transform: Transform) -> Ends:
    """At most four queries, however many data sets there are."""
    groups = transform.input_group
    reads = _of(Q(data_group=groups) if groups else Q(), transform.input_type_id)
    group = transform.output_group or groups
    if group:
        writes = _of(Q(data_group=group), transform.output_type_id)
    else:
        read = DataSet.objects.filter(data_type=transform.input_type_id)
        writes = _of(Q(data_group__in=read.values("data_group")), transform.output_type_id)
    read_ends, more_reads = _ends(reads, groups and f"{groups}/{transform.input_type}")
    write_ends, more_writes = _ends(writes, group and f"{group}/{transform.output_type}")
    return Ends(read_ends, write_ends, more_reads, more_writes)


def _of(groups: Q, data_type: int) -> "QuerySet[DataSet]":
    found = DataSet.objects.filter(groups, data_type=data_type)
    return found.select_related("data_group", "data_type").order_by("data_group__name")


def _ends(found: "QuerySet[DataSet]", name: str | None) -> tuple[tuple[End, ...], int]:
    """With a `name` there is one, made or not."""
    first = [End(f"{each.data_group}/{each.data_type}", each) for each in found[:MOST]]
    if name and not first:
        return (End(name, None),), 0
    return tuple(first), found.count() - MOST if len(first) == MOST else 0
