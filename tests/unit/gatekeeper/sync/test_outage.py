"""After an outage a gate is connected again at once, and asks a struggling server less."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.sync.backoff import RETRY_MAX, Backoff
from gatekeeper.sync.engine import SYNC_EVERY
from shared.kernel.instant import SECOND
from shared.kernel.trouble import TroubleKind
from simulator.kernel.dice import Dice
from simulator.kernel.loop import SimLoop
from tests.factories.gate_event import TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

AGAIN_WITHIN = 5.0
"""Seconds from the server's first chance to answer until the gate claims there again."""
_LOOK_EVERY = 0.05
"""Seconds, of virtual time."""


async def _is_connected(session: GateSession) -> None:
    loop = asyncio.get_running_loop()
    seen = loop.create_future()

    def look() -> None:
        if session.status().mode == "online":
            seen.set_result(None)
        else:
            loop.call_later(_LOOK_EVERY, look)

    look()
    await seen


async def _seconds_until_connected(folder: Path, outage: float) -> float:
    office = TicketOffice()
    server = FakeSyncServer(office, ManualClock())
    office.sell()
    server.publish()
    session = await PairedGate(folder, server).open()
    running = asyncio.ensure_future(session.engine.run())
    await _is_connected(session)
    server.is_cut = True
    await asyncio.sleep(outage)
    assert session.status().mode == "offline"
    server.is_cut = False
    loop = asyncio.get_running_loop()
    since = loop.time()
    await _is_connected(session)
    took = loop.time() - since
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await session.close()
    return took


async def _mode_after_silence(folder: Path) -> tuple[str, str]:
    office = TicketOffice()
    server = FakeSyncServer(office, ManualClock())
    office.sell()
    server.publish()
    session = await PairedGate(folder, server).open()
    running = asyncio.ensure_future(session.engine.run())
    await _is_connected(session)
    await asyncio.sleep(1)
    before = session.status().mode
    server.hangs = server.is_silent = True  # as behind a pulled cable: nothing is refused
    server.pushed.set()
    await asyncio.sleep(_LOOK_EVERY)
    after = session.status().mode
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await session.close()
    return before, after


def test_gate_that_nobody_scans_at_says_that_it_is_alone(tmp_path: Path) -> None:
    """The push channel is silent: no poll has to run into the wall first, and no scan."""
    modes = SimLoop(Dice("silence")).run(_mode_after_silence(tmp_path))
    assert modes == ("online", "offline")


@pytest.mark.parametrize("outage", [8.0, 75.0, 600.0])
def test_gate_is_connected_within_five_seconds_of_the_servers_return(
    tmp_path: Path, outage: float
) -> None:
    """However long it was away: a crowd stands there, and copies pass while it is alone."""
    took = SimLoop(Dice("outage")).run(_seconds_until_connected(tmp_path, outage))
    assert took <= AGAIN_WITHIN


def test_event_that_is_not_handed_over_yet_is_asked_for_as_often_as_news() -> None:
    """Somebody hands it over and waits for the gates to have it."""
    backoff = Backoff()
    waits = [backoff.take(TroubleKind.NOT_PUBLISHED) for _ in range(8)]
    assert max(waits) <= SYNC_EVERY


def test_server_whose_database_is_gone_is_asked_as_often_as_on_any_day() -> None:
    """Or one that starts behind a proxy: its refusals cost nothing, and the crowd stands there."""
    backoff = Backoff()
    waits = [backoff.take(TroubleKind.SERVER_FAILED) for _ in range(8)]
    assert max(waits) <= SYNC_EVERY


def test_server_that_was_waited_for_in_vain_is_soon_asked_again() -> None:
    """What hung for half a minute has been spared for that long: a crowd stands there."""
    backoff = Backoff()
    waits = [backoff.take(TroubleKind.TOO_SLOW) for _ in range(8)]
    assert max(waits) <= SYNC_EVERY


def test_server_that_refuses_is_asked_less_and_less() -> None:
    """Nobody at the door can change that, and it knows of no crowd."""
    backoff = Backoff()
    waits = [backoff.take(TroubleKind.REFUSED) for _ in range(8)]
    assert waits[0] == SECOND
    assert waits[-1] == RETRY_MAX
    assert waits == sorted(waits)
