"""What browsers are told about the admin site's pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

ROOT = "/admin/"
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
    # A page may show a token that was asked for; no copy of it stays on any disk.
    "Cache-Control": "no-store",
}


def page_headers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: nothing but our own files is loaded, nothing inline runs, and nothing is kept.

    Raises DisallowedHost for a name that isn't the admin site's.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(ROOT):
            return get_response(request)
        request.get_host()
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return middleware
