"""The page of an event's figures by itself: what ending the event means is said before."""

from __future__ import annotations

import msgspec

from gatekeeper.organizer.server_api import EventSite
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.afterwards.reports_flow import ReportsFlow
from gatekeeper.ui.organizer.afterwards.reports_page import ReportsPage
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_screens import SUMS
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.keys import button, press
from tests.factories.removed import remove, removed_after

SITE = EventSite(OrganizationId("og_1"), EventId("ev_1"))


def test_an_event_is_ended_once_somebody_agrees_that_nobody_comes_in_any_more() -> None:
    """It said that gates go on, and one press closed the doors to everybody with a ticket."""
    speak_language(make_application(), "en")
    page = ReportsPage()
    ended: list[bool] = []
    page.ended.connect(lambda: ended.append(True))
    page._show_state("published")
    press(page, "reportEnd")
    assert ended == []
    assert "they let nobody in" in page.question.asked
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


def test_who_comes_back_to_the_figures_sees_the_evening_as_it_is() -> None:
    """They stayed those of the first look, beside a saved file that had a hundred euros more."""
    speak_language(make_application(), "en")
    thread, page = HeldThread(), ReportsPage()
    flow = ReportsFlow(page, make_desk_session(thread), lambda: None)
    page.show()
    with removed_after(page):
        flow.enter(SITE)
        thread.asked[0][0](SUMS)
        thread.asked.clear()
        flow.enter(SITE)  # as every few seconds
        assert not thread.asked
        page.hide()
        page.show()
        flow.enter(SITE)
        thread.asked[0][0](msgspec.structs.replace(SUMS, orders=2_311))
        assert page.figures["orders"].text() == "2,311"
