"""Whether the app is up."""

from django.http import HttpRequest, HttpResponse

from stagecraft.api.answers import answer


def status(_request: HttpRequest) -> HttpResponse:
    """Answers without a look at the database: a slow one is no reason to restart the app."""
    return answer({"status": "ok", "message": "app is up"}, headers={"Cache-Control": "no-cache"})
