"""Ticket types: what is sold, with its price, limit and windows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, count
from typing import Any, Final

import msgspec
from sqlalchemy import select

from server import quotas
from server.db.ledger_state import FIRST_EPOCH, read_ledger
from server.db.unit import Unit
from server.events.events_and_dates import (
    check_currency,
    check_takes_place,
    get_editable_event,
    get_occurrence,
)
from server.events.frozen_edits import refuse_frozen_edit
from server.events.known_events import forget_event, known_types
from server.http.body_and_answer_types import to_instant
from server.problem_answers import refuse, wrong_field
from server.ticketing.door_question_fields import (
    is_reworded,
    settle_questions,
)
from server.ticketing.inventory import set_limit
from server.ticketing.models import Inventory, TicketType
from server.ticketing.ports import UsageLookup
from server.ticketing.schemas import TicketTypeBody
from server.ticketing.selling_terms import (
    SellingTerms,
    Visibility,
    selling_from_json,
    selling_to_json,
)
from shared.kernel import ids
from shared.kernel.id_types import EventId, OccurrenceId, TicketTypeId
from shared.manifest.frozen_parts import PlanPart
from shared.wire.work_reasons import WorkReason

CODE_MAX: Final = 65_535
CODES_OF_AN_EPOCH: Final = 100
EPOCHS: Final = CODE_MAX // CODES_OF_AN_EPOCH
"""After as many, codes begin anew."""
_WINDOWS: Final = (("sales_from", "sales_until"), ("valid_from", "valid_until"))


async def create_ticket_type(unit: Unit, event_id: EventId, said: TicketTypeBody) -> TicketType:
    """Add a ticket type, by a code that no type of the event has had.

    Raises:
        Problem: `not-found`, `conflict`, or wrong fields.
    """
    event = await get_editable_event(unit, event_id)
    await _check(unit, event_id, said)
    questions = settle_questions(said.questions, [], unit.entropy)
    # The event's row is locked by now, so two new types cannot draw the same code.
    query = select(TicketType.code).where(TicketType.event_id == event_id)
    taken = frozenset(await unit.all(query))
    quotas.check(len(taken), quotas.TYPES_MAX, "ticket types")
    epoch = (await read_ledger(unit.session)).epoch
    row = TicketType(
        id=ids.new_id(ids.TICKET_TYPE, unit.entropy),
        event_id=event_id,
        code=next_code(taken, epoch),
        created_at=unit.now,
        **_columns(said, said.currency or event.currency, questions),
    )
    await unit.add(row)
    forget_event(unit, event_id)
    await unit.add(
        Inventory(
            event_id=event_id,
            ticket_type_id=row.id,
            quantity_limit=said.quantity_limit,
            sold=0,
            held=0,
            allotted=0,
            beyond=0,
        )
    )
    return row


def next_code(taken: frozenset[int], epoch: int) -> int:
    """Give a new type's code: of an epoch's own, since tickets bear codes that others forgot."""
    first = (epoch - FIRST_EPOCH) % EPOCHS * CODES_OF_AN_EPOCH
    own = range(first + 1, first + CODES_OF_AN_EPOCH + 1)
    last = max(taken.intersection(own), default=first)
    return next(one for one in chain(range(last + 1, CODE_MAX + 1), count(1)) if one not in taken)


async def change_ticket_type(
    unit: Unit,
    usage: UsageLookup,
    event_id: EventId,
    ticket_type_id: TicketTypeId,
    said: TicketTypeBody,
) -> TicketType:
    """Replace a ticket type; tickets already sold keep theirs.

    Raises:
        Problem: `not-found`, `conflict` if more are gone than the new limit, or wrong fields.
    """
    event = await get_editable_event(unit, event_id)
    row = await get_ticket_type(unit, event_id, ticket_type_id)
    await _check(unit, event_id, said, row.occurrence_id)
    answered: frozenset[str] = frozenset()
    if is_reworded(said.questions, row.questions):
        answered = await usage.answered(unit, event_id, ticket_type_id)
    questions = settle_questions(said.questions, row.questions, unit.entropy, answered)
    columns = _columns(said, said.currency or event.currency, questions)
    before = {name: getattr(row, name) for name in columns}
    # What a type may be without is kept as nothing at all in older rows.
    before["selling"] = selling_to_json(selling_from_json(row.selling))
    refuse_frozen_edit(event, PlanPart.TYPE, before, columns)
    for name, value in columns.items():
        setattr(row, name, value)
    if not await set_limit(unit, event_id, ticket_type_id, said.quantity_limit):
        raise refuse("conflict", "type.limit")
    await unit.session.flush()
    return row


async def get_ticket_type(
    unit: Unit, event_id: EventId, ticket_type_id: TicketTypeId
) -> TicketType:
    """Return an event's ticket type.

    Raises:
        Problem: `not-found`.
    """
    query = select(TicketType).where(
        TicketType.id == ticket_type_id, TicketType.event_id == event_id
    )
    return await unit.get(query, "ticket type")


async def list_ticket_types(unit: Unit, event_id: EventId) -> Sequence[TicketType]:
    """Return an event's ticket types in order of code, which a unit reads once."""
    known = known_types(unit)
    if event_id not in known:
        query = select(TicketType).where(TicketType.event_id == event_id).order_by(TicketType.code)
        known[event_id] = await unit.all(query)
    return known[event_id]


