"""What is said of a line of a guest list that cannot be taken, whichever way the list comes.

The desk has its own words for these sentences: `gatekeeper/presenters/desk/guest_import_words.py`.
"""

from __future__ import annotations

from typing import Final

IS_ROUNDED: Final = (
    "is a number or a date that the spreadsheet has made of it; make its column text"
)
IS_BADGE: Final = "is a badge of staff: gates read it as one, and let nobody in on it"
CODE_AND_UID: Final = "give one of code and uid"
NO_TEXT: Final = "is no text that a scanner could read"
OURS: Final = "means a ticket of ours"
OWN_FORM: Final = "looks like a ticket of ours and is read as one"
RANDOM_TAG: Final = "is drawn anew at each tap and names no tag"
NAMES_NOBODY: Final = "is missing; an address alone names nobody"
SEVERAL_TYPES: Final = "is the name of several types"
OTHER_TYPE: Final = "is known as a ticket of another type"
IS_SEATED: Final = "is for reserved seats, and a list without codes has none"
REMOVED: Final = "was removed before, and stays so"


def stands_already(line: int) -> str:
    """Say that a code or a tag's UID stands on an earlier line."""
    return f"stands on line {line} already"
