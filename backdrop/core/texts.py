"""What every engine has to know about texts: which ones can be stored, and which ones begin alike."""

from __future__ import annotations

_LAST_CHARACTER = "\U0010ffff"
_LAST_BEFORE_SURROGATES, _FIRST_AFTER_SURROGATES = 0xD7FF, 0xE000


def is_unicode(text: str) -> bool:
    """Whether it can be stored and sent as UTF-8; half of a surrogate pair can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def after_prefix(prefix: str) -> str | None:
    """The first text after all that begin with the prefix, in the order of code points; None when there is none."""
    kept = prefix.rstrip(_LAST_CHARACTER)
    if not kept:
        return None
    last = ord(kept[-1])
    following = _FIRST_AFTER_SURROGATES if last == _LAST_BEFORE_SURROGATES else last + 1
    return kept[:-1] + chr(following)
