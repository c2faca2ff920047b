import json
from collections.abc import Iterator
from typing import Any

from django.db import migrations

AT_ONCE = 500
DID = {1: "made", 2: "changed", 3: "deleted"}
LOOKED = "Looked at the token."


def take_over(apps: Any, _schema_editor: Any) -> None:
    """What people did while the history was of people alone, in a table of Django's admin."""
    Entry = apps.get_model("history", "Entry")
    old = apps.get_model("admin", "LogEntry").objects.select_related("user", "content_type").order_by("pk")
    Entry.objects.bulk_create(
        (
            Entry(
                at=each.action_time,
                actor="person",
                who=each.user.username,
                account_id=each.user_id,
                did="looked" if each.change_message == LOOKED else DID.get(each.action_flag, "changed"),
                kind=f"{each.content_type.app_label}.{each.content_type.model}" if each.content_type else "",
                key=(each.object_id or "")[:64],
                name=each.object_repr[:255],
                details="" if each.action_flag == 1 else words(each.change_message),
            )
            for each in old.iterator(AT_ONCE)
        ),
        batch_size=AT_ONCE,
    )


def words(message: str) -> str:
    """The words of a message, or the fields that its JSON names."""
    if not message.startswith("["):
        return message
    return ", ".join(fields(json.loads(message)))


def fields(parts: Any) -> Iterator[str]:
    """Those of each part that tells of a change."""
    for part in parts:
        yield from part.get("changed", {}).get("fields", [])


class Migration(migrations.Migration):
    dependencies = [
        ("history", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [migrations.RunPython(take_over, migrations.RunPython.noop)]
