"""Data sets and the groups and types that they are found by."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from stagecraft.checked import CheckedModel
from stagecraft.datasets import names, schemas
from stagecraft.datasets.fields import DEFAULT_MAX_AGE, LONGEST_TEXT, faults_in

LEGAL_NAME = RegexValidator(names.PATTERN, names.RULE)


class DataGroup(CheckedModel):
    """What data sets are about: a service, a framework, an organisation."""

    name = models.CharField(
        max_length=names.LONGEST_PART,
        unique=True,
        validators=[LEGAL_NAME],
        error_messages={"unique": "is the name of another data group"},
    )

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class DataType(CheckedModel):
    """What kind of data a data set holds, and what its records must look like."""

    name = models.CharField(
        max_length=names.LONGEST_PART,
        unique=True,
        validators=[LEGAL_NAME],
        error_messages={"unique": "is the name of another data type"},
    )
    description = models.TextField(blank=True)
    schema = models.JSONField(
        null=True,
        blank=True,
        help_text="JSON Schema (draft 3 or 4) of a record, on top of the built-in one.",
    )

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """The schema must be a schema."""
        if self.schema:
            faults = schemas.faults(self.schema)
            if faults:
                raise ValidationError({"schema": faults})


class DataSet(CheckedModel):
    """Where records go and how they may be read: what Backdrop knows as a data set's config."""

    name = models.CharField(
        max_length=names.LONGEST,
        unique=True,
        blank=True,
        validators=[LEGAL_NAME],
        error_messages={"unique": "is the name of another data set"},
        help_text="Never changes. Left empty: the group and type joined by _.",
    )
    data_group = models.ForeignKey(DataGroup, on_delete=models.PROTECT, related_name="data_sets")
    data_type = models.ForeignKey(DataType, on_delete=models.PROTECT, related_name="data_sets")
    bearer_token = models.CharField(
        max_length=LONGEST_TEXT, blank=True, default="", help_text="Empty: nobody may write."
    )
    auto_ids = models.JSONField(default=list, blank=True)
    upload_format = models.CharField(max_length=LONGEST_TEXT, blank=True, default="")
    upload_filters = models.JSONField(default=list, blank=True)
    raw_queries_allowed = models.BooleanField(default=False)
    queryable = models.BooleanField(default=True)
    realtime = models.BooleanField(default=False)
    published = models.BooleanField(default=True)
    capped_size = models.BigIntegerField(null=True, blank=True, help_text="In bytes.")
    max_age_expected = models.BigIntegerField(
        null=True, blank=True, default=DEFAULT_MAX_AGE, help_text="In seconds. Empty: not checked."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "data set"
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("data_group", "data_type"), name="one_data_set_per_group_and_type"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean_fields(self, exclude: Any = None) -> None:
        """The default name is filled in before names are checked."""
        if not self.name and self.data_group_id and self.data_type_id:
            self.name = names.default_name(self.data_group.name, self.data_type.name)
        super().clean_fields(exclude=exclude)

    def clean(self) -> None:
        """Rules about the values, the name that stays, and the pair that no other data set may have."""
        faults: dict[str, list[str]] = {}
        values = {
            key: getattr(self, key) for key in ("bearer_token", "auto_ids", "upload_format", "upload_filters")
        }
        sizes = {key: getattr(self, key) for key in ("capped_size", "max_age_expected")}
        for fault in faults_in({**values, **sizes}):
            faults.setdefault(str(fault.key), []).append(fault.message)
        if self._name_moved():
            faults["name"] = ["can't be changed: the data is stored under it"]
        twin = self._twin()
        if twin is not None:
            faults["data_type"] = [f"is taken, with this data group, by the data set {twin.name}"]
        if faults:
            raise ValidationError(faults)

    def _name_moved(self) -> bool:
        if self.pk is None:
            return False
        stored = DataSet.objects.filter(pk=self.pk).values_list("name", flat=True).first()
        return stored is not None and stored != self.name

    def _twin(self) -> "DataSet | None":
        if not (self.data_group_id and self.data_type_id):
            return None
        same = DataSet.objects.filter(data_group_id=self.data_group_id, data_type_id=self.data_type_id)
        return same.exclude(pk=self.pk).first()
