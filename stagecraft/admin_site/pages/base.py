"""What all pages have in common: who may what, and what happens when a change comes too late."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin, ShowFacets
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from stagecraft import removal
from stagecraft.admin_site.entries import page_of_thing
from stagecraft.admin_site.errors import gone
from stagecraft.admin_site.form_faults import faults_of_form
from stagecraft.admin_site.pages.thing_history import history_of
from stagecraft.admin_site.places import PLACES, Place
from stagecraft.admin_site.seen import marks_of, remembering
from stagecraft.api.errors import ApiError, Fault
from stagecraft.api.failures import in_a_line
from stagecraft.checked import changing

# Why what was sent couldn't be saved, kept on the request.
REFUSED = "_stagecraft_refused"


class Pages(ModelAdmin):
    """Everybody who may log in sees everything but tokens; administrators (superusers) change it."""

    list_per_page = 50
    show_facets = ShowFacets.NEVER
    view_on_site = False

    # Who may.

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever may log in."""
        return _may_look(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may log in."""
        return _may_look(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Administrators."""
        return may_change(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators."""
        return may_change(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Administrators, unless it has to stay."""
        return may_change(request) and (obj is None or not self.why_it_stays(request, obj))

    # Looking, adding and changing.

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, called what it is a list of."""
        place = self.place
        return super().changelist_view(
            request, {"title": place, "place": place, "called": self.called, **(extra_context or {})}
        )

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with the words for what is on it, and room for why nothing can be."""
        found = super().get_changelist_instance(request)
        found.called, found.not_known = self.called, ""
        return found

    @property
    def called(self) -> Place:
        """What people call one of them, and many."""
        return PLACES[self.opts.app_label, self.opts.object_name]

    @property
    def place(self) -> str:
        """Many of them, as a heading."""
        return self.called.name

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A form that was right by itself, but refused when it was to be saved, comes back as it was sent."""
        plain = {
            "place": self.place,
            "called": self.called,
            **({"title": f"Add {self.called.one}"} if object_id is None else {}),
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
            "show_close": False,
        }
        context = {**plain, **(extra_context or {})}
        view = partial(super().changeform_view, request, object_id, form_url, context)
        if request.method != "POST":
            return view()
        try:
            # Loaded where nobody else changes anything, or what is saved would undo what they did.
            with changing():
                return view()
        except ValidationError as invalid:
            why = f"Not saved: {in_a_line(invalid)}."
        except ApiError as refused:
            why = f"Not saved. {refused.message}."
        setattr(request, REFUSED, why)
        return view()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """One that undoes nothing of what it hasn't seen, and says why what it has was refused, where it was."""
        form = super().get_form(request, obj, change=change, **options)
        if obj is not None:
            form = remembering(form)
        why = getattr(request, REFUSED, None)
        return form if why is None else _refusing(form, why)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """The page of a thing is called what the thing is called, and begins with what is wrong in its form."""
        thing = context.get("original")
        if thing is not None:
            context.update({"title": str(thing), "subtitle": None})
            if self.has_change_permission(request, thing):
                context["seen"] = marks_of(context["adminform"].form)
        context["faults"] = faults_of_form(context["adminform"])
        return super().render_change_form(request, context, *args, **kwargs)

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """A page that says so in place of Django's redirect, which looks as if something had been done."""
        return gone(request, self.called.one)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who changed it, and what."""
        thing = self.get_object(request, object_id)
        if thing is None:
            return gone(request, self.called.one)
        if not self.has_view_permission(request, thing):
            raise PermissionDenied
        return render(
            request,
            "admin/object_history.html",
            {
                **self.admin_site.each_context(request),
                "title": f"History of {thing}",
                "opts": self.opts,
                "place": self.place,
                "thing": thing,
                "entries": history_of(thing, request.GET.get("p", "1")),
            },
        )

    # Models note their changes themselves, in the history of people and programs.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Noted when it was saved."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The same."""

    # Deleting.

    def uses(self, thing: Any) -> list[Fault]:
        """What uses it, so that it can't be deleted."""
        return removal.uses(thing)

    def why_it_stays(self, request: HttpRequest, thing: Any) -> str:
        """Why not even an administrator deletes this one, as a sentence; empty when one may."""
        return ""

    def losses(self, thing: Any) -> list[str]:
        """What will be lost with it, in sentences."""
        return []

    def remove(self, thing: Any) -> None:
        """Delete it. Raises an ApiError that says why it can't be."""
        removal.delete_unused(thing)

    def has_to_be_named(self, thing: Any) -> bool:
        """Whether its name has to be typed, for what is lost with it."""
        return False

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Says what will be lost, or what is in the way; deletes when told to."""
        thing = self.get_object(request, object_id)
        if thing is None:
            return gone(request, self.called.one)
        if not self.has_delete_permission(request, thing):
            why = "Only administrators delete things."
            if may_change(request):
                why = self.why_it_stays(request, thing)
            messages.warning(request, f"{why} Nothing is changed.")
            return redirect(
                reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[thing.pk])
            )
        error, wrong_name = "", ""
        if request.method == "POST":
            if self.has_to_be_named(thing) and request.POST.get("name", "").strip() != str(thing):
                wrong_name = f"Type {thing} to delete it."
            else:
                error = self._removed_or_why_not(request, thing)
                if not error:
                    messages.success(request, f"The {self.called.one} {thing} is deleted.")
                    return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return render(
            request,
            "admin_site/delete.html",
            {
                **self.admin_site.each_context(request),
                "title": f"Delete the {self.called.one} {thing}?",
                "opts": self.opts,
                "place": self.place,
                "thing": thing,
                "uses": [_shown(each) for each in self.uses(thing)],
                "losses": self.losses(thing),
                "has_to_be_named": self.has_to_be_named(thing),
                "wrong_name": wrong_name,
                "error": error,
            },
        )

    def _removed_or_why_not(self, request: HttpRequest, thing: Any) -> str:
        try:
            with transaction.atomic():
                self.remove(thing)
        except ApiError as refused:
            return refused.message
        return ""


def _shown(use: Fault) -> dict[str, Any]:
    """What uses a thing, linked to where that can be changed."""
    by = use.by if isinstance(use, removal.Use) else None
    return {"fault": use, "by": by, "page": None if by is None else page_of_thing(by)}


def _refusing(form: Any, why: str) -> Any:
    class Refused(form):  # type: ignore[misc] # forms are made for each page
        def clean(self) -> None:
            super().clean()
            raise ValidationError(why)

    return Refused


def _may_look(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_staff)


def may_change(request: HttpRequest) -> bool:
    """Whether whoever asks is an administrator."""
    return _may_look(request) and bool(request.user.is_superuser)
