"""A guest's own data as the desk finds, gives out and erases it, at the real application."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator
from io import BytesIO
from zoneinfo import ZoneInfo

import msgspec
import pytest

from gatekeeper.organizer.afterwards.guest_data_client import GuestDataClient
from gatekeeper.organizer.afterwards.retention_client import (
    Retention,
    read_retention,
    set_retention,
)
from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.organizer.server_api import EventSite
from shared.kernel.id_types import EventId
from tests.factories.desk_seat import take_seat
from tests.factories.office import Office

KLARA = {"buyer_name": "Klára Nováková", "buyer_email": "klara@example.org"}


@pytest.fixture
async def desk(office: Office) -> AsyncIterator[GuestDataClient]:
    """Give a desk at which somebody has bought two tickets."""
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    kind = await office.ticket_type(owner, event_id)
    date = {"name": "Night", "starts_at": "2026-07-05T18:00:00Z"}
    await office.ok("POST", f"{owner.path}/events/{event_id}/occurrences", owner, json=date)
    body = {"payment": "paid", "lines": [{"ticket_type_id": kind, "quantity": 2}], **KLARA}
    await office.ok("POST", f"{owner.path}/events/{event_id}/orders", owner, json=body)
    seat = take_seat(office, owner)
    yield GuestDataClient(seat, EventSite(owner.organization_id, event_id))
    await seat._http.aclose()


@pytest.mark.either_database
async def test_what_names_a_guest_since_it_was_shown_is_not_erased_unseen(
    desk: GuestDataClient,
) -> None:
    """A namesake's order came between the look and the press: name and address went for good."""
    (klara,) = (await desk.find("novakova")).items
    by_name = msgspec.structs.replace(klara, email=None)
    seen = await desk.read(by_name)
    seat, us = desk._api, f"/organizations/{desk.organization_id}/events"
    (event,) = await seat.list_all(us)
    (kind,) = await seat.get(f"{us}/{event['id']}/ticket-types")
    lines = [{"ticket_type_id": kind["id"], "quantity": 1}]
    other = {"buyer_name": KLARA["buyer_name"], "buyer_email": "another.klara@example.org"}
    await seat.post(f"{us}/{event['id']}/orders", {"payment": "paid", "lines": lines} | other)

    done, now = await desk.erase(by_name, seen, [])
    assert (done, len(now.records), await desk.read(by_name)) == (None, 2, now)
    theirs = [one.place for one in now.records if one.email == other["buyer_email"]]
    erased, left = await desk.erase(by_name, now, theirs)
    assert (erased and erased.orders, [one.place for one in left.records]) == (1, theirs)


@pytest.mark.either_database
async def test_a_guest_is_found_given_out_and_erased_from_the_desk(desk: GuestDataClient) -> None:
    """By what the search has shown; what a namesake has is spared, and nothing is left else."""
    (klara,) = (await desk.find("novakova")).items
    assert (klara.shown, klara.orders) == ("Klára Nováková", 1)
    (record,) = (await desk.read(klara)).records
    with zipfile.ZipFile(BytesIO(await desk.export(klara))) as archive:
        assert "klara@example.org" in archive.read("records.csv").decode("utf-8-sig")
    seat, us = desk._api, desk.organization_id
    assert (await read_retention(seat, us)).days is None
    (kept,) = (await read_retention(seat, us, 30)).events
    assert (kept.orders, kept.waits) == (1, "")
    (event,) = await seat.list_all(f"/organizations/{us}/events")
    zone = ZoneInfo(event["timezone"])
    assert kept.due_on == f"{kept.due_at.astimezone(zone):%Y-%m-%d}"
    none = await read_retention(seat, us)
    longer = await set_retention(seat, us, none, 45)
    assert isinstance(longer, Retention)
    assert longer.days == 45
    assert (await read_retention(seat, us)).events[0].due_at > kept.due_at
    late = await set_retention(seat, us, none, 30)
    assert isinstance(late, Clash), "another owner has said 45 meanwhile"
    assert (late.theirs, (await read_retention(seat, us)).days) == ({"days": 45}, 45)
    over = await set_retention(seat, us, longer, None)
    assert isinstance(over, Retention)
    assert over.days is None
    held = await desk.read(klara)
    spared, left = await desk.erase(klara, held, [record.place])
    assert (spared and spared.orders, left) == (0, held)
    erased, left = await desk.erase(klara, held, [])
    assert (erased and erased.orders, left.records) == (1, [])
    assert list((await desk.find("novakova")).items) == []
