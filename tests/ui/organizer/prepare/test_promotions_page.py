"""The page of discounts: what is missing is said, what is shown is sent, ends are asked about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import structs
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFrame

from gatekeeper.organizer.prepare.promotions_client import Discounts
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.desk.promotion_words import spell_promotion
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.prepare.promotions_flow import PromotionsFlow
from gatekeeper.ui.organizer.prepare.promotions_page import PromotionsPage
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.wording.wall_clocks import VENUE_CLOCK
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_screens import PLAN
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.keys import press
from tests.factories.promotions_screens import PROMOTIONS
from tests.factories.removed import removed_after


@pytest.fixture
def page() -> Iterator[PromotionsPage]:
    """The page by itself."""
    speak_language(make_application(), "en")
    page = PromotionsPage()
    page.show()
    page.show_discounts(Discounts(PLAN, PROMOTIONS))
    with removed_after(page):
        yield page


def test_a_form_without_a_list_over_it_stays_together(page: PromotionsPage) -> None:
    """On a large screen the first discount's fields are no hand's breadth apart."""
    page.resize(1_700, 1_100)
    page.show_discounts(Discounts(PLAN, ()))
    QCoreApplication.processEvents()
    form = page.findChild(QFrame, "promotionForm")
    assert isinstance(form, QFrame)
    assert form.height() <= form.sizeHint().height()


def test_a_discount_is_sent_once_nothing_is_missing(page: PromotionsPage) -> None:
    """Only what its kind means is sent; all types ticked means also those that come later."""
    added: list[dict[str, object]] = []
    page.added.connect(added.append)
    press(page, "promotionGo")
    assert page.note == "Give it a name."
    page.name.setText(" Friends ")
    press(page, "promotionGo")
    assert page.note == "Enter how much it gives."
    page.percent.setValue(12.5)
    page.code.setText("abc")
    press(page, "promotionGo")
    assert "at least four" in page.note
    page.code.setText("FRIENDS-24")
    press(page, "promotionGo")
    wanted = {
        "name": "Friends",
        "kind": "percent",
        "percent_points": 1_250,
        "fixed_minor": 0,
        "buy": 0,
        "free": 0,
        "code": "FRIENDS-24",
        "uses": None,
        "ticket_type_ids": None,
        "ends_at": None,
        "combinable": False,
    }
    assert added == [wanted]
    page.kind.setCurrentIndex(1)
    page.fixed.setText("five")
    press(page, "promotionGo")
    assert len(added) == 1
    page.fixed.setText("5,50")
    page.uses.setValue(200)
    page.types.item(0).setCheckState(Qt.CheckState.Unchecked)
    press(page, "promotionGo")
    fixed = {"kind": "fixed", "percent_points": 0, "fixed_minor": 550, "uses": 200}
    assert added[1] == wanted | fixed | {"ticket_type_ids": ["tt_2"]}
    page.types.item(1).setCheckState(Qt.CheckState.Unchecked)
    press(page, "promotionGo")
    assert page.note == "Tick at least one type."


def test_nothing_is_removed_without_an_answer(page: PromotionsPage) -> None:
    """Another row is another question; whoever removed it meanwhile takes the question along."""
    removed: list[str] = []
    page.removed.connect(lambda one: removed.append(one.id))
    press(page, "promotionRemove")
    assert page.question.asked == ""
    page.table.selectRow(1)
    press(page, "promotionRemove")
    assert PROMOTIONS[1].name in page.question.asked
    page.table.selectRow(2)
    assert page.question.asked == ""
    press(page, "promotionRemove")
    page.show_discounts(Discounts(PLAN, PROMOTIONS))
    assert PROMOTIONS[2].name in page.question.asked, "a look takes no question away"
    press(page, "promotionYes")
    assert removed == ["pr_3"]
    press(page, "promotionRemove")
    page.show_discounts(Discounts(PLAN, PROMOTIONS[:2]))
    assert (page.chosen, page.question.asked) == (None, "")


def test_a_yes_removes_the_discount_that_was_asked_about(page: PromotionsPage) -> None:
    """Another desk made one meanwhile, which stands before it: the row was that one's then."""
    removed: list[str] = []
    page.removed.connect(lambda one: removed.append(one.id))
    page.table.selectRow(1)
    press(page, "promotionRemove")
    new = structs.replace(PROMOTIONS[0], id="pr_0", name="Of another desk")
    page.show_discounts(Discounts(PLAN, (new, *PROMOTIONS)))
    assert PROMOTIONS[1].name in page.question.asked
    assert page.table.currentRow() == 2
    press(page, "promotionYes")
    assert removed == [PROMOTIONS[1].id]


def test_what_a_discount_gives_is_said_in_words() -> None:
    """A part, an amount, tickets for nothing; how often, and until when by the venue's clock."""
    speak_language(make_application(), "en")
    VENUE_CLOCK.turn_to("Europe/Berlin")
    first, second, third = (spell_promotion(one, PLAN) for one in PROMOTIONS)
    VENUE_CLOCK.turn_to("UTC")
    assert first[1:] == ("10% off", "All types", "unlimited", "–")
    assert "€5.00" in second[1]
    assert second[3:] == ("17 of 200", "2026-11-22 19:30")
    assert "with a code" in second[0]
    assert third[1] == "1 free with 4 paid tickets"
    assert third[2].startswith("Standing, ")
    gone = structs.replace(PROMOTIONS[2], ticket_type_ids=("tt_9",))
    assert spell_promotion(gone, PLAN)[2] == ""


def test_who_is_no_manager_any_more_is_told_whom_to_ask(page: PromotionsPage) -> None:
    """They are sent to a manager here as on every other page, not told which role they have."""
    thread = HeldThread()
    flow = PromotionsFlow(page, make_desk_session(thread))
    flow.enter(EventSite(OrganizationId("og_house"), EventId("ev_1")))
    for refused, said in (
        (Refused("Your role is reader.", (), problem="forbidden", status=403), "needs a manager"),
        (
            Refused("No such thing.", (), problem="not-found", status=404),
            "removed in the meantime",
        ),
    ):
        page.removed.emit(PROMOTIONS[0])
        thread.refuse(refused)
        assert said in page.note
