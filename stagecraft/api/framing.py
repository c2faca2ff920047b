"""How long an answer is, said in its head; and no body after the head when only that was asked for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

BODILESS = (204, 304)


def framing(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: Content-Length for every answer with a body, the same for HEAD as for GET."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.streaming:
            return response  # a static file, whose server has seen to it
        if response.status_code not in BODILESS:
            response.headers["Content-Length"] = str(len(response.content))
        if request.method == "HEAD":
            response.content = b""
        return response

    return middleware
