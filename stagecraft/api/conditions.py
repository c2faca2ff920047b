"""If-Match: a change is made only to what its sender has seen."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import set_response_etag
from django.utils.http import parse_etags

from stagecraft.api.errors import ApiError


def check_unchanged(request: HttpRequest, now: HttpResponse) -> None:
    """Raises a 412 when the request names ETags of which `now`, the present answer to a GET, has none.

    Called in the transaction of the change, or what was compared may change before it.
    """
    wanted = request.headers.get("If-Match")
    if wanted is None:
        return
    etag = set_response_etag(now).headers["ETag"]
    if "*" not in (tags := parse_etags(wanted)) and etag not in tags:
        raise ApiError(412, "It has been changed since you read it: read it again, then decide anew")
