"""`/openapi.json` and `/docs`: how to use the API, for everybody."""

from functools import cache

from django.http import HttpRequest, HttpResponse

from stagecraft.api.answers import answer
from stagecraft.openapi.document import document
from stagecraft.openapi.page import render, security_policy

FOR_EVERYBODY = {"Cache-Control": "no-cache"}


def document_as_json(_request: HttpRequest) -> HttpResponse:
    """GET: the OpenAPI document."""
    return answer(document(), headers=FOR_EVERYBODY)


def document_as_page(_request: HttpRequest) -> HttpResponse:
    """GET: the same to be read."""
    headers = {**FOR_EVERYBODY, "Content-Security-Policy": security_policy()}
    return HttpResponse(_page(), headers=headers)


@cache
def _page() -> str:
    return render(document())
