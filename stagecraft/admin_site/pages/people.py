"""The pages of people who may log in."""

from typing import Any

from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest

from stagecraft.admin_site.pages.base import Pages
from stagecraft.api.errors import ApiError, Fault, conflict

LABELS = {
    "username": ("Name", "What they log in with."),
    "email": ("E-mail address", "For people to know whom to ask; nothing is sent to it."),
    "is_active": ("May log in", "Switch this off instead of deleting: the history keeps the name."),
    "is_superuser": (
        "Administrator",
        "Changes everything and sees tokens. Others look at everything but tokens.",
    ),
}


class PeoplePages(Pages, UserAdmin):
    """Everybody here may look; administrators may change."""

    list_display = ("username", "email", "is_superuser", "is_active", "last_login")
    list_filter = ("is_superuser", "is_active")
    search_fields = ("username", "email")
    search_help_text = "Name or e-mail address"
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = ((None, {"fields": ("username", "password", "email", "is_active", "is_superuser")}),)
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2", "is_superuser")}),)
    readonly_fields = ()

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

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody locks themselves out by mistake."""
        if obj is not None and obj.pk == request.user.pk:
            return ((None, {"fields": ("username", "password", "email")}),)
        return super().get_fieldsets(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes themselves."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.pk != request.user.pk)

    def uses(self, thing: User) -> list[Fault]:
        """The history names them."""
        count = thing.logentry_set.count()
        return (
            [Fault("history", f"has {count} changes of theirs; switch 'May log in' off instead")]
            if count
            else []
        )

    def losses(self, thing: User) -> list[str]:
        """The account."""
        return ["The account and its password."]

    def remove(self, thing: User) -> None:
        """Unless the history would lose what they did."""
        refused: ApiError | None = (
            conflict("The history has changes of theirs.") if self.uses(thing) else None
        )
        if refused is not None:
            raise refused
        thing.delete()
