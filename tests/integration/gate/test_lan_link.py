"""A gate's place on the venue's network: when it asks the server for the roster."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.lan_link import RENEW_EVERY, TELL_EVERY
from shared.lan.roster import open_roster
from tests.factories.gate_event import EVENT, ORGANIZATION, STARTS
from tests.factories.gate_venue import GateVenue
from tests.fakes.clock import ManualClock

pytestmark = pytest.mark.integration

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
            clock.advance(RENEW_EVERY)
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
        clock.advance(TELL_EVERY)
        assert await count_fetches(ROUNDS) == 1
        server.tells_roster = False
        assert await count_fetches(ROUNDS) == ROUNDS
    finally:
        await venue.close()
