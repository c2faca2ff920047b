from django.db import migrations, models


class Migration(migrations.Migration):
    # Lets who was killed between making the table and noting that it is made go on.
    initial = True

    dependencies = [
        ("datasets", "0002_previous_token_and_descriptions"),
    ]

    operations = [
        migrations.CreateModel(
            name="DueDrop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=201, unique=True)),
                ("since", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ("-since", "-id"),
            },
        ),
    ]
