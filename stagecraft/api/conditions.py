"""ETags: an answer that its asker has isn't sent again, and a change is made only to what its sender has seen."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.http import parse_etags

from stagecraft.api.answers import error
from stagecraft.api.errors import ApiError

CHANGED = "It has been changed since you read it: read it again, then decide anew"


def conditional(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: an ETag for what a GET, or a HEAD, found, unless nobody may keep it; 304 where the asker has it.

    It needs the whole answer to a HEAD too: what takes its body away comes after it.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method not in ("GET", "HEAD") or not _may_be_kept(response):
            return response
        etag = set_response_etag(response).headers["ETag"]
        answer = get_conditional_response(request, etag=etag, response=response)
        return error(412, CHANGED) if answer.status_code == 412 else answer

    return middleware


def check_unchanged(request: HttpRequest, now: HttpResponse) -> None:
    """Raises a 412 when the request names ETags of which `now`, the present answer to a GET, has none.

    Called in the transaction of the change, or what was compared may change before it.
    """
    wanted = request.headers.get("If-Match")
    if wanted is None:
        return
    etag = set_response_etag(now).headers["ETag"]
    if "*" not in (tags := parse_etags(wanted)) and etag not in tags:
        raise ApiError(412, CHANGED)


def _may_be_kept(response: HttpResponse) -> bool:
    """A refusal, a redirect or a page with a token has no ETag, and a static file one of its server's."""
    if response.status_code != 200 or response.streaming:
        return False
    return "no-store" not in response.headers.get("Cache-Control", "")
