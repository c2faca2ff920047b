"""The token of a data set: shown, made anew and stopped by POSTs, whose answers alone hold it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from stagecraft.admin_site.pages.base import may_change
from stagecraft.api.failures import in_a_line
from stagecraft.checked import changing
from stagecraft.datasets.models import DataSet
from stagecraft.datasets.tokens import previous_is_good
from stagecraft.development import is_usable
from stagecraft.history.models import LOOKED
from stagecraft.history.notes import note

# For how long the token before goes on working, by what people choose.
OVERLAPS: Mapping[str, tuple[str, timedelta]] = {
    "0": ("not at all: it stops when Backdrop next asks, as a rule within ten seconds", timedelta(0)),
    "hour": ("for 1 hour", timedelta(hours=1)),
    "day": ("for 1 day", timedelta(days=1)),
    "week": ("for 7 days", timedelta(days=7)),
    "month": ("for 30 days", timedelta(days=30)),
}
DEFAULT_OVERLAP = "day"

Answer = Callable[[HttpRequest, DataSet], dict[str, Any]]


def token_urls(pages: ModelAdmin) -> list[URLPattern]:
    """The three addresses, below the one of the data set."""
    return [
        path(
            f"<int:pk>/token/{name}",
            pages.admin_site.admin_view(_view(answer)),
            name=f"datasets_token_{name}",
        )
        for name, answer in (("reveal", reveal), ("new", make_anew), ("stop", stop_previous))
    ]


def reveal(request: HttpRequest, data_set: DataSet) -> dict[str, Any]:
    """The token. That somebody looked is in the history."""
    note(LOOKED, [data_set], sentence="Looked at the token.")
    return {"token": data_set.bearer_token, "previous": words_of_previous(data_set, timezone.now())}


def make_anew(request: HttpRequest, data_set: DataSet) -> dict[str, Any]:
    """A new token; the one before goes on working for as long as was chosen."""
    _, overlap = OVERLAPS.get(request.POST.get("overlap", ""), OVERLAPS["0"])
    now = timezone.now()
    token = data_set.make_token_anew(now, overlap)
    return {"token": token, "previous": words_of_previous(data_set, now)}


def stop_previous(request: HttpRequest, data_set: DataSet) -> dict[str, Any]:
    """The token before stops working now."""
    data_set.previous_bearer_token, data_set.previous_bearer_token_until = "", None
    data_set.save(noted="Stopped the token before.")
    return {"previous": ""}


def words_of_previous(data_set: DataSet, now: datetime) -> str:
    """Until when the token before works, as a sentence; empty when there is none."""
    until = data_set.previous_bearer_token_until
    if until is None or not previous_is_good(data_set.previous_bearer_token, until, now):
        return ""
    return f"The token before this one works until {until:%-d %B %Y, %H:%M} UTC."


def state_of(data_set: DataSet) -> str:
    """`none`, `public` (refused in production) or `good`."""
    if not data_set.bearer_token:
        return "none"
    production = settings.ENVIRONMENT.is_production
    return "good" if is_usable(data_set.bearer_token, production=production) else "public"


def _view(answer: Answer) -> Callable[..., HttpResponse]:
    @require_POST
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        if not may_change(request):
            return JsonResponse({"error": "Only administrators see and change tokens."}, status=403)
        try:
            # Loaded where nobody else changes anything, or what is saved would undo what they did.
            with changing():
                data_set = DataSet.objects.filter(pk=pk).first()
                if data_set is None:
                    return JsonResponse({"error": "This data set is gone."}, status=404)
                return JsonResponse(answer(request, data_set))
        except ValidationError as invalid:
            return JsonResponse({"error": f"Not done: {in_a_line(invalid)}."}, status=400)

    return view
