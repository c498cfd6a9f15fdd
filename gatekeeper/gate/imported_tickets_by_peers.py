"""What peers told of an imported ticket, looked at again when its code is read here.

Gates know half of such a code's hash, so that what they hear counts by its form alone. Whoever
reads the code has the other half, and can tell who had not.

Source:
    docs/specs/lan.md, section 9
"""

from __future__ import annotations

from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.store.use_table import Uses
from shared.credential.uid_media import medium_code
from shared.kernel.id_types import TicketId
from shared.lan.claims import Hold
from shared.manifest.presenting import Presented, foreign_digest
from shared.manifest.seen_codes import is_foreign_known, seen_word


def imported_code(presented: Presented) -> str:
    """Return what another box office's code says, of a bare tag what its UID stands for."""
    if presented.tag_uid is not None and not presented.text:
        return medium_code(bytes.fromhex(presented.tag_uid))
    return presented.text


def find_refuted(
    event: EventKnowledge, uses: Uses, presented: Presented, ticket_id: TicketId | None
) -> frozenset[str] | None:
    """Name the passages (`DEVICE/CLAIM`) whose devices had not read the code that was read here.

    Returns:
        None where no imported code was read, so that nobody can tell.
    """
    is_foreign = presented.key is None and not presented.is_found
    if not is_foreign or ticket_id is None or presented.ticket_id != ticket_id:
        return None
    told = uses.foreign_proofs(ticket_id)
    digest = foreign_digest(imported_code(presented), event.event_id) if told else b""
    return frozenset(
        f"{device_id}/{claim_id}"
        for device_id, claim_id, seen in told
        if not is_foreign_known(seen, seen_word(event.event_id, device_id, claim_id), digest)
    )


def without_refuted(held: list[Hold], refuted: frozenset[str]) -> list[Hold]:
    """Leave out what was refuted, and exits that are not on the disk yet: they wait for it."""
    return [
        hold
        for hold in held
        if hold.direction == "in" and f"{hold.device_id}/{hold.claim_id}" not in refuted
    ]
