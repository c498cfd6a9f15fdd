"""Who came after everybody had left: what a device knew of a zone's evacuations at an entry. Pure.

An entry that follows its device's own word on a return in its journal, or was made when the device
had read the return in the feed, is of somebody who came after everybody had left: no clock says
otherwise.

Source:
    docs/decisions/0018-evacuation-as-an-exit.md, 0027-order-is-proven.md
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from server.ledger.evacuations_on_record import Word
from shared.admission.evacuation import EvacuationPhase
from shared.kernel.id_types import DeviceId, EvacuationId, ZoneId
from shared.kernel.instant import Instant
from shared.wire.feed import EvacuationNotice


class Told(msgspec.Struct, frozen=True):
    """A word on an evacuation as the feed tells it, and the number that it has there."""

    number: int
    notice: EvacuationNotice


class Returns(msgspec.Struct, frozen=True):
    """The returns into one zone.

    Attributes:
        zone_id: Which zone.
        words: All that was said of the event's evacuations, by entries before the one in question.
        told: What gates were told.
        annulled: Evacuations that the organizer has taken back.
    """

    zone_id: ZoneId
    words: Sequence[Word] = ()
    told: Sequence[Told] = ()
    annulled: frozenset[str] = frozenset()

    def known_to(self, device_id: DeviceId, knew: int) -> Instant:
        """Return when everybody had left by the latest return that a device knew of; 0 for none.

        A word that waits for its stop, or is evidence only, holds at the gate that said it.

        Args:
            device_id: Whose entry follows.
            knew: The number in the feed up to which the device knew all.
        """
        if not self.words and not self.told:  # as on nearly every evening
            return Instant(0)
        own = (
            word.emptied_at
            for word in self.words
            if word.device_id == device_id and word.phase != EvacuationPhase.STOP
            if self._concerns(word.zone_id, word.evacuation_id)
        )
        heard = (
            one.notice.emptied_at
            for one in self.told
            if 0 < one.number <= knew
            if self._concerns(one.notice.zone_id, one.notice.evacuation_id)
        )
        return Instant(max((at for at in (*own, *heard) if at is not None), default=0))

    def _concerns(self, zone_id: ZoneId, evacuation_id: EvacuationId) -> bool:
        return zone_id == self.zone_id and evacuation_id not in self.annulled


def returns_into(zone_id: ZoneId, words: Sequence[Word], told: Iterable[Told]) -> Returns:
    """Gather what was said of returns into a zone; what the organizer has annulled is none."""
    here = [one for one in told if one.notice.zone_id == zone_id]
    annulled = {one.notice.evacuation_id for one in here if one.notice.annulled}
    return Returns(zone_id, words, here, frozenset(annulled))
