from typing import Any

from django.db import migrations, models


def tell_apart(apps: Any, _schema_editor: Any) -> None:
    """Until now sentences were what ends with a full stop."""
    apps.get_model("history", "Entry").objects.filter(details__endswith=".").update(is_sentence=True)


class Migration(migrations.Migration):
    # Not its app's first, but like one: whoever is killed before Django has noted it finds the column there.
    initial = True

    dependencies = [("history", "0002_from_the_admin_log")]

    operations = [
        migrations.AddField("entry", "is_sentence", models.BooleanField(default=False)),
        migrations.RunPython(tell_apart, migrations.RunPython.noop),
    ]
