"""Tickets kept back: what is missing is said, what is left too, releases are asked about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import structs
from PySide6.QtWidgets import QFrame, QTableWidget

from gatekeeper.organizer.prepare.holds_client import KeptBack
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.prepare.holds_flow import HoldsFlow
from gatekeeper.ui.organizer.prepare.holds_page import HoldsPage
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.wording.wall_clocks import VENUE_CLOCK
from tests.factories.desk_screens import PLAN, SITE
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.holds_screens import KEPT, LONG, TYPES, hold
from tests.factories.keys import press
from tests.factories.removed import remove


@pytest.fixture
def page() -> Iterator[HoldsPage]:
    """The tab by itself."""
    speak_language(make_application(), "en")
    VENUE_CLOCK.turn_to("Europe/Berlin")
    page = HoldsPage()
    page.show()
    page.show_plan(PLAN)
    page.show_kept(KEPT)
    try:
        yield page
    finally:
        VENUE_CLOCK.turn_to("UTC")
        remove(page)


def cells(table: QTableWidget) -> list[list[str]]:
    """Read a table."""
    return [
        [item.text() for column in range(4) if (item := table.item(row, column)) is not None]
        for row in range(table.rowCount())
    ]


def test_what_is_kept_and_left_is_said_and_more_is_kept_by_the_form(page: HoldsPage) -> None:
    """Tickets of a type or seats, until when by the venue's clock; seated types have seats."""
    first, second, third = cells(page.table)
    assert first == ["Sponsor 1", "10 × Standing 1", "–", "released"]
    assert second == [LONG, "1,200 × Free day", LONG, "2026-11-22 19:30"]
    assert third[1] == "2 seats"
    assert [page.kind.itemText(row) for row in range(page.kind.count())] == [
        "Standing 1",
        "Free day",
    ]
    assert page.left.text().startswith("Left: 140 of 300.")
    added: list[dict[str, object]] = []
    page.added.connect(added.append)
    press(page, "holdGo")
    assert (page.note, added) == ("Enter who it is for.", [])
    page.kind.setCurrentIndex(1)
    assert page.left.text().startswith("Left: any number")
    page.name.setText(" Band ")
    page.quantity.setValue(12)
    page.show_kept(KeptBack(TYPES[1:], KEPT.holds))
    assert (page.kind.currentData(), page.name.text()) == ("tt_2", " Band "), "what is typed stays"
    press(page, "holdGo")
    wanted = {"name": "Band", "reason": "", "quantity": 12, "ends_at": None}
    assert added == [wanted | {"ticket_type_id": "tt_2"}]
    page.show_plan(structs.replace(PLAN, state="cancelled"))
    form = page.findChild(QFrame, "holdForm")
    assert isinstance(form, QFrame)
    assert not form.isEnabled()


def test_nothing_is_released_without_an_answer(page: HoldsPage) -> None:
    """Another row, another amount or a release elsewhere takes the question away."""
    released: list[str] = []
    page.released.connect(lambda one: released.append(one.id))
    press(page, "holdRelease")
    assert page.question.asked == ""
    page.table.selectRow(0)
    press(page, "holdRelease")
    assert "10 × Standing 1" in page.question.asked
    page.table.selectRow(1)
    assert page.question.asked == ""
    press(page, "holdRelease")
    page.show_kept(KeptBack(TYPES, (hold(0), *KEPT.holds)))
    assert LONG in page.question.asked, "a look takes no question away"
    assert page.chosen == KEPT.holds[1], "nor chooses another, where a new one came before it"
    press(page, "holdReleaseYes")
    assert released == ["ho_2"]
    press(page, "holdRelease")
    page.show_kept(KeptBack(TYPES, (hold(1), structs.replace(KEPT.holds[1], quantity=3))))
    assert page.question.asked == "", "it was about another amount"
    page.show_kept(KeptBack(TYPES, (hold(1),)))
    assert page.chosen is None


def test_what_became_of_an_act_is_said_though_the_tab_is_looked_at_again(page: HoldsPage) -> None:
    """No look begins while an act is on its way; who may not look is told, and asks once."""
    thread = HeldThread()
    flow = HoldsFlow(page, make_desk_session(thread))
    flow.enter(SITE)
    page.show_plan(PLAN)
    thread.answer(KEPT)
    page.name.setText("Band")
    press(page, "holdGo")
    for _look in range(8):
        flow.enter(SITE)
    assert len(thread.asked) == 1
    thread.answer(hold(4, name="Band"))
    thread.answer(KEPT)
    assert (page.note, page.name.text()) == ("Held for “Band”.", "")
    flow.enter(SITE, is_anew=True)
    thread.answer(None)
    assert page.note.startswith("Holds are visible to")
    flow.enter(SITE, is_anew=True)
    assert thread.asked == []
