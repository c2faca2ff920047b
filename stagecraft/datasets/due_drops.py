"""Names whose data is to be dropped once more, because a data set of that name was deleted.

Backdrop's processes keep a config for a while, so between the drop of a data set's data and its end here
records can still come in. A second drop, when no config of it can be had any more, is the last one. Until it
is known to have worked its name is noted here, and nobody makes a data set of that name.
"""

from django.db import models

from stagecraft import data_api
from stagecraft.api.errors import unavailable
from stagecraft.datasets import names


class DueDrop(models.Model):
    """The name of a data set that was deleted; gone once its data is."""

    name = models.CharField(max_length=names.LONGEST, unique=True)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-since", "-id")

    def __str__(self) -> str:
        return self.name


def drop_later(name: str) -> None:
    """Note that the data of a data set, which goes in this transaction, is to be dropped once more."""
    DueDrop.objects.get_or_create(name=name)


def drop_first(name: str) -> None:
    """For whoever makes a data set, in the transaction of it: what an earlier one of its name has left goes.

    Raises a 503 when that isn't known to be gone.
    """
    found = DueDrop.objects.filter(name=name).first()
    if found is None:
        return
    try:
        data_api.drop(name)
    except data_api.NotDropped as refused:
        raise unavailable(
            f"A data set called {name} was deleted, and records may have come in meanwhile, which have to go "
            f"first. {refused}, so nothing is made: try again later"
        ) from None
    found.delete()
