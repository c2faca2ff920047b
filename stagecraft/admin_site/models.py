"""Attempts to log in, by which they are limited."""

from django.db import models


class LogInAttempt(models.Model):
    """One attempt that hasn't led to a log-in (yet).

    Of the name only a keyed hash is kept: people type passwords into the wrong box.
    """

    name_hash = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = (models.Index(fields=("name_hash", "at"), name="attempts_by_name"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"
