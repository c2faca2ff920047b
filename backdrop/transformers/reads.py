"""What a function may ask for beyond its rows. Passed in, so that functions stay pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

Dashboard = Mapping[str, Any]
"""A dashboard as the config API writes it: at least `slug` and `published`."""


class Reads(Protocol):
    """The surroundings of one transform. Every method may raise the errors of the run that it belongs to."""

    def dashboards(self) -> Sequence[Dashboard]:
        """The dashboards that show the input data set, published or not."""
        ...

    def service_dashboards(self, service_id: str) -> Sequence[Dashboard]:
        """The published dashboards of a transactions explorer service."""
        ...

    def held(self, record_ids: Sequence[str]) -> Mapping[str, datetime]:
        """The `_timestamp` of those of the records that the output holds, by id."""
        ...
