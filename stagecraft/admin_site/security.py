"""What browsers are told about the admin site's pages."""

import logging
from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

from stagecraft.admin_site.addresses import is_for_people
from stagecraft.admin_site.errors import foreign_host

log = logging.getLogger(__name__)

LONGEST_HOST = 255
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Django says so too, but not of a page for a name that isn't ours.
    "X-Content-Type-Options": "nosniff",
    # A page may show a token that was asked for; no copy of it stays on any disk.
    "Cache-Control": "no-store",
}


def page_headers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: the site is there under its own names only, nothing but our own files is loaded, nothing inline
    runs, and nothing is kept."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not is_for_people(request):
            return get_response(request)
        response = get_response(request) if _has_name_of_ours(request) else foreign_host(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return middleware


def _has_name_of_ours(request: HttpRequest) -> bool:
    try:
        request.get_host()
    except DisallowedHost:
        log.warning(
            "the admin site was asked for under a name that STAGECRAFT_ALLOWED_HOSTS doesn't have; "
            "if people should find it there, add the name",
            extra={"host": _name_asked_for(request)},
        )
        return False
    return True


def _name_asked_for(request: HttpRequest) -> str:
    """Without its port, as the setting takes it; what is no name is shown as it is, fit for a line."""
    given = request.headers.get("Host", "")
    return ascii((split_domain_port(given)[0] or given)[:LONGEST_HOST])[1:-1]
