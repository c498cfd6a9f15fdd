"""What the lane is asked about: a text as it is, a tag resolved exactly once, a ticket picked."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec
from cachetools import FIFOCache

from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.readers.nfc.tag_presenting import MediaRule, present_tag_scan
from gatekeeper.readers.nfc.tag_scan import TagScan
from shared.kernel.id_types import TicketId
from shared.manifest.presenting import Presented, present_found


class PickedTicket(msgspec.Struct, frozen=True):
    """A ticket that a supervisor has picked from a list; nobody has shown a code.

    Attributes:
        ticket_id: Which one.
        person: Opaque id of the supervisor.
        why: Code of what they vouch for.
    """

    ticket_id: TicketId
    person: str
    why: str


Scannable: TypeAlias = str | TagScan | PickedTicket
"""A text from a code or a keyboard, a tag's reading, or a ticket that was found by name."""

_TAGS_KEPT: Final = 200


class TagResolver:
    """Resolves tags for one lane, each reading once, however often the lane is asked about it.

    A SUN message is taken once, but a scan may be asked several times: how many pass, whether the
    proof was seen, whether a supervisor says otherwise.
    """

    def __init__(self, rule: MediaRule) -> None:
        """Resolve by an event's rule."""
        self._rule = rule
        self._known: FIFOCache[tuple[str, TagScan], Presented] = FIFOCache(_TAGS_KEPT)

    def take(self, code: Scannable, event: EventKnowledge | None) -> Presented:
        """Return what is asked about; nothing is taken from a tag while no event is known."""
        if isinstance(code, str):
            return Presented(text=code)
        if isinstance(code, PickedTicket):
            return present_found(code.ticket_id)
        if event is None:
            return Presented(tag_uid=code.uid.hex())
        key = (event.event_id, code)
        tag = self._known.get(key)
        if tag is None:
            tag = self._known[key] = present_tag_scan(
                code, event.keyring, event_id=event.event_id, rule=self._rule
            )
        return tag
