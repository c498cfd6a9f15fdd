"""The gate's window: from a scanner's last key to the painted verdict, in a real window.

The program is the kiosk's own under a real X server; keys come by XTest from places on a keyboard,
as a scanner's do; a verdict counts when the window has painted it. Tickets, manifest and server
are real. The worst time for which the window's loop did not turn is taken over the whole run.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench.camera_stream import CameraStream
from bench.gate import TICKETS
from bench.ingest import make_journal, upload
from bench.senders import senders_of
from bench.server_process import BIN, seed, serve
from bench.writing_figures import Figure, at_least, at_most, floor, percentile
from gatekeeper.demo.cable import Cable
from tests.factories.display import Display, run_display
from tests.factories.kiosk_process import KioskProcess
from tests.factories.x_typist import XTypist

SCANS: Final = int(os.environ.get("GATEKEEPER_BENCH_SCANS", "400"))
CHANGES: Final = 10_000
PACE_MS: Final = 1
"""From one character to the next: twice as fast as a USB keyboard can be."""
FRAMES_A_SECOND: Final = 30
ALONE_P99_MS_BUDGET: Final = 50.0
CONNECTED_P99_MS_BUDGET: Final = 300.0
STALL_MS_BUDGET: Final = 100.0
START_SECONDS_BUDGET: Final = 3.0
FRAME_RATE_BUDGET: Final = 25.0
_SYNC_SECONDS_MAX: Final = 120.0
_SETTLED_US: Final = 10_000_000


def measure(folder: Path) -> list[Figure]:
    """Measure one gate from its program's start to a full sync under load."""
    tickets = max(TICKETS, CHANGES + 20 * SCANS)
    database = f"sqlite:///{folder}/kiosk.db"
    load = seed(folder, database, tickets=tickets, gates=2, devices=1, codes=1)
    with run_venue(folder, database, load["enrolment"][0], FRAMES_A_SECOND) as venue:
        venue.cable.pull()
        changed = load | {"codes": load["codes"][:CHANGES]}
        asyncio.run(
            upload(
                venue.port, senders_of(load)[0], list(make_journal(changed, 0, changed["codes"]))
            )
        )
        codes = load["codes"][CHANGES:]
        figures = _start(venue, codes, tickets)
        figures += _Shift(venue, codes[2:]).measure()
    return figures


def _start(venue: Venue, codes: list[str], tickets: int) -> list[Figure]:
    """Start the program and scan at once; then end it as a fault would, and start it again."""
    display, profile = venue.display, venue.profile
    typist = XTypist(display.name)
    kiosk = KioskProcess(display, profile, "--full-screen")
    try:
        gate = kiosk.wait_open()["open"]
        typist.type(codes[0] + "\r")
        seconds = kiosk.wait_answers(1)["at"] - kiosk.started_at
        killed_at = time.monotonic()
        kiosk.kill()
        kiosk = KioskProcess(display, profile, "--full-screen")
        back = kiosk.wait_open()
        assert back["open"] == gate, back
        typist.type(codes[1] + "\r")
        answered = kiosk.wait_answers(1)
        assert answered["verdict"] == "admit", answered
    finally:
        typist.close()
        kiosk.close()
    note = f"{tickets:,} tickets cached, cut off"
    return [
        at_most(
            "kiosk start to first painted verdict", seconds, "s", START_SECONDS_BUDGET, 1, note
        ),
        at_most(
            "a killed kiosk is back at its gate after", back["at"] - killed_at, "s",
            START_SECONDS_BUDGET, 1, f"first verdict {answered['at'] - killed_at:.2f} s; {note}",
        ),
    ]  # fmt: skip


