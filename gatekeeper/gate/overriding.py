"""What a person decides where the rules do not: whom an override may let in, how many pass."""

from __future__ import annotations

from typing import Final

from gatekeeper.gate.answer import GroupOutlook
from gatekeeper.gate.attempt import Attempt
from gatekeeper.gate.knowledge import EventKnowledge
from shared.admission.facts import Direction
from shared.kernel.errors import BadInput
from shared.kernel.ids import format_ticket_id
from shared.kernel.trouble import TroubleKind
from shared.manifest.case import Case
from shared.manifest.event_config import GateConfig

_PENDING: Final = "pending"


def check_overridable(case: Case, event: EventKnowledge) -> None:
    """See that a supervisor's word may let this holder in.

    Raises:
        BadInput: if it may not.
    """
    if case.is_stopped:
        message = "nobody is let in during an evacuation; end it first"
        raise BadInput(message, kind=TroubleKind.STOPPED)
    if case.paused_at is not None:
        message = "the organizer has paused entry here; ask them to resume it"
        raise BadInput(message, kind=TroubleKind.ENTRY_PAUSED)
    if not case.may_override(event.event_id):
        message = "nobody may admit on this code; send the holder to the box office"
        raise BadInput(message, kind=TroubleKind.NOBODY_MAY_ADMIT)


def is_pending(case: Case) -> bool:
    """Tell whether what is known of the ticket is that its order is not paid yet."""
    return case.row is None or case.row.facts.state == _PENDING


def group_outlook(
    case: Case, attempt: Attempt, gate_zone: GateConfig, event: EventKnowledge
) -> GroupOutlook | None:
    """Say how many may pass on a code for several; None where there is nothing to choose.

    Args:
        case: For one person, on an attempt that is not made.
        attempt: That attempt.
        gate_zone: Where.
        event: The event.
    """
    decision = case.decision
    if not decision.admit or decision.is_retry or case.ticket_id is None:
        return None
    persons = 1
    if case.row is not None:
        persons = case.row.facts.persons
    elif case.kind is not None:
        persons = case.kind.persons
    most = persons
    left = decision.remaining
    if left is not None and attempt.direction is Direction.IN:
        most = left + 1
    elif left is not None:
        # Where exits give the right back, `left` counts this one person already.
        returns = event.index.zones[gate_zone.zone_id].reentry_after_exit
        most = persons - left + (1 if returns else 0)
    if persons < 2 or most < 2:
        return None
    kind = case.kind
    return GroupOutlook(
        most=most,
        direction=attempt.direction.value,
        ticket_id=format_ticket_id(case.ticket_id),
        ticket_type=None if kind is None else kind.name,
    )
