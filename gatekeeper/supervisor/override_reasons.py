"""The reasons that a supervisor can give; their codes stand in the journal, words elsewhere.

A code is only ever added, never changed.
"""

from __future__ import annotations

from enum import StrEnum


class OverrideReason(StrEnum):
    """Why somebody is let in against the rules."""

    IDENTITY_CONFIRMED = "identity_confirmed"
    BOX_OFFICE_CONFIRMS = "box_office_confirms"
    SCANNED_BY_MISTAKE = "scanned_by_mistake"
    LEFT_WITHOUT_SCAN = "left_without_scan"
    BELONGS_TO_GROUP = "belongs_to_group"
    ACCESSIBILITY = "accessibility"
    ORGANIZER = "organizer"
    SAFETY = "safety"


class UndoReason(StrEnum):
    """Why an admission is taken back."""

    DID_NOT_ENTER = "did_not_enter"
    WRONG_NUMBER = "wrong_number"
    WRONG_PERSON = "wrong_person"
    SENT_OUT = "sent_out"
