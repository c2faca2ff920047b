"""The admin site itself: its name, its log-in, and the order of what is on it."""

from collections.abc import Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from stagecraft.admin_site.entries import in_words, page_of
from stagecraft.admin_site.log_in import LogInForm
from stagecraft.admin_site.places import PLACES
from stagecraft.checked import changing
from stagecraft.history.actors import PERSON, Actor, acting
from stagecraft.history.models import CHANGED, Entry
from stagecraft.history.notes import note

# How many entries of their own people see at the start.
LAST = 8
HEADINGS = {
    "datasets": "Datasets",
    "transforms": "Transforms",
    "api_users": "Programs",
    "auth": "Accounts",
    "history": "History",
}


class StagecraftAdminSite(AdminSite):
    """Django's admin, with our names."""

    site_header = site_title = "Stagecraft"
    index_title = "What would you like to do?"
    site_url = None
    # A row of links at the top of every page has all of it.
    enable_nav_sidebar = False
    login_form = LogInForm
    empty_value_display = "-"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # Deleting takes a look at what will be lost, so it goes one by one.
        self.disable_action("delete_selected")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """What is changed by a page, the person whose page it is changes."""

        def of_a_person(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            user = request.user
            with acting(Actor(PERSON, user.get_username(), user.pk)):
                return view(request, *args, **kwargs)

        return super().admin_view(wraps(view)(of_a_person), cacheable)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With what whoever looks did last."""
        mine = [
            {"entry": each, "page": page_of(each), "words": in_words(each)}
            for each in Entry.objects.filter(account=request.user.pk)[:LAST]
        ]
        return super().index(request, {"mine": mine, **(extra_context or {})})

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """People's own passwords."""
        with changing():
            # Loaded where nobody else changes anything: who waited for that may have been locked out meanwhile, and
            # the account is saved as a whole.
            request.user = get_user(request)
            if not self.has_permission(request):
                return redirect("admin:login")
            answer = super().password_change(request, extra_context)
            if request.method == "POST" and answer.status_code == HTTPStatus.FOUND:
                note(CHANGED, [request.user], "password")
        return answer

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Ours in our order and words; what else may be there comes last, as it is."""
        apps = super().get_app_list(request, app_label)
        order = [*HEADINGS, *(app["app_label"] for app in apps)]
        apps.sort(key=lambda app: order.index(app["app_label"]))
        return [
            {**app, "name": HEADINGS.get(app["app_label"], app["name"]), "models": _in_our_words(app)}
            for app in apps
        ]


def _in_our_words(app: Mapping[str, Any]) -> list[dict[str, Any]]:
    order = list(PLACES)
    known, others = [], []
    for model in app["models"]:
        key = (app["app_label"], model["object_name"])
        if key in PLACES:
            known.append((order.index(key), {**model, "name": PLACES[key].name, "about": PLACES[key].about}))
        else:
            others.append(model)
    return [*(model for _, model in sorted(known, key=lambda pair: pair[0])), *others]


def to_admin_site(_request: HttpRequest) -> HttpResponse:
    """Who opens Stagecraft in a browser finds the admin site."""
    return redirect("admin:index")


site = StagecraftAdminSite()
