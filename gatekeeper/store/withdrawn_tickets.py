"""Tickets whose rights were taken away, as far as this device knows it before its list does.

Its own withdrawals are here, and those that it has heard over the venue's network: what a
supervisor's badge has signed for good, what a till has said alone as long as that is one.
"""

from __future__ import annotations

from typing import Final

import apsw
import msgspec

from gatekeeper.store.single_values import read_bytes, write_bytes
from gatekeeper.store.ticket_generations import Generations
from shared.credential.keyring import Keyring
from shared.journal.withdrawal_body import WithdrawalBody
from shared.journal.withdrawal_proof import Withdrawn
from shared.kernel.id_types import DeviceId, EventId, TicketId

_NAME: Final = "withdrawn"
_NAME_OF_SAID: Final = "withdrawn_said"
_NOTHING: Final = Withdrawn()
_Notes = dict[EventId, dict[TicketId, Withdrawn]]
_Said = dict[DeviceId, _Notes]
_DECODER: Final = msgspec.msgpack.Decoder(_Notes)
_DECODER_OF_SAID: Final = msgspec.msgpack.Decoder(_Said)
_ENCODER: Final = msgspec.msgpack.Encoder()
WithdrawnMark = tuple[_Notes, _Said]
"""What is known of events' tickets, and what tills say of them; never changed, only replaced."""


class WithdrawnTickets:
    """What is known of each such ticket; notes belong inside a transaction of the store."""

    def __init__(self, connection: apsw.Connection, generations: Generations) -> None:
        """Use the journal database's connection; what no list names, `generations` is told."""
        self._connection = connection
        self._generations = generations
        kept, said = read_bytes(connection, _NAME), read_bytes(connection, _NAME_OF_SAID)
        self._known: _Notes = {} if kept is None else _DECODER.decode(kept)
        self._said: _Said = {} if said is None else _DECODER_OF_SAID.decode(said)

    def get(
        self, event_id: EventId, ticket_id: TicketId, keyring: Keyring | None = None
    ) -> Withdrawn:
        """Return what is known of a ticket.

        Args:
            event_id: Of which event.
            ticket_id: Which one.
            keyring: The event's keys: who is no till by them, such as one that was revoked, has
                said nothing. None where everybody counts.
        """
        known = self._known.get(event_id, {}).get(ticket_id, _NOTHING)
        for device_id, notes in self._said.items():
            said = notes.get(event_id, {}).get(ticket_id)
            if said and (keyring is None or keyring.is_till(device_id, event_id)):
                known = known.and_also(said)
        return known

    def mark(self) -> WithdrawnMark:
        """Return what is known now, to go back to."""
        return self._known, self._said

    def rewind(self, mark: WithdrawnMark) -> None:
        """Forget what was noted since: it is not on disk."""
        self._known, self._said = mark

    def note(self, event_id: EventId, body: WithdrawalBody, at: int = 0) -> None:
        """Take a withdrawal that was written at an instant; one that is no news is not written."""
        before = self._known.get(event_id, {}).get(body.ticket_id, _NOTHING)
        after = before.and_then(body, at)
        if after == before:
            return
        self._known = _with_note(self._known, event_id, body.ticket_id, after)
        if after.generation > before.generation:
            self._generations.note(body.ticket_id, after.generation, body.generation)
        write_bytes(self._connection, _NAME, _ENCODER.encode(self._known))

    def note_said(
        self, event_id: EventId, body: WithdrawalBody, at: int, device_id: DeviceId
    ) -> None:
        """Take what another till says alone; as `note`."""
        notes = self._said.get(device_id, {})
        before = notes.get(event_id, {}).get(body.ticket_id, _NOTHING)
        after = before.and_then(body, at)
        if after != before:
            notes = _with_note(notes, event_id, body.ticket_id, after)
            self._said = {**self._said, device_id: notes}
            write_bytes(self._connection, _NAME_OF_SAID, _ENCODER.encode(self._said))


def _with_note(notes: _Notes, event_id: EventId, ticket_id: TicketId, known: Withdrawn) -> _Notes:
    # Another dictionary each time: a transaction that fails goes back to the one before.
    return {**notes, event_id: {**notes.get(event_id, {}), ticket_id: known}}
