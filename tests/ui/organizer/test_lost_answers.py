"""An act of the desk of which no answer came: that stays said until something else is done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from PySide6.QtWidgets import QLabel, QWidget

from command_line.clock_and_randomness import SystemClock
from gatekeeper.organizer.before_doors.doors_ready_judging import EventFacts
from gatekeeper.organizer.desk_and_events import Desk, Organization
from gatekeeper.organizer.during.conflicts_client import Conflict
from gatekeeper.organizer.prepare.series_client import Repeat
from gatekeeper.organizer.prepare.unfinished_event import UnfinishedEvents
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.colors import THEMES
from gatekeeper.store.disk import FolderDisk
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.afterwards.reports_flow import ReportsFlow
from gatekeeper.ui.organizer.afterwards.reports_page import ReportsPage
from gatekeeper.ui.organizer.before_doors.devices_flow import DevicesFlow
from gatekeeper.ui.organizer.before_doors.devices_page import DevicesPage
from gatekeeper.ui.organizer.before_doors.doors_ready_flow import DoorsReadyFlow
from gatekeeper.ui.organizer.desk_flow import DeskFlow
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.desk_window import DeskWindow
from gatekeeper.ui.organizer.during.conflicts_flow import ConflictsFlow
from gatekeeper.ui.organizer.during.conflicts_page import ConflictsPage
from gatekeeper.ui.organizer.organization.webhooks_flow import WebhooksFlow
from gatekeeper.ui.organizer.organization.webhooks_page import WebhooksPage
from gatekeeper.ui.organizer.prepare.plan_flow import PlanFlow
from gatekeeper.ui.organizer.prepare.plan_page import PlanPage
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_screens import PLAN
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.programs_screens import PROGRAMS
from tests.factories.removed import removed_after
from tests.fakes.entropy import SeededEntropy
from tests.ui.organizer.before_doors.test_lost_devices import NORTH, NOW

SITE = EventSite(OrganizationId("og_1"), EventId("ev_1"))
CUT = ServerFault("the server cannot be reached")
REFUSED = Refused("Two gates have one name.", (), problem="conflict", status=409)
LOST = "There was no answer to your last action. Check whether it was done; if not, do it again."
CONFLICT = Conflict(
    id="cf_1",
    kind="double_use",
    ticket="c2d4e5f6",
    detail="admitted more often than the ticket allows",
    is_ordered=False,
    disposition="",
    opened_at=NOW,
    updated_at=NOW,
    code="7K2M-9Q40-H",
)
FACTS = EventFacts(
    state="published",
    plan=1,
    refusals=(),
    warnings=(),
    gates={},
    devices=(),
    handed_at=None,
    supervisors=1,
    conflicts=0,
)


def note_of(page: QWidget, name: str) -> str:
    """Return what a line says that is shown, or ""."""
    line = page.findChild(QLabel, name)
    assert isinstance(line, QLabel)
    return "" if line.isHidden() else line.text()


@pytest.fixture
def thread() -> HeldThread:
    speak_language(make_application(), "en")
    return HeldThread()


def test_a_stolen_device_is_not_believed_revoked(thread: HeldThread) -> None:
    """The list is read again every few seconds, and would take back what the desk has said."""
    page, over = DevicesPage(), list[str]()
    session = make_desk_session(thread)._replace(say=lambda text, _role: over.append(text))
    desk = cast("Desk", SimpleNamespace(api=None, devices=None))
    flow = DevicesFlow(page, session, desk, cast("Any", None))
    page.show()
    with removed_after(page):
        flow.enter(SITE)
        thread.asked.clear()
        page.lost.lost.emit(NORTH, "gone", True)
        thread.refuse(CUT)
        flow.enter(SITE)
        while thread.asked:
            thread.asked.pop()
        assert note_of(page, "devicesSaid") == LOST
        page.lost.lost.emit(NORTH, "gone", True)
        thread.refuse(REFUSED)
        assert note_of(page, "devicesSaid") == str(REFUSED)


def test_an_edit_of_the_plan_is_not_believed_saved(thread: HeldThread) -> None:
    """Its form shows what was typed, as it does when it is saved."""
    page, faults = PlanPage(), list[BaseException]()
    flow = PlanFlow(page, make_desk_session(thread, on_fault=faults.append))
    page.show()
    with removed_after(page):
        client = flow.client_of(SITE)
        flow.show_plan(client, PLAN)
        page.saved.emit(PLAN.event, {})
        thread.refuse(CUT)
        flow.show_plan(client, PLAN)
        assert (page.note, faults) == (LOST, [CUT])


def test_a_saved_edit_that_cannot_be_read_again_is_said_to_be_saved(thread: HeldThread) -> None:
    """The line broke after it: nobody needs to do it again."""
    page, faults = PlanPage(), list[BaseException]()
    flow = PlanFlow(page, make_desk_session(thread, on_fault=faults.append))
    page.show()
    with removed_after(page):
        flow.show_plan(flow.client_of(SITE), PLAN)
        page.saved.emit(PLAN.event, {})
        thread.answer(PLAN.event)
        thread.refuse(CUT)
        assert (page.note, faults) == (f"Saved: {PLAN.event.name}", [CUT])


def test_an_event_is_not_believed_to_go_on_nor_a_date_to_be_made_once(thread: HeldThread) -> None:
    """That nothing listens there was all that was said: it had ended, its dates were there."""
    reports = ReportsPage()
    flow = ReportsFlow(reports, make_desk_session(thread), lambda: None)
    with removed_after(reports):
        flow.enter(SITE)
        reports.ended.emit()
        thread.refuse(CUT)
        assert reports.note == LOST
    plan = PlanPage()
    edits = PlanFlow(plan, make_desk_session(thread))
    plan.show()
    with removed_after(plan):
        edits.show_plan(edits.client_of(SITE), PLAN)
        plan.choose("oc_1")
        plan.series.asked.emit(Repeat("FREQ=DAILY;COUNT=2"), True)
        thread.refuse(CUT)
        assert LOST in [one.text() for one in plan.series.findChildren(QLabel)]


def test_a_conflict_is_not_believed_decided(thread: HeldThread) -> None:
    """What is said over the page comes again with each look at the list."""
    page, over = ConflictsPage(), list[str]()
    session = make_desk_session(thread)._replace(say=lambda text, _role: over.append(text))
    flow = ConflictsFlow(page, session)
    page.show()
    with removed_after(page):
        flow.enter(SITE)
        thread.answer((CONFLICT,))
        page.settled.emit(CONFLICT, "fraud", "")
        thread.refuse(CUT)
        flow.enter(SITE)
        thread.answer((CONFLICT,))
        assert over[-1] == LOST


@pytest.mark.parametrize(
    ("found", "said"), [("let_stay", "Someone else has decided"), ("", "Something was added")]
)
def test_a_conflict_that_changed_meanwhile_is_told_to_whoever_decided(
    thread: HeldThread, found: str, said: str
) -> None:
    """Nothing of theirs was written, and what is listed by now has to be looked at."""
    page, over = ConflictsPage(), list[str]()
    session = make_desk_session(thread)._replace(say=lambda text, _role: over.append(text))
    flow = ConflictsFlow(page, session)
    page.show()
    with removed_after(page):
        flow.enter(SITE)
        thread.answer((CONFLICT,))
        page.settled.emit(CONFLICT, "fraud", "")
        thread.answer(found)
        thread.answer((CONFLICT,))
        assert over[-1].startswith(said)


@pytest.fixture
def board(thread: HeldThread, tmp_path: Path) -> Iterator[DeskFlow]:
    """The desk with the board of an event."""
    window = DeskWindow()
    desk = SimpleNamespace(
        organization=Organization(OrganizationId("og_1"), "Probe"),
        api=SimpleNamespace(url=""),
        hand_to_gates=lambda _site: None,
        put_on_sale=lambda _site: None,
        lift_bounds=lambda _site: None,
        name_events=lambda: None,
        read_role=lambda: None,
        staff=SimpleNamespace(read=lambda: None),
        entropy=SeededEntropy(),
    )
    flow = DeskFlow(
        window,
        cast("DeskThread", thread),
        cast("Desk", desk),
        THEMES["light"],
        SystemClock(),
        cast("Any", None),
        UnfinishedEvents(FolderDisk(tmp_path)),
    )
    flow.site = SITE
    window.show_page(flow.event_pages)
    window.show()
    with removed_after(window):
        flow.event_pages.enter("doors_ready")
        thread.asked.clear()
        measuring(flow)._is_looking = False
        yield flow
        flow.stop()


def measuring(desk: DeskFlow) -> DoorsReadyFlow:
    """Return what measures the board of a desk that shows it."""
    flow = desk.flows["doors_ready"]
    assert isinstance(flow, DoorsReadyFlow)
    return flow


@pytest.mark.parametrize(("fault", "said"), [(CUT, LOST), (REFUSED, str(REFUSED))])
def test_a_plan_is_not_believed_handed_to_gates(
    board: DeskFlow, thread: HeldThread, fault: Exception, said: str
) -> None:
    """The board is measured every few seconds: what it said of the act would be gone at once."""
    work = board.event_pages
    work.doors_ready.asked.emit("hand_over", "")
    thread.refuse(fault)
    for _look in range(2):
        board.look()
        thread.answer(FACTS)
        assert note_of(work, "deskNote") == said
    work.enter("audit")
    assert measuring(board).undone == ""
    assert note_of(work, "deskNote") == "", "it would be read as the other page's"
    measuring(board)._is_looking = False
    work.enter("doors_ready")
    thread.answer(msgspec.structs.replace(FACTS, supervisors=2))
    assert note_of(work, "deskNote") == ""


def test_a_board_whose_server_is_silent_says_how_old_it_is(
    board: DeskFlow, thread: HeldThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else "in touch 1 s ago" stands there in green until the question is given up."""
    now = [datetime(2026, 7, 4, 19, tzinfo=UTC)]
    flow = measuring(board)
    monkeypatch.setattr(flow, "_session", flow._session._replace(now=lambda: now[0]))
    page = board.event_pages.doors_ready
    board.look()
    thread.answer(FACTS)
    board.look()
    for seconds, said in ((9, ""), (10, "10 s ago"), (14, "14 s ago")):
        now[0] = datetime(2026, 7, 4, 19, 0, seconds, tzinfo=UTC)
        board.look()
        age = page.findChild(QLabel, "boardAge")
        assert isinstance(age, QLabel)
        assert said in age.text()
        assert page._is_old is bool(said)
    assert len(thread.asked) == 1, "it is asked once"
    thread.answer(FACTS)
    assert not page._is_old


