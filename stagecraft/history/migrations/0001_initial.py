import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                (
                    "actor",
                    models.CharField(
                        choices=[("person", "People"), ("program", "Programs"), ("command", "Command line")],
                        max_length=10,
                    ),
                ),
                ("who", models.CharField(max_length=150)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "did",
                    models.CharField(
                        choices=[
                            ("made", "Made"),
                            ("changed", "Changed"),
                            ("deleted", "Deleted"),
                            ("looked", "Looked"),
                        ],
                        max_length=10,
                    ),
                ),
                ("kind", models.CharField(max_length=100)),
                ("key", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=255)),
                ("details", models.TextField(blank=True, default="")),
            ],
            options={
                "verbose_name": "entry",
                "verbose_name_plural": "entries",
                "ordering": ("-at", "-id"),
                "indexes": [models.Index(fields=["kind", "key"], name="entries_of_a_thing")],
            },
        ),
    ]
