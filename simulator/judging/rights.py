"""What one device may let in on its own: a second opinion from its journal and the feed.

A ticket's home is who the newest row names that the device had read, unless its own journal has
given the ticket up since. A share of a zone's capacity is what the feed had granted by then, less
what the journal gave back and let in on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.journal.entry import ReleaseBody, ReturnBody, ScanBody, SurrenderBody, UndoBody
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from shared.kernel.instant import MINUTE, SECOND, Duration
from shared.wire.device_feed import ShareChange
from simulator.history import HomeGiven
from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import DeviceView, HeldEntry

UNDER_WAY: Final[Duration] = 5 * SECOND
"""A scan that ends within so long after another one may have begun before it."""
INTERRUPTED: Final[Duration] = 15 * MINUTE
"""So long a claim may wait for its release whose scan a stop or a full disk has cut short."""


class Rights:
    """What the ledger told of homes and shares, by the feed's numbers."""

    def __init__(self, evidence: Evidence) -> None:
        self._homes: dict[int, list[HomeGiven]] = {}
        for given in sorted(evidence.history.homes, key=lambda one: one.sequence):
            self._homes.setdefault(given.ticket_id, []).append(given)
        self._granted: dict[str, list[tuple[int, int]]] = {}
        for sequence, _, item in evidence.ledger.feed:
            if isinstance(item, ShareChange):
                self._granted.setdefault(item.device_id, []).append((sequence, item.granted))

    def home_at(self, ticket_id: TicketId, cursor: int) -> HomeGiven | None:
        """Return the newest word on a ticket's home up to a number; None where there is none."""
        known = [one for one in self._homes.get(ticket_id, ()) if one.sequence <= cursor]
        return known[-1] if known else None

    def homes_of(self, ticket_id: TicketId) -> set[str | None]:
        """Return everybody who ever was a ticket's home."""
        return {one.device_id for one in self._homes.get(ticket_id, ())}

    def granted_at(self, device_id: DeviceId, cursor: int) -> int:
        """Return how many persons a device was granted in all, up to a number."""
        told = (
            total for sequence, total in self._granted.get(device_id, ()) if sequence <= cursor
        )
        return max(told, default=0)


class Account:
    """One device's own side, entry by entry of its journal.

    Attributes:
        returned: Persons ever given back.
    """

    def __init__(self, rights: Rights, device: DeviceView) -> None:
        self._rights = rights
        self._device_id = device.device_id
        self._entries = device.entries
        self._learnt = 0
        self._charged: dict[int | None, dict[str, int]] = {}
        self._places: dict[int | None, int] = {}
        self._ticket_of: dict[ClaimId, TicketId | None] = {}
        self._surrendered: dict[int | None, int] = {}
        self.returned = 0

    def learn(self, held: HeldEntry) -> None:
        """Take in the next entry."""
        self._learnt += 1
        body = held.body
        if isinstance(body, ScanBody):
            is_known = body.claim_id in self._ticket_of
            if body.verdict == "admit" and body.allotted and not is_known:
                self._ticket_of[body.claim_id] = body.ticket_id
                self._charged.setdefault(body.ticket_id, {})[body.claim_id] = body.allotted
                self._count(body.ticket_id)
        elif isinstance(body, UndoBody) and body.claim_id in self._ticket_of:
            ticket_id = self._ticket_of[body.claim_id]
            self._charged[ticket_id].pop(body.claim_id, None)
            self._count(ticket_id)
        elif isinstance(body, ReturnBody):
            self.returned = max(self.returned, body.total)
        elif isinstance(body, SurrenderBody):
            for ticket_id in body.ticket_ids or (None,):
                known = self._surrendered.get(ticket_id, -1)
                self._surrendered[ticket_id] = max(known, body.number)

    @property
    def spent(self) -> int:
        """Return how many places of its share are taken: by persons, one place each."""
        return sum(self._places.values())

    def _count(self, ticket_id: TicketId | None) -> None:
        """Walk through a ticket's passages: who is let in takes places, who goes gives them back.

        Nobody gives back what is not taken: by somebody who is let out twice, or whose entry was
        taken back.
        """
        taken: list[str] = []
        for claim_id, persons in self._charged[ticket_id].items():
            if persons > 0:
                taken += [claim_id] * persons
            else:
                del taken[: -persons or None]
        self._places[ticket_id] = len(taken)

    def left(self, cursor: int) -> int:
        """Return how many persons it may still let in unheard."""
        granted = self._rights.granted_at(self._device_id, cursor)
        return max(0, granted - self.returned - self.spent)

    def under_way(self, held: HeldEntry) -> Iterator[ScanBody | ReleaseBody]:
        """Yield what ends soon after an entry that is about to be learnt.

        Such scans may have begun before: their claims hold the ticket among peers, and room in
        the device's share.
        """
        for later in self._entries[self._learnt + 1 :]:
            waited = later.entry.wall - held.entry.wall
            body = later.body
            if isinstance(body, ScanBody) and later.entry.boot == held.entry.boot:
                if later.entry.monotonic - held.entry.monotonic <= UNDER_WAY:
                    yield body
            elif isinstance(body, ReleaseBody) and waited <= INTERRUPTED:
                yield body

    def is_home(self, ticket_id: TicketId, cursor: int) -> bool:
        """Tell whether the device may take itself for a ticket's home."""
        given = self._rights.home_at(ticket_id, cursor)
        if given is None or given.device_id != self._device_id:
            return False
        surrendered = self._surrendered
        given_up = max(surrendered.get(None, -1), surrendered.get(ticket_id, -1))
        return given.number > given_up
