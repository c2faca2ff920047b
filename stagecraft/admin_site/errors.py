"""What a failure looks like: a page where people are, JSON where programs are."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from stagecraft.admin_site.security import ROOT
from stagecraft.api import failures


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for what it refuses itself."""
    if not _is_for_people(request):
        return failures.bad_request(request, exception)
    return _page(request, 400, "That didn't work", "Your browser sent something that can't be read here.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for people who may not."""
    return _page(
        request,
        403,
        "You may not do that",
        "Your account may look at everything here and change nothing. An administrator can change that.",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for addresses that no route has."""
    if not _is_for_people(request):
        return failures.not_found(request, exception)
    return _page(
        request, 404, "There is nothing here", "The address may be mistyped, or what was here is gone."
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler for a failure outside of our views; Django logs it."""
    if not _is_for_people(request):
        return failures.server_error(request)
    return _page(
        request,
        500,
        "Something went wrong",
        "It is not your fault. The log has it under the request's id. Going back and trying again may help.",
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's page for a form whose token is missing, wrong or from before a log-in."""
    return _page(
        request,
        403,
        "This form is out of date",
        "You may have logged in or out in another window. Go back, load the page anew and try again.",
    )


def _is_for_people(request: HttpRequest) -> bool:
    return request.path.startswith(ROOT)


def _page(request: HttpRequest, status: int, title: str, words: str) -> HttpResponse:
    # Without the request's context: what reads the session or the user may be what failed.
    return render(None, "admin_site/error.html", {"title": title, "words": words}, status=status)
