"""The pages of accounts: the people who may log in."""

from typing import Any

from django.contrib.admin import display
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html_join

from stagecraft.admin_site.instants_in_words import in_utc
from stagecraft.admin_site.pages.base import Pages
from stagecraft.admin_site.pages.flag_filter import FlagFilter
from stagecraft.api.errors import Fault, conflict
from stagecraft.checked import changing
from stagecraft.history.models import CHANGED, DELETED, MADE
from stagecraft.history.notes import note

LABELS = {
    "username": ("Username", "What they log in with."),
    "email": ("E-mail address", "For people to know whom to ask; nothing is sent to it."),
    "is_active": ("May log in", "Switch this off instead of deleting: the history keeps the name."),
    "is_superuser": (
        "Administrator",
        "Changes everything and sees tokens. Others look at everything but tokens and accounts.",
    ),
}


class AdministratorFilter(FlagFilter):
    """By whether they may change things."""

    title = "administrator"
    parameter_name = "is_superuser"


class ActiveFilter(FlagFilter):
    """By whether they may log in."""

    title = "may log in"
    parameter_name = "is_active"


class PeoplePages(Pages, UserAdmin):
    """Everybody here may look; administrators may change."""

    list_display = ("name", "email", "rights", "last_log_in")
    list_filter = (AdministratorFilter, ActiveFilter)
    search_fields = ("username", "email")
    search_help_text = "Username or e-mail address"
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = ((None, {"fields": ("username", "password", "email", "is_active", "is_superuser")}),)
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2", "is_superuser")}),)
    readonly_fields = ()

    @display(description="Username", ordering="username")
    def name(self, person: User) -> str:
        """What they log in with."""
        return person.get_username()

    @display(description="Rights", ordering="is_superuser")
    def rights(self, person: User) -> str:
        """What they may do here, in words."""
        badges = [
            ("on", "Administrator") if person.is_superuser else ("", "Looks only"),
            *([] if person.is_active else [("off", "May not log in")]),
        ]
        return format_html_join(" ", '<span class="badge {}">{}</span>', badges)

    @display(description="Last log-in", ordering="last_login")
    def last_log_in(self, person: User) -> str:
        """When they were here."""
        return in_utc(person.last_login) if person.last_login else "never"

    def has_module_permission(self, request: HttpRequest) -> bool:
        """People are the administrators' business."""
        return self.has_change_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The same."""
        return self.has_change_permission(request, obj)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest | None, **options: Any) -> Any:
        """In plain words."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if db_field.name in LABELS:
            field.label, field.help_text = LABELS[db_field.name]
        return field

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Whoever has an account may log in here: there is nothing else to log in to."""
        obj.is_staff = True
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: Any = None) -> HttpResponse:
        """To the page of the account, which has what else there is to say of it."""
        self.message_user(request, f"The account {obj} is made. Its owner can log in now.")
        return redirect("admin:auth_user_change", obj.pk)

    def response_change(self, request: HttpRequest, obj: User) -> HttpResponse:
        """Back to all of them."""
        self.message_user(request, f"The account {obj} is saved.")
        return redirect("admin:auth_user_changelist")

    # Accounts are Django's own, so they don't note their changes themselves.

    def construct_change_message(self, request: HttpRequest, form: Any, *_: Any, **__: Any) -> str:
        """The fields that were changed, as the form calls them."""
        labels = [form.fields[name].label if name in form.fields else name for name in form.changed_data]
        return ", ".join(str(label or name) for label, name in zip(labels, form.changed_data, strict=True))

    def log_addition(self, request: HttpRequest, obj: User, message: Any) -> None:
        """In the history."""
        note(MADE, [obj])

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> None:
        """The same, unless nothing was changed."""
        if message:
            note(CHANGED, [obj], str(message).lower())

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Somebody else's password and its entry in the history: both or neither."""
        with changing():
            return super().user_change_password(request, id, form_url)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody locks themselves out by mistake."""
        if obj is not None and obj.pk == request.user.pk:
            return ((None, {"fields": ("username", "password", "email")}),)
        return super().get_fieldsets(request, obj)

    def why_it_stays(self, request: HttpRequest, thing: User) -> str:
        """Nobody deletes themselves."""
        if thing.pk != request.user.pk:
            return ""
        return "Nobody deletes their own account: another administrator can."

    def uses(self, thing: User) -> list[Fault]:
        """The history names them."""
        count = thing.entries.count()
        if not count:
            return []
        changes = "a change" if count == 1 else f"{count} changes"
        return [Fault("history", f"has {changes} of theirs; switch 'May log in' off instead")]

    def losses(self, thing: User) -> list[str]:
        """The account."""
        return ["The account and its password."]

    def remove(self, thing: User) -> None:
        """Unless the history would lose what they did."""
        with changing():
            if self.uses(thing):
                raise conflict("The history has changes of theirs.")
            note(DELETED, [thing])
            thing.delete()
