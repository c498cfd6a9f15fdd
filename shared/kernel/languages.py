"""The languages that windows, papers, mails and reports are written in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

ENGLISH: Final = "en"
Language = Literal["en", "de", "fr", "es", "th", "ar"]
LANGUAGE_NAMES: Final[Mapping[str, str]] = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "th": "ไทย",
    "ar": "العربية",
}
"""As their speakers write them; never translated."""
RIGHT_TO_LEFT: Final = frozenset({"ar"})
