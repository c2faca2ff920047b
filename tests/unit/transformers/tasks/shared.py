"""What the tests of the built-in functions share."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]

WEEK_1 = {"_start_at": "2013-01-07T00:00:00+00:00", "_end_at": "2013-01-14T00:00:00+00:00"}
WEEK_2 = {"_start_at": "2013-01-14T00:00:00+00:00", "_end_at": "2013-01-21T00:00:00+00:00"}
CONFIG = {"name": "g_t", "data_group": "g", "data_type": "t"}


def transform(**options: Any) -> Json:
    return {"id": "1", "options": options}


def readable(record_id: str) -> str:
    """What an id is made of."""
    return base64.urlsafe_b64decode(record_id).decode()


@dataclass
class Around:
    """The surroundings of a function, as plain data."""

    shown_on: Sequence[Json] = ()
    services: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    output: Mapping[str, datetime] = field(default_factory=dict)

    def dashboards(self) -> Sequence[Json]:
        return self.shown_on

    def service_dashboards(self, service_id: str) -> Sequence[Json]:
        return self.services.get(service_id, ())

    def held(self, record_ids: Sequence[str]) -> Mapping[str, datetime]:
        return {known: self.output[known] for known in record_ids if known in self.output}
