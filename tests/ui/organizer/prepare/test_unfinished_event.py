"""A desk that ends while it makes an event or a server: the next one says so, and goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from gatekeeper.device.composition_root import machine_system
from gatekeeper.organizer.prepare.new_event import EventMaking
from gatekeeper.organizer.prepare.unfinished_event import FILE
from gatekeeper.organizer.remembered_server import DeskMemory, save_memory
from gatekeeper.store.disk import FolderDisk
from gatekeeper.ui.organizer.app import OrganizerDesk
from shared.kernel.errors import ServerFault
from tests.ui.organizer import test_organizer_desk as desk
from tests.ui.organizer.test_ended_session import sign_in

hand = desk.hand
STEPS_BEFORE = 3


@pytest.mark.parametrize("goes_on", [True, False])
def test_an_event_that_is_half_made_is_asked_about_before_anything_else(
    hand: desk.Hand,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    goes_on: bool,
) -> None:
    """Else half an event stands there as if it were whole, and its badges were seen by nobody."""
    desk.begin(hand)
    hand.fill("draftName", "Night of the Lanterns")
    hand.fill("zones_0_0", "Hall")
    hand.fill("zones_0_1", "North, South")
    hand.fill("types_0_0", "Standing")
    hand.fill("types_0_1", "25.00")
    hand.fill("supervisors_0_0", "Sam Okafor")
    with monkeypatch.context() as cutting:
        cut_after(STEPS_BEFORE, cutting)
        hand.click("draftGo")
        hand.wait("deskProgress")
        hand.until(lambda: hand.find("progressAgain").isVisible())
    after = OrganizerDesk(tmp_path / "desk", machine_system())
    qtbot.addWidget(after.window)
    after.window.show()
    after.begin()
    next_hand = desk.Hand(qtbot, after)
    try:
        sign_in(next_hand, desk.PASSWORD)
        next_hand.until(lambda: after.flow is not None)
        assert after.flow is not None
        progress = after.flow.making.progress
        next_hand.until(lambda: progress.title.text() == HALF)
        assert f"after {STEPS_BEFORE} of 7 steps" in progress.said
        next_hand.click("progressAgain" if goes_on else "progressBack")
        next_hand.wait("deskWorkspace")
        if goes_on:
            next_hand.until(lambda: next_hand.find("badgeCard").isVisible())
        assert next_hand.work.page == ("people" if goes_on else "doors_ready")
        assert not (tmp_path / "desk" / FILE).exists()
    finally:
        after.stop()


@pytest.mark.parametrize("remembered", [None, DeskMemory(url="https://127.0.0.1:1", port=1)])
def test_a_server_that_its_desk_did_not_remember_is_signed_in_at(
    hand: desk.Hand, qtbot: QtBot, tmp_path: Path, remembered: DeskMemory | None
) -> None:
    """A desk that ended just after it made, or took over, a server led to no sign-in for ever."""
    desk.begin(hand)
    (tmp_path / "desk" / "desk.json").unlink()
    if remembered is not None:
        save_memory(FolderDisk(tmp_path / "desk"), remembered)
    after = OrganizerDesk(tmp_path / "desk", machine_system())
    qtbot.addWidget(after.window)
    after.window.show()
    after.begin()
    next_hand = desk.Hand(qtbot, after)
    try:
        next_hand.wait("deskSignIn")
        next_hand.fill("deskSignIn_email", desk.EMAIL)
        sign_in(next_hand, desk.PASSWORD)
        next_hand.wait("deskDraft")
    finally:
        after.stop()


HALF = "Night of the Lanterns is only partly created"


def cut_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a set-up go no further than so many steps."""
    take = EventMaking._take

    def cut(self: EventMaking, key: str, *rest: Any) -> None:
        if self.counts[0] == steps:
            raise ServerFault("the server cannot be reached")
        take(self, key, *rest)

    monkeypatch.setattr(EventMaking, "_take", cut)
