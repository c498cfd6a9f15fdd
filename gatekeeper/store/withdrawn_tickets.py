"""Tickets whose rights were taken away, as far as this device knows it before its list does.

Its own withdrawals are here, and those that it has heard over the venue's network.
"""

from __future__ import annotations

from typing import Final

import apsw
import msgspec

from gatekeeper.store.single_values import read_bytes, write_bytes
from gatekeeper.store.ticket_generations import Generations
from shared.journal.withdrawal_body import WithdrawalBody
from shared.journal.withdrawal_proof import Withdrawn
from shared.kernel.id_types import EventId, TicketId

_NAME: Final = "withdrawn"
_NOTHING: Final = Withdrawn()
_DECODER: Final = msgspec.msgpack.Decoder(dict[EventId, dict[TicketId, Withdrawn]])
_ENCODER: Final = msgspec.msgpack.Encoder()
WithdrawnMark = dict[EventId, dict[TicketId, Withdrawn]]
"""What is known of an event's tickets; never changed, only replaced."""


class WithdrawnTickets:
    """What is known of each such ticket; notes belong inside a transaction of the store."""

    def __init__(self, connection: apsw.Connection, generations: Generations) -> None:
        """Use the journal database's connection; what no list names, `generations` is told."""
        self._connection = connection
        self._generations = generations
        kept = read_bytes(connection, _NAME)
        self._known: WithdrawnMark = {} if kept is None else _DECODER.decode(kept)

    def get(self, event_id: EventId, ticket_id: TicketId) -> Withdrawn:
        """Return what is known of a ticket."""
        return self._known.get(event_id, {}).get(ticket_id, _NOTHING)

    def mark(self) -> WithdrawnMark:
        """Return what is known now, to go back to."""
        return self._known

    def rewind(self, mark: WithdrawnMark) -> None:
        """Forget what was noted since: it is not on disk."""
        self._known = mark

    def note(self, event_id: EventId, body: WithdrawalBody, at: int = 0) -> None:
        """Take a withdrawal that was written at an instant; one that is no news is not written."""
        before = self.get(event_id, body.ticket_id)
        after = before.and_then(body, at)
        if after == before:
            return
        # Another dictionary each time: a transaction that fails goes back to the one before.
        known = {**self._known.get(event_id, {}), body.ticket_id: after}
        self._known = {**self._known, event_id: known}
        if after.generation > before.generation:
            self._generations.note(body.ticket_id, after.generation, body.generation)
        write_bytes(self._connection, _NAME, _ENCODER.encode(self._known))
