"""What senders wrote, shown back to them in messages."""

from __future__ import annotations


def shown(text: str, at_most: int = 100) -> str:
    """The text, cut to a readable length, with what UTF-8 can't carry written as an escape."""
    cut = text if len(text) <= at_most else text[:at_most] + "…"
    return cut.encode("utf-8", "backslashreplace").decode()
