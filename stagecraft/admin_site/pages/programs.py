"""The pages of API users: programs with a token and a role."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin import display
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.views.decorators.http import require_POST

from stagecraft.admin_site.instants_in_words import in_utc
from stagecraft.admin_site.pages.base import Pages, may_change
from stagecraft.api.errors import Fault
from stagecraft.api.failures import in_a_line
from stagecraft.api_users.models import ApiUser
from stagecraft.api_users.roles import ADMIN, COLLECTOR, DASHBOARD_EDITOR, OMNISCIENT
from stagecraft.api_users.tokens import new_token, token_hash
from stagecraft.checked import changing

ROLES = [(role, role) for role in (COLLECTOR, OMNISCIENT, DASHBOARD_EDITOR, ADMIN)]
# Beside the box and not in it: in a box as narrow as a phone it would be cut.
ABOUT_ROLES = format_html_join(
    "",
    '<span class="about"><strong>{}</strong> {}</span>',
    (
        (COLLECTOR, "reads data sets, transforms and dashboards: for the read and write apps"),
        (OMNISCIENT, "does the same"),
        (DASHBOARD_EDITOR, "reads and changes dashboards alone"),
        (ADMIN, "reads and changes everything: for the worker, which makes data sets"),
    ),
)


class ProgramForm(forms.ModelForm):
    """A name and a role; the token comes later, since it is shown once."""

    role = forms.ChoiceField(choices=ROLES, help_text=ABOUT_ROLES)

    class Meta:
        model = ApiUser
        fields = ("name", "role")
        help_texts = {"name": "What the program is called, for example read-app."}  # noqa: RUF012 - as forms have it


class ProgramPages(Pages):
    """API users."""

    form = ProgramForm
    list_display = ("name", "role", "made")
    list_filter = ("role",)
    search_fields = ("name",)
    search_help_text = "Name"
    ordering = ("name",)

    @display(description="Made", ordering="created_at")
    def made(self, user: ApiUser) -> str:
        """When."""
        return in_utc(user.created_at)

    def get_urls(self) -> list[URLPattern]:
        """With the one that makes a token."""
        view = self.admin_site.admin_view(_new_token_view)
        return [path("<int:pk>/token/new", view, name="api_users_token_new"), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: ApiUser, form: Any, change: bool) -> None:
        """A new one has a token that nobody knows, until somebody asks for one."""
        if not change:
            obj.token_hash = token_hash(new_token())
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: ApiUser, post_url_continue: Any = None) -> HttpResponse:
        """To the page that makes its token."""
        self.message_user(request, f"The API user {obj.name} is made. Make its token below.")
        return redirect("admin:api_users_apiuser_change", obj.pk)

    def uses(self, thing: ApiUser) -> list[Fault]:
        """Nothing here."""
        return []

    def losses(self, thing: ApiUser) -> Sequence[str]:
        """What stops."""
        return ["Its token: the program that uses it is refused from now on."]

    def remove(self, thing: ApiUser) -> None:
        """Nothing is in the way."""
        thing.delete()


@require_POST
def _new_token_view(request: HttpRequest, pk: int) -> HttpResponse:
    """A new token, shown once; the one before stops working at once."""
    if not may_change(request):
        return JsonResponse({"error": "Only administrators make tokens."}, status=403)
    token = new_token()
    try:
        # Loaded where nobody else changes anything, or what is saved would undo what they did.
        with changing():
            user = ApiUser.objects.filter(pk=pk).first()
            if user is None:
                return JsonResponse({"error": "This API user is gone."}, status=404)
            user.token_hash = token_hash(token)
            user.save(noted="Made the token anew.")
    except ValidationError as invalid:
        return JsonResponse({"error": f"Not done: {in_a_line(invalid)}."}, status=400)
    return JsonResponse({"token": token})
