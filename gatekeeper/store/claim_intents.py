"""Claims that this device is about to send or has sent: durable before the first byte leaves."""

from __future__ import annotations

import msgspec

from gatekeeper.store.kept_table import KeptTable
from gatekeeper.store.stored_ids import from_column, to_column
from shared.kernel.id_types import ClaimId, EventId, TicketId


class ClaimIntent(msgspec.Struct, frozen=True):
    """A claim whose outcome no journal entry tells yet.

    Attributes:
        claim_id: As sent.
        event_id: The event.
        ticket_id: The ticket; 0 where only the server could name it.
    """

    claim_id: ClaimId
    event_id: EventId
    ticket_id: TicketId


class ClaimIntents(KeptTable):
    """The table of open claims; writes belong inside a transaction of the store."""

    def add(self, intent: ClaimIntent) -> None:
        """Keep an intent; the same claim again is the same intent."""
        self._connection.execute(
            "INSERT OR REPLACE INTO claim_intent VALUES (?, ?, ?)",
            (intent.claim_id, intent.event_id, to_column(intent.ticket_id)),
        )

    def remove(self, claim_id: ClaimId) -> None:
        """Forget an intent whose outcome the journal now tells."""
        self._connection.execute("DELETE FROM claim_intent WHERE claim_id=?", (claim_id,))

    def has(self, claim_id: ClaimId) -> bool:
        """Whether a claim was, or may have been, sent under an id and has no outcome yet."""
        row = self._connection.execute(
            "SELECT 1 FROM claim_intent WHERE claim_id=?", (claim_id,)
        ).fetchone()
        return row is not None

    def list_open(self) -> list[ClaimIntent]:
        """Return all intents without an outcome."""
        rows = self._connection.execute(
            "SELECT claim_id, event_id, ticket_id FROM claim_intent ORDER BY claim_id"
        )
        return [
            ClaimIntent(claim, event, TicketId(from_column(ticket)))
            for claim, event, ticket in rows
        ]
