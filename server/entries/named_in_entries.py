"""What a batch of entries names, so that it can be locked and read at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from server.entries.checking_uploaded_entries import CheckedEntry
from shared.journal.entry import GiveBody, ReleaseBody, ScanBody, UndoBody
from shared.kernel.id_types import ClaimId, TicketId


def named_in(entries: Iterable[CheckedEntry]) -> tuple[set[TicketId], set[TicketId], set[ClaimId]]:
    """Name the tickets that were admitted, those that are touched besides, and the claims."""
    admitted: set[TicketId] = set()
    touched: set[TicketId] = set()
    claim_ids: set[ClaimId] = set()
    for checked in entries:
        body = checked.body
        if isinstance(body, ScanBody):
            if body.verdict == "admit" and body.ticket_id is not None:
                claim_ids.add(body.claim_id)
                admitted.add(body.ticket_id)
        elif isinstance(body, ReleaseBody | UndoBody | GiveBody):
            claim_ids.add(body.claim_id)
            touched.add(body.ticket_id)
    return admitted, touched, claim_ids
