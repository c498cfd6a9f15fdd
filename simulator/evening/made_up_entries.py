"""What is written into a device's journal by who has the device: its program knows nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gatekeeper.device.opened_gate import GateSession
from shared.journal.entry import Body, ScanBody
from shared.kernel.id_types import ClaimId, EventId, GateId, OccurrenceId, TicketId, ZoneId
from shared.manifest.seen_codes import SeenForm
from simulator.kernel.dice import Dice

PROOF_SIZE: Final = 16


def make_up_passage(
    claim_id: ClaimId, gate_id: GateId, ticket_id: TicketId, zone_id: ZoneId, seen: bytes
) -> ScanBody:
    """Say that somebody came in on a ticket, with some proof that its code was read."""
    return ScanBody(
        claim_id=claim_id,
        gate_id=gate_id,
        zone_id=zone_id,
        occurrence_id=OccurrenceId(""),
        direction="in",
        count=1,
        ticket_id=ticket_id,
        generation=None,
        key_id=None,
        code_hash=bytes(PROOF_SIZE),
        verdict="admit",
        reason="ok",
        mode="offline",
        seen=seen,
    )


def make_up_proof(dice: Dice) -> bytes:
    """Make a proof of nothing, which looks like that of a manual code."""
    return bytes((SeenForm.MANUAL,)) + dice.bytes(PROOF_SIZE)


def write_made_up(session: GateSession, event_id: EventId, bodies: Iterable[Body]) -> int:
    """Append entries to a device's journal, at one instant; returns how many there were."""
    stamp, done = session._recorder.stamp(), 0  # noqa: SLF001 - who has the device has its parts
    for body in bodies:
        with session.store.transaction("made up"):
            session.store.journal.append(body, stamp, event_id=event_id)
        done += 1
    return done
