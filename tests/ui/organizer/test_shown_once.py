"""What is shown this once is not lost unasked: badges, PINs, API keys, programs' secrets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gatekeeper.organizer.organization.new_staff import CASHIER, SUPERVISOR, MadePerson
from gatekeeper.organizer.organization.second_factor_client import Begun, Factor
from gatekeeper.presenters.colors import LIGHT
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_pages import EventPages
from tests.factories.keys import button, press
from tests.factories.removed import remove

KIM = MadePerson("Kim", "GKB1" + "1" * 60, role=CASHIER, id="ca_1")
FACTOR = Factor(is_on=True, recovery_codes_left=10, is_rule=False, may_rule=True)
SAM = MadePerson("Sam", "GKB1" + "2" * 60, "483920", SUPERVISOR, "sv_1")


@pytest.fixture(scope="module")
def desk() -> Iterator[EventPages]:
    make_application()
    desk = EventPages(LIGHT)
    desk.resize(1180, 760)
    desk.show()
    yield desk
    remove(desk)


def test_the_window_asks_before_it_closes_over_a_key_that_nobody_has(desk: EventPages) -> None:
    """Whoever copied it is not asked; whoever lets it go closes the window."""
    secret, closed = desk.programs.keys.secret, list[str]()
    secret.show_secret("gk_secret", "Once")
    desk.enter("doors_ready")
    assert not desk.may_close(lambda: closed.append("closed"))
    assert desk.page == "programs"
    assert "once" in secret.question.asked
    assert secret.field.text() == "gk_secret"
    press(desk, "keyCopy")
    assert desk.may_close(lambda: closed.append("closed"))
    assert closed == []
    secret.show_secret("gk_other", "Once")
    assert not desk.may_close(lambda: closed.append("closed"))
    press(desk, "keyLoseYes")
    assert closed == ["closed"]
    assert secret.field.text() == ""
    assert desk.may_close(lambda: None)


def test_a_key_that_nobody_has_is_still_there_for_whoever_comes_back(desk: EventPages) -> None:
    """One that was copied is not: it is no sight for others."""
    desk.enter("programs")
    desk.programs.tabs.setCurrentIndex(1)
    secret = desk.programs.keys.secret
    secret.show_secret("gk_secret", "Once")
    desk.enter("doors_ready")
    desk.enter("programs")
    assert secret.field.text() == "gk_secret"
    press(desk, "keyNew")
    assert secret.field.text() == "gk_secret"
    assert secret.question.asked
    press(desk, "keyCopy")
    desk.enter("doors_ready")
    assert secret.field.text() == ""


def test_badges_that_nobody_has_stay_beside_the_next_and_hold_the_window(desk: EventPages) -> None:
    """A badge may be on paper; a PIN is on none, until one says that one has it."""
    card = desk.people.badges
    card.show_badges([KIM])
    card.show_badges([SAM])
    assert list(card.people) == [SAM, KIM], "the newest is seen without scrolling"
    assert not desk.may_close(lambda: None)
    assert desk.page == "people"
    card.take([KIM, SAM])
    assert not card.question.is_safe
    again = MadePerson("Sam", "GKB1" + "3" * 60, role=SUPERVISOR, id="sv_1")
    card.show_badges([again])
    assert list(card.people) == [replace(again, pin="483920")], "the PIN stays his"
    press(desk, "badgesKept")
    assert list(card.people) == []
    assert desk.may_close(lambda: None)


def test_two_of_one_name_have_a_badge_each(desk: EventPages) -> None:
    """The second one's takes the place of nobody's."""
    card = desk.people.badges
    other = replace(KIM, badge="GKC1" + "4" * 60, id="ca_2")
    card.show_badges([KIM])
    card.show_badges([other])
    assert list(card.people) == [other, KIM]
    card.forget()


def test_a_new_pin_holds_the_window_until_somebody_has_it(desk: EventPages) -> None:
    """It can be had no second time."""
    card = desk.people.card
    card.show_pin("PIN 483920")
    assert not desk.may_close(lambda: None)
    press(desk, "staffPinKept")
    assert desk.may_close(lambda: None)


def test_recovery_codes_that_nobody_has_stay_and_hold_the_window(desk: EventPages) -> None:
    """The phone is asked for by then; a look into another room took them away, without a word."""
    card = desk.server.factor
    card.show_factor(FACTOR)
    card.show_codes(["7k2m-9q40", "4th5-wx3n"])
    card.turn_away()
    assert card.codes.text()
    assert button(desk, "factor_end").isHidden(), "first things first"
    desk.enter("doors_ready")
    assert not desk.may_close(lambda: None)
    assert desk.page == "server"
    press(desk, "factorLoseNo")
    press(desk, "factor_copy")
    assert desk.may_close(lambda: None)
    card.turn_away()
    assert card.codes.text() == ""
    assert not button(desk, "factor_end").isHidden()
    card.show_codes(["7k2m-9q40"])
    press(desk, "factor_kept")
    assert card.codes.text() == ""


def test_enter_goes_on_while_a_second_factor_is_set_up(desk: EventPages) -> None:
    """It did nothing in either field; where one is on, two ways lead on, and Enter is none."""
    card, done = desk.server.factor, list[str]()
    desk.enter("server")
    card.begun.connect(lambda _password: done.append("begun"))
    card.confirmed.connect(lambda _code: done.append("confirmed"))
    card.ended.connect(lambda _password, _code: done.append("ended"))
    card.show_factor(replace(FACTOR, is_on=False))
    QTest.keyClick(card.password, Qt.Key.Key_Return)
    card.show_begun(Begun(secret="ABCD", otpauth_url="otpauth://totp/x?secret=ABCD"))
    QTest.keyClick(card.code, Qt.Key.Key_Return)
    assert done == ["begun", "confirmed"]
    card.show_codes(["7k2m-9q40"])
    card.forget()
    card.show_factor(FACTOR)
    QTest.keyClick(card.code, Qt.Key.Key_Return)
    assert done == ["begun", "confirmed"]
