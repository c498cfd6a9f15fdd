"""Of the plans that gates were told a bounded part is kept, on the disk and in memory."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from server.plans import earlier_plans, event_book
from server.plans.event_book import EventBooks
from server.plans.models import ToldPlan
from shared.kernel.id_types import EventId
from tests.factories.office import Office, Person


async def _told_often(office: Office, owner: Person, event_id: EventId, times: int) -> None:
    """Hand an event to gates again and again, each time at another price."""
    path = f"{owner.path}/events/{event_id}"
    (kind,) = await office.ok("GET", f"{path}/ticket-types", owner)
    for number in range(times):
        await office.hand_over(path, owner)
        body = {"name": "Standard", "price_minor": 2_501 + number}
        await office.ok("PUT", f"{path}/ticket-types/{kind['id']}", owner, json=body)


async def _event(office: Office, owner: Person) -> EventId:
    event_id = EventId(await office.event(owner, state="draft"))
    await office.plan(owner, event_id)
    path = f"{owner.path}/events/{event_id}"
    await office.ok("POST", f"{path}/state", owner, json={"state": "published"})
    return event_id


async def _kept(office: Office, owner: Person, event_id: EventId) -> tuple[int, int]:
    """Return how many plans of an event are kept, and how many bytes they take."""
    query = select(func.count(), func.sum(func.length(ToldPlan.config)))
    async with office.context.read(owner.organization_id) as unit:
        row = (await unit.session.execute(query.where(ToldPlan.event_id == event_id))).one()
    return int(row[0]), int(row[1])


@pytest.mark.parametrize("bound", ["PLANS_MAX", "PLANS_SIZE_MAX"])
async def test_the_oldest_plans_go_beyond_what_is_looked_at(
    office: Office, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each edit of a large plan left 700 kB for good, and all of them were read for one entry."""
    owner = await office.person()
    event_id, other = await _event(office, owner), await _event(office, owner)
    await _told_often(office, owner, other, 2)
    await _told_often(office, owner, event_id, 1)
    _, size = await _kept(office, owner, event_id)
    limit = 3 if bound == "PLANS_MAX" else 3 * size + size // 2
    monkeypatch.setattr(earlier_plans, bound, limit)

    await _told_often(office, owner, event_id, 6)

    assert (await _kept(office, owner, event_id))[0] == 3
    assert (await _kept(office, owner, other))[0] == 2, "another event's stay"


@pytest.mark.either_database
async def test_a_worker_keeps_no_more_books_than_it_has_room_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two thousand events with some megabytes of plans each took all memory of a machine."""
    owner = await office.person()
    events = [await _event(office, owner) for _ in range(3)]
    for event_id in events:
        await office.hand_over(f"{owner.path}/events/{event_id}", owner)
    one = await EventBooks(office.context).of_event(owner.organization_id, events[0])
    monkeypatch.setattr(event_book, "BOOKS_SIZE_MAX", one.size * 5 // 2)
    books = EventBooks(office.context)

    found = [await books.of_event(owner.organization_id, event_id) for event_id in events]

    again = [await books.of_event(owner.organization_id, event_id) for event_id in events[::-1]]
    kept = [now is before for now, before in zip(again, found[::-1], strict=True)]
    assert kept == [True, True, False], "those that were asked for last"
