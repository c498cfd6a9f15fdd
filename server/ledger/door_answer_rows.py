"""What holders answered at the door, beside the uses that it was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from server.db.hot_path_connections import Transaction
from server.db.hot_path_statements import insertion
from server.ledger.models import DoorAnswerRow
from server.ledger.rows import signed
from server.ledger.uses import UseRecord
from shared.kernel.id_types import EventId, OrganizationId
from shared.manifest.door_questions import DoorAnswer, said_of

_INSERT: Final = insertion(
    DoorAnswerRow,
    "event_id organization_id claim_id question_id answer ticket_id gate_id at",
    "ON CONFLICT (event_id, claim_id, question_id) DO NOTHING",
)


async def record_answers(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    given: Iterable[tuple[UseRecord, Iterable[DoorAnswer]]],
) -> None:
    """Note what was answered on ways in, each answer once; nothing is sent where none was.

    The same use may come twice, by claim and by journal: what was noted first stands.

    Args:
        transaction: The one that records the uses.
        organization_id: Whose.
        event_id: Of which event.
        given: Uses with their answers; of two answers to a question the first counts.
    """
    rows = [
        (
            event_id,
            organization_id,
            use.claim_id,
            question_id,
            answer,
            *signed([use.ticket_id]),
            use.gate_id,
            use.at,
        )
        for use, answers in given
        if use.direction == "in"
        for question_id, answer in said_of(answers).items()
    ]
    if rows:
        await transaction.run_many(_INSERT, rows)
