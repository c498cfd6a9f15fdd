"""What the lane is asked about: a text as it is, a tag resolved exactly once, a ticket picked."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec
from cachetools import FIFOCache

from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.readers.nfc.presenting import MediaRule, PresentedTag, present_tag_scan
from gatekeeper.readers.nfc.tag_scan import TagScan
from shared.kernel.id_types import TicketId
from shared.manifest.presenting import Presented, present_found


class FoundTicket(msgspec.Struct, frozen=True):
    """A ticket that a supervisor has picked from a list; nobody has shown a code.

    Attributes:
        ticket_id: Which one.
        person: Opaque id of the supervisor.
        why: Code of what they vouch for.
    """

    ticket_id: TicketId
    person: str
    why: str


Scannable: TypeAlias = str | TagScan | FoundTicket
"""A text from a code or a keyboard, a tag's reading, or a ticket that was found by name."""

FOUND_MARK: Final = "\ud800found:"
TAG_MARK: Final = "\ud800tag:"
"""Begins what is hashed of a tag: a lone half of a character, which no text holds."""
_TAGS_KEPT: Final = 200


class Scanned(msgspec.Struct, frozen=True):
    """What is asked about.

    Attributes:
        text: A text; of a tag what the ledger is asked with.
        presented: What a tag turned out to be; None for a text, which is resolved when it is
            looked up.
        tag_uid: The tag's UID in hex, where the ledger must know it.
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


class TagResolver:
    """Resolves tags for one lane, each reading once, however often the lane is asked about it.

    A SUN message is taken once, but a scan may be asked several times: how many pass, whether the
    proof was seen, whether a supervisor says otherwise.
    """

    def __init__(self, rule: MediaRule) -> None:
        """Resolve by an event's rule."""
        self._rule = rule
        self._known: FIFOCache[tuple[str, TagScan], PresentedTag] = FIFOCache(_TAGS_KEPT)

    def take(self, code: Scannable, event: EventKnowledge | None) -> Scanned:
        """Return what is asked about; nothing is taken from a tag while no event is known."""
        if isinstance(code, str):
            return Scanned(code)
        if isinstance(code, FoundTicket):
            return Scanned("", present_found(code.ticket_id))
        if event is None:
            return Scanned("", tag_uid=code.uid.hex())
        key = (event.event_id, code)
        tag = self._known.get(key)
        if tag is None:
            tag = self._known[key] = present_tag_scan(
                code, event.keyring, event_id=event.event_id, rule=self._rule
            )
        return Scanned(tag.code, tag.presented, tag.tag_uid)
