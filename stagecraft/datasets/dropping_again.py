"""Dropping once more what deletions have left to be dropped: right after one, and whenever Stagecraft starts."""

import logging
from time import monotonic

from stagecraft import data_api
from stagecraft.checked import changing
from stagecraft.datasets.due_drops import DueDrop
from stagecraft.datasets.models import DataSet

log = logging.getLogger(__name__)

# Whoever deletes a data set waits for its own drop; for those of others no new one is begun after this long.
SECONDS_FOR_OTHERS = 2.0
MOST_AT_A_START = 20


def drop_after_deletion(name: str) -> None:
    """Drop the data of the data set that was just deleted, and of others only as long as that is quick.

    What can't be dropped is logged, and ends it: the next one would have to wait as long.
    """
    until = monotonic() + SECONDS_FOR_OTHERS
    if not _dropped(name):
        return
    for other in list(DueDrop.objects.values_list("name", flat=True)[:MOST_AT_A_START]):
        if monotonic() > until or not _dropped(other):
            return


def drop_at_a_start() -> None:
    """Drop what is noted, the latest first. The first that can't be dropped ends it."""
    for name in list(DueDrop.objects.values_list("name", flat=True)[:MOST_AT_A_START]):
        if not _dropped(name):
            return


def _dropped(name: str) -> bool:
    # Nobody makes a data set of this name meanwhile: its first records would go too.
    with changing():
        found = DueDrop.objects.filter(name=name).first()
        if found is None:
            return True  # somebody else was quicker
        if DataSet.objects.filter(name=name).exists():
            # However it came to be there: the data is a living one's.
            log.error(
                "a data set that was to be dropped once more is there: not dropped", extra={"data_set": name}
            )
            found.delete()
            return True
        try:
            data_api.drop(name)
        except data_api.NotDropped as refused:
            log.warning(
                "a data set is deleted, but its data has yet to be dropped once more: the next deletion, the next "
                "start and whoever makes one of this name will try again",
                extra={"data_set": name, "reason": str(refused)},
            )
            return False
        found.delete()
    return True
