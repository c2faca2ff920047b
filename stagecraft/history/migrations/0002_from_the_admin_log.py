import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import migrations

AT_ONCE = 500
DID = {1: "made", 2: "changed", 3: "deleted"}
# What of an entry no renamed account changes.
KNOWN_BY = ("at", "account_id", "kind", "key")
LOOKED = "Looked at the token."


def take_over(apps: Any, _schema_editor: Any) -> None:
    """What people did while the history was of people alone, in a table of Django's admin."""
    Entry = apps.get_model("history", "Entry")
    entries = (Entry(**entry(each)) for each in in_order(apps))
    # By hand: bulk_create makes a list of all that it is given before it writes the first of them.
    while some := list(islice(entries, AT_ONCE)):
        Entry.objects.bulk_create(some)


def give_back(apps: Any, _schema_editor: Any) -> None:
    """Delete what was taken over, which the admin's table still has."""
    Entry = apps.get_model("history", "Entry")
    for each in in_order(apps):
        taken = entry(each)
        Entry.objects.filter(**{key: taken[key] for key in KNOWN_BY}).delete()


def in_order(apps: Any) -> Iterator[Any]:
    """The admin's own log, oldest first."""
    log = apps.get_model("admin", "LogEntry").objects.select_related("user", "content_type")
    return log.order_by("pk").iterator(AT_ONCE)


def entry(each: Any) -> dict[str, Any]:
    """An entry of the admin's log as one of ours."""
    about = each.content_type
    return {
        "at": each.action_time,
        "actor": "person",
        "who": each.user.username,
        "account_id": each.user_id,
        "did": "looked" if each.change_message == LOOKED else DID.get(each.action_flag, "changed"),
        "kind": f"{about.app_label}.{about.model}" if about else "",
        "key": (each.object_id or "")[:64],
        "name": each.object_repr[:255],
        "details": "" if each.action_flag == 1 else words(each.change_message),
    }


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

    operations = [migrations.RunPython(take_over, give_back)]
