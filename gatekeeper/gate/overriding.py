"""What a person decides where the rules do not: whom an override may let in."""

from __future__ import annotations

from typing import Final

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.knowledge import EventKnowledge
from shared.admission.evacuation import STOPPED
from shared.kernel.errors import BadInput
from shared.kernel.instant import MILLISECOND, Instant
from shared.kernel.trouble import TroubleKind
from shared.manifest.case_of_shown_code import PAUSED, Case

_PENDING: Final = "pending"


def check_overridable(case: Case, event: EventKnowledge) -> None:
    """See that a supervisor's word may let this holder in.

    Raises:
        BadInput: if it may not.
    """
    _refuse_stopped(case.stop)
    if not case.may_override(event.event_id):
        message = "this code can never be admitted; send the holder to the box office"
        raise BadInput(message, kind=TroubleKind.NOBODY_MAY_ADMIT)


def check_told(told: ScanAnswer | None, known: Instant | None) -> None:
    """See that nobody overrides what the ledger has said of a scan, and this gate not heard yet.

    Args:
        told: The answer that the override goes on from, where it is known here.
        known: From when on nothing newer is known here: what came after the answer counts.

    Raises:
        BadInput: if the ledger lets nobody in whatever the ticket.
    """
    if told is None:
        return
    answered_at = told.at + told.ms * MILLISECOND
    if known is None or known <= answered_at:
        _refuse_stopped(told.stop)


def _refuse_stopped(stop: str) -> None:
    if stop == STOPPED:
        message = "nobody is let in during an evacuation; end it first"
        raise BadInput(message, kind=TroubleKind.STOPPED)
    if stop == PAUSED:
        message = "the organizer has paused entry here; ask them to resume it"
        raise BadInput(message, kind=TroubleKind.ENTRY_PAUSED)


def is_pending(case: Case) -> bool:
    """Tell whether what is known of the ticket is that its order is not paid yet."""
    return case.row is None or case.row.facts.state == _PENDING
