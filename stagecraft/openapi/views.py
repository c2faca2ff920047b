"""`/openapi.json` and `/docs`: how to use the API, for everybody."""

from functools import cache

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils.html import escape

from stagecraft.api.answers import answer
from stagecraft.openapi.document import document
from stagecraft.openapi.page import BASE, render, security_policy

# For who asks under a name that isn't Stagecraft's, where nothing of the request is repeated.
DEVELOPMENT = "http://localhost:3103"
FOR_EVERYBODY = {"Cache-Control": "no-cache"}


def document_as_json(_request: HttpRequest) -> HttpResponse:
    """GET: the OpenAPI document."""
    return answer(document(), headers=FOR_EVERYBODY)


def document_as_page(request: HttpRequest) -> HttpResponse:
    """GET: the same to be read."""
    headers = {**FOR_EVERYBODY, "Content-Security-Policy": security_policy()}
    return HttpResponse(_page().replace(BASE, escape(_base(request))), headers=headers)


def _base(request: HttpRequest) -> str:
    """Where whoever asks has found the page: so the lines on it work there."""
    try:
        return f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return DEVELOPMENT


@cache
def _page() -> str:
    return render(document())
