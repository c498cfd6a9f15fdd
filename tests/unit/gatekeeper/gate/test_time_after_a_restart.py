"""A machine that was started anew while cut off: its clock may be fast or slow, and nobody says.

A window that holds every instant that it may be lets in, one that holds none of them does not, and
for all others a person decides.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Scan
from shared.kernel.instant import HOUR, MINUTE, Duration, Instant
from tests.factories.gate_event import STARTS, TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

END: Final = STARTS + 4 * HOUR
"""Of the event's only date."""
OFF: Final[tuple[Duration, ...]] = (-3 * HOUR, -20 * MINUTE, Duration(0), 20 * MINUTE, 3 * HOUR)
"""By how much a clock is wrong after the start."""


class Evening:
    """A gate that is cut off for an hour, loses its power for ten minutes, and starts again.

    Attributes:
        clock: The machine's.
    """

    def __init__(self, folder: Path) -> None:
        self.office, self.true = TicketOffice(), ManualClock(STARTS)
        self.server = FakeSyncServer(self.office, self.true)
        self.clock = ManualClock(STARTS)
        self.gate = PairedGate(folder, self.server, clock=self.clock)

    def sell(self, first: Instant | None = None, last: Instant | None = None) -> str:
        """Sell a ticket for a time of its own."""
        return self.office.sell(valid_from=first, valid_until=last)

    def advance(self, duration: Duration) -> None:
        """Let time pass everywhere."""
        self.true.advance(duration)
        self.clock.advance(duration)

    async def start_again(self, off: Duration) -> GateSession:
        """Cut the gate off, let somebody in, and start its machine anew by another clock."""
        first = self.sell()
        self.server.publish()
        session = await self.gate.open()
        await session.sync_once()
        self.server.is_cut = True
        self.advance(HOUR)
        assert (await session.lane.scan(Scan(first))).verdict == "admit"
        await session.close()
        self.advance(10 * MINUTE)
        self.clock.reboot()
        self.clock.step_wall(off)
        return await self.gate.open()


async def scan(session: GateSession, code: str) -> ScanAnswer:
    """Scan a code."""
    return await session.lane.scan(Scan(code))


@pytest.mark.parametrize("off", [Duration(0), 20 * MINUTE, 2 * HOUR])
async def test_a_gate_that_was_merely_started_again_lets_in_whose_time_is_proven(
    tmp_path: Path, off: Duration
) -> None:
    """Tickets without hours, those of the whole evening, and those that have begun by now."""
    evening = Evening(tmp_path)
    codes = [
        evening.sell(),
        evening.sell(STARTS - HOUR, END),
        evening.sell(STARTS + 50 * MINUTE),
        evening.sell(last=END + HOUR),
    ]
    session = await evening.start_again(off)
    try:
        assert [(await scan(session, code)).reason for code in codes] == ["ok"] * 4
    finally:
        await session.close()


@pytest.mark.parametrize("off", OFF)
async def test_windows_that_a_wrong_clock_could_open_or_close_are_a_persons_matter(
    tmp_path: Path, off: Duration
) -> None:
    """At whatever hours: who is let in is in time, and who is denied is not."""
    evening, dice = Evening(tmp_path), random.Random(int(off))
    windows: list[tuple[Instant | None, Instant | None]] = []
    for _ in range(200):
        first = Instant(STARTS + dice.randrange(-2 * HOUR, 4 * HOUR))
        last = Instant(
            first + dice.choice([dice.randrange(20 * MINUTE), dice.randrange(6 * HOUR)])
        )
        windows.append((dice.choice([None, first]), dice.choice([None, last])))
    codes = [evening.sell(*window) for window in windows]
    session = await evening.start_again(off)
    try:
        now = evening.true.wall()
        for code, (begins, ends) in zip(codes, windows, strict=True):
            answer = await scan(session, code)
            is_in_time = (begins is None or begins <= now) and (ends is None or now <= ends)
            assert answer.reason in {"ok", "supervisor", "not_yet_valid", "expired"}
            assert answer.verdict == "refer" or (answer.verdict == "admit") is is_in_time
    finally:
        await session.close()


async def test_a_server_that_answers_again_tells_the_time(tmp_path: Path) -> None:
    """From the first round trip on each window is decided by that."""
    evening = Evening(tmp_path)
    soon, over = evening.sell(STARTS + 3 * HOUR), evening.sell(last=STARTS + HOUR // 2)
    now = evening.sell(STARTS + 65 * MINUTE, STARTS + 2 * HOUR)
    session = await evening.start_again(3 * HOUR)
    try:
        told = [(await scan(session, code)).reason for code in (soon, over, now)]
        assert told == ["supervisor", "expired", "supervisor"]
        evening.server.is_cut = False
        await session.sync_once()
        told = [(await scan(session, code)).reason for code in (soon, over, now)]
        assert told == ["not_yet_valid", "expired", "ok"]
    finally:
        await session.close()
