"""Answer bodies of check-ins."""

from __future__ import annotations

from datetime import datetime

import msgspec

from server.http.body_and_answer_types import Answer
from shared.kernel.id_types import ClaimId, DeviceId, GateId, OccurrenceId, ZoneId


class CheckinAnswer(Answer):
    """One accepted passage.

    Attributes:
        sequence: Its place in the event's feed.
        at_error_us: How far `at` may be off either way; null while unknown.
        is_confirmed: The device's journal holds it.
        is_annulled: Undone or released; it counts no more.
    """

    sequence: int
    claim_id: ClaimId
    ticket_id: str
    zone_id: ZoneId
    occurrence_id: OccurrenceId
    direction: str
    at: datetime
    at_error_us: int | None
    count: int
    gate_id: GateId
    device_id: DeviceId
    mode: str
    reason: str
    is_confirmed: bool
    is_annulled: bool


class GateCount(msgspec.Struct, frozen=True):
    """Persons and passages of one direction through one gate."""

    zone_id: ZoneId
    gate_id: GateId
    direction: str
    passages: int
    persons: int


class ZoneCount(msgspec.Struct, frozen=True):
    """Who is inside one zone.

    Attributes:
        inside: By all that is known: each ticket's passages in order, so that an exit that is
            scanned twice counts once.
        at_least: Those whose entry a gate's signed journal has confirmed, less everybody whose
            exit was asked for.
        at_most: With those whom gates may have let in unheard, on their shares of the capacity;
            null where the zone is not limited: a gate that is cut off lets in anybody.
    """

    zone_id: ZoneId
    inside: int
    at_least: int
    at_most: int | None


class CountsAnswer(Answer):
    """How many came and went, and how many are inside.

    Attributes:
        admitted: Persons let in, each entry counted.
        inside: Of all zones together.
        zones: Zone by zone, with what bounds the number.
    """

    gates: list[GateCount]
    admitted: int
    inside: int
    zones: list[ZoneCount]
