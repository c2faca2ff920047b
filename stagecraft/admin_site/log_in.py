"""Logging in, a few attempts at a time."""

import logging
import unicodedata
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.crypto import salted_hmac

from stagecraft.admin_site.models import LogInAttempt
from stagecraft.checked import changing

log = logging.getLogger(__name__)

MOST_ATTEMPTS, WINDOW = 10, timedelta(minutes=15)
WRONG = "This name and password don't go together, or the account may not log in. Capital letters matter."


class LogInForm(AdminAuthenticationForm):
    """The log-in form. After `MOST_ATTEMPTS` in vain for a name within `WINDOW` no password is looked at.

    An attempt is counted before its password is checked, so that many at once don't slip through. Names that
    nobody has count as well: the answer tells nothing about who is there.
    """

    error_messages = {  # noqa: RUF012 - as Django's form has it
        **AdminAuthenticationForm.error_messages,
        "invalid_login": WRONG,
    }

    def clean(self) -> Any:
        name = self.cleaned_data.get("username")
        if not name or not self.cleaned_data.get("password"):
            return super().clean()
        hashed = name_hash(name)
        if not may_try(hashed, timezone.now()):
            log.warning("too many attempts to log in", extra={"name_hash": hashed[:12]})
            minutes = int(WINDOW.total_seconds() // 60)
            raise ValidationError(f"Too many attempts. Wait {minutes} minutes and try again.", "too_many")
        cleaned = super().clean()
        LogInAttempt.objects.filter(name_hash=hashed).delete()
        return cleaned


def may_try(hashed: str, now: datetime) -> bool:
    """Count an attempt for a name, unless there were too many."""
    with changing():
        LogInAttempt.objects.filter(at__lt=now - WINDOW).delete()
        if LogInAttempt.objects.filter(name_hash=hashed).count() >= MOST_ATTEMPTS:
            return False
        LogInAttempt.objects.create(name_hash=hashed, at=now)
        return True


def name_hash(name: str) -> str:
    """The same for all ways to write a name."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return salted_hmac("stagecraft.log-in", folded, algorithm="sha256").hexdigest()
