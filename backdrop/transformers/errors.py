"""What can keep a transform from its end, by what is to be done about it."""

from __future__ import annotations

from backdrop.core.errors import BackdropError


class Refused(BackdropError):
    """Trying again would change nothing: options that make no sense, a circle, a request that was refused.
    Parked at once; the text is the reason that an operator reads."""


class Delayed(BackdropError):
    """Something is away for a while; worth trying again until patience ends."""


class Unsteady(Delayed):
    """The input changes all the while that a run reads it. Nothing is wrong and whoever changes it will end some time,
    so patience doesn't."""


class NotSettled(Delayed):
    """An answer that is wrong for good, or only until every process has heard of a new data set or token:
    worth a few tries, no more."""
