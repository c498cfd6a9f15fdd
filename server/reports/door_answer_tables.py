"""What was answered at the door: per type, question and answer, and ticket by ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select

from server.db.unit import Unit
from server.ledger.models import DoorAnswerRow, TicketUse
from server.orders.models import Order
from server.reports.schemas import Rows
from server.ticketing.door_question_fields import (
    questions_from_json,
    spell_answer,
    withdrawn_from_json,
)
from server.ticketing.models import Ticket, TicketType
from shared.kernel.id_types import EventId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant
from shared.manifest.door_questions import DoorQuestion

ANSWER_LINES_MAX: Final = 100_000
"""Answers at the door that a file lists one by one; more are counted on its last line."""
REPORT_UNKNOWN_ANSWERS_MAX: Final = 1_000
"""Lines of answers to what the plan does not ask: a device may say what it likes. What is beyond
them is counted on the last line."""


class _Asked(NamedTuple):
    """A type's name, what it asks, and what it asked once."""

    name: str
    questions: tuple[DoorQuestion, ...]
    withdrawn: tuple[DoorQuestion, ...]


_NOTHING: Final = _Asked("", (), ())


def _counted(event_id: EventId) -> Any:
    """Subquery of the answers that count, as `DoorAnswerRow` has them.

    Of a group only the first is asked, and whoever comes in again is not: while such an entry
    stands, what was answered last stands for it, though its own entry was undone.

    One pass over all entries, and the event is said once, as a span: in its first minutes
    PostgreSQL takes it to have a row or none. Said of both sides of a join it is reason enough to
    read all of one side again for each row of the other; so each row is looked for by its key.
    """
    row, use = DoorAnswerRow, TicketUse
    same_entry = (use.ticket_id, use.zone_id, use.occurrence_id)
    last = func.row_number().over(
        partition_by=(*same_entry, row.question_id),
        order_by=(use.is_annulled, use.at.desc(), use.seq.desc(), use.claim_id),
    )
    standing = func.count().filter(use.is_annulled.is_(False)).over(partition_by=same_entry)
    told = (
        select(row, use.is_annulled, last.label("place"), standing.label("standing"))
        .select_from(use)
        .outerjoin(row, (row.event_id == use.event_id) & (row.claim_id == use.claim_id))
        .where(use.event_id.between(event_id, event_id), use.direction == "in")
        .subquery()
    )
    is_kept = (told.c.place == 1) & (told.c.standing > 0)
    return (
        select(told)
        .where(told.c.question_id.is_not(None), told.c.is_annulled.is_(False) | is_kept)
        .subquery()
    )


def _its_ticket(row: Any) -> Any:
    return (Ticket.event_id == row.event_id) & (Ticket.ticket_id == row.ticket_id)


async def count_answers(unit: Unit, event_id: EventId) -> Rows:
    """Count tickets by type, question and answer.

    Each answer that can be given has a line, be it of no ticket. What was answered to a question
    that the plan does not ask any more stands below, by the question's id and the answer's place,
    then what was answered to what it never asked; that of a ticket whose sale is not known yet
    stands without a type.
    """
    row = _counted(event_id).c
    key = (Ticket.ticket_type_id, row.question_id, row.answer)
    query = (
        select(*key, func.count(row.ticket_id.distinct()))
        .outerjoin(Ticket, _its_ticket(row))
        .group_by(*key)
    )
    counts = {(one[0], one[1], one[2]): one[3] for one in (await unit.session.execute(query))}
    asked = await _asked(unit, event_id)
    rows: Rows = [
        (kind.name, question.text, answer, counts.pop((kind_id, question.id, number), 0))
        for kind_id, kind in asked.items()
        for question in kind.questions
        for number, answer in enumerate(question.answers)
    ]
    return [*rows, *_tell_others(asked, counts)]


def _tell_others(
    asked: Mapping[str, _Asked], counts: Mapping[tuple[str | None, str, int], int]
) -> Rows:
    """Tell what is not asked now: first what was asked once, then what devices have said."""
    made_up: list[tuple[str, str, str, int]] = []
    once: list[tuple[str, str, str, int]] = []
    for (kind_id, question_id, number), count in counts.items():
        kind = _NOTHING if kind_id is None else asked.get(kind_id, _NOTHING)
        was_asked = any(
            one.id == question_id and number < len(one.answers) for one in kind.withdrawn
        )
        line = (kind.name, question_id, str(number + 1), count)
        (once if was_asked else made_up).append(line)
    lines = [*sorted(once), *sorted(made_up)]
    rest = lines[REPORT_UNKNOWN_ANSWERS_MAX:]
    rows: Rows = [*lines[:REPORT_UNKNOWN_ANSWERS_MAX]]
    if rest:
        rows.append(("…", "", f"{len(rest)} more", sum(line[3] for line in rest)))
    return rows


async def list_answers(
    unit: Unit, event_id: EventId, gates: Mapping[str, str], spell: Callable[[Instant], str]
) -> Rows:
    """List answers ticket by ticket, with the order's number, as they were given.

    Args:
        unit: A reading one.
        event_id: Which.
        gates: Their names by their ids.
        spell: Says an instant by the event's clock.
    """
    counted = _counted(event_id)
    row = counted.c
    query = (
        select(
            row.ticket_id,
            Order.number,
            Ticket.ticket_type_id,
            row.question_id,
            row.answer,
            row.gate_id,
            row.at,
        )
        .select_from(counted)
        .outerjoin(Ticket, _its_ticket(row))
        .outerjoin(Order, (Order.event_id == Ticket.event_id) & (Order.id == Ticket.order_id))
        .order_by(row.at, row.claim_id, row.question_id)
        .limit(ANSWER_LINES_MAX)
    )
    found = (await unit.session.execute(query)).all()
    asked = await _asked(unit, event_id)
    rows: Rows = []
    for ticket_id, order, kind, question, number, gate, at in found:
        of_type = asked.get(kind, _NOTHING)
        said = spell_answer(of_type.questions, question, number)
        ticket = format_ticket_id(ticket_id)
        rows.append((ticket, order, of_type.name, *said, gates.get(gate, gate), spell(at)))
    if len(found) == ANSWER_LINES_MAX:
        whole = (
            await unit.session.execute(select(func.count()).select_from(counted))
        ).scalar_one()
        if whole > ANSWER_LINES_MAX:
            rows.append(("…", None, "", "", f"{whole - ANSWER_LINES_MAX} more", "", ""))
    return rows


async def _asked(unit: Unit, event_id: EventId) -> dict[str, _Asked]:
    """Read what each type asks, by the type's id."""
    kind = TicketType
    query = select(kind.id, kind.name, kind.questions).where(kind.event_id == event_id)
    found = await unit.session.execute(query.order_by(kind.name, kind.id))
    return {
        one[0]: _Asked(one[1], questions_from_json(one[2]), withdrawn_from_json(one[2]))
        for one in found
    }
