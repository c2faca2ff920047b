"""Who is changing things: said once at the door, known to whatever is changed behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

PERSON, PROGRAM, COMMAND = "person", "program", "command"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at the admin site, a program with a token, or a command: `kind` says which.

    `name` is what they are called now; `account` the key of a person's.
    """

    kind: str
    name: str
    account: int | None = None


# Who came through no door runs `python -m stagecraft`.
COMMAND_LINE = Actor(COMMAND, "command line")
_acting: ContextVar[Actor] = ContextVar("acting", default=COMMAND_LINE)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """What is changed in the block, this actor changes."""
    before = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(before)


def actor_now() -> Actor:
    """Who is acting."""
    return _acting.get()
