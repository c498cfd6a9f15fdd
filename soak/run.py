"""Set up, show tickets while things break, heal, and hold the facts to the promises."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

from gatekeeper.organizer.server_api import EventSite, ServerApi
from soak.checks import admissions, find_violations
from soak.facts import LaneFacts, ServerFacts, read_lane, read_server
from soak.lane import Lane, LaneFault
from soak.plan import Fault, FaultKind, Plan, Showing, Size, draw_plan
from tests.factories.running_server import RunningServer

AT_A_TIME: Final = 4
NO_TICKET: Final = -1
ROUNDS_MAX: Final = 4
SYNC_TRIES: Final = 4
SYNC_PAUSE_S: Final = 3.0
CLAIM_BUDGET_MS: Final = 2_000

T = TypeVar("T")


class Soak:
    """One soak of a server that runs already."""

    def __init__(self, server: RunningServer, folder: Path, seed: int, size: Size) -> None:
        self._server = server
        self._folder = folder
        self._size = size
        self._plan: Plan = draw_plan(seed, size)
        self._codes: list[str] = []
        self._lanes: list[Lane] = []
        self._begun = 0.0
        self._faults: Counter[str] = Counter()
        self._is_done = asyncio.Event()
        self._server_turn = asyncio.Lock()

    async def run(self) -> dict[str, Any]:
        """Run it all; returns the summary, whose `violations` should be empty."""
        try:
            await self._set_up()
            shown_s = await self._show_and_break()
            _say("healing")
            healed_s = await self._heal()
            lanes = [read_lane(lane) for lane in self._lanes]
            facts = await read_server(self._server)
            violations = find_violations(lanes, facts)
        except LaneFault as fault:
            return {"violations": [str(fault)], "faults": dict(self._faults)}
        finally:
            for lane in self._lanes:
                await lane.close()
        return self._summary(lanes, facts) | {
            "shown_in_s": round(shown_s, 1),
            "healed_in_s": round(healed_s, 1),
            "violations": violations,
        }

    async def _set_up(self) -> None:
        _say(f"{self._size.tickets} tickets, {self._size.lanes} lanes")
        export = self._folder / "soak.json"
        await asyncio.to_thread(
            self._server.done, "seed", f"--tickets={self._size.tickets}",
            f"--gates={self._size.lanes}", "--devices=0", f"--codes={self._size.lanes}",
            f"--export={export}",
        )  # fmt: skip
        content = json.loads(export.read_text("utf-8"))
        self._codes = content["codes"]
        await self._be_patient(content)
        self._lanes = [
            Lane(f"lane-{number}", self._folder / f"lane-{number}", self._server.port)
            for number in range(1, self._size.lanes + 1)
        ]
        enrolments = zip(self._lanes, content["enrolment"], strict=True)
        await _few_at_a_time(_get_ready(lane, code) for lane, code in enrolments)

    async def _be_patient(self, content: dict[str, Any]) -> None:
        """Let lanes wait longer for the server: how fast it is on this machine is not asked."""
        office = ServerApi(self._server.url)
        try:
            await office.sign_in(content["login"]["email"], content["login"]["password"])
            path = EventSite(content["organization"], content["event_id"]).path
            patience = {"policy": {"claim_budget_ms": CLAIM_BUDGET_MS}}
            await office._ask("PATCH", path, json=patience)  # noqa: SLF001 - the organizer's desk changes no policies
        finally:
            await office.close()

    async def _show_and_break(self) -> float:
        """Show every ticket while faults come and go; returns the seconds that it took."""
        self._begun = time.monotonic()
        faults = [asyncio.create_task(self._break(fault)) for fault in self._plan.faults]
        showings = zip(self._lanes, self._plan.showings, strict=True)
        try:
            await asyncio.gather(*(self._show_all(lane, shown) for lane, shown in showings))
        finally:
            self._is_done.set()
            results = await asyncio.gather(*faults, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return time.monotonic() - self._begun

    async def _show_all(self, lane: Lane, showings: Iterable[Showing]) -> None:
        for showing in showings:
            await asyncio.sleep(max(0.0, self._begun + showing.at_s - time.monotonic()))
            await lane.show(showing.ticket, self._codes[showing.ticket])

    async def _break(self, fault: Fault) -> None:
        """Wait for the fault's time, and let it happen."""
        delay = self._begun + fault.at_s - time.monotonic()
        try:
            await asyncio.wait_for(self._is_done.wait(), max(0.0, delay))
        except TimeoutError:
            self._faults[fault.kind.value] += 1
        else:
            return  # every ticket was shown before its time came
        lanes = [self._lanes[number] for number in fault.lanes]
        if fault.kind is FaultKind.CUT:
            await asyncio.gather(*(lane.cut(fault.for_s) for lane in lanes))
        elif fault.kind is FaultKind.LANE:
            await lanes[0].kill(fault.for_s)
        else:
            async with self._server_turn:
                await self._break_server(fault)

    async def _break_server(self, fault: Fault) -> None:
        _say(f"{time.monotonic() - self._begun:.0f} s: {fault.kind.value}")
        if fault.kind is FaultKind.WORKER and self._server.workers > 1:
            self._server.kill_worker()
            return
        self._server.kill()
        await asyncio.sleep(fault.for_s)
        await asyncio.to_thread(self._server.start)

    async def _heal(self) -> float:
        """End the lanes, then sync until all have heard the same; returns the seconds.

        Raises:
            LaneFault: if that never comes about.
        """
        begun = time.monotonic()
        await asyncio.gather(*(lane.finish() for lane in self._lanes))
        stands: set[tuple[int, int]] = set()
        for _ in range(ROUNDS_MAX):
            outcomes = await _few_at_a_time(_sync(lane) for lane in self._lanes)
            stands = {(one["cursor"], one["pending"]) for one in outcomes}
            if len(stands) == 1 and not outcomes[0]["pending"]:
                return time.monotonic() - begun
        raise LaneFault(f"after {ROUNDS_MAX} syncs (cursor, pending) still are {stands}")

    def _summary(self, lanes: list[LaneFacts], server: ServerFacts) -> dict[str, Any]:
        scans = [scan for lane in lanes for scan in lane.scans.values()]
        admitted = admissions(lanes)
        doubles = sum(len(one) > 1 for one in admitted.values())
        return {
            "tickets": self._size.tickets,
            "lanes": len(lanes),
            "workers": self._server.workers,
            "database": "SQLite" if self._server.database is None else "PostgreSQL",
            "answers": sum(len(lane.answers) for lane in lanes),
            "entries": sum(len(lane.entries) for lane in lanes),
            "entries_at_server": sum(len(held) for held in server.entries.values()),
            "modes": dict(Counter(scan.mode for scan in scans)),
            "admitted": sum(len(one) for one in admitted.values()),
            "double_uses": doubles,
            "conflicts": len(server.view.conflicts),
            "faults": dict(self._faults) | {"lanes killed": sum(o.kills for o in self._lanes)},
        }


async def _get_ready(lane: Lane, code: str) -> None:
    """Enrol and open a lane; it is ready when it has answered."""
    await lane.enrol(code)
    await lane.start()
    await lane.show(NO_TICKET, "0")


async def _sync(lane: Lane) -> dict[str, Any]:
    """Sync; a server that asks to be tried again, as a busy one may, is tried again.

    Raises:
        LaneFault: if it never works.
    """
    for _ in range(SYNC_TRIES - 1):
        try:
            return await lane.run("sync")
        except LaneFault as fault:
            _say(str(fault))
            await asyncio.sleep(SYNC_PAUSE_S)
    return await lane.run("sync")


async def _few_at_a_time(works: Iterable[Awaitable[T]]) -> list[T]:
    """Await all, a few at once: each is a whole program that starts."""
    turn = asyncio.Semaphore(AT_A_TIME)

    async def wait_for(work: Awaitable[T]) -> T:
        async with turn:
            return await work

    return await asyncio.gather(*(wait_for(work) for work in works))


def _say(sentence: str) -> None:
    print(f"soak: {sentence}", file=sys.stderr, flush=True)
