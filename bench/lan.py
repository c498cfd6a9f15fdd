"""Twenty lanes without a server: claims among real processes over real sockets, whole and split.

Part 1: the server dies; each ticket is shown at two lanes within 20 ms. Half way some lanes are
killed and started anew, on other ports, and must be live again for all. Part 2: the lanes run as
two groups that cannot reach each other (one speaks IPv4, the other IPv6), each ticket is shown at
one lane of each group and at one more; then the server is back, and every double must be found.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
from collections.abc import Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from bench.lane_process import LaneProcess, close_all
from bench.server_process import BIN, seed, serve
from bench.writing_figures import Figure, at_least, at_most, floor, percentile
from gatekeeper.organizer.server_api import ServerApi

LANES: Final = 20
TICKETS: Final = int(os.environ.get("GATEKEEPER_BENCH_LAN_TICKETS", "2000"))
SPLIT_TICKETS: Final = max(20, TICKETS // 10)
RATE: Final = float(os.environ.get("GATEKEEPER_BENCH_LAN_RATE", "5"))
"""Tickets a second, each shown twice: what 20 processes on 2 processors keep up with. A claim is
38 datagrams and 20 commits, which at a venue 20 machines share."""
APART_SECONDS: Final = 0.02
ALONE_SCANS: Final = 100
RESTARTED: Final = 4
"""Lanes that are killed and started anew amid the evening."""
RESTART_BUDGET_S: Final = 30.0
"""Until all are live again: 20 processes start and greet on two processors."""
SHARE_BUDGET: Final = 0.99
P99_BUDGET_MS: Final = 60.0
_HOSTS: Final = ("127.0.0.1", "[::1]")

Answers = list[list[dict[str, Any]]]
"""For each ticket, what its lanes answered."""


def measure(folder: Path) -> list[Figure]:
    """Measure claims among 20 lanes whose server is dead, then two groups and their healing."""
    return asyncio.run(_Venue(folder).measure())


class _Venue:
    def __init__(self, folder: Path) -> None:
        self._folder, self._database = folder, f"sqlite:///{folder}/lan.db"
        needed = LANES + RESTARTED + ALONE_SCANS + TICKETS + SPLIT_TICKETS
        self._load = seed(
            folder, self._database, tickets=needed, gates=LANES, devices=0, codes=LANES
        )
        self._codes = iter(self._load["codes"])
        self._lanes = [LaneProcess(folder / f"lane{number}") for number in range(LANES)]
        self._dice = random.Random(1)
        self._doubles = 0

    async def measure(self) -> list[Figure]:
        try:
            port = await self._enrol_and_meet()
            figures = await self._measure_whole()
            await close_all(self._lanes)
            return figures + await self._measure_split(port)
        finally:
            for lane in self._lanes:
                await lane.abandon()

    async def _enrol_and_meet(self) -> int:
        """Enrol every lane, start them, and let them find each other; then the server dies."""
        with serve(self._folder, self._database, 1) as served:
            url = f"http://127.0.0.1:{served.port}"
            for lane, code in zip(self._lanes, self._load["enrolment"], strict=True):
                profile = f"--profile={lane.folder}"
                await _run("enrol", "--server", url, "--code", code, profile)
            for lane in self._lanes:
                await lane.start("--lan", "127.0.0.1:0", "--no-mdns")
            await self._until_met(self._lanes)
            served.kill()
            return served.port

    async def _until_met(self, lanes: Sequence[LaneProcess]) -> None:
        await asyncio.gather(*(lane.until_live(len(lanes) - 1) for lane in lanes))

    # -- one network

    async def _measure_whole(self) -> list[Figure]:
        for lane in self._lanes:  # each finds out that the server is gone, and says so
            await lane.scan(next(self._codes))
        before = self._cpu_seconds()
        answers = await self._show_in_pairs(TICKETS // 2)
        cpu_ms = (self._cpu_seconds() - before) / (2 * len(answers)) * 1e3
        restarted_s = await self._restart()
        answers += await self._show_in_pairs(TICKETS - len(answers))
        self._doubles = sum(_admitted(both) > 1 for both in answers)
        alone_ms = await self._measure_alone()
        return [*_figures_of_whole(answers, alone_ms, cpu_ms), _figure_of_restart(restarted_s)]

    async def _show_in_pairs(self, count: int) -> Answers:
        codes = [next(self._codes) for _ in range(count)]
        return await self._show([(code, self._dice.sample(self._lanes, 2)) for code in codes])

    async def _restart(self) -> float:
        """Kill some lanes, start them on other ports, and time how long until all are live."""
        loop = asyncio.get_running_loop()
        some = self._dice.sample(self._lanes, RESTARTED)
        for lane in some:
            await lane.abandon()
        began = loop.time()
        for lane in some:
            await lane.start("--lan", "127.0.0.1:0", "--no-mdns")
        await self._until_met(some)
        spent = loop.time() - began
        for lane in some:  # finds out that the server is gone
            await lane.scan(next(self._codes))
        return spent

    async def _measure_alone(self) -> float:
        """Let one lane answer by itself, and return its median in milliseconds."""
        lane = self._lanes[0]
        await lane.close()
        await lane.start()
        taken = [(await lane.scan(next(self._codes)))["ms"] for _ in range(ALONE_SCANS)]
        return percentile(sorted(taken[1:]), 0.5)

    async def _show(self, plan: Iterable[tuple[str, Sequence[LaneProcess]]]) -> Answers:
        """Show each code at its lanes, the second within 20 ms, at a steady rate of tickets."""
        loop = asyncio.get_running_loop()
        shown: list[asyncio.Future[list[dict[str, Any]]]] = []
        start = loop.time()
        for number, (code, lanes) in enumerate(plan):
            await asyncio.sleep(max(0.0, start + number / RATE - loop.time()))
            scans = [
                _scan_after(self._dice.uniform(0, APART_SECONDS) if turn else 0.0, lane, code)
                for turn, lane in enumerate(lanes)
            ]
            shown.append(asyncio.ensure_future(_gather(scans)))
        return await asyncio.gather(*shown)

    def _cpu_seconds(self) -> float:
        return sum(lane.cpu_seconds() for lane in self._lanes)

    # -- two groups

    async def _measure_split(self, port: int) -> list[Figure]:
        if not _has_ipv6():
            return []
        groups = [self._lanes[::2], self._lanes[1::2]]
        for host, group in zip(_HOSTS, groups, strict=True):
            ports = [_free_port(host) for _ in group]
            peers = [word for number in ports for word in ("--peer", f"{host}:{number}")]
            for lane, number in zip(group, ports, strict=True):
                await lane.start("--lan", f"{host}:{number}", "--no-mdns", *peers)
        for group in groups:
            await self._until_met(group)
        for lane in self._lanes:
            await lane.scan("0")
        plan = []
        for _ in range(SPLIT_TICKETS):
            sides = [self._dice.sample(group, 2) for group in groups]
            plan.append((next(self._codes), [*sides[0], *sides[1]]))
        answers = await self._show(plan)
        with serve(self._folder, self._database, 1, port) as served:
            await close_all(self._lanes)
            found = await _count_conflicts(served.port, self._load)
        return _figures_of_split(answers, found - self._doubles)


async def _scan_after(seconds: float, lane: LaneProcess, code: str) -> dict[str, Any]:
    await asyncio.sleep(seconds)
    return await lane.scan(code)


async def _gather(scans: Sequence[Coroutine[Any, Any, dict[str, Any]]]) -> list[dict[str, Any]]:
    return list(await asyncio.gather(*scans))


async def _run(*words: str) -> None:
    process = await asyncio.create_subprocess_exec(
        BIN / "gatekeeper", *words, stdout=subprocess.DEVNULL
    )
    if await process.wait():
        message = f"gatekeeper {words[0]} has failed"
        raise RuntimeError(message)


async def _count_conflicts(port: int, load: dict[str, Any]) -> int:
    """Ask the server how many double uses it has found."""
    office, login = ServerApi(f"http://127.0.0.1:{port}"), load["login"]
    try:
        await office.sign_in(login["email"], login["password"])
        path = f"/organizations/{load['organization']}/events/{load['event_id']}/conflicts"
        found = await office.list_all(path)
    finally:
        await office.close()
    return sum(conflict["kind"] == "double_use" for conflict in found)


def _figures_of_whole(answers: Answers, alone_ms: float, cpu_ms: float) -> list[Figure]:
    scans = [answer for both in answers for answer in both]
    doubles = sum(_admitted(both) > 1 for both in answers)
    in_lan = [answer for answer in scans if answer["mode"] == "lan"]
    taken = sorted(answer["ms"] for answer in in_lan)
    p50, p99 = percentile(taken, 0.5), percentile(taken, 0.99)
    where = f"{LANES} lanes, server dead"
    rate = f"{2 * RATE:g} scans a second on {os.cpu_count()} processors, {cpu_ms:.0f} ms each"
    return [
        at_most(f"tickets admitted twice: {where}", doubles, "tickets", 0, TICKETS, rate),
        at_least(
            f"scans answered by the peers: {where}", len(in_lan) / len(scans), "of all",
            SHARE_BUDGET, len(scans), "mode lan",
        ),
        floor("scan to verdict, one lane alone, p50", alone_ms, "ms", ALONE_SCANS - 1),
        at_most(
            f"what asking the peers adds, p99: {where}", p99 - alone_ms, "ms", P99_BUDGET_MS,
            len(in_lan), f"p50 {p50 - alone_ms:.1f} ms; over the p50 of a lane alone",
        ),
    ]  # fmt: skip


def _figure_of_restart(seconds: float) -> Figure:
    what = f"{RESTARTED} of {LANES} lanes killed and started on other ports: until all are live"
    return at_most(what, seconds, "s", RESTART_BUDGET_S, RESTARTED)


def _figures_of_split(answers: Answers, found: int) -> list[Figure]:
    """Of four answers the first two are of one group, the others of the other."""
    halves = [half for four in answers for half in (four[:2], four[2:])]
    within = sum(_admitted(half) > 1 for half in halves)
    doubles = sum(_admitted(four) > 1 for four in answers)
    where = "two groups apart"
    return [
        at_most(
            f"tickets admitted twice within a group: {where}", within, "tickets", 0, len(halves)
        ),
        floor(f"tickets admitted in both groups: {where}", doubles, "tickets", len(answers)),
        at_most(
            f"double uses not found after healing, or found in vain: {where}",
            abs(doubles - found), "tickets", 0, doubles, f"conflicts: {found}, doubles: {doubles}",
        ),
    ]  # fmt: skip


def _admitted(answers: Iterable[dict[str, Any]]) -> int:
    return sum(answer["verdict"] == "admit" for answer in answers)


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host.strip("[]"), 0))
        return int(probe.getsockname()[1])


def _has_ipv6() -> bool:
    try:
        return bool(_free_port(_HOSTS[1]))
    except OSError:
        return False
