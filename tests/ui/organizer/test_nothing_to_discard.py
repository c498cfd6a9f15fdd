"""What discards what was typed can be pressed only while something is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.prepare.plan_client import PlanKind
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.afterwards.report_schedule_form import ScheduleForm
from gatekeeper.ui.organizer.organization.webhook_form import WebhookForm
from gatekeeper.ui.organizer.prepare.plan_page import PlanPage
from gatekeeper.ui.switching_language import speak_language
from tests.factories.desk_screens import PLAN
from tests.factories.keys import button, press
from tests.factories.programs_screens import PROGRAMS
from tests.factories.removed import removed_after


@pytest.fixture
def plan() -> Iterator[PlanPage]:
    """The set-up of an event, as it was read."""
    speak_language(make_application(), "en")
    page = PlanPage()
    page.show()
    with removed_after(page):
        page.show_plan(PLAN, can_undo=False)
        yield page


def test_an_edit_can_be_discarded_and_then_no_more(plan: PlanPage, qtbot: QtBot) -> None:
    """It could always be pressed, beside a form in which nothing had been typed."""
    discard = button(plan, "planDrop")
    for thing in ("ev_lantern", "zn_hall", "tt_1"):
        plan.choose(thing)
        assert not discard.isEnabled(), thing
        name = plan.editors[0].widget
        assert isinstance(name, QLineEdit)
        name.insert("Long ")
        qtbot.waitUntil(discard.isEnabled)
        name.undo()
        qtbot.waitUntil(lambda: not discard.isEnabled())
        name.insert("Long ")
        qtbot.waitUntil(discard.isEnabled)
        press(plan, "planDrop")
        assert not discard.isEnabled()
    plan.choose("ev_lantern")


def test_what_is_new_can_be_discarded_as_it_begins(plan: PlanPage) -> None:
    """There is no other way back from it."""
    plan.add(PlanKind.GATE)
    assert button(plan, "planDrop").isEnabled()


def look(form: QWidget, name: str) -> bool:
    found = form.findChild(QPushButton, name)
    assert isinstance(found, QPushButton)
    return found.isEnabled()


def test_forms_of_programs_and_mailed_reports_offer_it_likewise(plan: PlanPage) -> None:
    """Also of a new one, where only ticks were set."""
    program = WebhookForm()
    with removed_after(program):
        assert not look(program, "programUndo")
        program.all.setChecked(False)
        assert look(program, "programUndo")
        program.all.setChecked(True)
        program.show_program(PROGRAMS[0])
        assert not look(program, "programUndo")
        program.name.insert("x")
        assert look(program, "programUndo")
        press(program, "programUndo")
        assert not look(program, "programUndo")
    report = ScheduleForm()
    with removed_after(report):
        report.offer({"ev_1": "Lanterns"}, ["ada@example.org"], "Europe/Berlin")
        assert not look(report, "mailedUndo")
        report.recipients.tick(["ada@example.org"])
        assert look(report, "mailedUndo")
        press(report, "mailedUndo")
        assert not look(report, "mailedUndo")
        report.name.insert("x")
        report.offer({"ev_1": "Lanterns"}, ["ada@example.org"], "Europe/Berlin")
        assert look(report, "mailedUndo")
