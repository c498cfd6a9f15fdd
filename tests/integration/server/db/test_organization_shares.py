"""What one organization asks for leaves connections to the database for the others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from server.background.work_aside import short_work_aside, work_aside
from server.db.database_connections import LOCK_TIMEOUT_MS, Database
from server.db.organization_shares import OrganizationShares, most_of
from server.db.unit import Context
from server.events.models import Event
from server.problem_answers import Problem
from server.publishing.publisher import Publisher
from server.seating.placing_maps import write_slices
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.everything import make_world
from tests.factories.office import Office
from tests.factories.waiting import PATIENCE_S
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy

pytestmark = pytest.mark.integration

MANY = 30
"""More requests than a worker has connections."""


async def test_others_are_answered_while_one_organizations_requests_wait_for_each_other(
    office: Office,
) -> None:
    """Each held a connection while it waited for a row, until the worker had none left."""
    if office.database.is_sqlite:
        return  # nobody waits for a row there
    many, other = await make_world(office, "A"), await make_world(office, "B")
    event = f"{many.person.path}/events/{many.ids['event_id']}"
    loop = asyncio.get_running_loop()
    async with office.database.write(org=many.person.organization_id) as session:
        row = select(Event).where(Event.id == many.ids["event_id"]).with_for_update()
        await session.execute(row)
        changes = [
            asyncio.ensure_future(
                office.call("PATCH", event, many.person, json={"name": f"Night {number}"})
            )
            for number in range(MANY)
        ]
        await asyncio.sleep(1)
        began = loop.time()
        await office.ok("GET", f"{other.person.path}/events", other.person)
        assert loop.time() - began < LOCK_TIMEOUT_MS / 1_000 / 2
    await asyncio.gather(*changes)


async def test_of_those_that_wait_whoever_uses_least_comes_first() -> None:
    """A hundred requests of one organization stood before another's only one."""
    shares = OrganizationShares(2, together=3, wait_s=PATIENCE_S)
    order: list[str] = []
    may_end = {name: asyncio.Event() for name in ("many", "others")}

    async def ask(org: str, until: asyncio.Event) -> None:
        async with shares.held(org):
            order.append(org)
            await until.wait()

    asking = [
        asyncio.create_task(ask(org, may_end[until]))
        for org, until in [
            ("og_many", "many"),
            ("og_many", "many"),
            ("og_others", "others"),
            *[("og_many", "many")] * MANY,
            ("og_others", "others"),
            ("og_few", "others"),
        ]
    ]
    await asyncio.sleep(0)
    may_end["many"].set()
    while len(order) < len(asking):
        await asyncio.sleep(0)
        may_end["others"].set()
    await asyncio.gather(*asking)
    assert order[:4] == ["og_many", "og_many", "og_others", "og_few"]


async def test_whose_turn_comes_as_they_give_up_leaves_it_to_the_next() -> None:
    """A turn that nobody took was nobody's for ever."""
    shares = OrganizationShares(1, wait_s=PATIENCE_S)
    took: list[int] = []

    async def ask(number: int) -> None:
        async with shares.held("og_one"):
            took.append(number)

    async with shares.held("og_one"):
        asking = [asyncio.create_task(ask(number)) for number in range(4)]
        await asyncio.sleep(0)
        asking[0].cancel()  # it waits, and has not heard of that when the next turn comes
    asking[1].cancel()  # its turn has come, and it has not heard of that yet
    await asyncio.gather(*asking, return_exceptions=True)
    assert took == [2, 3]


async def test_an_organizations_requests_wait_for_its_own(database_url: str) -> None:
    """They hold nothing meanwhile, and are told to try again in the end."""
    database = Database(database_url)
    most = most_of(database.connections)
    shares = OrganizationShares(most, wait_s=0.2)
    context = Context(database, ManualClock(), SeededEntropy(), shares)
    ended = asyncio.Event()
    refused = []

    async def ask() -> None:
        try:
            async with context.read(OrganizationId("og_many")):
                await ended.wait()
        except Problem as problem:
            refused.append(problem.slug)

    asking = [asyncio.create_task(ask()) for _ in range(MANY)]
    await asyncio.sleep(0.5)
    async with context.read(OrganizationId("og_few")):
        ended.set()
    await asyncio.gather(*asking)
    assert refused == ["unavailable"] * (MANY - most)
    async with context.read(OrganizationId("og_many")):
        pass
    await database.close()


async def test_seats_of_a_map_are_written_by_the_connections_that_people_may_hold(
    database_url: str,
) -> None:
    """Two dozen maps copied at once held every connection, slice after slice."""
    database = Database(database_url)
    shares = OrganizationShares(1, wait_s=0.2)
    context = Context(database, ManualClock(), SeededEntropy(), shares)
    if not database.is_sqlite:  # where writers stand in a line of their own
        many = OrganizationId("og_many")
        async with context.read(many):
            with pytest.raises(Problem, match="too much at once"):
                await write_slices(context, many, EventId("ev_one"), (), ())
    await database.close()


@pytest.mark.parametrize("work", [work_aside, short_work_aside])
async def test_long_work_takes_none_of_the_threads_that_all_share(
    work: Callable[[str, Callable[[], bool]], Awaitable[bool]],
) -> None:
    """Eight seat maps at once took all; another organization's PIN waited 13 seconds for one."""
    may_end = threading.Event()
    working = [
        asyncio.ensure_future(work(f"og_{number}", may_end.wait))
        for number in range(MANY)
        for _ in range(2)
    ]
    await asyncio.sleep(0.1)
    try:
        async with asyncio.timeout(10):
            await asyncio.to_thread(int)
    finally:
        may_end.set()
    assert all(await asyncio.gather(*working))


async def test_two_handovers_of_an_organization_are_under_way_at_once_and_others_beside_them(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each event is handed over by itself: dozens at once held what others' requests need."""
    many, other = await make_world(office, "A"), await make_world(office, "B")
    are_three, may_end = asyncio.Event(), asyncio.Event()
    organizations: list[str] = []

    async def publish(_publisher: Publisher, organization_id: str, _event_id: str) -> None:
        organizations.append(organization_id)
        if len(organizations) == 3:
            are_three.set()
        await may_end.wait()
        raise Problem("conflict", "Nothing is published here.")

    monkeypatch.setattr(Publisher, "publish", publish)
    handing = [
        asyncio.ensure_future(
            office.call(
                "POST",
                f"{one.person.path}/events/{one.ids['event_id']}/handover",
                one.person,
            )
        )
        for one in [*[many] * 6, other]
    ]
    await asyncio.wait_for(are_three.wait(), PATIENCE_S)
    await asyncio.sleep(0.2)
    of_many, of_other = many.person.organization_id, other.person.organization_id
    assert sorted(organizations) == sorted([of_many, of_many, of_other])
    may_end.set()
    await asyncio.gather(*handing)
    assert len(organizations) == 7
