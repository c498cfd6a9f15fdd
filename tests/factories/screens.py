"""Every state of the gate's screen, prepared without a gate behind it, for pictures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Final, NamedTuple

import msgspec
from PySide6.QtWidgets import QApplication

from gatekeeper.gate.answer import GroupOutlook, LaneStatus, ScanAnswer, SyncProgress
from gatekeeper.gate.requests import Scan
from gatekeeper.presenters.colors import ScreenState, Theme
from gatekeeper.presenters.fault_words import spell_fault
from gatekeeper.presenters.gate.bar_facts import (
    alone_fact,
    bottom_facts,
    camera_trouble,
    top_facts,
)
from gatekeeper.presenters.gate.decision_buttons_and_keys import choices_of
from gatekeeper.presenters.gate.decision_content import (
    describe_count,
    describe_not_admitted,
    describe_unattended,
    describe_undo,
    describe_undone,
    frame_decision,
    replies_of,
)
from gatekeeper.presenters.gate.idle_content import idle_words
from gatekeeper.presenters.gate.open_decision import OpenDecision, Question, ask_count, decision_on
from gatekeeper.presenters.gate.verdict_content import (
    VerdictContent,
    describe_advice,
    describe_answer,
    describe_reading,
    describe_revoked,
    describe_stop,
    describe_typed,
)
from gatekeeper.presenters.sizes import Extent
from gatekeeper.readers.black_still_or_silent_camera import CameraState
from gatekeeper.ui.widgets.recent_scans import PastScan
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_clock
from shared.kernel.errors import Rejected, ServerFault, StorageFull, StoreFault
from shared.kernel.id_types import GateId, ZoneId
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND
from shared.kernel.trouble import TroubleKind
from shared.manifest.door_questions import DoorQuestion
from shared.manifest.event_config import GateConfig
from tests.factories.panels import REFERENCE_INCHES, PanelWindow
from tests.factories.removed import remove
from tests.factories.staff_screens import ALONE, EVACUATED, PAUSED_ENTRY, StaffScreens
from tests.fakes.gate_answers import FAKE_NOW, OPEN_STATUS, make_answer, used_answer

WRONG_CLOCK = msgspec.structs.replace(OPEN_STATUS, clock_offset=2 * HOUR)
TROUBLED = msgspec.structs.replace(
    ALONE, is_clock_checked=False, trouble=TroubleKind.PUT_BACK, problem="put back"
)
REVOKED = msgspec.structs.replace(
    OPEN_STATUS, trouble=TroubleKind.REVOKED, problem="this device has been revoked"
)
LEAVING = msgspec.structs.replace(OPEN_STATUS, direction="out", gate="Gate D · South")


class Shot(NamedTuple):
    """A verdict and the lane's condition around it."""

    name: str
    answer: ScanAnswer
    status: LaneStatus = OPEN_STATUS


