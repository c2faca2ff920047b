import uuid

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("datasets", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="TransformType",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "name",
                    models.CharField(
                        error_messages={"unique": "is the name of another transform type"},
                        max_length=100,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z][a-z0-9_-]*\\Z", "must be small letters, digits, '_' and '-'"
                            )
                        ],
                    ),
                ),
                (
                    "function",
                    models.CharField(
                        max_length=255,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[A-Za-z_]\\w*(\\.[A-Za-z_]\\w*)+\\Z",
                                "must be a dotted name, as package.module.function",
                            )
                        ],
                    ),
                ),
                (
                    "schema",
                    models.JSONField(blank=True, default=dict, help_text="JSON Schema of the options."),
                ),
            ],
            options={
                "verbose_name": "transform type",
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="Transform",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("query_parameters", models.JSONField(blank=True, default=dict)),
                ("options", models.JSONField(blank=True, default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("modified_at", models.DateTimeField(auto_now=True)),
                (
                    "input_group",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: every group.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="datasets.datagroup",
                    ),
                ),
                (
                    "input_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="datasets.datatype"
                    ),
                ),
                (
                    "output_group",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the group of the input.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="datasets.datagroup",
                    ),
                ),
                (
                    "output_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="datasets.datatype"
                    ),
                ),
                (
                    "type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transforms",
                        to="transforms.transformtype",
                    ),
                ),
            ],
            options={
                "ordering": ("created_at", "id"),
            },
        ),
    ]
