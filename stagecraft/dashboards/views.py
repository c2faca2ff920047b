"""Which dashboards show a data set, and which belong to a service."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from stagecraft.api.answers import answer
from stagecraft.dashboards.models import Dashboard
from stagecraft.datasets.queries import data_set_named


def of_data_set(_request: HttpRequest, name: str) -> HttpResponse:
    """GET: the dashboards, published or not, that have a module over the data set."""
    found = Dashboard.objects.filter(modules__data_set=data_set_named(name)).distinct()
    return answer([_dashboard(each) for each in found])


def of_service(_request: HttpRequest, service_id: str) -> HttpResponse:
    """GET: the published dashboards of a service of the transactions explorer."""
    # No database has a text with a NUL, and some can't even be asked for one.
    known = Dashboard.objects.none() if "\0" in service_id else Dashboard.objects.all()
    found = known.filter(services__service_id=service_id, published=True)
    return answer([_dashboard(each) for each in found])


def _dashboard(found: Dashboard) -> dict[str, Any]:
    return {"id": str(found.id), "slug": found.slug, "title": found.title, "published": found.published}
