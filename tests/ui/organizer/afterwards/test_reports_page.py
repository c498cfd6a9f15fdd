"""The page of an event's figures by itself: what ending the event means is said before."""

from __future__ import annotations

from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.afterwards.reports_page import ReportsPage
from gatekeeper.ui.switching_language import speak_language
from tests.factories.keys import button, press
from tests.factories.removed import remove


def test_an_event_is_ended_once_somebody_agrees_that_nobody_comes_in_any_more() -> None:
    """It said that gates go on, and one press closed the doors to everybody with a ticket."""
    speak_language(make_application(), "en")
    page = ReportsPage()
    ended: list[bool] = []
    page.ended.connect(lambda: ended.append(True))
    page._show_state("published")
    press(page, "reportEnd")
    assert ended == []
    assert "Gates let nobody in any more" in page.question.asked
    press(page, "reportEndNo")
    assert (ended, page.question.asked) == ([], "")
    press(page, "reportEnd")
    press(page, "reportEndYes")
    assert ended == [True]
    press(page, "reportEnd")
    page.forget()
    assert page.question.asked == "", "it was asked about another event"
    page._show_state("completed")
    assert not button(page, "reportReopen").isHidden()
    remove(page)
