"""The whole way over a real server: a code is scanned, the window pairs, syncs and admits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gatekeeper.demo.event import make_enrolment_line
from gatekeeper.demo.server_and_devices import DemoVenue
from gatekeeper.device.composition_root import machine_system
from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.organizer.during.pauses_client import PausePlace, say_pause
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.ui.gate.kiosk import Kiosk, KioskOptions
from gatekeeper.ui.gate.start_flow import StartStage
from shared.kernel.id_types import GateId
from tests.factories.keys import Typist
from tests.ui.conftest import ShowKiosk
from tests.ui.shown import until_shown

pytestmark = pytest.mark.integration


class Evening:
    """A running server with an event, and what a gate and two visitors hold in hand."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._house = DemoVenue(folder, machine_system())
        self.line = ""
        self.codes: tuple[str, ...] = ()

    def open(self) -> None:
        self._loop.run_until_complete(self._house.open())
        self.line = self._loop.run_until_complete(self._make_line())
        self.codes = self._house.evening.sold

    async def _make_line(self) -> str:
        evening = self._house.evening
        gate = evening.gates["North"]
        return await make_enrolment_line(self._house.api, evening.site, "gate", GateId(gate))

    def pause(self, *, is_paused: bool) -> None:
        """Pause entry at the gate, or resume it, as the desk does."""
        gate = self._house.evening.gates["North"]
        place = PausePlace(place_id=gate, name="North", zone_id="zn_any")
        site = self._house.evening.site
        said = say_pause(self._house.api, site, place, is_paused=is_paused)
        self._loop.run_until_complete(said)

    def close(self) -> None:
        self._loop.run_until_complete(self._house.close())
        self._loop.close()


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    evening = Evening(tmp_path / "house")
    try:
        evening.open()
        yield evening
    finally:
        evening.close()


@pytest.fixture
def kiosk(tmp_path: Path, show_kiosk: ShowKiosk) -> Kiosk:
    """Give a window of a machine that is no gate yet."""
    return show_kiosk(ProfileFolder(tmp_path / "kiosk", machine_system()), KioskOptions())


def test_a_scanned_line_makes_a_gate_that_admits_each_ticket_once_and_hears_of_a_pause(
    evening: Evening, kiosk: Kiosk, qtbot: QtBot
) -> None:
    """Real keys, real window, real HTTP: paired, synced, green, and red the second time.

    A pause at the desk is told by the push: a holder is asked to wait, and comes in by the same
    ticket later.
    """
    assert kiosk.flow.stage is StartStage.PAIRING
    typist, page = Typist(kiosk.window), kiosk.window.gate_page
    typist.scan(evening.line)
    qtbot.waitUntil(lambda: kiosk.flow.stage is StartStage.OPEN)
    typist.scan(evening.codes[0])
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    qtbot.waitUntil(lambda: page.bottom.facts[0].text.startswith("Connected"))
    typist.scan(evening.codes[1])
    qtbot.waitUntil(lambda: len(page.recent.scans) == 2)
    qtbot.wait(1_100)  # the same code is a new scan after a second
    typist.scan(evening.codes[0])
    until_shown(qtbot, kiosk, ScreenState.DENY)
    assert page.recent.scans[0].word == "Already admitted"
    evening.pause(is_paused=True)
    qtbot.waitUntil(lambda: "Entry is paused" in page.idle.accessibleName())
    typist.scan(evening.codes[2])
    qtbot.waitUntil(lambda: page.state is ScreenState.PAUSED)
    assert page.recent.scans[0].word == "Please wait"
    evening.pause(is_paused=False)
    qtbot.waitUntil(lambda: "Entry is paused" not in page.idle.accessibleName())
    qtbot.wait(1_100)
    typist.scan(evening.codes[2])
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
