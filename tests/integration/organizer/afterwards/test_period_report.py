"""What several events came to, as the desk asks for it, at the real application."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from gatekeeper.organizer import server_api as desk_office
from gatekeeper.organizer.afterwards.audit_client import Days
from gatekeeper.organizer.afterwards.period_report_client import (
    PeriodWanted,
    list_event_names,
    read_period,
    read_period_file,
)
from gatekeeper.organizer.afterwards.reports_client import FORMS
from gatekeeper.presenters.desk.period_report_words import TABLES, spell_table
from shared.kernel.id_types import EventId
from shared.kernel.instant import datetime_from_instant
from tests.factories.office import Office

pytestmark = pytest.mark.either_database
BEGINS = {"pdf": b"%PDF", "xlsx": b"PK", "csv": b"\xef\xbb\xbf"}


async def test_a_desk_reads_and_saves_what_chosen_events_and_days_came_to(
    office: Office,
) -> None:
    """Each table has words at the desk; what is not chosen is not in it, in no form."""
    owner = await office.person()
    us = owner.organization_id
    events = []
    for count in (1, 3):
        event_id = EventId(await office.event(owner))
        kind = await office.ticket_type(owner, event_id, price_minor=1_999)
        body = {"payment": "paid", "lines": [{"ticket_type_id": kind, "quantity": count}]}
        await office.ok("POST", f"{owner.path}/events/{event_id}/orders", owner, json=body)
        events.append(str(event_id))
    async with httpx.AsyncClient(
        transport=office.client._transport,
        base_url=f"{office.client.base_url}/api/v1",
        headers=owner.headers,
    ) as client:
        desk = desk_office.ServerApi("http://localhost")
        desk._http = client
        assert list(await list_event_names(desk, us)) in (events, events[::-1])
        report = await read_period(desk, us, PeriodWanted())
        assert [one.name for one in report.tables if one.name not in TABLES] == []
        columns = {name for one in report.tables for name in one.columns}
        shown = {word for one in report.tables for word in spell_table(one).columns}
        assert not shown & columns, "a column that the desk has no words for"
        totals = {one.name: one.rows for one in report.tables}["totals"]
        assert list(totals[0]) == ["orders_paid", "EUR", 2, 4 * 1_999]
        one = await read_period(desk, us, PeriodWanted((events[1],)))
        assert {part.name: part.rows for part in one.tables}["totals"][0][3] == 3 * 1_999
        today = datetime_from_instant(office.clock.wall()).date()
        before = PeriodWanted(days=Days(None, today - timedelta(days=2)))
        assert {part.name: part.rows for part in (await read_period(desk, us, before)).tables}[
            "totals"
        ] == []
        for form in FORMS:
            assert (await read_period_file(desk, us, before, form, "de")).startswith(BEGINS[form])