async def check_ticket_types(
    unit: Unit, event_id: EventId, ticket_type_ids: Sequence[TicketTypeId] | None
) -> None:
    """Refuse ids that are not this event's ticket types, as a wrong field of a body.

    Raises:
        Problem: naming `ticket_type_ids`.
    """
    if not ticket_type_ids:
        return
    query = select(TicketType.id).where(
        TicketType.event_id == event_id, TicketType.id.in_(ticket_type_ids)
    )
    known = set(await unit.all(query))
    if set(ticket_type_ids) - known:
        raise wrong_field("ticket_type_ids", "names what is no ticket type of this event")


async def _check(
    unit: Unit, event_id: EventId, said: TicketTypeBody, date: OccurrenceId | None = None
) -> None:
    """Refuse what cannot be meant; `date` is the one that the type was for."""
    until = to_instant(said.sales_until)
    is_on_sale = until is None or until >= unit.now
    was_off = date and (await get_occurrence(unit, event_id, date)).cancelled_at is not None
    off = WorkReason("date.off")
    if was_off and said.occurrence_id != date:
        # Its tickets would be good once more, whose money goes back.
        message = "stays: the date was called off; add another type"
        raise wrong_field("occurrence_id", message, off)
    if was_off and is_on_sale:
        raise wrong_field("sales_until", "stays over: the date was called off", off)
    if said.occurrence_id != date:
        await check_takes_place(unit, event_id, said.occurrence_id)
    if said.currency is not None:
        check_currency(said.currency)
    _check_selling(said.selling)
    _check_guest_list(said)
    for first, last in _WINDOWS:
        start, end = getattr(said, first), getattr(said, last)
        if start is not None and end is not None and end < start:
            raise wrong_field(last, f"must not be before {first}", WorkReason("field.ends_first"))


def _check_selling(selling: SellingTerms) -> None:
    keys = [tier.key for tier in selling.tiers]
    if len(set(keys)) < len(keys):
        raise wrong_field("selling.tiers", "names a key twice")
    if selling.order_max is not None and selling.order_max < selling.order_min:
        because = WorkReason("field.order_most")
        raise wrong_field("selling.order_max", "must not be below order_min", because)
    for number, tier in enumerate(selling.tiers):
        if tier.starts_at and tier.ends_at and tier.ends_at <= tier.starts_at:
            field, because = f"selling.tiers[{number}].ends_at", WorkReason("field.ends_first")
            raise wrong_field(field, "must be after starts_at", because)


def _check_guest_list(said: TicketTypeBody) -> None:
    """Refuse a guest list that would cost something, end nowhere, or be sold to anybody."""
    selling = said.selling
    if selling.guest_list is None:
        return
    if said.price_minor or selling.fee_minor or selling.tiers:
        raise wrong_field("price_minor", "is 0 on a guest list, which has no tiers and no fee")
    if said.quantity_limit is None:
        raise wrong_field("quantity_limit", "says how many a guest list holds")
    if selling.visibility is not Visibility.STAFF:
        raise wrong_field("selling.visibility", "is staff on a guest list")


def _columns(
    said: TicketTypeBody, currency: str, questions: list[dict[str, Any]]
) -> dict[str, object]:
    columns = msgspec.structs.asdict(said)
    del columns["quantity_limit"]
    columns |= {name: to_instant(columns[name]) for pair in _WINDOWS for name in pair}
    return columns | {
        "currency": currency,
        "selling": selling_to_json(said.selling),
        "questions": questions,
    }
