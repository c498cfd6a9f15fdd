"""A gate without staff: one person a passage, an arm that opens, and nobody who answers."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gatekeeper.gate.answer import GroupOutlook
from gatekeeper.gate.requests import Scan, ScanOutcome
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.supervisor.device_settings import DeviceSettings
from gatekeeper.turnstile.ports import ArmUnsure
from gatekeeper.ui.gate.kiosk import Kiosk, KioskOptions
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import EnvironmentFault, StoreFault
from shared.kernel.instant import Duration
from shared.kernel.languages import ENGLISH, LANGUAGE_NAMES
from shared.kernel.trouble import TroubleKind
from tests.factories.keys import Typist
from tests.fakes.gate_answers import make_answer
from tests.fakes.gate_session import FakeBackend, FakeGateSession
from tests.ui.conftest import ListeningSounder, ShowKiosk
from tests.ui.shown import until_open, until_shown

CODE = "12345678901234567890"
OTHER = "98765432109876543210"


class Arm:
    """A turnstile: a test says when somebody passes."""

    has_sensor = True

    def __init__(self) -> None:
        self.passages: queue.Queue[bool] = queue.Queue()
        self.opened = 0
        self.seen: list[tuple[str, ...]] = []
        self.before: Callable[[], None] = lambda: None
        self.fault: EnvironmentFault | None = None
        self.sensor_fault: EnvironmentFault | None = None

    def lock(self) -> None:
        """It is locked."""

    def open_once(self) -> None:
        if self.fault is not None:
            raise self.fault
        self.before()
        self.opened += 1

    def wait_for_passage(self, timeout: Duration) -> bool:
        if self.sensor_fault is not None:
            raise self.sensor_fault
        return self.passages.get(timeout=60)

    def close(self) -> None:
        pass


@pytest.fixture
def arm() -> Arm:
    return Arm()


@pytest.fixture
def turnstile(
    show_kiosk: ShowKiosk,
    backend: FakeBackend,
    sounder: ListeningSounder,
    arm: Arm,
    qtbot: QtBot,
) -> Iterator[Kiosk]:
    """Give a self-service gate with an arm."""
    backend.settings = DeviceSettings(is_self_service=True)
    kiosk = show_kiosk(backend, KioskOptions(relay=arm), sounder=sounder, size=(1080, 1920))
    until_open(qtbot, kiosk)
    yield kiosk
    arm.passages.put(False)


def state(kiosk: Kiosk) -> str:
    return str(kiosk.window.property("state"))


def word(kiosk: Kiosk) -> str:
    content = kiosk.window.gate_page.verdict.content
    return "" if content is None else content.word


def done(session: FakeGateSession, *topics: str) -> Callable[[], bool]:
    return lambda: [deed[1] for deed in session.deeds] == list(topics)


def test_the_arm_opens_after_green_and_the_passage_is_an_entry_of_its_own(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """Granted and passed stand apart in the journal, and granted is there before it opens."""
    session.answers[CODE] = make_answer("ok")
    arm.before = lambda: arm.seen.extend(session.deeds)
    Typist(turnstile.window).scan(CODE)
    qtbot.waitUntil(lambda: arm.opened == 1)
    assert [one.opens_arm for one in session.requests] == [True]
    assert [deed[1] for deed in arm.seen] == ["granted"]
    arm.passages.put(True)
    qtbot.waitUntil(done(session, "granted", "passed"))


def test_the_arm_stays_closed_where_the_disk_does_not_keep_that_it_opens(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """A gate that died then would free the ticket of who is inside."""
    session.answers[CODE] = make_answer("ok")
    session.deed_fault = StoreFault("the disk is full", kind=TroubleKind.DISK_FULL)
    Typist(turnstile.window).scan(CODE)
    qtbot.waitUntil(lambda: state(turnstile) == "paused")
    said = turnstile.window.gate_page.verdict.accessibleName()
    assert "did not open. (This device’s disk is full" in said
    assert [deed[1] for deed in session.deeds if deed[0] == "undo"] == [make_answer("ok").claim_id]
    assert arm.opened == 0


def test_the_next_visitor_waits_until_this_one_has_passed(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """Two tickets cannot share one opening."""
    session.answers[CODE] = make_answer("ok")
    session.answers[OTHER] = make_answer("ok", claim_id="cd" * 16)
    typist = Typist(turnstile.window)
    typist.scan(CODE)
    qtbot.waitUntil(lambda: arm.opened == 1)
    typist.scan(OTHER)
    assert len(session.scans) == 1
    banner = turnstile.window.gate_page.banner
    assert banner.facts[0].text == "One at a time: let the visitor pass first"
    arm.passages.put(True)
    qtbot.waitUntil(done(session, "granted", "passed"))
    typist.scan(OTHER)
    qtbot.waitUntil(lambda: arm.opened == 2)


def test_who_did_not_pass_is_taken_back(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """The ticket can be used again, says the screen, in grey."""
    session.answers[CODE] = make_answer("ok")
    Typist(turnstile.window).scan(CODE)
    qtbot.waitUntil(lambda: arm.opened == 1)
    arm.passages.put(False)
    qtbot.waitUntil(lambda: word(turnstile) == "Not passed")
    assert state(turnstile) == "paused"
    assert session.deeds[-1] == ("undo", "ab" * 16, "did_not_pass", "")


def test_who_did_not_pass_is_told_before_the_next_one_is_looked_at(
    turnstile: Kiosk,
    session: FakeGateSession,
    arm: Arm,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both came before the first was answered: else the second's green is wiped by the word."""
    session.answers[CODE] = make_answer("ok")
    session.answers[OTHER] = make_answer("ok", claim_id="cd" * 16)
    attend, done_before = session.attend, []

    async def attend_and_look(request: Scan) -> ScanOutcome:
        done_before.append([deed[0] for deed in session.deeds])
        return await attend(request)

    monkeypatch.setattr(session, "attend", attend_and_look)
    session.hold()
    typist = Typist(turnstile.window)
    typist.scan(CODE)
    qtbot.waitUntil(lambda: len(session.scans) == 1)
    typist.scan(OTHER)
    session.let_go()
    qtbot.waitUntil(lambda: arm.opened == 1)
    arm.passages.put(False)
    qtbot.waitUntil(lambda: arm.opened == 2)
    assert done_before == [[], ["note", "undo"]]
    assert state(turnstile) == "admit"


