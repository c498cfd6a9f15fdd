"""What a person's tickets were asked at the door, and what was answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from server.db.unit import Unit
from server.erasures.erasure_list import TICKET
from server.http.body_and_answer_types import moment_of
from server.ledger.models import DoorAnswerRow
from server.persons.finding import Record
from server.persons.schemas import DoorAnswerAnswer
from server.ticketing.door_question_fields import (
    questions_from_json,
    spell_answer,
    withdrawn_from_json,
)
from server.ticketing.models import Ticket, TicketType
from shared.kernel.id_types import EventId, TicketId
from shared.kernel.ids import format_ticket_id, parse_ticket_id

_AT_ONCE: Final = 500


async def find_answers(unit: Unit, records: Sequence[Record]) -> list[DoorAnswerAnswer]:
    """Find what was answered at the door on the tickets among a person's records, by event.

    What was undone since is among it: it is held.
    """
    tickets = defaultdict[EventId, list[TicketId]](list)
    for one in records:
        if one.kind == TICKET:
            tickets[one.event_id].append(parse_ticket_id(one.id))
    return [
        answer
        for event_id, mine in tickets.items()
        for first in range(0, len(mine), _AT_ONCE)
        for answer in await _read(unit, event_id, mine[first : first + _AT_ONCE])
    ]


async def _read(
    unit: Unit, event_id: EventId, tickets: Sequence[TicketId]
) -> list[DoorAnswerAnswer]:
    row = DoorAnswerRow
    query = (
        select(row.ticket_id, row.question_id, row.answer, row.at, TicketType.questions)
        .join(Ticket, (Ticket.event_id == row.event_id) & (Ticket.ticket_id == row.ticket_id))
        .join(TicketType, TicketType.id == Ticket.ticket_type_id)
        .where(row.event_id == event_id, row.ticket_id.in_(tickets))
        .order_by(row.at, row.claim_id, row.question_id)
    )
    found = []
    for ticket_id, question_id, number, at, column in await unit.session.execute(query):
        asked = (*questions_from_json(column), *withdrawn_from_json(column))
        question, answer = spell_answer(asked, question_id, number)
        found.append(
            DoorAnswerAnswer(
                event_id=event_id,
                ticket_id=format_ticket_id(ticket_id),
                question=question,
                answer=answer,
                at=moment_of(at),
            )
        )
    return found
