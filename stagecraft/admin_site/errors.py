"""What a failure looks like: a page where people are, JSON where programs are."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from stagecraft.admin_site.addresses import is_for_people
from stagecraft.admin_site.site import site
from stagecraft.api import failures


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for what it refuses itself."""
    if not is_for_people(request):
        return failures.bad_request(request, exception)
    return _page(request, 400, "That didn't work", "Your browser sent something that can't be read here.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for people who may not."""
    return _page(
        request,
        403,
        "You may not do that",
        "This can only be looked at, by everybody."
        if _is_administrator(request)
        else "That is for administrators. Your account is for looking: at data sets, transforms, API users and the "
        "history, not at tokens and accounts. An administrator can do it for you, or make yours an administrator's.",
        with_menu=True,
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for addresses that no route has."""
    if not is_for_people(request):
        return failures.not_found(request, exception)
    return _page(
        request,
        404,
        "There is nothing here",
        "The address may be mistyped, or what was here is gone.",
        with_menu=True,
    )


def gone(request: HttpRequest, what: str) -> HttpResponse:
    """The page for who opens, saves or deletes what isn't there: a `data set`, an `account`."""
    words = "Somebody may have deleted it meanwhile, or the address is mistyped. Nothing was changed."
    return _page(request, 404, f"There is no such {what}", words, with_menu=True)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler for a failure outside of our views; Django logs it."""
    if not is_for_people(request):
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
        with_menu=True,
    )


def foreign_host(request: HttpRequest) -> HttpResponse:
    """The page for who asks for the admin site under a name that it doesn't have."""
    return _page(
        request,
        400,
        "Not under this name",
        "The admin site isn't known by the name in the address. Whoever runs it can add the name to its settings.",
        without_way_back=True,
    )


def _page(
    request: HttpRequest,
    status: int,
    title: str,
    words: str,
    *,
    without_way_back: bool = False,
    with_menu: bool = False,
) -> HttpResponse:
    context = {"title": title, "words": words, "without_way_back": without_way_back}
    if with_menu and _is_logged_in(request):
        return render(
            request, "admin_site/error.html", {**site.each_context(request), **context}, status=status
        )
    # Without the request's context: what reads the session or the user may be what failed.
    return render(None, "admin_site/error.html", context, status=status)


def _is_logged_in(request: HttpRequest) -> bool:
    """Whether there is somebody whose menu can be shown. Who fails before the log-in is looked at has no user."""
    user = getattr(request, "user", None)
    return bool(user is not None and user.is_active and user.is_staff)


def _is_administrator(request: HttpRequest) -> bool:
    return _is_logged_in(request) and bool(request.user.is_superuser)
