"""A board that was not measured again: no tick of it holds, and none is another event's."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import shiboken6
from PySide6.QtWidgets import QLabel

from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.ui.organizer.before_doors.devices_flow import DevicesFlow
from gatekeeper.ui.organizer.before_doors.devices_page import DevicesPage
from gatekeeper.ui.organizer.desk_flow import DeskFlow
from gatekeeper.ui.organizer.during.conflicts_flow import ConflictsFlow
from gatekeeper.ui.organizer.during.conflicts_page import ConflictsPage
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.removed import removed_after
from tests.ui.organizer.before_doors.test_lost_devices import NORTH
from tests.ui.organizer.test_lost_answers import CONFLICT, CUT, FACTS, SITE, board, thread

__all__ = ["board", "thread"]
OTHER = EventSite(OrganizationId("og_1"), EventId("ev_2"))


def title(board: DeskFlow) -> str:
    found = board.event_pages.doors_ready.findChild(QLabel, "boardTitle")
    assert isinstance(found, QLabel)
    return found.text()


def ticks(board: DeskFlow) -> int:
    """Return how many lines say that all is well."""
    return sum(one.text() == "✓" for one in board.event_pages.doors_ready.findChildren(QLabel))


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
    assert title(board) == "?  The current state is not known"
    assert ticks(board) == 0
    assert board.event_pages.doors_ready.said, "what was measured can still be read"
    board.look()
    thread.answer(FACTS)
    assert title(board) == measured
    assert ticks(board) > 0


def test_a_measure_from_before_the_page_was_entered_is_taken_anew(
    board: DeskFlow, thread: HeldThread
) -> None:
    """What was done on another page, or by the board, showed four seconds later."""
    board.look()
    thread.answer(FACTS)
    before = board.event_pages.doors_ready.said
    board.look()  # while somebody makes a badge
    board.event_pages.enter("people")
    board.event_pages.enter("doors_ready")
    [*_, measuring] = [one for one in thread.asked if "doors_ready_flow" in one[0].__module__]
    thread.asked.clear()
    measuring[0](msgspec.structs.replace(FACTS, supervisors=9))
    assert board.event_pages.doors_ready.said == before, "it may be older than the badge"
    assert len(thread.asked) == 1


def test_an_answer_that_comes_after_its_desk_was_left_is_shown_nowhere(
    board: DeskFlow, thread: HeldThread
) -> None:
    """Another person had signed in meanwhile, and it broke in pages that were gone."""
    shown, work = list[object](), cast("Any", lambda: None)
    for _ in range(2):
        board._ask(work, shown.append, lambda _fault: shown.append("failed"))
    shiboken6.delete(board.event_pages)
    thread.answer("members")
    thread.refuse(CUT)
    assert shown == []


def test_no_board_is_shown_under_another_events_name(board: DeskFlow, thread: HeldThread) -> None:
    """Its buttons would publish and hand to gates the event that is chosen, unseen."""
    board.look()
    thread.answer(FACTS)
    assert board.event_pages.doors_ready.said
    board.look()
    board.event_pages.chose_event.emit(OTHER)
    assert board.event_pages.doors_ready.said == []
    on_done, _ = thread.asked.pop(0)
    on_done(FACTS)
    assert board.event_pages.doors_ready.said == [], "it was the former event's"
    while thread.asked:
        thread.refuse(CUT)
    assert board.event_pages.doors_ready.said == []


def test_no_conflict_and_no_device_is_shown_under_another_events_name(thread: HeldThread) -> None:
    """Nor are there none as long as nobody knows."""
    session = make_desk_session(thread)
    conflicts, devices = ConflictsPage(), DevicesPage()
    office = SimpleNamespace(server_time=None)
    desk = cast("Desk", SimpleNamespace(api=office, devices=None))
    flows = (
        ConflictsFlow(conflicts, session),
        DevicesFlow(devices, session, desk, cast("Any", None)),
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
        assert said.text() == "Searching …"


def test_devices_are_heard_by_the_servers_clock_also_while_it_is_silent(
    thread: HeldThread,
) -> None:
    """A gate stood there as heard 2 s ago as long as nobody answered; at a slow laptop always."""
    assert NORTH.heard_at is not None
    slow = [NORTH.heard_at - timedelta(minutes=5)]
    page = DevicesPage()
    office = SimpleNamespace(server_time=NORTH.heard_at + timedelta(seconds=2))
    desk = cast("Desk", SimpleNamespace(api=office, devices=None))
    session = make_desk_session(thread)._replace(now=lambda: slow[0])
    flow = DevicesFlow(page, session, desk, cast("Any", None))
    with removed_after(page):
        flow.enter(SITE)
        thread.answer(({"gt_1": "North"}, (NORTH,)))
        assert heard(page) == "2 s ago"
        flow.enter(SITE)
        slow[0] += timedelta(seconds=30)
        flow.enter(SITE)
        assert heard(page) == "32 s ago"


def heard(page: DevicesPage) -> str:
    """Return what the list says of its first device."""
    cell = page.table.item(0, 3)
    assert cell is not None
    return cell.text().strip("\u2068\u2069")
