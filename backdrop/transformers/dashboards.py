"""Which dashboards a value is published on."""

from __future__ import annotations

from collections.abc import Iterable

from backdrop.transformers.errors import Refused
from backdrop.transformers.reads import Dashboard


def published_slugs(dashboards: Iterable[Dashboard]) -> list[str]:
    """The slug of each, once, in order; without those that are said not to be published."""
    found = set()
    for dashboard in dashboards:
        slug = dashboard.get("slug")
        if not isinstance(slug, str) or not slug:
            raise Refused("the config API lists a dashboard without a slug")
        if dashboard.get("published", True):
            found.add(slug)
    return sorted(found)
