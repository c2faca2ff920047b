"""What every model here has in common: nothing invalid gets saved, and who changed what is noted, whoever it is."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction

from stagecraft.api.errors import not_found
from stagecraft.history.models import CHANGED, DELETED, MADE
from stagecraft.history.notes import as_stored, changed_fields, note

# PostgreSQL's advisory locks are told apart by numbers; any that nobody else uses in this database.
LOCK_OF_CHANGES, LOCK_OF_PREPARING = 5_310_320_131, 5_310_320_132


@contextmanager
def changing() -> Iterator[None]:
    """A transaction beside which nobody else changes anything, so that what a rule reads stays true.

    Two that are right each by itself (a name, two transforms that make a circle together) thus come
    one after the other, and the second is refused. Changes are rare and quick; reading waits for none.
    SQLite has its one write lock, which a transaction of ours takes when it begins.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_OF_CHANGES])
        yield


class CheckedModel(models.Model):
    """A model that validates itself in the transaction that saves it.

    So a command, the API and the admin site keep the same rules, and what a rule read is still
    true when the row is written. The history gets its entry there too. `FIXED` has the fields that
    keep the value they were made with, and why; `WORDS` what people call those whose name in the API isn't
    what their form says.
    """

    FIXED: ClassVar[Mapping[str, str]] = {}
    WORDS: ClassVar[Mapping[str, str]] = {}

    class Meta:
        abstract = True

    def save(self, *args: Any, noted: str = "", **kwargs: Any) -> None:
        """Raises ValidationError with every fault, by field, and a 404 for what somebody has deleted meanwhile:
        whoever loaded it before the lock of changes was theirs would bring it back.

        The history names the fields that change, or says the sentence `noted` in their place; nothing when none does.
        """
        with changing():
            stored = self._stored()
            if stored is None and not self._state.adding:
                raise self._gone()
            self.full_clean()
            super().save(*args, **kwargs)
            if stored is None:
                note(MADE, [self])
            elif fields := changed_fields(self, stored, self.WORDS):
                note(CHANGED, [self], ", ".join(fields), sentence=noted)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raises ProtectedError when others refer to it."""
        with changing():
            # The key is gone afterwards. Who can't delete it rolls this back; who comes second deletes nothing.
            if self._stored() is not None:
                note(DELETED, [self])
            return super().delete(*args, **kwargs)

    def reload(self) -> None:
        """As it is stored now. Raises a 404."""
        try:
            self.refresh_from_db()
        except type(self).DoesNotExist:
            raise self._gone() from None

    def unchanged(self) -> frozenset[str]:
        """The fields that are as they are stored; none of what is new."""
        stored = self._stored()
        return frozenset() if stored is None else as_stored(self, stored)

    def clean_fields(self, exclude: Any = None) -> None:
        """Fixed fields are checked with the others. What stays as it is isn't checked anew: a rule that came after
        it locks nobody out of changing the rest."""
        errors: dict[str, Any] = {}
        try:
            super().clean_fields(exclude={*(exclude or ()), *self.unchanged()})
        except ValidationError as invalid:
            errors = invalid.update_error_dict(errors)
        for field in self._moved():
            errors.setdefault(field, []).append(ValidationError(self.FIXED[field]))
        if errors:
            raise ValidationError(errors)

    def _gone(self) -> Exception:
        return not_found(f"This {self._meta.verbose_name} is gone: somebody has deleted it meanwhile")

    def _stored(self) -> dict[str, Any] | None:
        if self._state.adding:
            return None
        return type(self)._default_manager.filter(pk=self.pk).values().first()

    def _moved(self) -> list[str]:
        if self._state.adding or not self.FIXED:
            return []
        names = [self._meta.get_field(field).attname for field in self.FIXED]
        stored = type(self)._default_manager.filter(pk=self.pk).values(*names).first() or {}
        return [
            field
            for field, name in zip(self.FIXED, names, strict=True)
            if name in stored and stored[name] != getattr(self, name)
        ]
