"""Which records of its output a run has to take back: those that it would have made of a period, and didn't.

Their ids follow from period and name, so no record of others is ever meant, and the output is only asked which of
them can be there: by counts, which a data set without raw queries answers too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import quote_plus

from backdrop.core.instants import render_instant
from backdrop.core.names import is_internal_field, is_valid_field
from backdrop.transformers.definition import Row
from backdrop.transformers.output import with_additional_fields
from backdrop.transformers.per_period import PerPeriod, identity
from backdrop.transformers.window import Question, Stretch, question

MOST_IDS = 10_000
"""For one question to the output: bounds the rows of its answer."""

MOST_FILTER_CHARACTERS = 1500
"""For the filters of one kind in a query; servers take a request line of about 4,000."""

Identity = tuple[str, str | None]
"""`_start_at` and name of a record."""


@dataclass(frozen=True, slots=True)
class Search:
    """A question to the output, and the ids to take back where it has records of the same period and name."""

    question: Question
    attribute: str | None
    ids: Mapping[Identity, str]

    def found(self, answer: Sequence[Row]) -> list[str]:
        """The ids of the records that may be there."""
        counted = [row for row in self.question.rows(answer) if row["_count"]]
        known = [(row["_start_at"], row[self.attribute] if self.attribute else None) for row in counted]
        return [self.ids[one] for one in known if one in self.ids]


def searches(
    per_period: PerPeriod,
    stretch: Stretch,
    options: Mapping[str, Any],
    made: Collection[str],
    *,
    raw_queries_allowed: bool,
) -> Iterator[Search]:
    """What to ask the output about these periods, a part of them at a time; nothing about those whose every
    record is in `made`, the ids of what the run made. `options` are the transform's, `raw_queries_allowed` the
    output's."""
    fields = _filters(_told_by(options, per_period))
    names = _filters((str(per_period.attribute), name) for name in per_period.names)
    query = {
        "period": stretch.period.value,
        "group_by": [per_period.attribute] if per_period.attribute else [],
        "filter_by": [*fields, *names],
    }
    for part in _parts(stretch, len(per_period.kinds)):
        wanted = _ids(per_period, part, options)
        missing = {one: record_id for one, record_id in wanted.items() if record_id not in made}
        if missing:
            asked = question(
                query, *_ends(part), part.start(part.end), raw_queries_allowed=raw_queries_allowed
            )
            assert asked is not None, "these periods are over"
            yield Search(asked, per_period.attribute, missing)


def _parts(stretch: Stretch, kinds: int) -> Iterator[Stretch]:
    step = max(MOST_IDS // max(kinds, 1), 1)
    for first in range(stretch.first, stretch.end, step):
        yield Stretch(stretch.period, first, min(first + step, stretch.end))


def _ids(per_period: PerPeriod, part: Stretch, options: Mapping[str, Any]) -> dict[Identity, str]:
    """The id of every record that there could be."""
    starts = [render_instant(part.start(index)) for index in range(part.first, part.end + 1)]
    spans = pairwise(starts)
    wanted = [(start, end, kind) for start, end in spans for kind in per_period.kinds]
    records = with_additional_fields([identity(*one) for one in wanted], options)
    return {
        (start, kind): str(record["_id"]) for (start, _, kind), record in zip(wanted, records, strict=True)
    }


def _ends(part: Stretch) -> tuple[datetime, datetime]:
    """An instant of the first period and one of the last."""
    return part.start(part.first), part.start(part.end - 1)


def _told_by(options: Mapping[str, Any], per_period: PerPeriod) -> Iterator[tuple[str, str]]:
    """The additional fields by which an output that several transforms share can be asked for this one's."""
    for key, value in (options.get("additionalFields") or {}).items():
        is_plain = is_valid_field(key) and not is_internal_field(key)
        if is_plain and key not in per_period.keys and isinstance(value, str) and value:
            yield key, value


def _filters(wanted: Iterable[tuple[str, str]]) -> list[str]:
    """As `filter_by` has them; none where they would make a URL too long: ids decide, filters only spare work."""
    filters = [f"{key}:{value}" for key, value in wanted]
    size = sum(len("&filter_by=") + len(quote_plus(text)) for text in filters)
    return filters if size <= MOST_FILTER_CHARACTERS else []
