"""Data sets and the groups and types that they are found by."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator, RegexValidator
from django.db import models

from stagecraft.api.shapes import faults_in
from stagecraft.api_users.tokens import new_token
from stagecraft.checked import CheckedModel, changing
from stagecraft.datasets import names, schemas, tokens
from stagecraft.datasets.due_drops import drop_first
from stagecraft.datasets.fields import DATA_SET, DATA_SET_FIXED, DEFAULT_MAX_AGE, LONGEST_TEXT

LEGAL_NAME = RegexValidator(names.PATTERN, names.RULE)
DESCRIBED = (
    MaxLengthValidator(10_000, "must be at most 10000 characters"),
    ProhibitNullCharactersValidator(),
)
VALUES = (
    "bearer_token",
    "previous_bearer_token",
    "auto_ids",
    "upload_format",
    "upload_filters",
    "capped_size",
    "max_age_expected",
)


class DataGroup(CheckedModel):
    """What data sets are about: a service, a framework, an organisation."""

    FIXED: ClassVar[Mapping[str, str]] = {
        "name": "can't be changed: readers and writers find data sets by it"
    }

    name = models.CharField(
        max_length=names.LONGEST_PART,
        unique=True,
        validators=[LEGAL_NAME],
        error_messages={"unique": "is the name of another data group"},
        help_text="Never changes.",
    )
    description = models.TextField(blank=True, default="", validators=DESCRIBED)

    class Meta:
        verbose_name = "data group"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class DataType(CheckedModel):
    """What kind of data a data set holds, and what its records must look like."""

    FIXED: ClassVar[Mapping[str, str]] = DataGroup.FIXED

    name = models.CharField(
        max_length=names.LONGEST_PART,
        unique=True,
        validators=[LEGAL_NAME],
        error_messages={"unique": "is the name of another data type"},
        help_text="Never changes.",
    )
    description = models.TextField(blank=True, default="", validators=DESCRIBED)
    schema = models.JSONField(
        null=True,
        blank=True,
        help_text="JSON Schema (draft 3 or 4) of a record, on top of the built-in one.",
    )

    class Meta:
        verbose_name = "data type"
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

    FIXED: ClassVar[Mapping[str, str]] = DATA_SET_FIXED
    WORDS: ClassVar[Mapping[str, str]] = {
        "queryable": "readable",
        "raw_queries_allowed": "single records may be read",
        "realtime": "real time",
        "max_age_expected": "new records expected every",
        "capped_size": "kept at most",
        "auto_ids": "records are the same when these agree",
        "bearer_token": "token",
        "previous_bearer_token": "token before",
        "previous_bearer_token_until": "until when the token before works",
    }

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
    previous_bearer_token = models.CharField(
        max_length=LONGEST_TEXT, blank=True, default="", help_text="Good as well, until the time below."
    )
    previous_bearer_token_until = models.DateTimeField(null=True, blank=True)
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValidationError; for a new one also a 503, while what an earlier one of its name left isn't gone."""
        with changing():
            is_new = self._state.adding
            super().save(*args, **kwargs)
            if is_new:
                # Last: what is dropped doesn't come back when something fails here.
                drop_first(self.name)

    def make_token_anew(self, now: datetime, overlap: timedelta = timedelta(0)) -> str:
        """A new random token, saved and answered. The present one stays good for `overlap`; one that was
        before that is good no more. Raises a 404 when the data set is gone."""
        with changing():
            self.reload()
            stays = overlap > timedelta(0) and self.bearer_token
            self.previous_bearer_token = self.bearer_token if stays else ""
            self.previous_bearer_token_until = now + overlap if stays else None
            self.bearer_token = new_token()
            until = f" The one before works until {now + overlap:%-d %B %Y, %H:%M} UTC." if stays else ""
            self.save(noted=f"Made the token anew.{until}")
        return self.bearer_token

    def clean_fields(self, exclude: Any = None) -> None:
        """The default name is filled in before names are checked."""
        if not self.name and self.data_group_id and self.data_type_id:
            self.name = names.default_name(self.data_group.name, self.data_type.name)
        super().clean_fields(exclude=exclude)

    def clean(self) -> None:
        """Rules about the values that change, and the pair that no other data set may have."""
        faults: dict[str, list[str]] = {}
        unchanged = self.unchanged()
        values = {key: getattr(self, key) for key in VALUES if key not in unchanged}
        pair = {key: getattr(self, key) for key in (tokens.PREVIOUS, tokens.UNTIL)}
        if unchanged.issuperset(pair):
            pair = {}
        for fault in [*faults_in(values, DATA_SET), *tokens.pair_faults(pair)]:
            faults.setdefault(str(fault.key), []).append(fault.message)
        twin = self._twin()
        if twin is not None:
            faults["data_type"] = [f"is taken, with this data group, by the data set {twin.name}"]
        if faults:
            raise ValidationError(faults)

    def _twin(self) -> "DataSet | None":
        if not (self.data_group_id and self.data_type_id):
            return None
        same = DataSet.objects.filter(data_group_id=self.data_group_id, data_type_id=self.data_type_id)
        return same.exclude(pk=self.pk).first()
