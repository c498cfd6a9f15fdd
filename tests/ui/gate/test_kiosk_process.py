"""The whole kiosk program over a real profile on disk, cut off: a shift, and a power cut."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from command_line.clock_and_randomness import SystemClock
from shared.kernel.instant import HOUR
from shared.manifest.event_config import OccurrenceConfig
from tests.factories.display import Display
from tests.factories.gate_event import OCCURRENCE, TicketOffice, make_config
from tests.factories.gate_profile import PairedGate
from tests.factories.kiosk_process import KioskProcess
from tests.factories.kiosk_shift import work_shift
from tests.factories.strength import sized
from tests.factories.waiting import until
from tests.factories.x_typist import XTypist
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

pytestmark = pytest.mark.integration

SCANS: Final = sized(208, 320)
"""`python -m bench shift` works through 30,000."""
WARM_UP: Final = 96
GROWN_MB_MAX: Final = 10.0


class Evening:
    """An enrolled and synced gate's folder, and the tickets that will be shown there."""

    def __init__(self, folder: Path, tickets: int) -> None:
        now = SystemClock().wall()
        tonight = OccurrenceConfig(OCCURRENCE, "Tonight", now - HOUR, now + 8 * HOUR)
        office = TicketOffice(config=make_config(occurrences=(tonight,)))
        self.codes = [office.sell() for _ in range(tickets)]
        self.folder = folder
        server = FakeSyncServer(office, ManualClock(wall=now))
        server.publish()
        asyncio.run(self._sync(PairedGate(folder, server, clock=ManualClock(wall=now))))

    async def _sync(self, gate: PairedGate) -> None:
        session = await gate.open(starts_boot=False)
        await session.sync_once()
        await session.close()


@pytest.fixture
def typist(display: Display) -> Iterator[XTypist]:
    typist = XTypist(display.name)
    yield typist
    typist.close()


def test_a_short_shift_keeps_no_memory_and_no_files(
    display: Display, tmp_path: Path, typist: XTypist
) -> None:
    """Hundreds of scans, typed and handed over, new tickets and old ones."""
    evening = Evening(tmp_path, SCANS)
    kiosk = KioskProcess(display, tmp_path)
    try:
        kiosk.wait_open()
        shift = work_shift(kiosk, typist, evening.codes, scans=SCANS, warm_up=WARM_UP)
    finally:
        kiosk.close()
    assert shift.scans >= SCANS
    assert SCANS * 3 // 4 < shift.admitted < shift.scans
    assert shift.grown_mb < GROWN_MB_MAX
    assert shift.files_end <= shift.files_early


def test_a_killed_kiosk_is_back_at_its_gate_with_its_last_answers(
    display: Display, tmp_path: Path, typist: XTypist
) -> None:
    """Nobody is asked anything; a ticket that was admitted before the kill is not again."""
    evening = Evening(tmp_path, 8)
    kiosk = KioskProcess(display, tmp_path, "--full-screen")
    try:
        assert kiosk.wait_open()["open"] == "North"
        for number, code in enumerate([*evening.codes[:3], "4" * 40], start=1):
            typist.type(code + "\r")
            kiosk.wait_answers(number)
        before = kiosk.ask("state")
    finally:
        kiosk.kill()
    kiosk = KioskProcess(display, tmp_path, "--full-screen")
    try:
        assert kiosk.wait_open()["open"] == "North"
        after = until(lambda: (state := kiosk.ask("state"))["recent"] and state)
        assert after["page"] == "GatePage"
        assert after["is_full_screen"]
        assert after["recent"] == before["recent"]
        assert len(after["recent"]) == 4
        assert after["recent"][0] != after["recent"][1] == "Welcome"
        typist.type(evening.codes[0] + "\r")
        assert kiosk.wait_answers(1)["answer"] == "already_used"
        typist.type(evening.codes[4] + "\r")
        assert kiosk.wait_answers(2)["verdict"] == "admit"
    finally:
        kiosk.close()
