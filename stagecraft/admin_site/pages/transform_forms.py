"""The form of a transform: its query as fields, the rest of it and the options as JSON."""

from typing import Any

from django import forms
from django.db import transaction

from stagecraft.admin_site.fields import JsonField, LinesField, NameField, TolerantForm
from stagecraft.datasets.models import DataGroup, DataType
from stagecraft.transforms.models import Transform, TransformType
from stagecraft.transforms.query_parameters import PERIODS

LISTS = ("group_by", "collect", "filter_by")
FIELDS = ("period", *LISTS)
ENDS = ("input_group", "input_type", "output_group", "output_type")


class TransformForm(TolerantForm):
    """What is read, asked, computed and written."""

    input_group = NameField(
        DataGroup, new=False, required=False, label="Data group", help_text="Empty: the type in every group."
    )
    input_type = NameField(DataType, new=False, label="Data type")
    output_group = NameField(
        DataGroup,
        new=True,
        required=False,
        label="Data group",
        help_text="Empty: the group that it reads from.",
    )
    output_type = NameField(
        DataType,
        new=True,
        label="Data type",
        help_text="One that there is, or a new one. The data set is made when the transform first runs.",
    )
    period = forms.ChoiceField(
        choices=[("", "none"), *((each, each) for each in PERIODS)], required=False, label="Period"
    )
    group_by = LinesField(label="Group by", help_text="One field on each line.")
    collect = LinesField(
        label="Collect", help_text="One on each line, as field:method: volume:sum, price:mean, channel:set."
    )
    filter_by = LinesField(label="Only records with", help_text="One on each line, as field:value.")
    more = JsonField(
        rows=3,
        label="Other parameters",
        help_text='Of the read API, as JSON: {"sort_by": "_count:descending"}. Mostly empty.',
    )
    type = forms.ModelChoiceField(
        TransformType.objects.all(), label="Transform type", empty_label="Choose one"
    )
    options = JsonField(rows=8, label="Options", help_text="As JSON. Which there are depends on the type.")

    class Meta:
        model = Transform
        fields = ("input_group", "input_type", "type", "options", "output_group", "output_type")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = dict(self.instance.query_parameters or {})
        for name in FIELDS:
            if name in stored and name in self.fields:
                value = stored.pop(name)
                self.initial.setdefault(name, value if name == "period" else _as_list(value))
        if stored:
            self.initial.setdefault("more", stored)

    def clean_options(self) -> Any:
        """Left empty: none."""
        return {} if self.cleaned_data["options"] is None else self.cleaned_data["options"]

    def clean_more(self) -> dict[str, Any]:
        """Nothing of what has a field of its own."""
        more: dict[str, Any] = self.cleaned_data["more"] or {}
        twice = sorted(set(more).intersection(FIELDS))
        if twice:
            raise forms.ValidationError(f"{', '.join(twice)}: use the field above.")
        return more

    def _post_clean(self) -> None:
        """New groups and types are made for the transform to be checked with, and stay if all of it is right."""
        given = {name: self.cleaned_data[name] for name in FIELDS if self.cleaned_data.get(name)}
        self.instance.query_parameters = {**given, **self.cleaned_data.get("more", {})}
        with transaction.atomic():
            for end in ENDS:
                thing = self.cleaned_data.get(end)
                if thing is not None and thing.pk is None:
                    self._made(end, thing)
            super()._post_clean()
            if self.errors:
                transaction.set_rollback(True)

    def _made(self, end: str, thing: Any) -> None:
        # The same new name may stand at both ends.
        self.cleaned_data[end], _ = type(thing).objects.get_or_create(name=thing.name)

    def _update_errors(self, errors: Any) -> None:
        """Each fault of the query goes beside the field that it is about; one fault of a field is enough."""
        faults = errors.error_dict.pop("query_parameters", [])
        for field in set(errors.error_dict).intersection(self.errors):
            del errors.error_dict[field]
        for fault in faults:
            for message in fault.messages:
                name, _, words = message.partition(" ")
                field = name if name in FIELDS else "more"
                self.add_error(field, words if field == name else message)
        if errors.error_dict:
            super()._update_errors(errors)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
