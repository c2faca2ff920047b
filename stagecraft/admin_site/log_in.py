"""Logging in, a few attempts at a time."""

import logging
import unicodedata
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.crypto import salted_hmac

from stagecraft.admin_site.models import LogInAttempt
from stagecraft.checked import changing

log = logging.getLogger(__name__)

MOST_ATTEMPTS, WINDOW = 10, timedelta(minutes=15)
WRONG = "This username and password don't go together, or the account may not log in. Capital letters matter."


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
        wait = counted_or_wait(hashed, timezone.now())
        if wait is not None:
            log.warning("too many attempts to log in", extra={"name_hash": hashed[:12]})
            raise ValidationError(f"Too many attempts. Wait {_in_minutes(wait)} and try again.", "too_many")
        cleaned = super().clean()
        LogInAttempt.objects.filter(name_hash=hashed).delete()
        return cleaned


def counted_or_wait(hashed: str, now: datetime) -> timedelta | None:
    """Count an attempt for a name; where there were too many, how long until the next may be made."""
    with changing():
        LogInAttempt.objects.filter(at__lt=now - WINDOW).delete()
        earlier = LogInAttempt.objects.filter(name_hash=hashed).order_by("-at")[:MOST_ATTEMPTS]
        times = list(earlier.values_list("at", flat=True))
        if len(times) == MOST_ATTEMPTS:
            return times[-1] + WINDOW - now
        LogInAttempt.objects.create(name_hash=hashed, at=now)
        return None


def _in_minutes(wait: timedelta) -> str:
    """Rounded up, so that whoever waits that long doesn't come too early."""
    minutes = max(1, ceil(wait / timedelta(minutes=1)))
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def name_hash(name: str) -> str:
    """The same for all ways to write a name."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return salted_hmac("stagecraft.log-in", folded, algorithm="sha256").hexdigest()
