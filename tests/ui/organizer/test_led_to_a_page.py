"""A page that the desk leads to shows what it was led to for, whichever tab was left there."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtWidgets import QPushButton

from gatekeeper.organizer.before_doors.doors_ready_judging import EventFacts
from gatekeeper.ui.organizer.desk_flow import DeskFlow
from tests.factories.held_thread import HeldThread
from tests.ui.organizer.test_lost_answers import FACTS, SITE, board, thread
from tests.ui.organizer.test_shown_once import SAM

__all__ = ["board", "thread"]


def test_a_new_events_badges_are_in_sight_after_members_were_looked_at(board: DeskFlow) -> None:
    """They are shown this once; the page of people opened at its members, without a word."""
    people = board.event_pages.people
    people.tabs.setCurrentIndex(1)
    board.making.made.emit(SITE, [SAM])
    assert (board.event_pages.page, people.tabs.currentIndex()) == ("people", 0)
    assert people.badges.isVisibleTo(people)


def test_a_copy_opens_at_its_dates_after_seats_were_kept_back(board: DeskFlow) -> None:
    """Not at what is kept back of it."""
    board.event_pages.plan.tabs.setCurrentIndex(1)
    board.copying.made.emit(SITE)
    assert (board.event_pages.page, board.event_pages.plan.tabs.currentIndex()) == ("plan", 0)


@pytest.mark.parametrize("facts", [msgspec.structs.replace(FACTS, supervisors=0)])
def test_the_board_leads_to_where_a_badge_is_made(
    board: DeskFlow, thread: HeldThread, facts: EventFacts
) -> None:
    """Of the page of people its first tab, not the members."""
    board.event_pages.people.tabs.setCurrentIndex(1)
    board.event_pages.enter("doors_ready")
    thread.asked.clear()
    board.look()
    thread.answer(facts)
    buttons = board.event_pages.doors_ready.findChildren(QPushButton)
    next(one for one in buttons if "show_people" in one.objectName()).click()
    assert (board.event_pages.page, board.event_pages.people.tabs.currentIndex()) == ("people", 0)
