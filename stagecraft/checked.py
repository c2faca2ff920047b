"""What every model here has in common: nothing invalid gets saved, whoever saves it."""

from typing import Any

from django.db import models, transaction


class CheckedModel(models.Model):
    """A model that validates itself in the transaction that saves it.

    So a command, the API and the admin site keep the same rules, and what a rule read is still
    true when the row is written.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValidationError with every fault, by field."""
        with transaction.atomic():
            self.full_clean()
            super().save(*args, **kwargs)
