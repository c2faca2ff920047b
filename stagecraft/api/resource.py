"""From a method on a route to the function that answers it, and who may."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from stagecraft.api.errors import forbidden, method_not_allowed
from stagecraft.api.failures import answer_for
from stagecraft.api_users.auth import authenticate
from stagecraft.api_users.roles import may
from stagecraft.history.actors import PROGRAM, Actor, acting

View = Callable[..., HttpResponse]


def open_resource(**handlers: View) -> View:
    """A view that anybody may use: a handler for each method. HEAD goes where GET goes."""

    def view(request: HttpRequest, **path: Any) -> HttpResponse:
        try:
            return _handler(request, handlers)(request, **path)
        except Exception as failure:
            return answer_for(failure)

    # No cookie opens anything here, so there is nothing that another site's page could have a browser do.
    return csrf_exempt(view)


def resource(kind: str, **handlers: View) -> View:
    """The same for API users whose role lets them read (GET, HEAD) or change such things."""

    def guard(handler: View) -> View:
        def guarded(request: HttpRequest, **path: Any) -> HttpResponse:
            user = authenticate(request.headers.get("Authorization", ""))
            if not may(user.role, kind, changes=request.method not in ("GET", "HEAD")):
                verb = "read" if request.method in ("GET", "HEAD") else "change"
                raise forbidden(f"The role {user.role} may not {verb} {kind}")
            with acting(Actor(PROGRAM, user.name)):
                return handler(request, **path)

        return guarded

    return open_resource(**{method: guard(handler) for method, handler in handlers.items()})


def _handler(request: HttpRequest, handlers: dict[str, View]) -> View:
    method = str(request.method)
    handler = handlers.get("GET" if method == "HEAD" else method)
    if handler is None:
        raise method_not_allowed(method, [*handlers, *(["HEAD"] if "GET" in handlers else [])])
    return handler
