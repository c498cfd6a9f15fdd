"""Which of its two readings a wedge scan means, when scanner and computer differ in layout."""

from __future__ import annotations

from typing import Final

from gatekeeper.readers.wedge import WedgeScan
from shared.credential.inspecting import CodeFormat, inspect_code

_LINES: Final = ("GKE1 ", "GKA1 ")
"""Enrolment, and where the server is now."""


def choose_text(scan: WedgeScan) -> str:
    """Return the reading that is a code we know; as typed, if neither or both are."""
    if scan.other_text is None or _is_known(scan.text) or not _is_known(scan.other_text):
        return scan.text
    return scan.other_text


def _is_known(text: str) -> bool:
    return text.startswith(_LINES) or inspect_code(text, ()).format is not CodeFormat.FOREIGN
