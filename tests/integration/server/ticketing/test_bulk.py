"""Issuing very many tickets at once, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from server.problem_answers import Problem
from server.ticketing.issuing_many import BATCH, issue_many
from server.ticketing.models import Inventory, Ticket
from server.ticketing.ticket_types import get_ticket_type
from shared.kernel.id_types import EventId, TicketTypeId
from tests.factories.office import Office


async def test_many_tickets_are_issued_counted_and_distinct(office: Office) -> None:
    """More than one batch, with manual codes; each id and code is there once."""
    count = BATCH + 1_000
    person = await office.person()
    event_id = await office.event(person)
    kind_id = await office.ticket_type(person, EventId(event_id), persons=2)
    given: list[int] = []
    async with office.context.write(person.organization_id) as unit:
        kind = await get_ticket_type(unit, EventId(event_id), TicketTypeId(kind_id))
        async for batch in issue_many(unit, kind, count, has_manual_codes=True):
            assert batch == sorted(batch)
            given += batch
    assert len(set(given)) == count
    async with office.context.read(person.organization_id) as unit:
        query = select(
            func.count(),
            func.count(func.distinct(Ticket.manual_code)),
            func.min(Ticket.persons),
            func.min(Ticket.state),
        )
        row = (await unit.session.execute(query)).one()
        assert tuple(row) == (count, count, 2, "paid")
        assert (await unit.session.execute(select(Inventory.sold))).scalar_one() == count
        smallest = await unit.session.execute(
            select(Ticket.ticket_id).order_by(Ticket.ticket_id).limit(3)
        )
        assert smallest.scalars().all() == sorted(given)[:3]


async def test_more_than_the_limit_is_not_issued(office: Office) -> None:
    """The limit holds for bulk as well; nothing is left behind."""
    person = await office.person()
    event_id = await office.event(person)
    kind_id = await office.ticket_type(person, EventId(event_id), quantity_limit=10)
    with pytest.raises(Problem, match="fewer"):
        async with office.context.write(person.organization_id) as unit:
            kind = await get_ticket_type(unit, EventId(event_id), TicketTypeId(kind_id))
            async for _ in issue_many(unit, kind, 11):
                pass
    async with office.context.read(person.organization_id) as unit:
        query = select(func.count()).select_from(Ticket)
        assert (await unit.session.execute(query)).scalar_one() == 0
