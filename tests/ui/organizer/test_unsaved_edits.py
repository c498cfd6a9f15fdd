"""What is filled in at the desk and not saved: nothing takes it away unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.desk_and_events import ListedEvent
from gatekeeper.organizer.prepare.promotions_client import Discounts
from gatekeeper.organizer.prepare.vouchers_client import Vouchers
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.colors import THEMES
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.prepare.new_event_page import DraftPage
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_screens import PLAN
from tests.factories.holds_screens import KEPT
from tests.factories.keys import press
from tests.factories.people_screens import HOUSE, STAFF
from tests.factories.removed import removed_after
from tests.ui.organizer.sign_in.test_first_fields import TODAY

FIRST, SECOND = (EventSite(OrganizationId("og_1"), EventId(f"ev_{one}")) for one in (1, 2))
EVENTS = [ListedEvent(FIRST, "Lanterns", "draft"), ListedEvent(SECOND, "Matinee", "draft")]


@pytest.fixture
def work() -> Iterator[EventPages]:
    """Give a desk at the set-up of the first of two events, with a name that is not saved."""
    speak_language(make_application(), "en")
    work = EventPages(THEMES["light"])
    work.show_role("owner")
    work.show_events(EVENTS, FIRST)
    work.show()
    with removed_after(work):
        work.enter("plan")
        work.plan.show_plan(PLAN, can_undo=False)
        name = work.plan.editors[0].widget
        assert isinstance(name, QLineEdit)
        name.insert("Night of the ")
        assert work.plan.is_touched
        yield work


def test_another_event_takes_an_edit_only_after_a_yes(work: EventPages) -> None:
    """Until then its event stays chosen, and its page shows it."""
    turned = list[EventSite]()
    work.chose_event.connect(turned.append)
    work.enter("doors_ready")
    work.events.setCurrentIndex(1)
    work.events.activated.emit(1)
    assert (turned, work.events.currentIndex(), work.page) == ([], 0, "plan")
    press(work, "editsNo")
    assert (turned, work.plan.is_touched) == ([], True)
    work.events.activated.emit(1)
    press(work, "editsYes")
    assert (turned, work.events.currentIndex()) == ([SECOND], 1)


def test_an_event_that_another_desk_has_made_is_offered_beside_the_one_that_is_open(
    work: EventPages,
) -> None:
    """It stood in the list only once the desk was started anew; what is edited goes on."""
    newest = EventSite(OrganizationId("og_1"), EventId("ev_3"))
    on_sale = ListedEvent(SECOND, "Matinee", "published")
    work.call_events([ListedEvent(newest, "Gala", "draft"), EVENTS[0], on_sale])
    said = [work.events.itemText(place) for place in range(work.events.count())]
    assert said == ["Gala · draft", "Lanterns · draft", "Matinee · on sale"]
    assert (work.events.currentData(), work.plan.is_touched) == (FIRST, True)


def test_the_window_closes_over_an_edit_only_after_a_yes(work: EventPages) -> None:
    """Asked again it asks again; of what was discarded it asks nothing."""
    closed = list[bool]()

    def close() -> None:
        closed.append(work.may_close(close))

    close()
    close()
    assert closed == [False, False]
    press(work, "editsYes")
    assert closed == [False, False, True]
    work.plan.drop()
    close()
    assert closed[-1] is True


def _fill_discount(work: EventPages) -> QLineEdit:
    work.promotions.show_discounts(Discounts(PLAN, ()))
    return work.promotions.name


def _fill_vouchers(work: EventPages) -> QLineEdit:
    work.promotions.vouchers.show_vouchers(Vouchers(PLAN, (), is_all=True))
    return work.promotions.vouchers.note_field


def _fill_hold(work: EventPages) -> QLineEdit:
    work.plan.drop()
    work.plan.show_plan(PLAN, can_undo=False)
    work.plan.holds.show_kept(KEPT)
    return work.plan.holds.reason


def _fill_program(work: EventPages) -> QLineEdit:
    return work.programs.form.url


def _fill_key(work: EventPages) -> QLineEdit:
    return work.programs.keys.form.name


def _fill_mailed(work: EventPages) -> QLineEdit:
    return work.reports.mailed.form.name


@pytest.mark.parametrize("fill", [_fill_discount, _fill_vouchers, _fill_hold])
def test_a_half_filled_card_of_an_event_is_asked_about(
    work: EventPages, fill: Callable[[EventPages], QLineEdit]
) -> None:
    """Another event took it without a word; agreed to, it is gone, and asked about no more."""
    turned = list[EventSite]()
    work.chose_event.connect(turned.append)
    work.plan.drop()
    work.plan.show_plan(PLAN, can_undo=False)
    field = fill(work)
    work.enter("doors_ready")
    assert work.may_close(lambda: None)
    field.insert("Crew")
    assert not work.may_close(lambda: None)
    press(work, "editsNo")
    work.enter("doors_ready")
    work.events.activated.emit(1)
    assert turned == []
    assert field.isVisible()
    press(work, "editsNo")
    work.events.activated.emit(1)
    press(work, "editsYes")
    assert turned == [SECOND]
    assert work.may_close(lambda: None)


def _fill_person(work: EventPages) -> QLineEdit:
    work.people.show_people(STAFF, "EUR")
    work.people.show_staff(STAFF[2])
    return work.people.card.form.name


def _fill_organization(work: EventPages) -> QLineEdit:
    work.people.organization.show_organization(HOUSE)
    return work.people.organization.legal_name


@pytest.mark.parametrize(
    "fill", [_fill_program, _fill_key, _fill_mailed, _fill_person, _fill_organization]
)
def test_a_half_filled_card_of_the_organization_is_asked_about_with_the_window(
    work: EventPages, fill: Callable[[EventPages], QLineEdit]
) -> None:
    """It closed over it; another event takes nothing of it, and turns at once."""
    turned = list[EventSite]()
    work.chose_event.connect(turned.append)
    work.plan.drop()
    work.plan.show_plan(PLAN, can_undo=False)
    field = fill(work)
    work.enter("doors_ready")
    field.insert("Crew")
    work.events.activated.emit(1)
    assert turned == [SECOND]
    assert not work.may_close(lambda: None)
    assert field.isVisible()


def test_the_form_of_a_new_event_is_lost_only_after_a_yes(qtbot: QtBot) -> None:
    """An empty one closes; a name, or one more row, is asked about."""
    speak_language(make_application(), "en")
    page = DraftPage(TODAY, "Europe/Berlin")
    qtbot.addWidget(page)
    page.show()
    closed = list[bool]()

    def close() -> None:
        closed.append(page.may_close(close))

    close()
    page.name.setText("Night of the Lanterns")
    close()
    assert closed == [True, False]
    press(page, "draftLossNo")
    assert page.name.text() == "Night of the Lanterns"
    page.types.add()
    close()
    press(page, "draftLossYes")
    assert closed == [True, False, False, True]


def test_who_stays_writes_on_where_they_were(qtbot: QtBot) -> None:
    """The card said "Leave it", which to many is to go; then the cursor stood in no field."""
    page = DraftPage(TODAY, "Europe/Berlin")
    qtbot.addWidget(page)
    page.show()
    name = page.name
    name.setFocus()
    name.insert("Lanterns")
    for _ in range(2):  # pressed again: it asks once more
        assert not page.may_close(lambda: None)
    stay = page.findChild(QPushButton, "draftLossNo")
    assert isinstance(stay, QPushButton)
    assert (stay.text(), page.focusWidget()) == ("Stay here", stay)
    stay.click()
    assert page.focusWidget() is name
