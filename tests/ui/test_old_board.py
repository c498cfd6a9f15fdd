"""A board that was not measured again: no tick of it holds, and none is another event's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtWidgets import QLabel

from gatekeeper.organizer.desk import Desk
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.ui.organizer.conflicts_flow import ConflictsFlow
from gatekeeper.ui.organizer.conflicts_page import ConflictsPage
from gatekeeper.ui.organizer.desk_flow import DeskFlow
from gatekeeper.ui.organizer.devices_flow import DevicesFlow
from gatekeeper.ui.organizer.devices_page import DevicesPage
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.held_thread import HeldThread
from tests.factories.removed import removed_after
from tests.factories.sitting import sit_down
from tests.ui.test_lost_answers import CONFLICT, CUT, FACTS, SITE, board, thread
from tests.ui.test_lost_devices import NORTH

__all__ = ["board", "thread"]
pytestmark = pytest.mark.ui
OTHER = EventSite(OrganizationId("og_1"), EventId("ev_2"))


def title(board: DeskFlow) -> str:
    found = board.workspace.doors_ready.findChild(QLabel, "boardTitle")
    assert isinstance(found, QLabel)
    return found.text()


def ticks(board: DeskFlow) -> int:
    """Return how many lines say that all is well."""
    return sum(one.text() == "✓" for one in board.workspace.doors_ready.findChildren(QLabel))


def test_what_cannot_be_measured_again_is_said_to_be_old(
    board: DeskFlow, thread: HeldThread
) -> None:
    """With green ticks it said that doors were ready for as long as the line was cut."""
    board.look()
    thread.answer(FACTS)
    measured = title(board)
    assert ticks(board) > 0
    board.look()
    thread.refuse(CUT)
    assert title(board) == "?  How it stands is not known"
    assert ticks(board) == 0
    assert board.workspace.doors_ready.said, "what was measured can still be read"
    board.look()
    thread.answer(FACTS)
    assert title(board) == measured
    assert ticks(board) > 0


def test_no_board_is_shown_under_another_events_name(board: DeskFlow, thread: HeldThread) -> None:
    """Its buttons would publish and hand to gates the event that is chosen, unseen."""
    board.look()
    thread.answer(FACTS)
    assert board.workspace.doors_ready.said
    board.look()
    board.workspace.chose_event.emit(OTHER)
    assert board.workspace.doors_ready.said == []
    thread.answer(FACTS)
    assert board.workspace.doors_ready.said == [], "it was the former event's"
    thread.refuse(CUT)
    assert board.workspace.doors_ready.said == []


def test_no_conflict_and_no_device_is_shown_under_another_events_name(thread: HeldThread) -> None:
    """Nor are there none as long as nobody knows."""
    sitting = sit_down(thread)
    conflicts, devices = ConflictsPage(), DevicesPage()
    desk = cast("Desk", SimpleNamespace(office=None, devices=None))
    flows = (
        ConflictsFlow(conflicts, sitting),
        DevicesFlow(devices, sitting, desk, cast("Any", None)),
    )
    with removed_after(conflicts), removed_after(devices):
        flows[0].enter(SITE)
        thread.answer((CONFLICT,))
        thread.asked.clear()
        flows[1].enter(SITE)
        thread.answer(({"gt_1": "North"}, (NORTH,)))
        assert (conflicts.list.count(), devices.table.rowCount()) == (1, 1)
        assert devices.gate.count() == devices.paper.gate.count() == 1
        for flow in flows:
            flow.enter(OTHER)
        assert conflicts.chosen is None
        assert (conflicts.list.count(), devices.table.rowCount()) == (0, 0)
        assert devices.gate.count() == devices.paper.gate.count() == 0
        said = conflicts.findChild(QLabel, "conflictsTitle")
        assert isinstance(said, QLabel)
        assert said.text() == "Looking …"
