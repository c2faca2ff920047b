"""The admin site itself: its name, its log-in, and the order of what is on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from stagecraft.admin_site.log_in import LogInForm


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of thing on the site: what people call many of them, and what one is."""

    name: str
    about: str


# What people come for first comes first.
PLACES: Mapping[tuple[str, str], Place] = {
    ("datasets", "DataSet"): Place("Data sets", "Where records go, with their token and rules"),
    ("datasets", "DataGroup"): Place("Data groups", "What data is about: a service, an organisation"),
    ("datasets", "DataType"): Place("Data types", "What kind of data it is, and what its records look like"),
    ("transforms", "Transform"): Place(
        "Transforms", "What is computed from which data set, and where it goes"
    ),
    ("transforms", "TransformType"): Place("Transform types", "The functions that transforms can use"),
    ("api_users", "ApiUser"): Place("API users", "Programs that ask Stagecraft, and their tokens"),
    ("auth", "User"): Place("People", "Who may log in here"),
    ("admin", "LogEntry"): Place("History", "Who changed what, and when"),
}
HEADINGS = {
    "datasets": "Datasets",
    "transforms": "Transforms",
    "api_users": "Programs",
    "auth": "People",
    "admin": "History",
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
