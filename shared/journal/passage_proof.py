"""What a passage's entry proves to whoever hears of it: a code that was read, or a badge. Pure.

Every device knows every ticket's id, so an id proves nothing. The ledger looks before a passage
has an effect, and so does each gate that hears of one over the venue's network.

Source:
    docs/specs/journal.md, section 9; docs/specs/lan.md, section 9
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import TypeAlias

from shared.admission.reasons import Reason
from shared.journal.entry import Entry, ScanBody
from shared.kernel.id_types import TicketId
from shared.manifest.badge_signatures import (
    BadgeAct,
    BadgeScope,
    is_supervisors_word,
    paper_word,
    passage_word,
)
from shared.manifest.event_config import SupervisorConfig


class PassageProof(Enum):
    """What whoever hears of a passage can tell of it."""

    PROVEN = auto()
    """The code was read, or a supervisor's badge has signed; or the list tells it of no code."""
    LISTED = auto()
    """By a manual code, which the list tells every device: good for as many as a person types."""
    UNKNOWN = auto()
    """The list knows neither the ticket nor what would prove its code."""
    MISSING = auto()
    """Who has written it has read no code of that ticket."""


JudgePassage: TypeAlias = Callable[[Entry, ScanBody], PassageProof]
"""Says what a passage in another device's entry proves, whose signature was verified."""


def is_by_badge(
    body: ScanBody,
    speaker: BadgeScope,
    supervisors: Sequence[SupervisorConfig],
    ticket_id: TicketId,
) -> bool:
    """Tell whether a supervisor's badge has signed a passage.

    Args:
        body: As the entry says it.
        speaker: Whose journal it is in, and `person`.
        supervisors: Those who count.
        ticket_id: Whom it let in.
    """
    if not body.signature:
        return False
    if body.is_by_paper:
        said = paper_word(
            speaker,
            claim_id=body.claim_id,
            ticket_id=ticket_id,
            zone_id=body.zone_id,
            direction=body.direction,
            count=body.count,
            span=(body.happened_from, body.happened_until),
        )
        return is_supervisors_word(said, body.signature, supervisors)
    is_override = body.reason == Reason.OVERRIDE
    word = passage_word(
        speaker,
        BadgeAct.OVERRIDE if is_override else BadgeAct.FIND,
        claim_id=body.claim_id,
        ticket_id=ticket_id,
        zone_id=body.zone_id,
    )
    return is_supervisors_word(word, body.signature, supervisors)
