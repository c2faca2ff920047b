"""Form fields in the words of people: lists as lines, amounts with a unit, things by their name."""

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from stagecraft.api.body import parse_object
from stagecraft.api.errors import ApiError

SECONDS: Mapping[str, int] = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
BYTES: Mapping[str, int] = {"bytes": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3}


class LinesField(forms.CharField):
    """A list of strings, each on a line of its own. Empty lines don't count."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3, "cols": 40}), **options)

    def prepare_value(self, value: Any) -> Any:
        """A list as its lines; what was typed stays as it is."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines as a list."""
        return [line.strip() for line in super().to_python(value).splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares lists, not texts."""
        return bool((initial or []) != self.to_python(data or ""))


class JsonField(forms.JSONField):
    """A JSON object, laid out to be read; None is an empty box. As strict as the API is with a body."""

    def __init__(self, *, rows: int, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows, "cols": 60, "class": "code", "spellcheck": "false"})
        super().__init__(required=False, widget=widget, **options)

    def to_python(self, value: Any) -> Any:
        """The object. Raises ValidationError with what is wrong, and where."""
        if not value or not value.strip():
            return None
        try:
            return parse_object(value.encode("utf-8", "replace"))
        except ApiError as wrong:
            raise ValidationError(wrong.message) from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed is shown again, however wrong."""
        return data

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares what it says, not how it is laid out."""
        try:
            return _spelt(initial) != _spelt(self.to_python(data))
        except ValidationError:
            return True

    def prepare_value(self, value: Any) -> Any:
        """What was typed stays as it is."""
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        return json.dumps(value, indent=2, ensure_ascii=False)


def _spelt(value: Any) -> str:
    # In JSON the order of keys means nothing, and true isn't 1; none is none, however it is written.
    return json.dumps(value or None, sort_keys=True)


class AmountWidget(forms.MultiWidget):
    """A number and its unit."""

    template_name = "admin_site/amount.html"

    def __init__(self, units: Mapping[str, int], what: str) -> None:
        self.units = units
        super().__init__(
            {
                "amount": forms.NumberInput(attrs={"min": 0, "step": "any", "aria-label": what}),
                "unit": forms.Select(
                    choices=[(unit, unit) for unit in units], attrs={"aria-label": f"{what}: unit"}
                ),
            }
        )

    def id_for_label(self, id_: str) -> str:
        """The number's box."""
        return f"{id_}_0" if id_ else id_

    def decompress(self, value: Any) -> list[Any]:
        """The largest unit that leaves no fraction."""
        if value is None:
            return [None, list(self.units)[-1]]
        unit = [unit for unit, size in self.units.items() if int(value) % size == 0][-1]
        return [int(value) // self.units[unit], unit]


class AmountField(forms.MultiValueField):
    """A whole number, or None where it is left empty; people choose the unit."""

    def __init__(self, units: Mapping[str, int], label: str, **options: Any) -> None:
        self.units = units
        fields = (
            forms.FloatField(required=False, error_messages={"invalid": "must be a number"}),
            forms.ChoiceField(required=False, choices=[(unit, unit) for unit in units]),
        )
        widget = AmountWidget(units, label)
        super().__init__(
            fields, label=label, widget=widget, required=False, require_all_fields=False, **options
        )

    def compress(self, data_list: list[Any]) -> int | None:
        """The amount in the smallest unit."""
        amount, unit = data_list or (None, None)
        if amount is None:
            return None
        # A float of this size times the unit may be past all floats.
        return round(Fraction(amount) * self.units[unit or next(iter(self.units))])

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares amounts, in whichever unit."""
        try:
            return bool(initial != self.clean(data))
        except ValidationError:
            return True


class NameField(forms.CharField):
    """A thing by its name, with the names that there are to choose from.

    With `new` allowed, one of a new name is made, unless the form as a whole turns out wrong: its caller
    runs in a transaction. Names that can't be names are refused in the model's words.
    """

    def __init__(
        self, model: type[models.Model], *, new: bool, required: bool = True, **options: Any
    ) -> None:
        self.model, self.new = model, new
        attrs = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        super().__init__(required=required, widget=NameWidget(model, attrs), **options)

    def prepare_value(self, value: Any) -> Any:
        """The name of what a key stands for; what was typed stays as it is."""
        if isinstance(value, int):
            return self.model._default_manager.filter(pk=value).values_list("name", flat=True).first() or ""
        return value

    def clean(self, value: Any) -> Any:
        """The thing, or None where nothing is named. Raises ValidationError."""
        name = super().clean(value)
        if not name:
            return None
        found = self.model._default_manager.filter(name=name).first()
        if found is not None:
            return found
        thing = self.model(name=name)
        try:
            thing.full_clean()
        except ValidationError as invalid:
            raise ValidationError(invalid.messages) from None
        if not self.new:
            raise ValidationError(f"There is no {self.model._meta.verbose_name} of this name.")
        return thing

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares names."""
        return bool((self.prepare_value(initial) or "") != self.to_python(data))


class NameWidget(forms.TextInput):
    """A text box that knows the names that there are."""

    template_name = "admin_site/name.html"

    def __init__(self, model: type[models.Model], attrs: Mapping[str, str]) -> None:
        self.model = model
        super().__init__(attrs=dict(attrs))

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """With the names."""
        context = super().get_context(name, value, attrs)
        # A list of its own for each box: two of them with one id would not be well-formed.
        list_id = f"names-for-{name}"
        context["widget"]["attrs"]["list"] = list_id
        names = self.model._default_manager.order_by("name").values_list("name", flat=True)
        return {**context, "list_id": list_id, "names": names}


class TolerantForm(forms.ModelForm):
    """What is wrong with a value that the form doesn't ask for is said above it, instead of breaking it."""

    def _update_errors(self, errors: Any) -> None:
        for field in set(errors.error_dict).difference(self.fields, [NON_FIELD_ERRORS]):
            for fault in errors.error_dict.pop(field):
                self.add_error(None, [f"{field} {message}" for message in fault.messages])
        if errors.error_dict:
            super()._update_errors(errors)
