"""What was made by mistake goes, where nothing hangs on it; what hangs on it is named."""

from __future__ import annotations

from typing import Any

import pytest

from server.db.unit import Unit
from server.events.events_and_dates import get_event, touch_plan
from server.ticketing.removing_ticket_types import remove_ticket_type
from server.ticketing.schemas import TicketTypeBody
from server.ticketing.ticket_types import create_ticket_type, list_ticket_types
from shared.kernel.id_types import EventId, TicketTypeId
from tests.factories.office import Office, Person

pytestmark = pytest.mark.either_database

TIMES = {"name": "Saturday", "starts_at": "2026-07-04T18:00:00Z"}


async def make_event(office: Office, ada: Person) -> tuple[str, str, str]:
    """Make an event with a date and a ticket type; returns its path and their ids."""
    event_id = EventId(await office.event(ada))
    event = f"{ada.path}/events/{event_id}"
    day = await office.ok("POST", f"{event}/occurrences", ada, json=TIMES)
    kind = await office.ticket_type(ada, event_id)
    return event, day["id"], kind


async def refused(office: Office, ada: Person, path: str) -> str:
    """Try to remove something that is needed; returns what was said."""
    before = await office.ok("GET", path.rpartition("/")[0], ada)
    answer = await office.call("DELETE", path, ada)
    assert answer.status_code == 409, answer.text
    assert await office.ok("GET", path.rpartition("/")[0], ada) == before
    return str(answer.json()["detail"])


async def gone(office: Office, ada: Person, path: str) -> None:
    """Remove something; it is gone, and gates are told by a new plan."""
    answer = await office.call("DELETE", path, ada)
    assert answer.status_code == 204, answer.text
    assert (await office.call("DELETE", path, ada)).status_code == 404


async def test_a_date_goes_when_no_zone_type_or_ticket_is_for_it(office: Office) -> None:
    """Each of them is named while it is there; the event's plan is told anew after."""
    ada = await office.person()
    event, day, kind = await make_event(office, ada)
    path = f"{event}/occurrences/{day}"
    zone = await office.ok(
        "POST", f"{event}/zones", ada, json={"name": "Yard", "occurrence_id": day}
    )
    assert "Yard" in await refused(office, ada, path)
    await office.ok("DELETE", f"{event}/zones/{zone['id']}", ada)
    body: dict[str, Any] = {"name": "Adult", "price_minor": 100}
    typed = f"{event}/ticket-types/{kind}"
    await office.ok("PUT", typed, ada, json=body | {"occurrence_id": day})
    assert "ticket types" in (await refused(office, ada, path)).lower()
    await office.ok("PUT", typed, ada, json=body)
    plan = (await office.ok("GET", event, ada))["plan_version"]
    await gone(office, ada, path)
    assert (await office.ok("GET", event, ada))["plan_version"] > plan


async def test_a_type_goes_when_nothing_was_sold_and_nothing_names_it(office: Office) -> None:
    """A cancelled order's tickets keep it too: they stay in the books."""
    ada = await office.person()
    event, _, kind = await make_event(office, ada)
    path = f"{event}/ticket-types/{kind}"
    body = {"name": "Yard", "ticket_type_ids": [kind]}
    zone = await office.ok("POST", f"{event}/zones", ada, json=body)
    assert "Yard" in await refused(office, ada, path)
    await office.ok("DELETE", f"{event}/zones/{zone['id']}", ada)
    offer = {"name": "Friends", "percent_points": 500, "ticket_type_ids": [kind]}
    made = await office.ok("POST", f"{event}/promotions", ada, json=offer)
    assert "Friends" in await refused(office, ada, path)
    await office.ok("DELETE", f"{event}/promotions/{made['id']}", ada)
    await gone(office, ada, path)
    sold = await office.ticket_type(ada, EventId(event.rpartition("/")[2]), name="Child")
    await office.ok("POST", f"{event}/state", ada, json={"state": "published"})
    lines = [{"ticket_type_id": sold, "quantity": 1}]
    placed = await office.ok("POST", f"{event}/orders", ada, json={"lines": lines})
    path = f"{event}/ticket-types/{sold}"
    assert "stays in the books" in await refused(office, ada, path)
    order = f"{event}/orders/{placed['order']['id']}"
    await office.ok("POST", f"{order}/cancel", ada, json={"reason": "ill"})
    assert "stays in the books" in await refused(office, ada, path)


async def test_a_venue_goes_with_its_seats_and_leaves_events_their_copies(
    office: Office,
) -> None:
    """The event's zones, gates and seats were its own from the start."""
    ada = await office.person()
    event, _, _ = await make_event(office, ada)
    template = [{"name": "Hall", "gates": [{"name": "North"}]}]
    body = {"name": "Harbour Hall", "timezone": "UTC", "template": template}
    venue = await office.ok("POST", f"{ada.path}/venues", ada, json=body)
    path = f"{ada.path}/venues/{venue['id']}"
    table = {"form": "csv", "text": "section,row,seat\nStalls,A,1\n"}
    await office.ok("PUT", f"{path}/seats", ada, json=table)
    await office.ok("POST", f"{event}/plan", ada, json={"venue_id": venue["id"]})
    await gone(office, ada, path)
    assert [zone["name"] for zone in (await office.ok("GET", f"{event}/plan", ada))["zones"]] == [
        "Hall"
    ]


async def test_nothing_goes_of_an_event_that_is_over(office: Office) -> None:
    """Its plan is fixed."""
    ada = await office.person()
    event, day, kind = await make_event(office, ada)
    for state in ("published", "completed"):
        await office.ok("POST", f"{event}/state", ada, json={"state": state})
    for path in (f"{event}/occurrences/{day}", f"{event}/ticket-types/{kind}"):
        assert "completed" in await refused(office, ada, path)


async def test_a_transaction_sees_what_it_has_made_removed_and_raised_itself(
    office: Office,
) -> None:
    """It reads an event and its types once, and again after each change of its own."""
    ada = await office.person()
    event, _, kind = await make_event(office, ada)
    event_id = EventId(event.rpartition("/")[2])

    async def types(unit: Unit) -> list[str]:
        return [row.id for row in await list_ticket_types(unit, event_id)]

    async with office.context.write(ada.organization_id) as unit:
        assert await types(unit) == [kind]
        made = await create_ticket_type(unit, event_id, TicketTypeBody("Child", price_minor=5))
        assert await types(unit) == [kind, made.id]
        await remove_ticket_type(unit, office.usage, event_id, TicketTypeId(made.id))
        assert await types(unit) == [kind]
        held = await get_event(unit, event_id)
        version = held.plan_version
        await touch_plan(unit, event_id)
        assert (await get_event(unit, event_id)).plan_version == version + 1
