"""The report over several events by itself: what is ticked is asked for, and words are plain."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from gatekeeper.organizer.afterwards.audit_client import Days
from gatekeeper.organizer.afterwards.period_report_client import PeriodWanted
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.afterwards.period_report_page import PeriodPage
from gatekeeper.ui.switching_language import speak_language
from tests.factories.period_screens import NAMES, REPORT


def said(page: PeriodPage) -> list[list[str]]:
    """Return the table's words."""
    rows = []
    for row in range(page.table.rowCount()):
        items = [page.table.item(row, one) for one in range(page.table.columnCount())]
        rows.append([one.text().strip("\u2066\u2069") for one in items if one is not None])
    return rows


def test_what_is_ticked_is_asked_for_and_nothing_ticked_means_all() -> None:
    """With the days, each end by itself."""
    speak_language(make_application(), "en")
    page = PeriodPage()
    asked: list[PeriodWanted] = []
    page.wanted.connect(lambda: asked.append(page.chosen))
    page.show_events(NAMES)
    show = page.findChild(QPushButton, "periodShow")
    assert isinstance(show, QPushButton)
    show.click()
    page.events.item(1).setCheckState(Qt.CheckState.Checked)
    page.days.choose(Days(None, date(2026, 11, 30)))
    show.click()
    assert asked == [PeriodWanted(), PeriodWanted(("ev_2",), Days(None, date(2026, 11, 30)))]
    assert asked[1].query == {"events": "ev_2", "until": "2026-11-30"}


def test_each_table_is_said_in_plain_words_and_amounts_in_their_own_currency() -> None:
    """A yen has no hundredths; a table that this program does not know is in the files only."""
    speak_language(make_application(), "en")
    page = PeriodPage()
    assert page.tables.isHidden()
    page.show_report(REPORT)
    assert page.tables.count() == 4
    assert said(page) == [["Orders paid", "EUR", "3", "79.99"], ["Net", "JPY", "", "4,000"]]
    page.tables.setCurrentIndex(1)
    assert said(page)[2][:5] == ["Total", "EUR", "2,310", "4,980", "61,042.50"]
    page.show_report(REPORT)
    assert page.tables.currentIndex() == 1
    page.tables.setCurrentIndex(2)
    assert said(page) == [["7.5%", "EUR", "1.29", "0.21", "1.08", "0.08", "1.00"]]
    page.tables.setCurrentIndex(3)
    assert said(page) == [
        ["Summer Fair", "Used twice", "still open", "1"],
        ["Summer Fair", "Used twice", "explained since", "2"],
    ]
    page.forget()
    assert page.tables.isHidden()
    assert page.note == ""
