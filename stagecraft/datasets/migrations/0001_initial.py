import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="DataGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        error_messages={"unique": "is the name of another data group"},
                        max_length=100,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z][a-z0-9_-]*\\Z",
                                "must begin with a small letter and go on with small letters, digits, '_' and '-'",
                            )
                        ],
                    ),
                ),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="DataType",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        error_messages={"unique": "is the name of another data type"},
                        max_length=100,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z][a-z0-9_-]*\\Z",
                                "must begin with a small letter and go on with small letters, digits, '_' and '-'",
                            )
                        ],
                    ),
                ),
                ("description", models.TextField(blank=True)),
                (
                    "schema",
                    models.JSONField(
                        blank=True,
                        help_text="JSON Schema (draft 3 or 4) of a record, on top of the built-in one.",
                        null=True,
                    ),
                ),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="DataSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        blank=True,
                        error_messages={"unique": "is the name of another data set"},
                        help_text="Never changes. Left empty: the group and type joined by _.",
                        max_length=201,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z][a-z0-9_-]*\\Z",
                                "must begin with a small letter and go on with small letters, digits, '_' and '-'",
                            )
                        ],
                    ),
                ),
                (
                    "bearer_token",
                    models.CharField(
                        blank=True, default="", help_text="Empty: nobody may write.", max_length=255
                    ),
                ),
                ("auto_ids", models.JSONField(blank=True, default=list)),
                ("upload_format", models.CharField(blank=True, default="", max_length=255)),
                ("upload_filters", models.JSONField(blank=True, default=list)),
                ("raw_queries_allowed", models.BooleanField(default=False)),
                ("queryable", models.BooleanField(default=True)),
                ("realtime", models.BooleanField(default=False)),
                ("published", models.BooleanField(default=True)),
                ("capped_size", models.BigIntegerField(blank=True, help_text="In bytes.", null=True)),
                (
                    "max_age_expected",
                    models.BigIntegerField(
                        blank=True, default=2678400, help_text="In seconds. Empty: not checked.", null=True
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("modified_at", models.DateTimeField(auto_now=True)),
                (
                    "data_group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="data_sets",
                        to="datasets.datagroup",
                    ),
                ),
                (
                    "data_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="data_sets",
                        to="datasets.datatype",
                    ),
                ),
            ],
            options={
                "verbose_name": "data set",
                "ordering": ("name",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("data_group", "data_type"), name="one_data_set_per_group_and_type"
                    )
                ],
            },
        ),
    ]