ON_DUTY = msgspec.structs.replace(OPEN_STATUS, steward="Sam Okafor")
NAMED: Final[dict[str, str]] = {
    "ticket_type": "Student",
    "variant": "Stalls · Row 12",
    "zone": "Main hall",
    "holder": "Anna Müller-Lindqvist",
    "order": "1042",
}
DOOR_QUESTIONS: Final = (
    DoorQuestion("bags", "Any bags larger than A4?", ("No", "Yes, left at the cloakroom")),
    DoorQuestion(
        "waiver",
        "Have you read the rules of the climbing hall, do you agree to them, and do you know that"
        " children under fourteen climb only with somebody of age who holds the rope for them"
        " at all times?",
        (
            "Yes, alone",
            "Yes, with one child",
            "Yes, with two or more children who are all under 14",
            "No, only watching",
            "Comes with a school or a club group, see their list",
            "Not asked",
        ),
    ),
    DoorQuestion("drink", "Welcome drink?", ("Wine", "Juice", "None")),
)
VERDICTS = (
    Shot("admit", make_answer("ok", ticket_type="Stalls · Adult", claim_id="a" * 32)),
    Shot("admit_group", make_answer("ok", ticket_type="Group", count=4, remaining=2)),
    Shot("reentry", make_answer("reentry", ticket_type="Weekend", mode="offline"), ALONE),
    Shot("override", make_answer("override", ticket_type="Adult")),
    Shot("already_used", used_answer()),
    Shot("too_few_left", make_answer("already_used", count=4, remaining=2)),
    Shot("cancelled", make_answer("cancelled", ticket_type="Adult")),
    Shot("superseded", make_answer("superseded", ticket_type="Adult")),
    Shot("wrong_gate", make_answer("wrong_gate", gate="Gate C · South")),
    Shot("wrong_date", make_answer("wrong_event", other_date=FAKE_NOW + DAY)),
    Shot(
        "not_yet_valid",
        make_answer("not_yet_valid", ticket_type="Evening", valid_from=FAKE_NOW + HOUR),
    ),
    Shot("expired", make_answer("expired", ticket_type="Day", valid_until=FAKE_NOW - DAY)),
    Shot("event_over", make_answer("expired", ticket_type="Day", event_end="over")),
    Shot("event_off", make_answer("cancelled", ticket_type="Day", event_end="called_off")),
    Shot("unpaid", make_answer("unpaid", ticket_type="Adult")),
    Shot("debt", make_answer("unpaid", ticket_type="Adult", may_acknowledge=True)),
    Shot("not_a_ticket", make_answer("malformed")),
    Shot("bad_signature", make_answer("bad_signature")),
    Shot("unknown_key", make_answer("unknown_key")),
    Shot("capacity_full", make_answer("capacity_full", ticket_type="Adult")),
    Shot("called_back", make_answer("capacity_full", count=5, called_back=True)),
    Shot(
        "own_places_used",
        make_answer("capacity_full", ticket_type="Adult", own_places_used=True, mode="offline"),
        ALONE,
    ),
    Shot(
        "evacuation",
        make_answer("rules_denied", stop="evacuation", ticket_type="Adult", mode="offline"),
        EVACUATED,
    ),
    Shot(
        "paused",
        make_answer(
            "rules_denied", stop="paused", paused_at=FAKE_NOW - 4 * MINUTE, ticket_type="Adult"
        ),
        PAUSED_ENTRY,
    ),
    Shot("offline_policy", make_answer("offline_policy", gate="Gate H", mode="offline"), ALONE),
    Shot("check_id", make_answer("check_id", ticket_type="Reduced · Circle")),
    Shot("question", make_answer("question", ticket_type="Adult", questions=DOOR_QUESTIONS[:1])),
    Shot("supervisor", make_answer("supervisor", ticket_type="Adult", mode="offline"), ALONE),
    Shot("admit_named", make_answer("ok", **NAMED), ON_DUTY),
    Shot("check_id_named", make_answer("check_id", **NAMED), ON_DUTY),
    Shot("exit", make_answer("exit", direction="out", ticket_type="Adult"), LEAVING),
)

LONG_QUESTION: Final = Shot(
    "question_long", make_answer("question", questions=DOOR_QUESTIONS[1:], **NAMED), ON_DUTY
)
"""Read out by who stands before the screen: its word is not for three metres."""


