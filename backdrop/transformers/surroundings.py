"""What functions may ask for, asked of the config API and the read API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote_plus

from backdrop.config_api import ConfigApi
from backdrop.core.data_set import DataSet
from backdrop.transformers.client import DataApi
from backdrop.transformers.errors import Refused
from backdrop.transformers.reads import Dashboard
from backdrop.transformers.rows import instant_of

MOST_URL_CHARACTERS = 3000
"""For the ids in one query; servers take a request line of about 4,000."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The `Reads` of one run."""

    config: ConfigApi
    data: DataApi
    source: DataSet
    output: DataSet

    def dashboards(self) -> Sequence[Dashboard]:
        """The dashboards that show the input data set, published or not."""
        return self.config.dashboards(self.source.name)

    def service_dashboards(self, service_id: str) -> Sequence[Dashboard]:
        """The published dashboards of a transactions explorer service."""
        return self.config.service_dashboards(service_id)

    def held(self, record_ids: Sequence[str]) -> dict[str, datetime]:
        """The `_timestamp` of those of the records that the output holds, by id."""
        if record_ids and not self.output.raw_queries_allowed:
            raise Refused(
                f"the output data set '{self.output.name}' must allow raw queries: what it holds decides what"
                " is written"
            )
        found: dict[str, datetime] = {}
        for parameters in _queries(record_ids):
            answer = self.data.ask(self.output.data_group, self.output.data_type, parameters)
            assert answer is not None, "unchanged since nothing"
            found |= {row["_id"]: instant_of(row) for row in answer.rows}
        return found


def _queries(record_ids: Sequence[str]) -> Iterator[list[tuple[str, str]]]:
    size, batch = 0, list[tuple[str, str]]()
    for record_id in dict.fromkeys(record_ids):
        cost = len("&filter_by=") + len(quote_plus(f"_id:{record_id}"))
        if batch and size + cost > MOST_URL_CHARACTERS:
            yield batch
            size, batch = 0, []
        batch.append(("filter_by", f"_id:{record_id}"))
        size += cost
    if batch:
        yield batch
