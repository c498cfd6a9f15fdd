"""The gate's window over a prepared gate: codes in, screens out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.colors import ScreenState
from gatekeeper.presenters.gate.verdict_content import Tone
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.gate.pages.picture_list import PictureList
from gatekeeper.ui.widgets.info_bar import InfoBar
from gatekeeper.ui.widgets.recent_scans import PastScan
from gatekeeper.wording.texts import TEXTS
from shared.credential.manual_code import format_manual_code
from shared.kernel.errors import StoreFault
from tests.factories.keys import Typist, click
from tests.fakes.gate_answers import OPEN_STATUS, make_answer, used_answer
from tests.fakes.gate_session import FakeGateSession
from tests.ui.conftest import ListeningSounder
from tests.ui.shown import until_shown

CODE = "12345678901234567890"
OTHER = "98765432109876543210"


def find_button(page: QWidget, name: str) -> QAbstractButton:
    """Return the button of that name."""
    button = page.findChild(QAbstractButton, name)
    assert isinstance(button, QAbstractButton)
    return button


def state(kiosk: Kiosk) -> str:
    return str(kiosk.window.property("state"))


def said(bar: InfoBar) -> str:
    return " | ".join(fact.text for fact in bar.facts)


def test_a_scan_shows_its_verdict_reason_and_next_step(
    kiosk: Kiosk, session: FakeGateSession, sounder: ListeningSounder, qtbot: QtBot
) -> None:
    """A code typed by a scanner is answered on the whole screen, with a sound, in words."""
    session.answers[CODE] = used_answer()
    Typist(kiosk.window).scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.DENY)
    content = kiosk.window.gate_page.verdict.content
    assert content is not None
    assert content.word == "Already admitted"
    lines = [line.replace("\u00a0", " ") for line in content.lines]
    assert "Gate North" in lines[0]
    assert lines[-1].endswith("send the holder to the help desk.")
    assert sounder.played == [Tone.DENY]
    assert "Already admitted" in kiosk.window.gate_page.verdict.accessibleName()


STATES = {
    "ok": "admit",
    "reentry": "admit",
    "override": "admit",
    "exit": "exit",
    "cancelled": "deny",
    "malformed": "deny",
    "check_id": "refer",
    "supervisor": "refer",
}


def test_each_class_of_verdict_has_its_state(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The state property tells other programs and tests what a person sees."""
    for number, (reason, expected) in enumerate(STATES.items()):
        code = f"{number}{CODE[1:]}"
        session.answers[code] = make_answer(reason)
        kiosk.window.gate_page.show_idle()
        Typist(kiosk.window).scan(code)
        qtbot.waitUntil(partial(_has_state, kiosk, expected))
        if kiosk.scans.decisions.holds_lane:
            kiosk.scans.decisions.drop()


def _has_state(kiosk: Kiosk, expected: str) -> bool:
    return state(kiosk) == expected


