"""A PostgreSQL statement takes 32,767 values: what an organization has many of is selected."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from server.db.tenancy import SYSTEM
from server.events.models import Event
from server.reports.period_tables import Period, fold_period
from shared.kernel.id_types import EventId
from tests.factories.office import Office

pytestmark = [pytest.mark.integration]
EVENTS = 33_000


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_period_is_told_over_more_events_than_a_statement_takes_values(
    office: Office,
) -> None:
    """All of them are summed up, and the one that sold something is among them."""
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    kind = await office.ticket_type(owner, event_id, price_minor=1_999)
    body = {"payment": "paid", "lines": [{"ticket_type_id": kind, "quantity": 1}]}
    await office.ok("POST", f"{owner.path}/events/{event_id}/orders", owner, json=body)
    copied = ", ".join(one.name for one in Event.__table__.columns if one.name != "id")
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(
            text(
                f"INSERT INTO event (id, {copied}) SELECT 'copy_' || n, {copied}"
                " FROM event, generate_series(1, :events) AS n"
            ),
            {"events": EVENTS},
        )
    async with office.context.read(owner.organization_id) as unit:
        report = await fold_period(unit, Period())
    tables = {one.name: one.rows for one in report.tables}
    assert tables["totals"][0] == ("orders_paid", "EUR", 1, 1_999)
    assert len(tables["attendance"]) == EVENTS + 2, "each event, and their sum"