class Screens:
    """A window that is told what to show.

    Args:
        width: In pixels.
        height: In pixels.
        theme: Its colours.
        inches: The panel's diagonal.
        percent: How large its texts are set.
    """

    def __init__(
        self,
        width: int,
        height: int,
        theme: Theme,
        inches: float = REFERENCE_INCHES,
        percent: int = 100,
    ) -> None:
        self._theme = theme
        self.window = PanelWindow(Extent(width, height), theme, inches)
        self.window.resize(width, height)
        self.window.show()
        self.window.set_text_percent(percent)
        QApplication.processEvents()

    def close(self) -> None:
        """Close the window."""
        remove(self.window)
        QApplication.processEvents()

    def show_verdict(self, shot: Shot) -> VerdictContent:
        """Show a verdict."""
        content = self._describe(shot)
        decision = decision_on(Scan("code"), shot.answer)
        if decision is not None:
            content = frame_decision(decision, content, TEXTS)
        self.window.show_page(self.window.gate_page)
        self._show_status(shot.status)
        self.window.gate_page.show_verdict(content)
        if decision is not None:
            replies = replies_of(decision, TEXTS)
            self.window.gate_page.offer(choices_of(decision), replies=replies)
            if decision.holds_lane:
                self.window.gate_page.verdict.set_note(TEXTS.say("decide.lane_held", time="0:07"))
        self._show_status(shot.status)
        QApplication.processEvents()
        return content

    @staticmethod
    def _describe(shot: Shot) -> VerdictContent:
        return describe_answer(shot.answer, now=FAKE_NOW, zone=UTC)

    def _show_decisions(self) -> Iterator[str]:
        """Show what is asked before and after a scan."""
        page = self.window.gate_page
        for name, most, count, direction in (
            ("how_many", 5, 3, "in"),
            ("how_many_large", 40, 12, "in"),
            ("how_many_leave", 4, 4, "out"),
        ):
            outlook = GroupOutlook(most, direction, "00f3a1b2c3d44821", "Group")
            decision = ask_count(Scan("code"), outlook)
            decision = msgspec.structs.replace(decision, count=count)
            page.show_verdict(describe_count(decision, TEXTS))
            page.offer(choices_of(decision), count=count, most=most)
            page.verdict.set_note(TEXTS.say("decide.lane_held", time="0:07"))
            self._show_status(OPEN_STATUS)
            QApplication.processEvents()
            yield name
        self.show_verdict(LONG_QUESTION)
        yield "question_long"
        later = decision_on(Scan("code"), LONG_QUESTION.answer)
        assert later is not None
        later = later.reply(0)
        assert later is not None
        page.show_verdict(frame_decision(later, self._describe(LONG_QUESTION), TEXTS))
        page.offer(choices_of(later), replies=replies_of(later, TEXTS))
        yield "question_later"
        page.show_verdict(describe_not_admitted("decide.why_no_answer", TEXTS))
        self._show_status(OPEN_STATUS)
        yield "not_admitted"
        answer = VERDICTS[0].answer
        undo = OpenDecision(Question.UNDO, Scan(""), answer)
        page.show_verdict(describe_undo(answer, TEXTS))
        self._show_status(OPEN_STATUS)
        page.offer(choices_of(undo))
        yield "undo"
        page.show_verdict(describe_undone(TEXTS))
        yield "undone"

    def show_all(self) -> Iterator[str]:
        """Show every screen, one after the other; yield each one's name while it is shown."""
        page = self.window.gate_page
        self.window.show_page(page)
        self._show_status(OPEN_STATUS)
        page.set_idle_words(TEXTS.say("idle.title"), TEXTS.say("idle.hint"), "idle")
        page.recent.fill(())
        page.show_idle()
        yield "idle_first"
        page.recent.fill(self._past(shot.answer) for shot in VERDICTS[:9])
        yield from self._show_idle_states()
        for shot in VERDICTS:
            self.show_verdict(shot)
            yield shot.name
        self._show_status(OPEN_STATUS)
        yield from self._show_decisions()
        page.show_verdict(describe_stop(spell_fault(StorageFull("the disk is full"))))
        self._show_status(OPEN_STATUS)
        yield "paused"
        page.show_checking()
        yield "checking"
        said = TEXTS.say("image.reading_hint")
        page.show_verdict(describe_reading(TEXTS.say("image.reading"), said))
        yield "image_reading"
        page.show_verdict(describe_advice(TEXTS.say("image.not_read"), TEXTS.say("image.none")))
        yield "image_not_read"
        yield from self._show_advice()
        content = describe_answer(used_answer(), now=FAKE_NOW, zone=UTC)
        header = TEXTS.say("last.title", time=spell_clock(FAKE_NOW, UTC))
        page.show_last(msgspec.structs.replace(content, header=header))
        yield "last_result"
        stale = make_answer("stale_manifest")
        content = describe_answer(stale, now=FAKE_NOW, zone=UTC)
        page.show_verdict(describe_revoked(content))
        yield "revoked"
        unknown = make_answer("unknown_ticket")
        content = describe_answer(unknown, now=FAKE_NOW, zone=UTC)
        page.show_verdict(describe_typed(content, unknown))
        yield "unknown_typed"
        yield from self._show_other_pages()

    def _show_advice(self) -> Iterator[str]:
        """Show what is said where a ticket was not shown well."""
        page = self.window.gate_page
        words = [TEXTS.say("advice.hold_still"), TEXTS.say("reader.hold_still")]
        page.show_verdict(describe_advice(*words))
        yield "advice_torn"
        words = [TEXTS.say("advice.show_code"), TEXTS.say("reader.silent_phone")]
        page.show_verdict(describe_advice(*words))
        yield "advice_silent_phone"
        why = TEXTS.say("advice.crowd", count=10)
        words = [TEXTS.say("advice.one_by_one"), why, TEXTS.say("advice.crowd_next")]
        page.show_verdict(describe_advice(*words))
        yield "advice_crowd"
        words = [TEXTS.say(f"advice.{part}") for part in ("unread", "unread_next")]
        page.show_verdict(describe_advice(TEXTS.say("image.not_read"), *words))
        yield "advice_unread"

    def _show_idle_states(self) -> Iterator[str]:
        page = self.window.gate_page
        page.show_idle()
        page.offer_undo(is_possible=True)
        yield "idle_undo"
        page.offer_undo(is_possible=False)
        yield "idle"
        self._show_status(ALONE)
        yield "idle_alone"
        self._show_status(LEAVING)
        page.set_idle_words(*idle_words(LEAVING))
        yield "idle_exit"
        self._show_status(EVACUATED)
        page.set_idle_words(*idle_words(EVACUATED))
        yield "idle_evacuation"
        self._show_status(PAUSED_ENTRY)
        page.set_idle_words(*idle_words(PAUSED_ENTRY))
        yield "idle_paused"
        self._show_status(REVOKED)
        page.set_idle_words(*idle_words(REVOKED))
        yield "idle_revoked"
        page.set_idle_words(*idle_words(OPEN_STATUS))
        self._show_status(WRONG_CLOCK)
        yield "idle_clock_off"
        self._show_status(TROUBLED)
        yield "idle_trouble"
        dark = camera_trouble(CameraState.GONE)
        self._show_status(msgspec.structs.replace(OPEN_STATUS, problem=dark, is_disk_low=True))
        yield "idle_camera_gone"
        self._show_status(OPEN_STATUS)
        page.show_hint(TEXTS.say("verdict.same_ticket"))
        yield "idle_same_ticket"
        page.show_idle()
        page.set_self_service(is_on=True)
        yield "idle_self_service"
        check = next(shot for shot in VERDICTS if shot.name == "check_id")
        unattended = describe_unattended(self._describe(check), TEXTS)
        page.show_verdict(unattended)
        self._show_status(OPEN_STATUS)
        yield "self_service_refer"
        page.set_self_service(is_on=False)

    def _show_other_pages(self) -> Iterator[str]:
        window = self.window
        window.manual_page.restart()
        window.show_page(window.manual_page)
        yield "manual_empty"
        for character in "7K2M9Q4T":
            window.manual_page.keypad.typed.emit(character)
        yield "manual_check_symbol"
        window.manual_page.offer_foreign(has_foreign=True)
        window.manual_page.change()
        yield "manual_other"
        window.manual_page.change()
        window.manual_page.offer_foreign(has_foreign=False)
        window.show_page(window.pairing_page)
        yield "pairing"
        used = Rejected("this code has been used before", kind=TroubleKind.PAIRING_CODE)
        window.pairing_page.show_failure(spell_fault(used))
        yield "pairing_refused"
        window.show_page(window.sync_page)
        window.sync_page.show_progress(SyncProgress("Fetching tickets", 12_000, 48_112))
        yield "first_sync"
        unreached = ServerFault("no answer", kind=TroubleKind.UNREACHABLE)
        window.sync_page.show_failure(spell_fault(unreached), can_go_on=True)
        yield "first_sync_failed"
        names = (("Gate A · North", "in"), ("Gate B · South", "both"), ("Gate C · East", "out"))
        window.gate_choice_page.offer(
            [GateConfig(GateId(name), name, ZoneId(name), way) for name, way in names]
        )
        window.show_page(window.gate_choice_page)
        yield "gate_choice"
        window.gate_choice_page.offer(())
        yield "gate_choice_none"
        taken = StoreFault("open in another program", kind=TroubleKind.LOCKED)
        window.fault_page.show_fault(spell_fault(taken))
        window.show_page(window.fault_page)
        yield "fault"
        answers = [shot.answer for shot in VERDICTS]
        yield from StaffScreens(window, self._theme.name).show_all(answers)

    def _show_status(self, status: LaneStatus) -> None:
        page = self.window.gate_page
        page.top.set_facts(top_facts(status, FAKE_NOW, UTC))
        page.bottom.set_facts(bottom_facts(status, is_audible=True, look=page.look))
        if status.mode == "offline":
            since = FAKE_NOW - 13 * MINUTE - 20 * SECOND
            page.set_alone(alone_fact(status, alone_since=since, now=FAKE_NOW, zone=UTC))
        else:
            page.set_alone(None)

    @staticmethod
    def _past(answer: ScanAnswer) -> PastScan:
        content = describe_answer(answer, now=FAKE_NOW, zone=UTC)
        tail = "" if answer.ticket_id is None else TEXTS.isolate(f"…{answer.ticket_id[-4:]}")
        state = ScreenState(content.state)
        return PastScan(state, content.icon, content.word, tail, spell_clock(answer.at, UTC))