class _Shift:
    """One run of the program: alone, then a sync with the camera on, then connected."""

    def __init__(self, venue: Venue, codes: list[str]) -> None:
        self._codes = iter(codes)
        self._camera, self._cable = venue.camera, venue.cable
        self._typist = XTypist(venue.display.name)
        self._kiosk = venue.open_kiosk()
        self._count = 0

    def measure(self) -> list[Figure]:
        """Go through the three conditions, and end the program."""
        try:
            self._kiosk.wait_open()
            self._scan(20)
            self._kiosk.ask("stalls")
            alone = self._alone()
            self._camera.begin()
            self._wait_for_frames()
            busy = self._busy()
            return alone + busy + self._connected()
        finally:
            self._typist.close()
            self._kiosk.close()

    def _alone(self) -> list[Figure]:
        before = self._kiosk.cpu_seconds()
        latencies, modes = self._scan(SCANS)
        cpu = (self._kiosk.cpu_seconds() - before) / SCANS * 1e3
        assert modes == {"offline"}, modes
        note = f"200 digits typed at 1 ms each, no camera; {cpu:.1f} ms CPU a scan"
        return [
            floor("scan to painted verdict, alone, p50", percentile(latencies, 0.5), "ms", SCANS),
            at_most(
                "scan to painted verdict, alone, p99", percentile(latencies, 0.99), "ms",
                ALONE_P99_MS_BUDGET, SCANS, note,
            ),
            self._stall("longest time without a turn of the window's loop, alone"),
        ]  # fmt: skip

    def _busy(self) -> list[Figure]:
        """Plug the cable in: 10,000 changes come down and hundreds of entries go up."""
        self._cable.plug()
        latencies: list[float] = []
        deadline = time.monotonic() + _SYNC_SECONDS_MAX
        started = time.monotonic()
        while not self._is_in_step():
            assert time.monotonic() < deadline, "the sync does not end"
            latencies += self._scan(5)[0]
        seconds = time.monotonic() - started
        latencies.sort()
        count = len(latencies)
        note = f"{CHANGES:,} changes in {seconds:.1f} s, the camera decodes"
        return [
            at_most(
                "scan to painted verdict, during the sync, p99", percentile(latencies, 0.99),
                "ms", CONNECTED_P99_MS_BUDGET, count, note,
            ),
            self._stall("longest time without a turn of the window's loop, during the sync"),
        ]  # fmt: skip

    def _connected(self) -> list[Figure]:
        frames, before = self._frames(), self._kiosk.cpu_seconds()
        started = time.perf_counter()
        latencies, modes = self._scan(SCANS)
        assert "online" in modes, modes
        seconds = time.perf_counter() - started
        rate = (self._frames() - frames) / seconds
        cpu = (self._kiosk.cpu_seconds() - before) / seconds
        return [
            floor(
                "scan to painted verdict, connected, p50", percentile(latencies, 0.5), "ms", SCANS
            ),
            at_most(
                "scan to painted verdict, connected, p99", percentile(latencies, 0.99), "ms",
                CONNECTED_P99_MS_BUDGET, SCANS, f"live server, camera; modes {sorted(modes)}",
            ),
            self._stall("longest time without a turn of the window's loop, connected"),
            at_least(
                "camera frames of 1280x720 decoded, scanning meanwhile", rate, "1/s",
                FRAME_RATE_BUDGET, 1, f"of {FRAMES_A_SECOND} sent; {cpu:.0%} of one processor",
            ),
            self._idle(),
        ]  # fmt: skip

    def _idle(self) -> Figure:
        """Wait for visitors, camera on."""
        before, started = self._kiosk.cpu_seconds(), time.perf_counter()
        time.sleep(5)
        share = (self._kiosk.cpu_seconds() - before) / (time.perf_counter() - started)
        return floor("processor, waiting with the camera on", 100 * share, "% of one", 1)

    def _scan(self, count: int) -> tuple[list[float], set[str]]:
        """Scan so many codes one after the other; returns sorted milliseconds, and modes."""
        latencies, modes = [], set()
        for _ in range(count):
            typed_at = self._typist.type(next(self._codes) + "\r", pace_ms=PACE_MS)
            self._count += 1
            answer = self._kiosk.wait_answers(self._count)
            assert answer["verdict"] == "admit", answer
            latencies.append((answer["at"] - typed_at) * 1e3)
            modes.add(answer["mode"])
        return sorted(latencies), modes

    def _stall(self, name: str) -> Figure:
        stalls = [value * 1e3 for value in self._kiosk.ask("stalls")["stalls"]]
        said = ", ".join(f"{value:.0f}" for value in stalls)
        return at_most(name, stalls[0], "ms", STALL_MS_BUDGET, 1, f"the longest: {said} ms")

    def _is_in_step(self) -> bool:
        state = self._kiosk.ask("state")
        age = state["knowledge_age"]
        return state["mode"] == "online" and age is not None and age < _SETTLED_US

    def _frames(self) -> int:
        return int(self._kiosk.ask("state")["frames"])

    def _wait_for_frames(self) -> None:
        deadline = time.monotonic() + 30
        while not self._frames():
            assert time.monotonic() < deadline, "no picture comes"
            time.sleep(0.1)


class _ThreadedCable:
    """A cable that is served beside a program that waits."""

    def __init__(self, cable: Cable, loop: asyncio.AbstractEventLoop) -> None:
        self._cable, self._loop = cable, loop

    @property
    def port(self) -> int:
        """Where the device plugs in."""
        return self._cable.port

    def pull(self) -> None:
        """Cut it."""
        self._loop.call_soon_threadsafe(self._cable.pull)

    def plug(self) -> None:
        """Connect again."""
        self._loop.call_soon_threadsafe(self._cable.plug)


class Venue(NamedTuple):
    """A server, and a gate that is cut off by its cable."""

    port: int
    cable: _ThreadedCable
    camera: CameraStream
    display: Display
    profile: Path

    def open_kiosk(self) -> KioskProcess:
        """Open the gate's window, with its camera."""
        camera = f"--camera={self.camera.url}"
        return KioskProcess(self.display, self.profile, "--full-screen", camera)


@contextmanager
def _run_cable(port: int) -> Iterator[_ThreadedCable]:
    """Lay a cable to a port of this machine, served by a thread of its own."""
    loop = asyncio.new_event_loop()
    cable = Cable(port)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(cable.open(), loop).result()
    try:
        yield _ThreadedCable(cable, loop)
    finally:
        asyncio.run_coroutine_threadsafe(cable.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def run_venue(folder: Path, database: str, code: str, frame_rate: int) -> Iterator[Venue]:
    """Serve a database, and set one gate up beside it, enrolled by a code and synced."""
    profile = folder / "profile"
    with (
        serve(folder, database, 1) as served,
        _run_cable(served.port) as cable,
        CameraStream(frame_rate) as camera,
        run_display(1920, 1080) as display,
    ):
        _gatekeeper("enrol", f"--server=http://127.0.0.1:{cable.port}", f"--code={code}", profile)
        _gatekeeper("sync", profile)
        yield Venue(served.port, cable, camera, display, profile)


def _gatekeeper(*words: Any) -> None:
    """Run a verb of the gate's program; the last word is the profile."""
    *said, profile = words
    subprocess.run(
        [BIN / "gatekeeper", *said, f"--profile={profile}"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
