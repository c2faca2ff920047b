"""The five built-in transform types. A later change of them takes a migration that runs this again."""

from typing import Any

from django.db import migrations

from stagecraft.transforms.built_in import BUILT_IN_TYPES


def put_built_in_types(apps: Any, _schema_editor: Any) -> None:
    transform_type = apps.get_model("transforms", "TransformType")
    for built_in in BUILT_IN_TYPES:
        values = {"name": built_in.name, "function": built_in.function, "schema": built_in.schema}
        transform_type.objects.update_or_create(id=built_in.id, defaults=values)


class Migration(migrations.Migration):
    dependencies = [("transforms", "0001_initial")]

    operations = [migrations.RunPython(put_built_in_types, migrations.RunPython.noop)]
