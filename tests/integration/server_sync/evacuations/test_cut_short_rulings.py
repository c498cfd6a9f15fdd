"""A server that dies after its word on an evacuation, before it has looked at what follows."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from server.evacuations.evacuation_rulings import EvacuationRuling, EvacuationRulings, RulingKind
from server.plans.event_book import EventBooks
from server.settings import Settings
from shared.kernel.id_types import DeviceId, EvacuationId, EventId, OrganizationId, TicketId
from shared.kernel.instant import MINUTE
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.integration.server_sync.evacuations.test_ordered_evacuations import PASSWORD, order

TRIES = 400
WORKERS = 4


async def die(
    org: OrganizationId, device: DeviceId, event: EventId, tickets: Collection[TicketId]
) -> None:
    """End where tickets would be looked at again."""
    raise ConnectionAbortedError


async def annul_and_die(office: LedgerOffice, guests: int) -> None:
    """Annul a return by which guests have come back, and end before anybody is named for it."""
    await office.office.give_password(office.owner, PASSWORD)
    north = await office.enrol(0)
    for code in office.codes[:guests]:
        await office.claimed(north, code)
    office.office.clock.advance(MINUTE)
    (stop,) = await order(office, "stop")
    office.office.clock.advance(MINUTE)
    await order(office, "return", evacuation_id=stop["evacuation_id"])
    office.office.clock.advance(MINUTE)
    for code in office.codes[:guests]:
        assert (await office.claimed(north, code))["reason"] == "reentry"
    async with office.office.driving() as driver:
        context = office.office.context
        dying = EvacuationRulings(context, driver, EventBooks(context), die, lambda *_: None)
        ruling = EvacuationRuling(
            organization_id=office.owner.organization_id,
            event_id=office.event_id,
            evacuation_id=EvacuationId(stop["evacuation_id"]),
            zone_id=office.zone_id,
            kind=RulingKind.ANNUL,
            actor=office.owner.user_id,
        )
        with pytest.raises(ConnectionAbortedError):
            await dying.rule(ruling)
    assert await office.conflicts() == []


@pytest.mark.either_database
async def test_who_came_back_by_a_return_that_was_annulled_is_named_once_it_runs_again(
    published: tuple[Settings, LedgerOffice],
) -> None:
    """Nobody has to show that ticket once more, and nobody to say the word again."""
    async with open_ledger_office_again(*published) as office:
        await annul_and_die(office, 1)
    async with open_ledger_office_again(published[0], office) as again:
        found: list[str] = []
        for _ in range(TRIES):  # its upkeep begins beside everything else
            found = [one["kind"] for one in await again.conflicts()]
            if found:
                break
            await asyncio.sleep(0.05)
        assert found == ["double_use"]


async def test_workers_that_look_again_at_once_name_each_guest_once(
    ledger_office: LedgerOffice,
) -> None:
    """Each that starts may stand for the one that died."""
    office, guests = ledger_office, 5
    await annul_and_die(office, guests)
    running: EvacuationRulings = office.office.framework.state["evacuations"]
    async with office.office.driving() as driver:
        context = office.office.context
        workers = [
            EvacuationRulings(context, driver, EventBooks(context), running._review, running._poke)
            for _ in range(WORKERS)
        ]
        await asyncio.gather(*(one.catch_up() for one in workers))
    found = await office.conflicts()
    assert sorted(one["ticket_id"] for one in found) == sorted(map(office.hex_of, range(guests)))
    assert {(one["kind"], one["disposition"]) for one in found} == {("double_use", "")}


@pytest.mark.either_database
async def test_what_cannot_be_looked_at_again_at_the_start_is_looked_at_later(
    ledger_office: LedgerOffice,
) -> None:
    """The database was away for a moment, or the event was just being changed."""
    office = ledger_office
    await annul_and_die(office, 1)
    running: EvacuationRulings = office.office.framework.state["evacuations"]
    tries: list[str] = []

    async def review(
        org: OrganizationId, device: DeviceId, event: EventId, tickets: Collection[TicketId]
    ) -> None:
        tries.append(event)
        if len(tries) == 1:
            await die(org, device, event, tickets)
        await running._review(org, device, event, tickets)

    async with office.office.driving() as driver:
        context = office.office.context
        worker = EvacuationRulings(context, driver, EventBooks(context), review, lambda *_: None)
        with pytest.raises(ConnectionAbortedError):
            await worker.catch_up()
        for _ in range(2):
            await worker.catch_up()
    assert tries == [office.event_id] * 2, "and not once more"
    assert [one["kind"] for one in await office.conflicts()] == ["double_use"]
