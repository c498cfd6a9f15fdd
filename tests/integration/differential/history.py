"""What was scanned before: passages of another gate's, some taken back, signed and uploaded."""

from __future__ import annotations

from shared.journal.chain import hash_code
from shared.journal.entry import ScanBody, UndoBody
from shared.kernel.id_types import ClaimId, GateId, OccurrenceId, TicketId, ZoneId
from shared.kernel.instant import Instant
from tests.factories.ledger_office import GateDevice
from tests.integration.differential.world import Sold, World

EMPTY_TWIN = 0.2
"""How often a passage is at the very instant of the one before it."""


async def make_history(world: World, device: GateDevice, *, until: Instant | None = None) -> None:
    """Let a gate that was cut off have admitted people, whatever the rules say.

    Args:
        world: With its tickets sold.
        device: The other gate.
        until: None, or an instant that all passages lie before.
    """
    first = len(device.journal.entries)
    for ticket in world.tickets:
        if world.chances.sometimes(0.6):
            _pass_through(world, device, ticket, until)
    await world.ledger.exchanged(device, device.journal.entries[first:])


def _pass_through(world: World, device: GateDevice, ticket: Sold, until: Instant | None) -> None:
    chances, draw = world.chances, world.chances.draw
    zones = draw.sample(sorted(world.gates), min(2, len(world.gates)))
    at = chances.near()
    for _ in range(draw.choice((1, 1, 2, 3, 5))):
        at = at if chances.sometimes(EMPTY_TWIN) else chances.near()
        if until is not None:
            at = min(at, until)
        body = _passage(world, device, ticket, GateId(draw.choice(zones)))
        device.journal.add(body, world.ledger.event_id, at, offset_error=None)
        if chances.sometimes(0.2):
            undo = UndoBody(body.claim_id, TicketId(ticket.id), "us_supervisor00", "mistake")
            device.journal.add(undo, world.ledger.event_id, at, offset_error=None)


def _passage(world: World, device: GateDevice, ticket: Sold, gate_id: GateId) -> ScanBody:
    zone_id, direction = world.gates[gate_id]
    draw = world.chances.draw
    ways = ("in", "in", "out") if direction == "both" else (direction,)
    claim_id = world.office.entropy.random_bytes(16).hex()
    return ScanBody(
        claim_id=ClaimId(claim_id),
        gate_id=gate_id,
        zone_id=ZoneId(zone_id),
        occurrence_id=OccurrenceId(""),
        direction=draw.choice(ways),
        count=draw.randint(1, ticket.persons),
        ticket_id=TicketId(ticket.id),
        generation=1,
        key_id=world.issuers[0].key_id,
        code_hash=hash_code(ticket.digits[0], world.ledger.event_id),
        verdict="admit",
        reason="ok",
        mode="offline",
        policy="open",
        remaining=0,
        time_given=True,
        seen=world.ledger.prove(device, ticket.digits[0], ClaimId(claim_id)),
    )