def test_two_scans_back_to_back_are_both_answered_in_order(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The next visitor never waits: the second verdict replaces the first and names it."""
    session.answers[CODE] = make_answer("ok", ticket_type="Adult")
    session.answers[OTHER] = make_answer("cancelled", ticket_id="00000000000090cd")
    typist = Typist(kiosk.window)
    typist.scan(CODE)
    typist.scan(OTHER)
    until_shown(qtbot, kiosk, ScreenState.DENY)
    assert [text for text, _ in session.scans] == [CODE, OTHER]
    recent = kiosk.window.gate_page.recent.scans
    assert [scan.word for scan in recent[:2]] == ["Cancelled", "Welcome"]


def test_a_refusal_is_seen_before_what_was_shown_together_with_it(
    kiosk: Kiosk, session: FakeGateSession, sounder: ListeningSounder, qtbot: QtBot
) -> None:
    """Two phones in one picture: the other one's green never wipes a red that nobody saw."""
    session.answers[CODE] = make_answer("cancelled", ticket_id="00000000000090cd")
    session.answers[OTHER] = make_answer("ok")
    kiosk.scans.submit(CODE)
    kiosk.scans.submit(OTHER)
    qtbot.waitUntil(lambda: Tone.DENY in sounder.played)
    qtbot.wait(100)
    assert (state(kiosk), session.scans) == ("deny", [(CODE, False)])
    until_shown(qtbot, kiosk, ScreenState.ADMIT)


def test_a_slow_answer_shows_checking_first(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """When a verdict takes longer than 150 ms the screen says so, in no verdict's colour."""
    session.hold()
    session.answers[CODE] = make_answer("ok")
    Typist(kiosk.window).scan(CODE)
    qtbot.waitUntil(lambda: state(kiosk) == "checking")
    session.let_go()
    until_shown(qtbot, kiosk, ScreenState.ADMIT)


def test_admit_ends_by_itself(kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot) -> None:
    """After two seconds the gate waits for the next visitor; nobody dismisses anything."""
    session.answers[CODE] = make_answer("ok")
    Typist(kiosk.window).scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    qtbot.waitUntil(lambda: state(kiosk) == "idle")


def test_the_same_code_still_in_view_is_only_hinted_at(
    kiosk: Kiosk, session: FakeGateSession, sounder: ListeningSounder, qtbot: QtBot
) -> None:
    """A scanner that reads twice neither denies the visitor nor prolongs green."""
    session.answers[CODE] = make_answer("ok")
    typist = Typist(kiosk.window)
    typist.scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    typist.scan(CODE)
    assert session.scans == [(CODE, False)]
    assert said(kiosk.window.gate_page.banner) == "Same ticket, already shown"
    assert sounder.played == [Tone.ADMIT]


def test_a_full_disk_shows_a_calm_screen_and_the_next_scan_tries_again(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Nobody is admitted without a record; the screen says what to do, and recovers by itself."""
    session.answers[CODE] = StoreFault("the disk is full; free some space on this device")
    session.answers[OTHER] = make_answer("ok")
    typist = Typist(kiosk.window)
    typist.scan(CODE)
    qtbot.waitUntil(lambda: state(kiosk) == "paused")
    content = kiosk.window.gate_page.verdict.content
    assert content is not None
    words = content.spoken
    assert "The disk is full; free some space on this device" in words
    assert "Use another gate" in words
    assert "StoreFault" not in words
    typist.scan(OTHER)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)


def test_the_bars_say_mode_age_and_what_waits(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """A gate that is cut off says so, since when, and how many scans wait; it is no error."""
    page = kiosk.window.gate_page
    qtbot.waitUntil(lambda: "Connected · data 4 s old" in said(page.bottom))
    assert said(page.top).startswith("Gate B · North | Symphony No. 9 | ")
    session.state = msgspec.structs.replace(
        OPEN_STATUS, mode="offline", pending=27, pending_scans=25
    )
    qtbot.waitUntil(lambda: "Alone" in said(page.bottom))
    assert "27 waiting" in said(page.bottom)
    assert page.banner.isVisible()
    assert "25 scans to send" in said(page.banner)


def test_the_banner_of_a_gate_alone_never_covers_a_verdict(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """While a verdict is shown the bottom bar alone says that the gate is cut off."""
    session.state = msgspec.structs.replace(OPEN_STATUS, mode="offline", pending=27)
    page = kiosk.window.gate_page
    qtbot.waitUntil(page.banner.isVisible)
    session.answers[CODE] = make_answer("ok", mode="offline")
    Typist(kiosk.window).scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert not page.banner.isVisible()
    assert "Alone" in said(page.bottom)


def test_a_finger_on_l_brings_the_last_result_back_without_its_colour(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The last result is named as past and never looks like a fresh verdict."""
    session.answers[CODE] = make_answer("ok")
    typist = Typist(kiosk.window)
    typist.scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    kiosk.window.gate_page.show_idle()
    typist.press(Qt.Key.Key_L, "l")
    page = kiosk.window.gate_page
    qtbot.waitUntil(lambda: said(page.banner).startswith("Last result, "))
    assert state(kiosk) == "idle"
    assert page.verdict.content is not None
    assert page.verdict.content.word == "Welcome"


def test_a_code_typed_by_hand_is_checked_while_typed(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The keypad takes the code's alphabet, says when the symbol does not fit, and submits."""
    code = format_manual_code(0x12_3456_789A)
    session.answers[code] = make_answer("ok")
    Typist(kiosk.window).press(Qt.Key.Key_F3)
    page = kiosk.window.manual_page
    qtbot.waitUntil(lambda: kiosk.window.page is page)
    submit = page.findChild(QAbstractButton, "manualSubmit")
    assert isinstance(submit, QAbstractButton)
    for character in code.replace("-", ""):
        assert not submit.isEnabled()
        click(page.keypad.key(character))
    assert page.entry.fits
    click(submit)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert session.scans == [(code, True)]


def test_an_imported_code_is_typed_by_touch_or_keyboard(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Where tickets were imported, a second keypad takes their codes as they are printed."""
    code = "FEST 1:+=#62500a"
    session.answers[code] = make_answer("ok")
    session.state = msgspec.structs.replace(session.state, has_foreign_codes=True)
    qtbot.waitUntil(lambda: not find_button(kiosk.window.manual_page, "manualOther").isHidden())
    Typist(kiosk.window).press(Qt.Key.Key_F3)
    page = kiosk.window.manual_page
    qtbot.waitUntil(lambda: kiosk.window.page is page)
    assert page.letters.isHidden()
    other = find_button(page, "manualOther")
    click(other)
    assert page.keypad.isHidden()
    for character in "FEST 1:+=#":
        click(page.letters.key(character))
    Typist(kiosk.window).type("62500")
    qtbot.waitUntil(lambda: page.entry.text == "FEST 1:+=#62500")
    click(find_button(page, "caseKey"))
    click(page.letters.key("A"))
    click(find_button(page, "manualSubmit"))
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert session.scans == [(code, True)]


def test_an_unknown_code_that_was_typed_is_typed_again_and_not_scanned(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """The advice fits the hand: one small letter for a capital is another code."""
    code = "fest 1"
    session.answers[code] = make_answer("unknown_ticket")
    for is_manual, key in ((True, "next_typed"), (False, "next")):
        kiosk.scans.submit(code, is_manual=is_manual)
        until_shown(qtbot, kiosk, ScreenState.DENY)
        content = kiosk.window.gate_page.verdict.content
        assert content is not None
        assert content.steps[-1] == TEXTS.say(f"reason.unknown_ticket.{key}")
        kiosk.window.gate_page.show_idle()
        assert state(kiosk) == "idle"


def test_without_imported_tickets_no_other_code_is_asked_for(kiosk: Kiosk) -> None:
    """There would be none to find; and what was begun ends when the event turns out to be so."""
    page = kiosk.window.manual_page
    assert find_button(page, "manualOther").isHidden()
    page.offer_foreign(has_foreign=True)
    page.change()
    page.offer_foreign(has_foreign=False)
    assert (page.is_foreign, find_button(page, "manualOther").isHidden()) == (False, True)


def test_the_next_code_is_asked_for_as_the_last_one_was(kiosk: Kiosk) -> None:
    """Where all guests come with another box office's codes, nobody turns to them each time."""
    page, other = kiosk.window.manual_page, find_button(kiosk.window.manual_page, "manualOther")
    page.restart()
    assert not page.is_foreign
    page.offer_foreign(has_foreign=True)
    click(other)
    page.letters.typed.emit("F")
    page.restart()
    assert (page.is_foreign, page.entry.text, page.letters.isHidden()) == (True, "", False)
    click(other)
    page.restart()
    assert not page.is_foreign
    click(other)
    page.offer_foreign(has_foreign=False)
    page.restart()
    assert not page.is_foreign


def test_a_misheard_character_is_told_before_anything_is_sent(kiosk: Kiosk, qtbot: QtBot) -> None:
    """A wrong check symbol switches the way on off and says what is wrong."""
    Typist(kiosk.window).press(Qt.Key.Key_F3)
    page = kiosk.window.manual_page
    qtbot.waitUntil(lambda: kiosk.window.page is page)
    right = format_manual_code(0x12_3456_789A).replace("-", "")
    wrong = ("2" if right[0] != "2" else "3") + right[1:]
    typist = Typist(kiosk.window)
    typist.type(wrong)
    qtbot.waitUntil(lambda: len(page.entry.text) == len(wrong))
    assert not page.entry.fits
    assert page._message.text() == "A character is wrong: the check symbol does not match."


def test_a_scan_while_a_code_is_typed_counts_as_a_scan(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Whoever holds a ticket under the scanner is served; the half-typed code gets nothing."""
    session.answers[CODE] = make_answer("ok")
    typist = Typist(kiosk.window)
    typist.press(Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: kiosk.window.page is kiosk.window.manual_page)
    typist.scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert kiosk.window.manual_page.entry.text == ""


def test_a_pasted_picture_is_scanned(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot, make_qr: Callable[[str], QImage]
) -> None:
    """A ticket that was forwarded as a picture is read from the clipboard."""
    session.answers[CODE] = make_answer("ok")
    QGuiApplication.clipboard().setImage(make_qr(CODE))
    Typist(kiosk.window).press(Qt.Key.Key_V, "\x16", Qt.KeyboardModifier.ControlModifier)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    assert session.scans == [(CODE, False)]


def test_a_picture_without_a_code_says_what_to_do(
    kiosk: Kiosk, qtbot: QtBot, tmp_path: Path
) -> None:
    """It is seen to be read, and a picture that shows no ticket names the other ways in."""
    blank = QImage(300, 300, QImage.Format.Format_RGB32)
    blank.fill(Qt.GlobalColor.white)
    blank.save(str(tmp_path / "blank.png"))
    kiosk.read_image_file(tmp_path / "blank.png")
    verdict = kiosk.window.gate_page.verdict
    assert verdict.accessibleName().startswith("Reading the picture")
    qtbot.waitUntil(lambda: "No ticket code" in verdict.accessibleName())


def test_a_scan_closes_the_picture_dialog_and_counts(
    kiosk: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Nothing that is open keeps the next visitor waiting, and no scan names a file."""
    session.answers[CODE] = make_answer("ok")
    typist = Typist(kiosk.window)
    typist.press(Qt.Key.Key_F4)
    qtbot.waitUntil(lambda: kiosk.window.findChild(PictureList) is not None)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    typist.scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    qtbot.waitUntil(lambda: kiosk.window.findChild(PictureList) is None)


def test_last_scans_of_an_earlier_start_are_shown(
    start_kiosk: Callable[[], Kiosk], session: FakeGateSession, qtbot: QtBot
) -> None:
    """A gate that was restarted shows what it answered before."""
    session.past = [used_answer(), make_answer("ok")]
    kiosk = start_kiosk()
    recent = kiosk.window.gate_page.recent
    qtbot.waitUntil(lambda: len(recent.scans) == 2)
    assert recent.scans[0].word == "Already admitted"


def test_a_scan_too_many_is_hinted_and_counts_when_it_is_held_up_again(
    kiosk: Kiosk, session: FakeGateSession, sounder: ListeningSounder, qtbot: QtBot
) -> None:
    """Thirty-two codes wait behind a slow answer; the next is told so, not silently forgotten."""
    waiting = [f"{number:020d}" for number in range(33)]
    for code in waiting:
        kiosk.scans.submit(code)
    before = len(sounder.played)
    kiosk.scans.submit(OTHER)
    assert sounder.played[before:] == [Tone.TICK]
    assert said(kiosk.window.gate_page.banner) == (
        "Ticket not checked: too many are waiting. Scan it again."
    )
    session.answers[OTHER] = make_answer("ok")
    kiosk.scans._waiting.clear()
    kiosk.scans.submit(OTHER)
    qtbot.waitUntil(lambda: (OTHER, False) in session.scans)


def test_a_refused_scan_keeps_the_tail_of_its_ticket_in_a_narrow_list(kiosk: Kiosk) -> None:
    """It becomes smaller before it is left out: it is what somebody at the help desk asks for."""
    recent = kiosk.window.gate_page.recent
    recent.fill([PastScan(ScreenState.DENY, "deny", "Already admitted", "…4821", "17:04:31")])
    recent.resize(2_000, 600)
    (wide,) = recent.painted_texts()
    time = 5.2 * wide.px
    recent.resize(int(0.85 * wide.box.width() + wide.box.left() + time), 600)
    (narrow,) = recent.painted_texts()
    assert narrow.text == wide.text == "Already admitted …4821"
    assert narrow.px < wide.px
