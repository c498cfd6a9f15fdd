"""A gate's place on the venue's network: when it asks the server for the roster."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gatekeeper.device.lan_link import ADDRESS_TOLD_EVERY, ROSTER_RENEW_EVERY
from gatekeeper.gate.requests import Scan
from shared.kernel.errors import ServerFault
from shared.kernel.trouble import NO_TROUBLE
from shared.lan.roster import open_roster
from shared.manifest.tickets import TicketClass, TicketRow
from tests.factories.gate_event import EVENT, ORGANIZATION, STARTS
from tests.factories.gate_venue import GateVenue
from tests.fakes.clock import ManualClock

ROUNDS = 8


async def test_roster_is_fetched_when_the_server_tells_of_a_newer_one(tmp_path: Path) -> None:
    """And once a minute, so that others hear of a new address; a server that does not tell is
    asked every few seconds, as ever.
    """
    venue, clock = GateVenue(tmp_path, 1), ManualClock(STARTS)
    venue.clock, server = clock, venue.server
    server.publish()
    session = await venue.open(0)
    await session.sync_once()

    async def count_fetches(rounds: int) -> int:
        before = server.roster_fetches
        for _ in range(rounds):
            clock.advance(ROSTER_RENEW_EVERY)
            await session.sync_once()
        return server.roster_fetches - before

    try:
        assert await count_fetches(ROUNDS) == 0
        venue.sign_roster(range(1), sequence=2)
        assert await count_fetches(ROUNDS) == 1
        held = session.store.peers.get_roster(EVENT)
        assert held is not None
        root = server.office.root.public_key
        roster = open_roster(
            held, root_public_key=root, organization_id=ORGANIZATION, event_id=EVENT
        )
        assert roster.version == server.roster_version
        clock.advance(ADDRESS_TOLD_EVERY)
        assert await count_fetches(ROUNDS) == 1
        server.tells_roster = False
        assert await count_fetches(ROUNDS) == ROUNDS
    finally:
        await venue.close()


async def test_changes_come_down_to_a_cut_off_gate_by_a_peer_with_an_uplink(
    tmp_path: Path,
) -> None:
    """A ticket that is cancelled meanwhile is denied there, by the gate's own knowledge."""
    venue = GateVenue(tmp_path, 2)
    server = venue.server
    code = server.office.sell()
    ticket_id = next(iter(server.office.rows))
    try:
        north, south = await venue.open_all()
        server.is_cut, server.cut_off = False, {"dv_1"}
        with pytest.raises(ServerFault):
            await south.sync_once()
        server.change_ticket(
            TicketRow(ticket_id, TicketClass(ticket_type_code=1, state="cancelled"))
        )
        await north.sync_once()

        async def is_known() -> bool:
            for session in (north, south):
                await session.lan.tidy()
            return south.store.changes.find(EVENT, ticket_id) is not None

        async with asyncio.timeout(60):
            while not await is_known():  # noqa: ASYNC110 - tidying is the test's own work
                await asyncio.sleep(0.01)
        assert (await south.scan(Scan(code))).reason == "cancelled"
        assert south.store.feeds.get(EVENT).cursor == len(server.items)
    finally:
        await venue.close()


async def test_a_gate_that_only_synced_asks_its_peers_when_the_server_is_away(
    tmp_path: Path,
) -> None:
    """Set up by `gatekeeper sync` alone, two gates let the same ticket in once."""
    venue = GateVenue(tmp_path, 2)
    code = venue.server.office.sell()
    venue.server.publish()
    try:
        for number in range(2):
            alone = await venue.open_without_peers(number)
            await alone.sync_once()
            await alone.close()
        venue.server.is_cut = True
        sessions = [await venue.open(number) for number in range(2)]
        for session in sessions:
            await session.lan.tidy()
        rungs = [session.lan.rung for session in sessions]
        assert all(rungs), "they know of each other"
        for rung in rungs:
            assert rung is not None
            rung.addresses.name([one.address for one in rungs if one is not None])
        await venue.until_live()
        answers = await asyncio.gather(*(session.scan(Scan(code)) for session in sessions))
        assert sorted(answer.reason for answer in answers) == ["already_used", "ok"]
    finally:
        await venue.close()


async def test_a_gate_that_knows_of_no_other_says_so_when_it_starts_cut_off(
    tmp_path: Path,
) -> None:
    """It was told to ask the other gates, and has never heard from the server which there are."""
    venue, clock = GateVenue(tmp_path, 2), ManualClock(STARTS)
    venue.clock = clock
    venue.server.publish()
    venue.server.roster = None
    try:
        session = await venue.open(0)
        await session.sync_once()
        await session.lan.tidy()
        assert "sync once" in session.status().problem
        venue.sign_roster(range(2))
        clock.advance(ROSTER_RENEW_EVERY)
        await session.sync_once()
        assert session.lan.rung is not None
        assert session.lan.problem == NO_TROUBLE
    finally:
        await venue.close()
