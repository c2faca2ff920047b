"""Dashboards, as far as transforms ask after them: which show a data set, which belong to a service."""

from uuid import uuid4

from django.core.validators import RegexValidator
from django.db import models

from stagecraft.checked import CheckedModel
from stagecraft.datasets.models import DataSet

LEGAL_SLUG = RegexValidator(r"\A[a-z0-9][a-z0-9-]*\Z", "must be small letters, digits and '-'")


class Dashboard(CheckedModel):
    """A page of modules about a service."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    slug = models.CharField(
        max_length=100,
        unique=True,
        validators=[LEGAL_SLUG],
        error_messages={"unique": "is the slug of another dashboard"},
    )
    title = models.CharField(max_length=255, blank=True)
    published = models.BooleanField(default=False)

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.slug


class DashboardService(CheckedModel):
    """A service of the transactions explorer that a dashboard is about."""

    dashboard = models.ForeignKey(Dashboard, on_delete=models.CASCADE, related_name="services")
    service_id = models.CharField(max_length=255, db_index=True)

    class Meta:
        verbose_name = "service of a dashboard"
        verbose_name_plural = "services of dashboards"
        ordering = ("service_id",)
        constraints = (
            models.UniqueConstraint(fields=("dashboard", "service_id"), name="a_service_once_per_dashboard"),
        )

    def __str__(self) -> str:
        return f"{self.dashboard.slug}: {self.service_id}"


class Module(CheckedModel):
    """A part of a dashboard that shows a data set, or none (a heading, a text)."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    dashboard = models.ForeignKey(Dashboard, on_delete=models.CASCADE, related_name="modules")
    slug = models.CharField(max_length=100, validators=[LEGAL_SLUG])
    data_set = models.ForeignKey(
        DataSet, on_delete=models.PROTECT, null=True, blank=True, related_name="modules"
    )

    class Meta:
        ordering = ("slug",)
        constraints = (
            models.UniqueConstraint(fields=("dashboard", "slug"), name="a_module_slug_once_per_dashboard"),
        )

    def __str__(self) -> str:
        return f"{self.dashboard.slug}/{self.slug}"
