"""Evacuation: who was inside has left, and may come back once, by an exit that nobody scanned.

That exit is named after the evacuation and the ticket, so that every gate and the server mean the
same one: however often it is recorded, it counts once.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import EvacuationId, TicketId, ZoneId
from shared.kernel.ids import TICKET_ID_BITS

EXIT_PREFIX: Final = "evacuation:"
_CONTEXT: Final = b"gatekeeper/evacuation/1"
_NAME_SIZE: Final = 16
STOPPED: Final = "evacuation"
"""Why an entry was refused, as answers and journals say it."""


class EvacuationPhase(StrEnum):
    """How far an evacuation has come."""

    STOP = "stop"
    """Nobody is let in; the exits stand open."""
    RETURN = "return"
    """Who was inside comes back once; whoever else comes is let in as on any day."""
    OVER = "over"


_ORDER: Final = {phase.value: place for place, phase in enumerate(EvacuationPhase)}


def place_of(phase: str) -> int:
    """Return how far a phase is; one that this version does not know is over."""
    return _ORDER.get(phase, len(_ORDER) - 1)


def exit_claim_id(evacuation_id: EvacuationId, zone_id: ZoneId, ticket_id: TicketId) -> str:
    """Name the exit of a ticket's holders by an evacuation; the same wherever it is asked for."""
    parts = (
        _CONTEXT,
        evacuation_id.encode(),
        zone_id.encode(),
        ticket_id.to_bytes(TICKET_ID_BITS // 8, "big"),
    )
    return EXIT_PREFIX + sha256(b"\0".join(parts))[:_NAME_SIZE].hex()


def is_evacuation_exit(scan_id: str | None) -> bool:
    """Tell whether a passage is an exit by evacuation: it gives the entry back."""
    return scan_id is not None and EXIT_PREFIX in scan_id
