"""A time among the desk's fields: kept as the server has it, and one of two that is told."""

from __future__ import annotations

from datetime import datetime

import pytest
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.prepare.event_draft import FlawKind, find_flaws
from gatekeeper.organizer.prepare.plan_fields import FieldSpec, Shape
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.prepare.field_editors import FieldEditor, MomentEdit
from gatekeeper.ui.organizer.prepare.new_event_page import DraftPage
from gatekeeper.ui.organizer.widgets.time_field import TimeField
from gatekeeper.ui.switching_language import speak_language
from tests.factories.desk_screens import PLAN, TIER
from tests.ui.stray_windows import no_stray_windows

FIRST, SECOND = "2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"
"""Both are 02:30 at the venue: the clock goes back in between."""


@pytest.fixture(autouse=True)
def english() -> None:
    speak_language(make_application(), "en")


def said(edit: MomentEdit) -> str:
    label = edit.findChild(QLabel, "momentWhich")
    assert isinstance(label, QLabel)
    return label.text() if label.isVisibleTo(edit) else ""


def test_a_time_that_the_clock_shows_twice_says_which_is_meant() -> None:
    """An end in that night was an hour earlier than its organizer read it, and nothing said so."""
    assert "(UTC+02:00)" in said(MomentEdit(FIRST, PLAN, is_needed=False))
    assert "(UTC+01:00)" in said(MomentEdit(SECOND, PLAN, is_needed=False))
    edit = MomentEdit("2027-10-31T04:00:00Z", PLAN, is_needed=False)
    assert said(edit) == ""
    edit.edit.show_moment(datetime(2027, 10, 31, 2, 30))  # noqa: DTZ001 - of no zone
    assert "02:30 (UTC+02:00)" in said(edit)
    assert edit.read() == FIRST


def second(of: QWidget) -> list[QCheckBox]:
    return [one for one in of.findChildren(QCheckBox, "momentSecond") if one.isVisibleTo(of)]


def test_the_second_of_a_time_that_the_clock_shows_twice_can_be_chosen(qtbot: QtBot) -> None:
    """An evening that ended an hour after the clocks went back could not be said."""
    edit = MomentEdit("2027-10-31T04:00:00Z", PLAN, is_needed=False)
    assert second(edit) == []
    edit.edit.show_moment(datetime(2027, 10, 31, 2, 30))  # noqa: DTZ001 - of no zone
    (box,) = second(edit)
    with qtbot.waitSignal(edit.changed):
        box.click()
    assert "02:30 (UTC+01:00)" in said(edit)
    assert edit.read() == SECOND
    box.click()
    assert edit.read() == FIRST
    kept = MomentEdit(SECOND, PLAN, is_needed=False)
    (box,) = second(kept)
    assert box.isChecked()
    box.click()
    assert kept.read() == FIRST
    kept.edit.show_moment(datetime(2027, 10, 31, 5, 0))  # noqa: DTZ001 - of no zone
    assert second(kept) == []


def test_a_new_event_may_end_in_the_second_of_two_hours_though_its_clock_says_less() -> None:
    """The times were compared as the clock shows them, not as they come."""
    page = DraftPage(datetime(2027, 7, 1), "Europe/Berlin")  # noqa: DTZ001 - of no zone
    page.name.setText("Night")
    starts, ends = page.dates.rows[0][2], page.dates.rows[0][3]
    assert isinstance(starts, TimeField)
    assert isinstance(ends, TimeField)
    starts.show_moment(datetime(2027, 10, 31, 2, 45))  # noqa: DTZ001 - of no zone
    ends.show_moment(datetime(2027, 10, 31, 2, 30))  # noqa: DTZ001 - of no zone
    assert FlawKind.ENDS_EARLY in {one.flaw for one in find_flaws(page.read())}
    next(one for one in second(page) if "02:30" in one.text()).click()
    assert FlawKind.ENDS_EARLY not in {one.flaw for one in find_flaws(page.read())}
    date = page.read().dates[0]
    assert (date.starts.fold, date.ends.fold) == (0, 1)


@pytest.mark.parametrize("kept", [SECOND, "2027-07-04T21:59:59Z"])
def test_a_tier_that_nobody_changed_keeps_its_times_to_the_second(kept: str) -> None:
    """An edit of another tier's price moved its end by seconds, or in that night by an hour."""
    late = TIER | {"key": "late", "name": "Late", "ends_at": kept}
    editor = FieldEditor(FieldSpec(path="selling.tiers", shape=Shape.TIERS), [TIER, late], PLAN)
    price = editor.widget.findChild(QLineEdit, "tiers_0_1")
    assert isinstance(price, QLineEdit)
    price.setText("99.00")
    changed, other = editor.read()
    assert (changed["price_minor"], other["ends_at"]) == (9_900, kept)


def test_a_new_event_says_which_of_two_times_is_meant_and_which_the_clock_skips() -> None:
    """It took the first of a doubled hour without a word, and named no time that is skipped."""
    page = DraftPage(datetime(2027, 7, 1), "Europe/Berlin")  # noqa: DTZ001 - of no zone
    label = page.findChild(QLabel, "momentWhich")
    starts, ends = page.dates.rows[0][2], page.dates.rows[0][3]
    assert isinstance(label, QLabel)
    assert isinstance(starts, TimeField)
    assert isinstance(ends, TimeField)
    assert label.text() == ""
    starts.show_moment(datetime(2027, 10, 31, 0, 0))  # noqa: DTZ001 - of no zone
    assert label.text() == ""
    ends.show_moment(datetime(2027, 10, 31, 2, 30))  # noqa: DTZ001 - of no zone
    assert "02:30 (UTC+02:00)" in label.text()
    page.timezone.setCurrentText("Asia/Bangkok")
    assert label.text() == ""
    page.timezone.setCurrentText("Europe/Berlin")
    ends.show_moment(datetime(2027, 3, 28, 2, 30))  # noqa: DTZ001 - of no zone
    assert "2027-03-28 02:30" in label.text()
    ends.show_moment(datetime(2027, 11, 1, 2, 30))  # noqa: DTZ001 - of no zone
    assert label.text() == ""
    assert not label.isVisibleTo(page)


def test_the_cursor_goes_to_the_time_that_the_clock_skips(qtbot: QtBot) -> None:
    """It went to the doors, whichever of the three it was."""
    page = DraftPage(datetime(2027, 3, 27), "Europe/Berlin")  # noqa: DTZ001 - of no zone
    qtbot.addWidget(page)
    page.show()
    ends = page.dates.rows[0][3]
    assert isinstance(ends, TimeField)
    ends.show_moment(datetime(2027, 3, 28, 2, 30))  # noqa: DTZ001 - of no zone
    flaws = find_flaws(page.read())
    page.show_flaws([one for one in flaws if one.flaw is FlawKind.NO_SUCH_TIME])
    assert page.focusWidget() is ends


def test_a_time_that_is_shown_twice_is_no_window() -> None:
    """Nor is what says which of two it is, before it is laid out."""
    with no_stray_windows():
        MomentEdit(SECOND, PLAN, is_needed=True)
        MomentEdit(SECOND, PLAN, is_needed=False)
