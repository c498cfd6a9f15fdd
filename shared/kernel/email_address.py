"""What one e-mail address is, for whoever takes one: the desk's forms and the server alike."""

from __future__ import annotations

import re
from typing import Final

EMAIL_SIZE_MIN: Final = 3
EMAIL_SIZE_MAX: Final = 254
"""In characters."""
EMAIL_PATTERN: Final = (
    r"^[^@\s\x00-\x1f\x7f,;:<>()\[\]\\\"]+@[^@\s\x00-\x1f\x7f,;:<>()\[\]\\\"]+(?!\n)$"
)
"""One address, whatever program reads it: what would end it or begin another is none of it."""


def is_email(text: str) -> bool:
    """Tell whether a text is one address; nobody is asked whether it takes mail."""
    is_sized = EMAIL_SIZE_MIN <= len(text) <= EMAIL_SIZE_MAX
    return is_sized and re.match(EMAIL_PATTERN, text) is not None


def email_key(email: str) -> str:
    """Return what e-mail addresses are compared by: two spellings of one give the same."""
    return email.strip().casefold()
