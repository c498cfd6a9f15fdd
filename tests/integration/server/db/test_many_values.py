"""A PostgreSQL statement takes 32,767 values: what an organization has many of is selected."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from server.db.model import Model
from server.db.tenancy import SYSTEM
from server.events.models import Event
from server.ledger import checkin_webhooks
from server.organizations.models import Organization
from server.reports.period_tables import Period, fold_period
from server.webhooks.models import Webhook
from shared.kernel.id_types import EventId
from tests.factories.office import Office

MANY = 33_000


async def copy_rows(office: Office, model: type[Model], *numbered: str) -> None:
    """Copy the table's only row many times, each with ids of its own."""
    names = [one.name for one in model.__table__.columns]
    values = ["'copy_' || n" if one in numbered else one for one in names]
    async with office.database.write(org=SYSTEM) as session:
        await session.execute(
            text(
                f"INSERT INTO {model.__tablename__} ({', '.join(names)})"
                f" SELECT {', '.join(values)} FROM {model.__tablename__},"
                " generate_series(1, :many) AS n"
            ),
            {"many": MANY},
        )


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
    await copy_rows(office, Event, "id")
    async with office.context.read(owner.organization_id) as unit:
        report = await fold_period(unit, Period())
    tables = {one.name: one.rows for one in report.tables}
    assert tables["totals"][0] == ("orders_paid", "EUR", 1, 1_999)
    assert len(tables["attendance"]) == MANY + 2, "each event, and their sum"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_check_ins_are_told_to_more_organizations_than_a_statement_takes_values(
    office: Office,
) -> None:
    """Whoever hears is looked up by the database, and who hears no more is forgotten by and by."""
    owner = await office.person()
    body = {"name": "In", "url": "https://example.org/in", "kinds": ["ticket.checkedin"]}
    await office.ok("POST", f"{owner.path}/webhooks", owner, json=body)
    await copy_rows(office, Organization, "id", "slug")
    await copy_rows(office, Webhook, "id", "organization_id")
    await checkin_webhooks.tell_checkins(office.context)