def test_a_board_that_was_left_for_a_while_is_being_measured(
    board: DeskFlow, thread: HeldThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It said that it could not be measured again, before anybody had tried."""
    now = [datetime(2026, 7, 4, 19, tzinfo=UTC)]
    flow = measuring(board)
    monkeypatch.setattr(flow, "_session", flow._session._replace(now=lambda: now[0]))
    board.look()
    thread.answer(FACTS)
    board.event_pages.enter("people")
    thread.asked.clear()
    page = board.event_pages.doors_ready
    for minute, second, title, said in (
        (3, 0, "?  Checking", "What you see is from 3 min ago."),
        (3, 9, "?  Checking", "What you see is from 3 min ago."),
        (3, 10, "?  The current state is", "This could not be checked again. What you see"),
    ):
        now[0] = datetime(2026, 7, 4, 19, minute, second, tzinfo=UTC)
        board.event_pages.enter("doors_ready") if second == 0 else board.look()
        assert note_of(page, "boardTitle").startswith(title)
        assert note_of(page, "boardAge").startswith(said)
        assert page._is_old


def test_what_was_wrong_with_the_server_goes_once_it_answers(
    board: DeskFlow, thread: HeldThread
) -> None:
    """At the seat map, which nothing looks at again, it was said to be started all evening.

    Nor were venues known there, so that whoever saved was asked for the name of another one.
    """
    pages = board.event_pages
    pages.enter("seats")
    board._fail(CUT)
    assert note_of(pages, "deskNote")
    board._go_on()
    assert note_of(pages, "deskNote") == ""
    board._fail(CUT)
    thread.asked.clear()
    board.alarms.look()
    thread.refuse(CUT)
    assert note_of(pages, "deskNote")
    board.alarms.look()
    thread.answer(())
    assert note_of(pages, "deskNote") == ""
    assert len(thread.asked) == 3, "venues, types and the event's map, read on coming here alone"
    while thread.asked:
        thread.asked.pop()[0](())
    board._fail(CUT)
    board.alarms.look()
    thread.answer(())
    assert thread.asked == [], "they are known: another's map is met by whoever gives one"
    board._fail(CUT)
    pages.say("Look at this.")
    board.alarms.look()
    thread.answer(())
    assert note_of(pages, "deskNote") == "Look at this."


def test_a_making_that_outlived_its_session_asks_for_no_second_sign_in(board: DeskFlow) -> None:
    """Whoever had just signed in again read there that they should, and was not asked."""
    making = board.making
    making._fail(Refused("Sign in.", (), problem="unauthenticated", status=401))
    assert (making.progress.title.text()[:10], making.progress.said) == ("It stopped", "")
    making._fail(CUT)
    assert making.progress.said


def test_what_one_has_removed_oneself_was_removed_by_nobody_else(thread: HeldThread) -> None:
    """Its answer was lost, and the next look found it gone: that was somebody else's doing."""
    page = WebhooksPage()
    flow = WebhooksFlow(page, make_desk_session(thread))
    page.show()
    with removed_after(page):
        flow.enter(SITE)
        thread.answer((PROGRAMS, None, None))
        page.show_program(PROGRAMS[3])
        page.removed.emit(PROGRAMS[3])
        thread.refuse(CUT)
        flow.enter(SITE)
        thread.answer((PROGRAMS[:3], None, None))
        assert page.note == f"{PROGRAMS[3].name} was removed in the meantime."
    for gone in ("staff.gone", "promo.gone", "holds.gone", "api_keys.gone"):
        assert "else" not in TEXTS.say(gone, name="Diary")
