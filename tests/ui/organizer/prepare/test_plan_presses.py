"""Edits of a plan at the desk: none is lost to another press, and none is done twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QLineEdit, QRadioButton

from gatekeeper.organizer.merging_edits import Clash, find_clashes
from gatekeeper.organizer.prepare.plan_client import PlanItem
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.prepare.plan_flow import PlanFlow
from gatekeeper.ui.organizer.prepare.plan_page import PlanPage
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.id_types import EventId
from tests.factories.desk_screens import PLAN
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.keys import press
from tests.factories.removed import removed_after
from tests.ui.organizer.before_doors.test_lost_devices import NOW
from tests.ui.organizer.test_lost_answers import CUT, REFUSED, SITE


@pytest.fixture
def thread() -> HeldThread:
    speak_language(make_application(), "en")
    return HeldThread()


@pytest.fixture
def plan(thread: HeldThread) -> Iterator[PlanPage]:
    """The set-up of an event, with a name that is not saved; what is asked waits for an answer."""
    page = PlanPage()
    flow = PlanFlow(page, make_desk_session(thread))
    page.show()
    with removed_after(page):
        flow.show_plan(flow.client_of(SITE), PLAN)
        name = page.editors[0].widget
        assert isinstance(name, QLineEdit)
        name.insert("Long ")
        yield page


@pytest.mark.parametrize("act", ["planAdd_gate", "planUndo"])
def test_an_edit_of_the_plan_is_not_lost_to_another_form(
    plan: PlanPage, thread: HeldThread, act: str
) -> None:
    """It is saved or discarded first: a press on the list says so too."""
    plan.show_plan(PLAN, can_undo=True)
    press(plan, act)
    assert (plan.is_touched, plan.thing, thread.asked) == (True, PLAN.event, [])
    assert plan.note == "Save or discard this first."


def test_a_plan_is_saved_once_however_often_one_presses(
    plan: PlanPage, thread: HeldThread
) -> None:
    """A second press made a new gate twice, and another form met the clash of the first one."""
    for _ in range(2):
        press(plan, "planSave")
        press(plan, "planAdd_gate")
    assert (len(thread.asked), plan.thing) == (1, PLAN.event)
    thread.refuse(CUT)
    press(plan, "planSave")
    assert len(thread.asked) == 1


def test_what_was_chosen_of_two_edits_can_be_saved_again(
    plan: PlanPage, thread: HeldThread
) -> None:
    """The line broke at the first press: the second one did nothing, and only a discard helped."""
    press(plan, "planSave")
    theirs = PLAN.event.fields | {"name": "Theirs"}
    clash = find_clashes(PLAN.event.fields, theirs, PLAN.event.fields | {"name": "Mine"})
    thread.answer(Clash(by="Mara", at=NOW, etag='"2"', theirs=theirs, fields=clash))
    for _ in range(2):
        press(plan, "clashGo")
        assert len(thread.asked) == 1
        thread.refuse(CUT)
    assert plan.clash.isVisible()


def test_two_names_that_clash_are_read_as_they_are(plan: PlanPage, thread: HeldThread) -> None:
    """An & was taken for a key's letter: the two names of one thing looked the same."""
    press(plan, "planSave")
    theirs = PLAN.event.fields | {"name": "Rock & Pop"}
    clash = find_clashes(PLAN.event.fields, theirs, PLAN.event.fields | {"name": "R&B"})
    thread.answer(Clash(by="Mara", at=NOW, etag='"2"', theirs=theirs, fields=clash))
    buttons = plan.clash.findChildren(QRadioButton)
    assert [one.text() for one in buttons] == ["Rock && Pop", "R&&B"]
    assert all(one.shortcut().isEmpty() for one in buttons)


MET = Clash(by="Mara", at=None, etag='"2"', theirs=PLAN.event.fields, fields=())


@pytest.mark.parametrize("ended", [REFUSED, MET])
def test_an_edit_refused_after_the_event_was_left_is_told_of_the_former_one(
    thread: HeldThread, ended: Refused | Clash
) -> None:
    """Whoever has gone on to another event believes it done; this one's page is not busy."""
    page = PlanPage()
    flow = PlanFlow(page, make_desk_session(thread))
    page.show()
    with removed_after(page):
        flow.show_plan(flow.client_of(SITE), PLAN)
        page.saved.emit(PLAN.event, {})
        flow.show_plan(flow.client_of(EventSite(SITE.organization_id, EventId("ev_2"))), PLAN)
        if isinstance(ended, Clash):
            thread.answer(ended)
            said = "Mara changed this after you opened it. Nothing of yours has been saved yet."
        else:
            thread.refuse(ended)
            said = str(ended)
        assert page.note == f"What you asked for before this was not done: {said}"
        assert page.tree.isEnabled()


def test_who_saves_what_somebody_else_has_removed_is_told_so_and_loses_nothing(
    plan: PlanPage, thread: HeldThread
) -> None:
    """It said that there is no such ticket type, in English: as if the desk were broken."""
    speak_language(make_application(), "de")
    press(plan, "planSave")
    thread.refuse(Refused("There is no such event.", (), problem="not-found", status=404))
    speak_language(make_application(), "en")
    assert plan.note.startswith("Das gibt es nicht mehr: Die Veranstaltung wurde")
    assert plan.is_touched


def test_what_was_saved_is_saved_also_where_it_could_not_be_read_again(
    plan: PlanPage, thread: HeldThread
) -> None:
    """The line broke after the answer: the desk said that it is saved, and to save it first."""
    press(plan, "planSave")
    fields = PLAN.event.fields | {"name": "Long Night"}
    saved = PlanItem(kind=PLAN.event.kind, id=PLAN.event.id, etag='"2"', fields=fields)
    thread.answer(saved)
    thread.refuse(CUT)
    assert (plan.is_touched, plan.thing, plan.note) == (False, saved, "Saved: Long Night")
    plan.choose("zn_hall")
    assert (plan.thing, plan.note) == (PLAN.find("zn_hall"), "")


def test_what_was_removed_is_not_shown_where_the_plan_could_not_be_read_again(
    thread: HeldThread,
) -> None:
    """Its form stood there beside the words that it is gone."""
    page = PlanPage()
    flow = PlanFlow(page, make_desk_session(thread))
    page.show()
    with removed_after(page):
        flow.show_plan(flow.client_of(SITE), PLAN)
        page.choose("gt_stairs")
        press(page, "planRemove")
        thread.answer(None)
        thread.refuse(CUT)
        assert page.thing == PLAN.event
