"""The log of who changed what."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from stagecraft.history.actors import COMMAND, PERSON, PROGRAM

MADE, CHANGED, DELETED, LOOKED = "made", "changed", "deleted", "looked"
LONGEST_NAME = 255


class Entry(models.Model):
    """One thing that somebody did, as it was called then: names of fields and never their values, so no token.

    `kind` and `key` tell what it was about (`datasets.dataset`, its primary key), also after that is gone.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.CharField(
        max_length=10,
        choices=[(PERSON, "People"), (PROGRAM, "Programs"), (COMMAND, "Command line")],
    )
    who = models.CharField(max_length=150)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="entries"
    )
    did = models.CharField(
        max_length=10,
        choices=[(MADE, "Made"), (CHANGED, "Changed"), (DELETED, "Deleted"), (LOOKED, "Looked")],
    )
    kind = models.CharField(max_length=100)
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=LONGEST_NAME)
    # The names of the fields that changed, or a sentence that says by itself what was done.
    details = models.TextField(blank=True, default="")
    is_sentence = models.BooleanField(default=False)

    class Meta:
        verbose_name = "entry"
        verbose_name_plural = "entries"
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=("kind", "key"), name="entries_of_a_thing"),)

    def __str__(self) -> str:
        return f"{self.who} {self.did} {self.name}"
