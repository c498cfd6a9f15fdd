"""Work that failed for good, seen at the desk with its reason and tried again there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

import server.imports.routes
from gatekeeper.organizer.failed_work import LISTS, NOTICES, find_failed, try_again
from gatekeeper.organizer.prepare.guest_imports_client import (
    bring_list,
    check_list,
    end_list,
    read_list,
    start_list,
)
from gatekeeper.organizer.server_api import EventSite, Refused, ServerApi
from server.imports.import_job import Importer
from server.jobs.job_outcomes import Refused as GivenUp
from shared.kernel.id_types import EventId
from tests.factories.desk_seat import take_seat
from tests.factories.office import Office as Server
from tests.factories.office import Person

pytestmark = pytest.mark.either_database
LIST = b"Code;Type\n" + b"".join(b"LN-%d;Adult\n" % number for number in range(8))
WHY = "The disk is full."


class Seats:
    """Desks of one server, closed at the end."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._open: list[httpx.AsyncClient] = []

    def take(self, person: Person) -> ServerApi:
        """Give somebody a desk."""
        seat = take_seat(self._server, person)
        self._open.append(seat._http)
        return seat

    async def leave(self) -> None:
        """Close them."""
        for one in self._open:
            await one.aclose()


@pytest.fixture
async def seats(office: Server) -> AsyncIterator[Seats]:
    made = Seats(office)
    yield made
    await made.leave()


async def work(office: Server) -> None:
    """Let the server's worker do all that is due for lists."""
    runner = server.imports.routes.make_runner(office.framework.state)
    while await runner.work():
        pass


@pytest.mark.parametrize("state", ["telling", "undoing"])
async def test_a_list_that_stands_still_says_why_and_goes_on_when_it_is_tried_again(
    office: Server, seats: Seats, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """Whoever may, has it go on from where it stands; twice changes nothing."""
    owner = await office.person()
    site = EventSite(owner.organization_id, EventId(await office.event(owner)))
    await office.ticket_type(owner, site.event_id, name="Adult")
    desk = seats.take(owner)
    brought = await bring_list(desk, site, LIST)
    await check_list(desk, site, brought.id, brought.mapping)
    await work(office)
    await start_list(desk, site, brought.id, leaves_out_wrong=False)
    if state == "undoing":
        await work(office)
        await end_list(desk, site, brought.id, "undo")

    done = Importer.do
    turns = 0

    async def fail(importer: Importer, job: Any) -> Any:
        nonlocal turns
        turns += 1
        if state == "telling" and turns == 1:  # it is placed, and then the disk is full
            with monkeypatch.context() as short:
                short.setattr("server.imports.import_job.IMPORT_SLICE", -1)
                while (await read_list(desk, site, brought.id)).state == "placing":
                    await done(importer, job)
        return GivenUp(WHY)

    with monkeypatch.context() as broken:
        broken.setattr(Importer, "do", fail)
        await work(office)
    assert (await read_list(desk, site, brought.id)).state == state
    failed = await find_failed(desk, site.organization_id, LISTS, import_id=brought.id)
    assert failed is not None
    assert (len(failed.jobs), [one.said for one in failed.ends]) == (1, [WHY])
    assert await find_failed(desk, site.organization_id, LISTS, import_id="another") is None
    assert await find_failed(desk, site.organization_id, NOTICES) is None

    staff = await office.person("staff", organization_id=owner.organization_id)
    with pytest.raises(Refused):
        await try_again(seats.take(staff), site.organization_id, failed)
    for _ in range(2):
        await try_again(desk, site.organization_id, failed)
    assert await find_failed(desk, site.organization_id, LISTS, import_id=brought.id) is None
    await work(office)
    # Done since: nothing to do, and no refusal.
    await try_again(desk, site.organization_id, failed)
    await work(office)
    found = await read_list(desk, site, brought.id)
    assert found.state == {"telling": "done", "undoing": "undone"}[state]
    (kind,) = await desk.get(f"{site.path}/ticket-types")
    assert kind["sold"] == {"done": 8, "undone": 0}[found.state]
