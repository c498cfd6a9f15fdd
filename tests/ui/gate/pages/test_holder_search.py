"""A supervisor finds holders by name; when the gate is locked again nothing of it is left."""

from __future__ import annotations

from itertools import product

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from gatekeeper.gate.answer import UsedBefore
from gatekeeper.gate.keying_in_paper_list import PaperDoubt
from gatekeeper.gate.scanned import PickedTicket
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.keyboard_letters import PAGES
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.gate.pages.holder_search_page import SearchPage
from shared.admission.reasons import Reason
from shared.kernel.errors import BadInput
from shared.kernel.id_types import GateId
from shared.kernel.instant import MINUTE
from shared.kernel.trouble import TroubleKind
from shared.manifest.name_folding import fold_name
from tests.factories.keys import Typist, click
from tests.factories.strength import sized
from tests.factories.supervisor_menu import JO, press, unlock
from tests.fakes.gate_answers import FAKE_NOW, HOLDERS, make_answer
from tests.fakes.gate_session import FakeGateSession
from tests.ui.fitting import settle


def open_page(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> SearchPage:
    """Come to the search with badge and PIN."""
    unlock(kiosk, session, qtbot)
    press(kiosk, "names")
    frame = kiosk.window.supervisor_frame
    assert frame.part is frame.search
    return frame.search


def shown(page: SearchPage) -> dict[str, str]:
    """Say who is offered, with what is said of them."""
    buttons = [page.found.button(key) for key in page.found.keys]
    return {button.text(): button.accessibleName() for button in buttons}


def ticket_of(name: str) -> str:
    return next(one.ticket_id for one in HOLDERS if one.name == name)


def test_letters_for_fingers_find_holders(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """One letter asks nobody; three show who it may be, with ticket and entry."""
    page = open_page(kiosk, session, qtbot)
    pad = page.pad
    click(pad.button("M"))
    qtbot.wait(200)
    assert session.deeds == []
    for letter in "UL":
        click(pad.button(letter))
    qtbot.waitUntil(lambda: "Kim Mulligan" in shown(page))
    assert session.deeds[-1] == ("names", "mul", JO.person)
    assert "no entry recorded" not in shown(page)["Kim Mulligan"]
    assert "✕ not paid" in shown(page)["Kim Mulligan"]


def test_a_keyboard_types_any_script_and_nobody_is_said_so(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """What the field takes is asked for as it stands; a fault is a sentence."""
    page = open_page(kiosk, session, qtbot)
    page._field.insert("سلمى")
    qtbot.waitUntil(lambda: page._title.text().startswith("Nobody by that name. Type fewer"))
    session.deed_fault = BadInput("the organizer has given this event's gates no names so far")
    page._field.insert("x")
    expected = "The organizer has given this event's gates no names so far."
    qtbot.waitUntil(lambda: page._title.text() == expected)


def test_one_escape_is_one_step_back(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> None:
    """From the field it leads to the menu, and the menu stays."""
    open_page(kiosk, session, qtbot)
    frame = kiosk.window.supervisor_frame
    Typist(kiosk.window).press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: frame.part is frame.menu)
    qtbot.wait(200)
    assert frame.part is frame.menu
    assert kiosk.window.page is frame


def test_locked_again_no_name_is_left(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Field and lines are empty, and the engine was told to forget."""
    page = open_page(kiosk, session, qtbot)
    page._field.insert("müller")
    qtbot.waitUntil(lambda: "Anna Müller" in shown(page))
    before = session.forgotten
    Typist(kiosk.window).press(Qt.Key.Key_Escape)
    frame = kiosk.window.supervisor_frame
    qtbot.waitUntil(lambda: frame.part is frame.menu)
    click(frame.menu.grid.button("lock"))
    qtbot.waitUntil(lambda: session.forgotten > before)
    assert page.text == ""
    assert shown(page) == {}
    assert kiosk.staff.flow._search._found == {}


def search(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot, name: str) -> SearchPage:
    """Find somebody, and press their button."""
    page = open_page(kiosk, session, qtbot)
    page._field.setText(name)
    qtbot.waitUntil(lambda: name in shown(page))
    click(page.found.button(ticket_of(name)))
    return page


def test_who_was_found_is_let_in_as_if_their_code_was_scanned(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """One press on the name, one on having seen who it is: the ticket is claimed, and green."""
    search(kiosk, session, qtbot, "Ben Müller")
    choice = kiosk.window.supervisor_frame.choice
    assert choice._title.text() == "Ben Müller"
    assert "no entry recorded" in choice._hint.text()
    press(kiosk, "confirm")
    qtbot.waitUntil(lambda: kiosk.window.page is kiosk.window.gate_page)
    request = session.requests[-1]
    assert isinstance(request.code, PickedTicket)
    assert (request.code.person, request.code.why) == (JO.person, "identity_confirmed")
    assert (request.count, request.id_checked) == (1, False)
    assert kiosk.window.gate_page.state is ScreenState.ADMIT
    assert not [deed for deed in session.deeds if deed[0] == "override"]


def test_who_came_in_by_paper_is_keyed_in_with_how_many_and_between_when(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Quarters of an hour by the venue's clock, back for half a day; then the names again."""
    search(kiosk, session, qtbot, "Mulan Family")
    choice = kiosk.window.supervisor_frame.choice
    press(kiosk, "paper")
    press(kiosk, "3")
    assert "Not before" in choice._hint.text()
    newest, _, earlier, *_ = choice.grid.keys
    assert int(newest) - int(earlier) == 30 * MINUTE
    press(kiosk, earlier)
    assert "not later than" in choice._hint.text()
    press(kiosk, f"{int(earlier) + 15 * MINUTE}")
    qtbot.waitUntil(lambda: any(one[0] == "key_in" for one in session.deeds))
    (keyed,) = [one for one in session.deeds if one[0] == "key_in"]
    assert keyed[2:4] == ("3", "15")
    frame = kiosk.window.supervisor_frame
    qtbot.waitUntil(lambda: frame.part is frame.search)
    qtbot.waitUntil(lambda: session.deeds[-1][0] == "names")  # each with what is on record now


@pytest.mark.parametrize(("answer", "noted"), [("leave", []), ("sure", [("key_in", "sure")])])
def test_who_came_in_by_paper_on_a_ticket_that_is_void_now_is_keyed_in_by_who_is_sure(
    kiosk: Kiosk,
    session: FakeGateSession,
    qtbot: QtBot,
    answer: str,
    noted: list[tuple[str, str]],
) -> None:
    """Nobody would be let in on it any more: the supervisor is told so, and has the last word."""
    frame = kiosk.window.supervisor_frame
    page = search(kiosk, session, qtbot, "Ben Müller")
    press(kiosk, "paper")
    press(kiosk, frame.choice.grid.keys[0])
    session.deed_fault = PaperDoubt(Reason.CANCELLED)
    press(kiosk, "now")
    qtbot.waitUntil(lambda: "sure" in frame.choice.grid.keys)
    assert "nobody would be let in" in frame.choice._hint.text()
    assert "Cancelled" in frame.choice._hint.text(), (
        "a line keyed in twice is told from a void one"
    )
    assert frame.choice.grid.button("leave").hasFocus()
    before = len(session.deeds)
    press(kiosk, answer)
    qtbot.waitUntil(lambda: frame.part is page)
    assert [one[:2] for one in session.deeds[before:] if one[0] != "names"] == noted


def test_a_line_that_was_keyed_in_before_is_keyed_in_again_by_nobody_who_was_not_asked(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """A list has two pages with the same ticket, and a supervisor a heavy hand."""
    search(kiosk, session, qtbot, "Anna Müller")
    press(kiosk, "paper")
    press(kiosk, kiosk.window.supervisor_frame.choice.grid.keys[0])
    press(kiosk, "now")
    qtbot.waitUntil(lambda: any(one[0] == "key_in" for one in session.deeds))
    (keyed,) = [one for one in session.deeds if one[0] == "key_in"]
    assert "sure" not in keyed


def test_a_refusal_says_where_it_was_used_and_then_asks_for_the_reason(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Nobody overrides what they were not told of."""
    used = UsedBefore(GateId("gt_2"), "South", FAKE_NOW - 9 * MINUTE)
    session.answers[ticket_of("Ben Müller")] = make_answer("already_used", used=used)
    search(kiosk, session, qtbot, "Ben Müller")
    press(kiosk, "confirm")
    choice = kiosk.window.supervisor_frame.choice
    qtbot.waitUntil(lambda: "South" in choice._hint.text())
    assert choice._hint.text().startswith("Already admitted\n")
    assert choice._title.text() == "Ben Müller"
    assert choice.grid.button("refuse").hasFocus()  # where a second Enter would go
    press(kiosk, "left_without_scan")
    qtbot.waitUntil(lambda: kiosk.window.page is kiosk.window.gate_page)
    assert session.deeds[-1] == (
        "override",
        ticket_of("Ben Müller"),
        "left_without_scan",
        JO.person,
    )
    assert kiosk.window.gate_page.state is ScreenState.ADMIT


@pytest.mark.parametrize(
    ("reason", "is_declined"), [("already_used", False), ("supervisor", True)]
)
def test_a_refusal_may_stand(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot, reason: str, *, is_declined: bool
) -> None:
    """The supervisor is back with the names; what was referred to a person is answered."""
    session.answers[ticket_of("Ben Müller")] = make_answer(reason)
    page = search(kiosk, session, qtbot, "Ben Müller")
    frame = kiosk.window.supervisor_frame
    press(kiosk, "confirm")
    qtbot.waitUntil(lambda: "organizer" in frame.choice.grid.keys)
    press(kiosk, "refuse")
    qtbot.waitUntil(lambda: frame.part is page)
    assert any(one[0] == "decline" for one in session.deeds) == is_declined


def test_what_nobody_may_admit_is_told_without_a_way_in(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Cancelled since the list was made: there is only the way back."""
    session.answers[ticket_of("Ben Müller")] = make_answer("cancelled")
    search(kiosk, session, qtbot, "Ben Müller")
    press(kiosk, "confirm")
    choice = kiosk.window.supervisor_frame.choice
    qtbot.waitUntil(lambda: choice._hint.text().startswith("Cancelled\n"))
    assert choice.grid.keys == ()


def test_a_proof_and_the_number_are_asked_for_first(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Nobody is let in by name whom a code would have sent to show their card."""
    page = search(kiosk, session, qtbot, "Mulan Family")
    frame = kiosk.window.supervisor_frame
    assert "Look at the proof" in frame.choice._hint.text()
    press(kiosk, "refuse")
    assert frame.part is page
    assert session.requests == []
    click(page.found.button(ticket_of("Mulan Family")))
    press(kiosk, "confirm")
    press(kiosk, "3")
    qtbot.waitUntil(lambda: kiosk.window.page is kiosk.window.gate_page)
    assert (session.requests[-1].count, session.requests[-1].id_checked) == (3, True)


def test_a_void_ticket_cannot_be_pressed_and_a_fault_is_told(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """What nobody may override is no button; what the engine refuses is said on the menu."""
    page = search(kiosk, session, qtbot, "Tom Mulder")
    assert kiosk.window.supervisor_frame.part is page
    assert not page.found.button(ticket_of("Tom Mulder")).isEnabled()
    page._field.setText("Kim")
    qtbot.waitUntil(lambda: list(shown(page)) == ["Kim Mulligan"])
    click(page.found.button(ticket_of("Kim Mulligan")))
    session.deed_fault = BadInput("stopped", kind=TroubleKind.STOPPED)
    press(kiosk, "confirm")
    menu = kiosk.window.supervisor_frame.menu
    expected = "Nobody can be let in during an evacuation. End it first."
    qtbot.waitUntil(lambda: menu._hint.text() == expected)


def test_locked_while_it_is_decided_the_screen_stays_locked(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """A refusal that comes then is on record, and offers nobody an override."""
    session.answers[ticket_of("Ben Müller")] = make_answer("already_used")
    search(kiosk, session, qtbot, "Ben Müller")
    session.hold()
    press(kiosk, "confirm")
    qtbot.waitUntil(lambda: bool(session.requests))
    kiosk.staff.flow.leave()
    session.let_go()
    qtbot.waitUntil(lambda: bool(session.past))
    qtbot.wait(200)
    frame = kiosk.window.supervisor_frame
    assert kiosk.window.page is kiosk.window.gate_page
    assert "organizer" not in frame.choice.grid.keys


def test_escape_leads_from_the_reasons_to_those_who_were_found(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The name need not be typed again."""
    page = search(kiosk, session, qtbot, "Ben Müller")
    frame = kiosk.window.supervisor_frame
    typist = Typist(kiosk.window)
    typist.press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: frame.part is page)
    assert page.text == "Ben Müller"
    typist.press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: frame.part is frame.menu)


@pytest.mark.parametrize(
    ("language", "turns", "letters"),
    sized(
        [("th", 1, "มยร"), ("ar", 0, "محمد"), ("en", 3, "سلم")],
        [
            *(("en", 0, "ANNA"), ("th", 0, "ฉชซ"), ("th", 1, "มยร")),
            *(("ar", 0, "محمد"), ("en", 3, "سلم")),
        ],
    ),
)
def test_letters_begin_with_the_language_and_turn_by_one_key(
    kiosk: Kiosk,
    session: FakeGateSession,
    qtbot: QtBot,
    language: str,
    turns: int,
    letters: str,
) -> None:
    """Latin, Thai and Arabic names can be typed by finger in any language."""
    kiosk.settings.apply(msgspec.structs.replace(kiosk.settings.current, language=language))
    page = open_page(kiosk, session, qtbot)
    for _ in range(turns):
        click(page.tools.button("turn"))
    for letter in letters:
        click(page.pad.button(letter))
    assert page.text == letters.lower()
    is_mirrored = page.pad.layoutDirection() == Qt.LayoutDirection.RightToLeft
    assert is_mirrored == ("ا" in page.pad.keys)
    qtbot.waitUntil(lambda: ("names", letters.lower(), JO.person) in session.deeds)
    kiosk.settings.apply(msgspec.structs.replace(kiosk.settings.current, language="en"))


@pytest.mark.parametrize(
    ("size", "language"),
    sized(
        [((1024, 768), "en"), ((800, 480), "ar")],
        [*product(((1920, 1080), (1024, 768), (800, 480)), ("en", "ar"))],
    ),
)
def test_the_key_that_turns_the_letters_stays_where_it_is(
    kiosk: Kiosk,
    session: FakeGateSession,
    qtbot: QtBot,
    language: str,
    size: tuple[int, int],
) -> None:
    """Pressed once more it turns on, whichever way the letters run and however many there are."""
    kiosk.settings.apply(msgspec.structs.replace(kiosk.settings.current, language=language))
    page = open_page(kiosk, session, qtbot)
    kiosk.window.resize(*size)
    qtbot.waitUntil(lambda: not kiosk.window._settle.isActive())  # takes its sizes once
    places = set()
    for _ in PAGES:
        settle()
        turn = page.tools.button("turn")
        places.add((turn.mapTo(page, QPoint()), turn.size()))
        assert turn.width() >= kiosk.window.sizes.touch_least
        click(turn)
    kiosk.settings.apply(msgspec.structs.replace(kiosk.settings.current, language="en"))
    assert len({(place.toTuple(), size.toTuple()) for place, size in places}) == 1


def test_every_letter_that_a_name_is_compared_by_has_a_key() -> None:
    """What the keyboards lack is what folding takes away."""
    offered = {letter.lower() for page in PAGES for letter in page.letters}
    thai = {chr(code) for code in (*range(0x0E01, 0x0E2F), 0x0E30, 0x0E32, *range(0x0E40, 0x0E45))}
    arabic = {chr(code) for code in (*range(0x0621, 0x063B), *range(0x0641, 0x064B))}
    folded = {letter for one in thai | arabic for letter in fold_name(one)}
    assert folded - offered == {"ฃ", "ฅ", "ฦ"}  # which nobody has written for a century


def test_a_name_with_line_ends_says_nothing_in_a_line_of_its_own(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page's title is the name, whole and in one line: no heading of the guest's own."""
    guest = next(one for one in HOLDERS if one.name == "Ben Müller")
    told = msgspec.structs.replace(guest, name="Ben\n\nWELCOME\n\nMüller")
    monkeypatch.setattr("tests.fakes.gate_session.HOLDERS", (told,))
    session.answers[guest.ticket_id] = make_answer("already_used")
    page = open_page(kiosk, session, qtbot)
    page._field.setText("Ben")
    qtbot.waitUntil(lambda: told.name in shown(page))
    click(page.found.button(guest.ticket_id))
    choice = kiosk.window.supervisor_frame.choice
    assert choice._title.text().split() == ["Ben", "WELCOME", "Müller"]
    assert "\n" not in choice._title.text()
