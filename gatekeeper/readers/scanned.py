"""What a reader gave, or a person picked, as the lane and the ledger are asked about it."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.manifest.presenting import Presented

FOUND_MARK: Final = "\ud800found:"
TAG_MARK: Final = "\ud800tag:"
"""Begins what is hashed of a tag: a lone half of a character, which no text holds."""


class Scanned(msgspec.Struct, frozen=True):
    """What was read or picked, and how the ledger is asked about it.

    Attributes:
        text: What a code says; of a tag the credential in hex, its text, or "" where it points.
        presented: What a tag turned out to be, or the ticket that was picked; None for a text,
            which is resolved when it is looked up.
        tag_uid: The tag's UID in hex; None where a text was all that there was.
    """

    text: str
    presented: Presented | None = None
    tag_uid: str | None = None

    @property
    def hashed(self) -> str:
        """What the journal keeps a hash of."""
        if self.presented is not None and self.presented.is_found:
            return f"{FOUND_MARK}{self.presented.ticket_id}"
        if self.tag_uid is None:
            return self.text
        return TAG_MARK + (self.text or self.tag_uid)
