"""A connected gate that is held up, by its disk or its machine, goes by the ledger's word."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.device.lan_link import LanOptions
from gatekeeper.device_loop import run_in_device_loop
from gatekeeper.gate.requests import Scan
from shared.kernel.instant import MILLISECOND, Duration
from shared.lan.lan_timeouts_and_limits import SLOW_DISK_MAX
from shared.wire.claim import ClaimAnswer, ClaimRequest
from tests.factories.gate_event import make_config
from tests.factories.gate_venue import BUDGET_MS, GREETING, LOOPBACK, GateVenue, rung_of, until
from tests.factories.waiting import PATIENCE_S

BUDGET = 0.4  # seconds that a gate waits for the ledger
SLOW = 2 * BUDGET
"""What a commit takes."""


@pytest.mark.parametrize("is_disk", [True, False])
def test_a_gate_that_is_held_up_amid_a_claim_decides_not_alone(
    tmp_path: Path, *, is_disk: bool
) -> None:
    """By a commit or by whatever else: the ledger's answer was in time, and lies there unread."""

    async def scan() -> str:
        venue = GateVenue(tmp_path, 1)
        venue.server.office.config = make_config(claim_budget_ms=int(BUDGET * 1000))
        (north,) = await venue.open_all()
        venue.server.is_cut = False
        await north.sync_once()
        code, ask = venue.server.office.sell(), north.lane._claimant._ask_ledger

        def be_held_up() -> bool:
            threading.Event().wait(SLOW)
            return False

        def write() -> None:
            with north.store.transaction("exchange"):
                north.store.write_clock(Duration(0), venue.clock.wall())

        async def ask_meanwhile(request: ClaimRequest) -> ClaimAnswer:
            asyncio.get_running_loop().call_soon(write if is_disk else be_held_up)
            await asyncio.sleep(BUDGET / 4)
            return await ask(request)

        if is_disk:
            north.store._database.connection.set_commit_hook(be_held_up)
        north.lane._claimant._ask_ledger = ask_meanwhile
        answer = await north.scan(Scan(code))
        await venue.close()
        return answer.mode

    assert run_in_device_loop(scan()) == "online"


def test_peers_are_heard_by_a_gate_whose_disk_is_slow(tmp_path: Path) -> None:
    """Its question leaves once it is durable, and waits as long from then on.

    Whatever else is due by then, a greeting say.
    """

    async def scan() -> str:
        venue = GateVenue(tmp_path, 2)
        code = venue.server.office.sell()
        venue.server.publish()
        lan = LanOptions(host=LOOPBACK, budget_ms=int(BUDGET * 1000), settings=GREETING)
        for number in range(2):
            peers = tuple(rung_of(one).address for one in venue.sessions.values())
            options = msgspec.structs.replace(lan, peers=peers)
            await (await venue.open(number, options)).sync_once()
        venue.server.is_cut = True
        north = venue.sessions[0]
        await north.scan(Scan(venue.server.office.sell()))  # it finds out that it is cut off
        await venue.until_live()

        def be_slow() -> bool:
            threading.Event().wait(SLOW)
            asyncio.get_running_loop().call_soon(rung_of(north)._on_timer)
            return False

        north.store._database.connection.set_commit_hook(be_slow)
        answer = await north.scan(Scan(code))
        north.store._database.connection.set_commit_hook(None)
        await venue.close()
        return answer.mode

    assert run_in_device_loop(scan()) == "lan"


def test_a_gate_that_stood_still_hears_its_peers_before_it_decides_alone(tmp_path: Path) -> None:
    """Its time to hear them was up meanwhile; what they said lies in its socket, behind greetings.

    The other gate has let the same ticket in, alone, since this one gave no answer.
    """
    budgets = LanOptions(host=LOOPBACK, budget_ms=int(BUDGET * 1000), settings=GREETING)
    code: list[str] = []
    address: list[tuple[str, int]] = []
    is_shown, is_over = threading.Event(), threading.Event()
    venue = GateVenue(tmp_path, 2)

    async def let_in() -> str:
        options = msgspec.structs.replace(budgets, peers=tuple(address))
        south = await venue.open(1, options)
        await south.sync_once()
        venue.server.is_cut = True
        await south.scan(Scan(venue.server.office.sell()))  # it finds out that it is cut off
        await until(lambda: bool(rung_of(south).live_peers()))
        is_shown.set()
        await until(is_over.is_set)
        answer = await south.scan(Scan(code[0]))
        is_over.clear()
        is_shown.set()
        await until(is_over.is_set)
        await south.close()
        del venue.sessions[1]
        return f"{answer.reason} {answer.mode}"

    async def stand_still() -> str:
        north = await venue.open(0, msgspec.structs.replace(budgets, budget_ms=100))
        await north.sync_once()
        address.append(rung_of(north).address)
        with ThreadPoolExecutor() as beside:
            said = asyncio.get_running_loop().run_in_executor(beside, run_in_device_loop, let_in())
            await until(is_shown.is_set)
            await north.scan(Scan(venue.server.office.sell()))
            await until(lambda: bool(rung_of(north).live_peers()))
            ask = rung_of(north).peer.claim

            def ask_late(*asked: Any, **options: Any) -> Any:
                actions = ask(*asked, **options)
                threading.Event().wait(BUDGET)  # greetings gather
                is_shown.clear()
                is_over.set()
                assert is_shown.wait(PATIENCE_S)
                return actions

            rung_of(north).peer.claim = ask_late  # type: ignore[method-assign] # it stands still
            answer = await north.scan(Scan(code[0]))
            is_over.set()
            assert await said == "ok offline"
        await venue.close()
        return f"{answer.reason} {answer.mode}"

    code.append(venue.server.office.sell())
    venue.server.publish()
    assert run_in_device_loop(stand_still()) == "already_used lan"


async def test_a_gate_whose_disk_is_slow_waits_longer_for_its_peers_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They answer once its question is on their disks, which may be like its own."""
    venue = GateVenue(tmp_path, 2)
    codes = [venue.server.office.sell() for _ in range(3)]
    north, _ = await venue.open_all()
    rung, waits = rung_of(north), []
    ask = rung.peer.claim

    def watch(*asked: Any, **options: Any) -> Any:
        waits.append(asked[2] - BUDGET_MS * MILLISECOND)
        return ask(*asked, **options)

    monkeypatch.setattr(rung.peer, "claim", watch)
    for code, took in zip(codes, (0, SLOW_DISK_MAX // 4, 9 * SLOW_DISK_MAX), strict=True):
        rung._queue.took = Duration(took)
        for peer in rung.peer.presence.peers.values():
            peer.took = Duration(0)
        await north.scan(Scan(code))
    assert waits == [0, SLOW_DISK_MAX // 4, SLOW_DISK_MAX]
    await venue.close()


async def test_what_can_wait_is_not_written_while_an_answer_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scan that lasts long is no pause between two."""
    monkeypatch.setattr("gatekeeper.device.opened_gate.IDLE", 0)
    venue = GateVenue(tmp_path, 1)
    (north,) = await venue.open_all()
    venue.server.is_cut = False
    await north.sync_once()
    written: list[str] = []
    ask = north.lane._claimant._ask_ledger

    async def ask_meanwhile(*request: Any) -> ClaimAnswer:
        await north._tidy()
        written.append("asked")
        return await ask(*request)

    monkeypatch.setattr(north.store, "checkpoint", lambda: written.append("tidied"))
    north.lane._claimant._ask_ledger = ask_meanwhile
    await north.scan(Scan(venue.server.office.sell()))
    await north._tidy()
    assert written == ["asked", "tidied"]
    await venue.close()
