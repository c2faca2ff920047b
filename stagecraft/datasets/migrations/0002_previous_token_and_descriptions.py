import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="datagroup",
            options={"ordering": ("name",), "verbose_name": "data group"},
        ),
        migrations.AlterModelOptions(
            name="datatype",
            options={"ordering": ("name",), "verbose_name": "data type"},
        ),
        migrations.AddField(
            model_name="datagroup",
            name="description",
            field=models.TextField(
                blank=True,
                default="",
                validators=[
                    django.core.validators.MaxLengthValidator(10000, "must be at most 10000 characters"),
                    django.core.validators.ProhibitNullCharactersValidator(),
                ],
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="previous_bearer_token",
            field=models.CharField(
                blank=True, default="", help_text="Good as well, until the time below.", max_length=255
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="previous_bearer_token_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="datagroup",
            name="name",
            field=models.CharField(
                error_messages={"unique": "is the name of another data group"},
                help_text="Never changes.",
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
        migrations.AlterField(
            model_name="datatype",
            name="description",
            field=models.TextField(
                blank=True,
                default="",
                validators=[
                    django.core.validators.MaxLengthValidator(10000, "must be at most 10000 characters"),
                    django.core.validators.ProhibitNullCharactersValidator(),
                ],
            ),
        ),
        migrations.AlterField(
            model_name="datatype",
            name="name",
            field=models.CharField(
                error_messages={"unique": "is the name of another data type"},
                help_text="Never changes.",
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
    ]
