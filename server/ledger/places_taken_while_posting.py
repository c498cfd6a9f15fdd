"""Which places are taken in zones of limited capacity, while passages are posted. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from server.ledger.passage_order import places_in
from server.ledger.uses import UseRecord
from shared.evacuations.implied_exits import Places, windows_of
from shared.kernel.id_types import TicketId, ZoneId
from shared.wire.feed import EvacuationNotice

NONE: Final = Places()


class PlacesTaken:
    """Counts places zone by zone, as passages on tickets change.

    Attributes:
        inside: Places taken by zone, of all tickets: by who is inside, and by whom an evacuation
            has sent out.
    """

    def __init__(
        self,
        inside: dict[ZoneId, int],
        by_ticket: Mapping[int, Sequence[UseRecord]],
        notices: Sequence[EvacuationNotice],
    ) -> None:
        """Start from what is recorded.

        Args:
            inside: Persons inside the zones of limited capacity; kept up to date.
            by_ticket: The passages of the batch's tickets, before the batch.
            notices: What was said of evacuations that counts.
        """
        self.inside = inside
        self._windows = {zone_id: windows_of(notices, zone_id) for zone_id in inside}
        self._counted = {
            (ticket_id, zone_id): places_in(uses, zone_id, self._windows[zone_id])
            for ticket_id, uses in by_ticket.items()
            for zone_id in inside
        }

    def hear(self, notices: Sequence[EvacuationNotice]) -> None:
        """Count by more words on evacuations from now on, as tickets are counted again."""
        self._windows = {zone_id: windows_of(notices, zone_id) for zone_id in self.inside}

    def count_again(self, ticket_id: TicketId, uses: Sequence[UseRecord]) -> None:
        """See what changed passages on a ticket change of who is inside."""
        for zone_id, all_inside in self.inside.items():
            places = places_in(uses, zone_id, self._windows[zone_id])
            before = self._counted.get((ticket_id, zone_id), NONE)
            self.inside[zone_id] = max(0, all_inside + places.taken - before.taken)
            self._counted[ticket_id, zone_id] = places

    def inside_on(self, ticket_id: TicketId, zone_id: ZoneId) -> int:
        """Return how many are inside a zone on a ticket; 0 where the zone has no limit.

        Whom an evacuation has sent out are not: their place is kept for their coming back.
        """
        return self._counted.get((ticket_id, zone_id), NONE).inside
