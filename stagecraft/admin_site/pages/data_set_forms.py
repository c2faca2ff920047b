"""The forms of data sets: what is asked when one is made, and what can be changed later."""

from typing import Any

from django.db import transaction

from stagecraft.admin_site.fields import BYTES, SECONDS, AmountField, LinesField, NameField, TolerantForm
from stagecraft.datasets.fields import DEFAULT_MAX_AGE
from stagecraft.datasets.models import DataGroup, DataSet, DataType

SETTINGS = (
    "published",
    "queryable",
    "raw_queries_allowed",
    "realtime",
    "max_age_expected",
    "capped_size",
    "auto_ids",
    "upload_format",
    "upload_filters",
)
# As the history calls them.
LABELS = {name: DataSet.WORDS.get(name, name.replace("_", " ")).capitalize() for name in SETTINGS}
HELP = {
    "published": "Not published: answers carry a warning that the data may be wrong or change; no cache keeps them.",
    "queryable": "Switched off, nobody can read it: whoever asks is told that there is no such data set.",
    "raw_queries_allowed": "Switched off, only sums, counts and the like over whole periods can be asked for.",
    "realtime": "Browsers and caches keep answers for 2 minutes instead of 30.",
    "upload_format": "Only for upload tools of the first Backdrop.",
}


class DataSetForm(TolerantForm):
    """What can be changed of a data set at any time."""

    max_age_expected = AmountField(
        SECONDS,
        LABELS["max_age_expected"],
        initial=DEFAULT_MAX_AGE,
        help_text="A data set that gets nothing for longer counts as out of date. Empty: it never does.",
    )
    capped_size = AmountField(
        BYTES,
        LABELS["capped_size"],
        help_text="The oldest records go when there is more than that. Empty: all of them stay.",
    )
    auto_ids = LinesField(
        label=LABELS["auto_ids"],
        help_text="One key on each line, for example channel. A record with the same values replaces the one before.",
    )
    upload_filters = LinesField(
        label=LABELS["upload_filters"],
        help_text="One on each line. Only for upload tools of the first Backdrop.",
    )

    class Meta:
        model = DataSet
        fields = SETTINGS
        labels = LABELS
        help_texts = HELP


class NewDataSetForm(DataSetForm):
    """The same and what it is about, which never changes."""

    data_group = NameField(
        DataGroup,
        new=True,
        label="Data group",
        help_text="What the data is about: a service, an organisation. One that there is, or a new one.",
    )
    data_type = NameField(
        DataType,
        new=True,
        label="Data type",
        help_text="What kind of data it is, for example licences. One that there is, or a new one.",
    )

    class Meta(DataSetForm.Meta):
        fields = ("data_group", "data_type", "name", *DataSetForm.Meta.fields)
        labels = {**LABELS, "name": "Name"}  # noqa: RUF012 - as Django's forms have it
        help_texts = {  # noqa: RUF012 - as Django's forms have it
            **HELP,
            "name": "Never changes. Leave it empty for the group and type joined by _.",
        }

    def _post_clean(self) -> None:
        """A new group or type is made for the data set to be checked with, and stays if all of it is right."""
        with transaction.atomic():
            for field in ("data_group", "data_type"):
                thing = self.cleaned_data.get(field)
                if thing is not None and thing.pk is None:
                    thing.save()
            super()._post_clean()
            if self.errors:
                transaction.set_rollback(True)

    def clean(self) -> dict[str, Any]:
        """Nothing more than each field's own rules; Django's own says None for "as it is"."""
        return super().clean() or self.cleaned_data
