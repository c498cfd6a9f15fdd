"""A gate whose device says that people came in by codes of before, and has read none of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gatekeeper.session import GateSession
from shared.journal.claim_ids import draw_claim_id
from shared.journal.entry import ScanBody
from shared.kernel.id_types import DeviceId, EventId, GateId, OccurrenceId, TicketId, ZoneId
from shared.manifest.seen_codes import SeenForm
from simulator.dice import Dice
from simulator.entropy import SimEntropy
from simulator.gate_node import GateNode
from simulator.made_up_entries import write_made_up

_PROOF_SIZE: Final = 16


async def make_up(
    node: GateNode, event_id: EventId, gate_id: GateId, tickets: Iterable[TicketId], dice: Dice
) -> int:
    """Write down that somebody came in on each of some tickets; returns how many were written."""
    entropy = SimEntropy(dice.stream("claims"))

    def entry(device_id: DeviceId, ticket_id: TicketId) -> ScanBody:
        return ScanBody(
            claim_id=draw_claim_id(device_id, entropy),
            gate_id=gate_id,
            zone_id=ZoneId(""),
            occurrence_id=OccurrenceId(""),
            direction="in",
            count=1,
            ticket_id=ticket_id,
            generation=None,
            key_id=None,
            code_hash=bytes(_PROOF_SIZE),
            verdict="admit",
            reason="ok",
            mode="offline",
            seen=bytes((SeenForm.MANUAL,)) + dice.bytes(_PROOF_SIZE),
        )

    def write(session: GateSession) -> int:
        device_id = session.store.journal.device_id
        return write_made_up(session, event_id, (entry(device_id, one) for one in tickets))

    _, written = await node.call(write)
    return written or 0
