"""Somebody who can log in to begin with, in development."""

import secrets

from django.contrib.auth.models import User

from stagecraft.checked import changing
from stagecraft.history.models import MADE
from stagecraft.history.notes import note

NAME = "admin"


def make_first_administrator() -> str | None:
    """Make one and answer the password, which is kept as a hash alone; None where anybody has an account."""
    with changing():
        if User.objects.exists():
            return None
        password = secrets.token_urlsafe(12)
        note(MADE, [User.objects.create_superuser(NAME, password=password)])
    return password
