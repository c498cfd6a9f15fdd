"""Gates without a server, each ticket shown at two at once; `bench/lan.py` has the figures."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from gatekeeper.lan.lan_verdict import LanAnswer
from shared.kernel.id_types import TicketId
from shared.kernel.instant import SECOND
from shared.lan.claims import ClaimKey
from shared.lan.lan_timeouts_and_limits import LanSettings
from tests.factories.strength import sized
from tests.integration.lan.lanes import (
    LOOPBACK,
    Lane,
    introduce,
    open_lanes,
    until,
    until_live,
)
from tests.unit.shared.lan.venue import claim_name, make_roster, right

pytestmark = pytest.mark.slow

GATES = 20
TICKETS = sized(60, 150)
APART_SECONDS = 0.02
BUDGET_MS = 30_000
"""A hundred times a gate's: one process does the work of twenty gates, beside other tests."""
PATIENT = LanSettings(live_window=60 * SECOND)
"""A process that is held up counts nobody as gone for it."""


class Guests:
    """Guests who show one ticket at two gates; each gate takes one guest at a time."""

    def __init__(self, lanes: list[Lane]) -> None:
        self.lanes = lanes
        self.answers: Counter[LanAnswer] = Counter()
        self.chance = random.Random(20)
        self.busy = [asyncio.Lock() for _ in lanes]

    async def show_twice(self, number: TicketId) -> None:
        """Show a ticket at two gates within 20 ms."""
        first, second = self.chance.sample(range(len(self.lanes)), 2)
        await asyncio.gather(
            self._show(first, 2 * number, right(number), 0),
            self._show(
                second, 2 * number + 1, right(number), self.chance.random() * APART_SECONDS
            ),
        )

    async def _show(self, gate: int, claim: int, key: ClaimKey, wait: float) -> None:
        await asyncio.sleep(wait)
        async with self.busy[gate]:
            verdict = await self.lanes[gate].scan(key, claim_name(claim), BUDGET_MS)
            self.answers[verdict.answer] += 1


def list_modes(lanes: list[Lane]) -> dict[ClaimKey, list[str]]:
    """List the modes of each right's admissions."""
    modes: dict[ClaimKey, list[str]] = {}
    for lane in lanes:
        for key, mode in lane.admitted:
            modes.setdefault(key, []).append(mode)
    return modes


async def test_no_ticket_is_admitted_twice_on_the_peers_word() -> None:
    """Nor once on it and once alone; and on a patient network every scan is answered so."""
    async with open_lanes(GATES, PATIENT) as lanes:
        guests = Guests(lanes)
        for number in range(TICKETS):
            await guests.show_twice(TicketId(number))
        modes = list_modes(lanes)
        assert [found for found in modes.values() if "lan" in found and len(found) > 1] == []
        assert guests.answers.total() == 2 * TICKETS
        by_lan = guests.answers[LanAnswer.FREE] + guests.answers[LanAnswer.TAKEN]
        assert by_lan >= 0.9 * 2 * TICKETS, guests.answers
        await until(lambda: all(lane.rung.peer.book.promise_count == 0 for lane in lanes))
        assert all(lane.rung.alarms == () for lane in lanes)


async def test_split_group_doubles_across_the_split_alone_and_every_double_is_found() -> None:
    """Two islands of four: within one never twice; once they meet, all know both entries."""
    roster = make_roster(8)
    lanes = [Lane(number, roster, settings=PATIENT) for number in range(8)]
    islands = [lanes[:4], lanes[4:]]
    try:
        for lane in lanes:
            await lane.rung.start(LOOPBACK)
        for island in islands:
            introduce(island)
            await until_live(island, 3)
        for number in range(60):
            await Guests(lanes).show_twice(TicketId(number))
        for island in islands:
            assert max(len(found) for found in list_modes(island).values()) == 1
        doubles = {key for key, found in list_modes(lanes).items() if len(found) == 2}
        assert doubles
        introduce(lanes)
        await until(
            lambda: all(len(lane.store.uses_of(key)) == 2 for lane in lanes for key in doubles),
            60,
        )
    finally:
        for lane in lanes:
            await lane.rung.close()
