"""How many may pass on a code for several, before staff say how many do."""

from __future__ import annotations

from gatekeeper.gate.answer import GroupOutlook
from gatekeeper.gate.attempt import Attempt
from gatekeeper.gate.knowledge import EventKnowledge
from shared.admission.facts import Direction
from shared.kernel.ids import format_ticket_id
from shared.manifest.case_of_shown_code import Case
from shared.manifest.event_config import GateConfig


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
        at=attempt.at,
    )
