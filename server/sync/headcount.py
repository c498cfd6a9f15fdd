"""Who is inside zones of limited capacity, while a batch's passages are posted. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.sync.passages import persons_left_in, ways_of
from server.sync.records import UseRecord
from shared.admission.facts import Direction


class Headcount:
    """Counts persons zone by zone, as passages on tickets change.

    Attributes:
        inside: Persons inside by zone, of all tickets.
        unseen: Persons by zone who have gone out in the batch and were not seen coming, less those
            whose entries it has brought.
    """

    def __init__(
        self, inside: dict[str, int], by_ticket: Mapping[int, Sequence[UseRecord]]
    ) -> None:
        """Start from what is recorded.

        Args:
            inside: Persons inside the zones of limited capacity; kept up to date.
            by_ticket: The passages of the batch's tickets, before the batch.
        """
        self.inside = inside
        self.unseen = dict.fromkeys(inside, 0)
        self._counted = {
            (ticket_id, zone_id): _count(uses, zone_id)
            for ticket_id, uses in by_ticket.items()
            for zone_id in inside
        }

    def count_again(self, ticket_id: int, uses: Sequence[UseRecord]) -> None:
        """See what changed passages on a ticket change of who is inside."""
        for zone_id, all_inside in self.inside.items():
            inside, unseen = _count(uses, zone_id)
            was_inside, was_unseen = self._counted.get((ticket_id, zone_id), (0, 0))
            self.inside[zone_id] = max(0, all_inside + inside - was_inside)
            self.unseen[zone_id] += unseen - was_unseen
            self._counted[ticket_id, zone_id] = inside, unseen


def _count(uses: Sequence[UseRecord], zone_id: str) -> tuple[int, int]:
    """Count who is inside on a ticket after all of its passages, and who went out unseen."""
    inside = persons_left_in(uses, zone_id)
    ways = (way for way in ways_of(uses) if way.zone_id == zone_id and not way.annulled)
    let_in = sum(way.count if way.direction is Direction.IN else -way.count for way in ways)
    return inside, inside - let_in