def test_an_arm_that_does_not_open_takes_the_admission_back_and_says_what_to_do(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """Green without an open arm would be a lie that stays in the counts."""
    arm.fault = EnvironmentFault("silent", kind=TroubleKind.RELAY_CABLE)
    session.answers[CODE] = make_answer("ok")
    Typist(turnstile.window).scan(CODE)
    qtbot.waitUntil(lambda: state(turnstile) == "paused")
    said = turnstile.window.gate_page.verdict.accessibleName()
    assert "did not open. (The turnstile’s relay is not responding. Check its cable.)" in said
    assert "ticket can be used again" in said
    assert session.deeds[-1] == ("undo", "ab" * 16, "arm_failed", "")


@pytest.mark.parametrize("language", list(LANGUAGE_NAMES))
def test_what_failed_at_an_arm_is_said_in_the_gates_language(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot, language: str
) -> None:
    """Whoever stands there mends it by that sentence, and may read no English."""
    TEXTS.use(language)
    arm.fault = EnvironmentFault("silent", kind=TroubleKind.RELAY_CABLE)
    session.answers[CODE] = make_answer("ok")
    Typist(turnstile.window).scan(CODE)
    qtbot.waitUntil(lambda: state(turnstile) == "paused")
    said = turnstile.window.gate_page.verdict.accessibleName().replace("\u200b", "")
    cause = TEXTS.say("trouble.relay_cable").replace("\u200b", "")
    TEXTS.use(ENGLISH)
    assert cause in said
    assert "silent" not in said


def test_an_exit_that_nobody_used_is_taken_back(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """The holder is inside still; else a copy of the code would come in as a re-entry."""
    session.answers[CODE] = make_answer("exit", direction="out")
    Typist(turnstile.window).scan(CODE)
    qtbot.waitUntil(lambda: arm.opened == 1)
    arm.passages.put(False)
    qtbot.waitUntil(lambda: word(turnstile) == "Not passed")
    assert session.deeds[-1] == ("undo", "ab" * 16, "did_not_pass", "")
    assert "counts as inside" in turnstile.window.gate_page.verdict.accessibleName()


def test_a_group_of_whom_one_stays_inside_counts_as_inside(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """Who did not go out is inside still; else a copy of the code would come in for them."""
    turnstile.scans.set_self_service(is_on=False)
    session.answers[CODE] = make_answer("exit", direction="out", count=2)
    Typist(turnstile.window).scan(CODE)
    arm.passages.put(True)
    arm.passages.put(False)
    qtbot.waitUntil(lambda: len(session.deeds) == 3)
    assert [deed[1] for deed in session.deeds[:2]] == ["granted", "passed"]
    assert session.deeds[-1] == ("undo", "ab" * 16, "did_not_pass", "")
    qtbot.waitUntil(lambda: word(turnstile) == "Not passed")
    said = turnstile.window.gate_page.verdict.accessibleName()
    assert "It is not certain that everybody left: all of them still count as inside" in said


def test_of_a_group_that_was_only_offered_the_way_out_those_are_on_record_who_went(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """There is nothing to take back: whoever stayed never counted as outside."""
    turnstile.scans.set_self_service(is_on=False)
    offer = make_answer("exit", direction="out", count=3, is_offered=True)
    session.answers[CODE] = offer
    Typist(turnstile.window).scan(CODE)
    for has_passed in (True, False, True):
        arm.passages.put(has_passed)
    qtbot.waitUntil(lambda: len(session.requests) == 2)
    offered, gone = session.requests
    assert (offered.awaits_passage, offered.has_passed) == (True, False)
    assert (gone.awaits_passage, gone.has_passed) == (False, True)
    assert (gone.code, gone.count, gone.claim_id) == (CODE, 2, offer.claim_id)
    qtbot.waitUntil(lambda: word(turnstile) == "Not passed")
    said = turnstile.window.gate_page.verdict.accessibleName()
    assert "Certainly out: 2 of 3. The others still count as inside" in said
    qtbot.waitUntil(lambda: [deed[1] for deed in session.deeds] == ["granted", "passed"])


def test_who_has_gone_out_has_gone_out_whichever_way_the_lane_is_turned_meanwhile(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """Else a lane that is turned while somebody stands in the arm records that they came in."""
    session.answers[CODE] = make_answer("exit", direction="out", is_offered=True)
    Typist(turnstile.window).scan(CODE)
    arm.passages.put(True)
    qtbot.waitUntil(lambda: len(session.requests) == 2)
    assert session.requests[1].direction == "out"


def test_an_exit_that_may_not_have_opened_lets_nobody_in_again(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """In doubt the holder is inside: a supervisor lets them in again, and nobody with a copy."""
    arm.fault = ArmUnsure("silent", kind=TroubleKind.RELAY_NETWORK)
    arm.sensor_fault = EnvironmentFault("silent", kind=TroubleKind.RELAY_NETWORK)
    session.answers[CODE] = make_answer("exit", direction="out")
    Typist(turnstile.window).scan(CODE)
    qtbot.waitUntil(lambda: len(session.deeds) == 3)
    assert session.deeds[-1] == ("undo", "ab" * 16, "arm_failed", "")
    qtbot.waitUntil(lambda: word(turnstile) == "Not passed")
    said = turnstile.window.gate_page.verdict.accessibleName()
    assert "Check its network" in said
    assert "counts as inside" in said


def test_an_arm_that_lets_some_of_a_group_through_says_so(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """Who stands outside is told why: the ticket is used for all, and the screen is green."""
    turnstile.scans.set_self_service(is_on=False)
    session.answers[CODE] = make_answer("ok", count=3)
    Typist(turnstile.window).scan(CODE)
    qtbot.waitUntil(lambda: arm.opened == 1)
    arm.fault = EnvironmentFault("refuses (403)", kind=TroubleKind.RELAY_REFUSES)
    arm.passages.put(True)
    qtbot.waitUntil(done(session, "granted", "passed"))
    banner = turnstile.window.gate_page.banner
    said = "1 of 3 went through the turnstile; the ticket counts as used by all. ("
    qtbot.waitUntil(lambda: [one.text.startswith(said) for one in banner.facts] == [True])
    assert "refuses to open" in banner.facts[0].text


def test_an_arm_that_may_have_opened_keeps_the_ticket_used_and_says_what_to_check(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """The relay is silent after it was told to open, and its sensor with it."""
    arm.fault = ArmUnsure("silent", kind=TroubleKind.RELAY_NETWORK)
    arm.sensor_fault = EnvironmentFault("silent", kind=TroubleKind.RELAY_NETWORK)
    session.answers[CODE] = make_answer("ok")
    Typist(turnstile.window).scan(CODE)
    qtbot.waitUntil(done(session, "granted", "passage_unknown"))
    facts = turnstile.window.gate_page.banner.facts
    qtbot.waitUntil(lambda: "Check its network" in facts[0].text)
    assert "counts as used" in facts[0].text


def test_a_denial_opens_nothing(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """The arm moves for admissions only."""
    session.answers[CODE] = make_answer("cancelled")
    Typist(turnstile.window).scan(CODE)
    until_shown(qtbot, turnstile, ScreenState.DENY)
    assert arm.opened == 0


def test_a_group_passes_one_by_one(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """Nobody is asked how many: each passage is a scan of its own."""
    session.groups[CODE] = GroupOutlook(5, "in", "00f3a1b2c3d44821", "Group")
    session.answers[CODE] = make_answer("ok", remaining=4)
    Typist(turnstile.window).scan(CODE)
    until_shown(qtbot, turnstile, ScreenState.ADMIT)
    assert session.requests[-1].count == 1
    assert session.requests[-1].is_unattended, "no manual code is taken, however it comes in"
    arm.passages.put(True)
    qtbot.waitUntil(done(session, "granted", "passed"))


def test_what_needs_a_person_is_sent_to_one_and_holds_nobody(
    turnstile: Kiosk, session: FakeGateSession, arm: Arm, qtbot: QtBot
) -> None:
    """Without staff a question is no button: the screen says where staff are."""
    session.answers[CODE] = make_answer("check_id")
    session.answers[OTHER] = make_answer("cancelled")
    typist = Typist(turnstile.window)
    typist.scan(CODE)
    qtbot.waitUntil(lambda: state(turnstile) == "refer")
    page = turnstile.window.gate_page
    assert "Please go to a gate with staff" in page.verdict.accessibleName()
    assert not page.action_bar.isVisible()
    typist.scan(OTHER)
    until_shown(qtbot, turnstile, ScreenState.DENY)


def test_the_public_finds_no_codes_by_hand_pictures_or_names_of_others(
    turnstile: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Buttons, keys and the list of last scans are for staff."""
    page = turnstile.window.gate_page
    assert not page._manual.isVisible()
    assert not page._image.isVisible()
    assert not page.recent.isVisible()
    typist = Typist(turnstile.window)
    for key, text in ((Qt.Key.Key_F3, ""), (Qt.Key.Key_F4, ""), (Qt.Key.Key_L, "l")):
        typist.press(key, text)
        qtbot.wait(120)
    assert turnstile.window.page is page
    turnstile.scans.submit("ABCD-EFGH-J", is_manual=True)
    assert session.scans == []
