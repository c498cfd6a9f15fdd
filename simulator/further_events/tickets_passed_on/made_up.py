"""A gate whose device says that people came in by codes of before, and has read none of them."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.device.opened_gate import GateSession
from shared.journal.claim_ids import draw_claim_id
from shared.journal.entry import ScanBody
from shared.kernel.id_types import DeviceId, EventId, GateId, TicketId, ZoneId
from simulator.evening.made_up_entries import make_up_passage, make_up_proof, write_made_up
from simulator.kernel.dice import Dice
from simulator.kernel.entropy import SimEntropy
from simulator.nodes.gate_node import GateNode


async def make_up(
    node: GateNode, event_id: EventId, gate_id: GateId, tickets: Iterable[TicketId], dice: Dice
) -> int:
    """Write down that somebody came in on each of some tickets; returns how many were written."""
    entropy = SimEntropy(dice.stream("claims"))

    def entry(device_id: DeviceId, ticket_id: TicketId) -> ScanBody:
        claim_id = draw_claim_id(device_id, entropy)
        return make_up_passage(claim_id, gate_id, ticket_id, ZoneId(""), make_up_proof(dice))

    def write(session: GateSession) -> int:
        device_id = session.store.journal.device_id
        return write_made_up(session, event_id, (entry(device_id, one) for one in tickets))

    _, written = await node.call(write)
    return written or 0
