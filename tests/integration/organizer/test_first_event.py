"""Which event the desk opens with, and what is odd about one, at the real application."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gatekeeper.organizer.desk_and_events import Desk, Organization, first_event
from gatekeeper.organizer.server_api import EventSite
from shared.kernel.id_types import EventId
from shared.kernel.instant import SECOND
from tests.factories.desk_seat import take_seat
from tests.factories.office import Office
from tests.fakes.entropy import SeededEntropy

pytestmark = pytest.mark.either_database

NOW = datetime(2026, 11, 25, 23, 50, tzinfo=UTC)


async def test_what_is_odd_about_an_event_is_told_with_its_names(office: Office) -> None:
    """The board names the date and the type that no zone is for, and not their ids."""
    owner = await office.person()
    seat = take_seat(office, owner)
    desk = Desk(seat, Organization(owner.organization_id, "Probe"), SeededEntropy("desk"))
    site = EventSite(owner.organization_id, EventId(await office.event(owner)))
    night = {"starts_at": NOW.isoformat()}
    friday = await seat.post(f"{site.path}/occurrences", night | {"name": "Friday"})
    sunday = await seat.post(f"{site.path}/occurrences", night | {"name": "Sunday"})
    hall = {"name": "Hall", "occurrence_id": friday["id"]}
    zone = await seat.post(f"{site.path}/zones", hall)
    await seat.post(f"{site.path}/gates", {"name": "North", "zone_id": zone["id"]})
    late = {"name": "Late", "price_minor": 0, "occurrence_id": sunday["id"]}
    await seat.post(f"{site.path}/ticket-types", late)
    odd = {one.code: one.names for one in (await desk.look(site)).warnings}
    assert odd["date_without_zone"] == ("Sunday",)
    assert odd["type_taken_nowhere"] == ("Late",)
    await seat.close()


async def test_the_desk_opens_with_the_event_that_is_on_tonight(office: Office) -> None:
    """Next month's was made after it; a date counts from before its doors until its end.

    With none on, it is the one that begins next, however late another was made: whoever prepares
    the next evening would otherwise pair its gates with a later one's.
    """
    owner = await office.person()
    seat = take_seat(office, owner)
    desk = Desk(seat, Organization(owner.organization_id, "Probe"), SeededEntropy("desk"))
    for name, starts in (
        ("Last night", NOW - timedelta(days=1)),
        ("Tonight", NOW - timedelta(hours=4)),
        ("Next week", NOW + timedelta(days=7)),
        ("Next month", NOW + timedelta(days=30)),
    ):
        root = f"/organizations/{owner.organization_id}/events"
        event = await seat.post(root, {"name": name, "timezone": "Europe/Berlin"})
        path = f"{root}/{event['id']}"
        await seat.post(
            f"{path}/occurrences",
            {
                "name": name,
                "starts_at": starts.isoformat(),
                "ends_at": (starts + timedelta(hours=6)).isoformat(),
            },
        )
        await seat.post(f"{path}/state", {"state": "published"})
        office.clock.advance(SECOND)

    async def opens_with(now: datetime) -> str:
        return first_event(await desk.list_events(now)).name

    listed = [event.name for event in await desk.list_events(NOW)]
    assert listed == ["Next month", "Next week", "Tonight", "Last night"]
    assert await opens_with(NOW) == "Tonight"
    assert await opens_with(NOW - timedelta(hours=9)) == "Tonight"
    assert await opens_with(NOW - timedelta(hours=20)) == "Last night"
    assert await opens_with(NOW + timedelta(hours=3)) == "Next week"
    assert await opens_with(NOW + timedelta(days=8)) == "Next month"
    assert await opens_with(NOW + timedelta(days=60)) == "Next month", "all are over: the newest"
    await seat.close()
