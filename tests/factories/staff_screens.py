"""The screens of supervisors and stewards, prepared for pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC

import msgspec

from gatekeeper.gate.answer import ScanAnswer, UsedBefore
from gatekeeper.presenters.gate.device_content import WindowFacts, device_rows
from gatekeeper.presenters.gate.evacuation_menu_and_inside_list import (
    evacuation_hint,
    evacuation_options,
    inside_rows,
    sure_options,
)
from gatekeeper.presenters.gate.found_holder_admission_content import (
    identity_hint,
    identity_options,
    in_spite_options,
    spell_refusal,
)
from gatekeeper.presenters.gate.holder_search_content import holder_facts, holder_option
from gatekeeper.presenters.gate.rehearsal_content import (
    find_rehearsed_device,
    headline,
    recording_rows,
    replay_options,
    report_rows,
)
from gatekeeper.presenters.gate.supervisor_content import (
    direction_options,
    menu_options,
    override_hint,
    override_options,
    steward_options,
    undo_options,
    undo_reasons,
)
from gatekeeper.presenters.keyboard_letters import PAGES
from gatekeeper.presenters.page_items import Option
from gatekeeper.readers.black_still_or_silent_camera import CameraState
from gatekeeper.rehearsal.judging_readiness import Replay, judge_rehearsal
from gatekeeper.supervisor.device_settings import DeviceSettings
from gatekeeper.supervisor.shown_to_supervisors import ConflictUse, ConflictView
from gatekeeper.supervisor.unlocking_and_locking_again import Badge, UnlockAnswer
from gatekeeper.ui.gate.pages.gate_window import GateWindow
from gatekeeper.ui.gate.pages.supervisor_frame import SupervisorFrame
from gatekeeper.ui.gate.paper_list_flow import paper_option
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import ConflictId, GateId
from shared.kernel.instant import MINUTE, SECOND
from tests.fakes.gate_answers import (
    DEVICE_FACTS,
    FAKE_NOW,
    HOLDERS,
    INSIDE,
    OPEN_STATUS,
    PLAYED,
    RECORDING,
    make_answer,
)

ALONE = msgspec.structs.replace(
    OPEN_STATUS, mode="offline", pending=27, pending_scans=25, knowledge_at=FAKE_NOW - 14 * MINUTE,
    knowledge_age=14 * MINUTE, conflicts=2,
)  # fmt: skip

EVACUATED = msgspec.structs.replace(
    ALONE, evacuation="stop", evacuation_gate="Gate D · South", evacuation_at=FAKE_NOW - MINUTE
)
PAUSED_ENTRY = msgspec.structs.replace(OPEN_STATUS, paused_at=FAKE_NOW - 4 * MINUTE)
CONFLICTS = (
    ConflictView(
        ConflictId("cf_000000000001"),
        "double_use",
        "00f3a1b2c3d44821",
        (
            ConflictUse("Gate B · North", FAKE_NOW - 9 * MINUTE, is_here=True),
            ConflictUse("Gate D · South", FAKE_NOW - 6 * MINUTE),
        ),
        is_ordered=True,
    ),
    ConflictView(ConflictId("cf_000000000002"), "clock", None, ()),
)


class StaffScreens:
    """Leads through the pages of staff.

    Args:
        window: Shows them.
        theme: Its name.
    """

    def __init__(self, window: GateWindow, theme: str) -> None:
        self._window, self._theme = window, theme

    def show_all(self, answers: Sequence[ScanAnswer]) -> Iterator[str]:
        """Show each page; yield its name while it is shown.

        Args:
            answers: The lane's last ones.
        """
        window, frame = self._window, self._window.supervisor_frame
        window.show_page(frame)
        jo = Badge("sv_0123456789ab", "Jo Lindqvist")
        closes = TEXTS.say("duty.closes", time="0:28")
        frame.say_duty(TEXTS.say("duty.locked"), closes)
        frame.show_part(frame.unlock)
        frame.unlock.restart(None)
        yield "unlock_badge"
        frame.unlock.restart(jo)
        for digit in "483":
            frame.unlock.take_key(ord(digit))
        yield "unlock_pin"
        frame.unlock.take_answer(UnlockAnswer(is_right=False, tries_left=3))
        yield "unlock_wrong"
        frame.unlock.take_answer(UnlockAnswer(is_right=False, wait=57 * SECOND))
        yield "unlock_paused"
        frame.say_duty(TEXTS.say("duty.strip", name=jo.name), closes)
        options = menu_options(can_override=True, conflicts=2, status=ALONE)
        frame.menu.ask(TEXTS.say("duty.title"), "", options)
        frame.show_part(frame.menu)
        yield "duty_menu"
        frame.say_duty(TEXTS.say("duty.strip", name=jo.name), TEXTS.say("duty.not_scanned"))
        yield "duty_not_scanned"
        frame.say_duty(TEXTS.say("duty.strip", name=jo.name), closes)
        hint = override_hint(answers[0], UTC)
        options = override_options(can_refuse=True)
        frame.choice.ask(TEXTS.say("duty.override"), hint, options)
        frame.show_part(frame.choice)
        yield "override_reasons"
        options = undo_options(answers, FAKE_NOW, UTC)
        frame.choice.ask(TEXTS.say("duty.undo"), TEXTS.say("duty.undo_hint"), options)
        yield "undo_which"
        frame.choice.ask(TEXTS.say("duty.undo"), TEXTS.say("undo.nothing"), ())
        yield "undo_nothing"
        frame.choice.ask(TEXTS.say("duty.undo"), TEXTS.say("undo.effect"), undo_reasons())
        yield "undo_reasons"
        for phase in ("", "stop", "return"):
            status = msgspec.structs.replace(EVACUATED, evacuation=phase)
            hint = evacuation_hint(status)
            options = evacuation_options(status)
            frame.choice.ask(TEXTS.say("evacuation.title"), hint, options)
            yield f"evacuation_{phase or 'begin'}"
            hint = TEXTS.say(f"evacuation.sure_{options[0].key}")
            frame.choice.ask(options[0].label, hint, sure_options(options[0]))
            yield f"evacuation_sure_{options[0].key}"
        options = direction_options(OPEN_STATUS)
        frame.choice.ask(TEXTS.say("duty.direction"), "", options)
        yield "direction"
        yield from self._show_supervisor_facts(frame)

    def _show_supervisor_facts(self, frame: SupervisorFrame) -> Iterator[str]:
        frame.conflicts.show_conflicts(CONFLICTS, FAKE_NOW, UTC)
        frame.show_part(frame.conflicts)
        yield "conflict"
        frame.conflicts.show_conflicts((), FAKE_NOW, UTC)
        yield "no_conflict"
        window = WindowFacts(camera=CameraState.GONE, battery=15, is_full_screen=True)
        frame.device.show_rows(device_rows(DEVICE_FACTS, OPEN_STATUS, window))
        frame.show_part(frame.device)
        yield "device"
        rows = inside_rows(INSIDE, FAKE_NOW, UTC)
        frame.listing.show_rows(rows, TEXTS.say("inside.title"), ())
        frame.show_part(frame.listing)
        yield "inside"
        nobody = msgspec.structs.replace(INSIDE, persons=0, tickets=(), silent=())
        rows = inside_rows(nobody, FAKE_NOW, UTC)
        frame.listing.show_rows(rows, TEXTS.say("inside.title"), ())
        yield "inside_nobody"
        yield from self._show_names(frame)
        yield from self._show_rehearsal(frame)
        settings = DeviceSettings(language=TEXTS.language, theme=self._theme)
        frame.settings.show_settings(settings)
        frame.show_part(frame.settings)
        yield "settings"

    def _show_names(self, frame: SupervisorFrame) -> Iterator[str]:
        """Show a search by name, and what is said to whom it finds."""
        frame.search.restart()
        frame.search._field.setText("mul")
        found = [holder_option(one, FAKE_NOW, UTC) for one in HOLDERS]
        frame.search.show_found(TEXTS.say("names.pick"), found)
        frame.show_part(frame.search)
        yield "names"
        frame.search.show_found(TEXTS.say("names.none"), ())
        yield "names_none"
        for number in range(len(PAGES)):
            frame.search._show_letters(number)
            yield f"names_letters_{number}"
        for holder, name in ((HOLDERS[1], "names_identity"), (HOLDERS[3], "names_proof")):
            facts = holder_facts(holder, FAKE_NOW, UTC)
            hint = f"{facts}\n{identity_hint(holder)}"
            options = [*identity_options(holder), paper_option()]
            frame.choice.ask(holder.name, hint, options)
            frame.show_part(frame.choice)
            yield name
        used = UsedBefore(GateId("gt_0000000000002"), "Gate D · South", FAKE_NOW - 31 * MINUTE)
        for answer in (make_answer("already_used", used=used), make_answer("cancelled")):
            why_not = spell_refusal(answer, now=FAKE_NOW, zone=UTC)
            options = in_spite_options(answer)
            frame.choice.ask(HOLDERS[1].name, why_not, options, role="bad")
            yield f"names_{answer.reason}"

        frame.paper.restart()
        frame.show_part(frame.paper)
        yield "paper"
        frame.paper.say(TEXTS.say("trouble.paper_unknown"), "bad")
        yield "paper_unknown"
        yield from self._show_to_steward(frame)

    def _show_to_steward(self, frame: SupervisorFrame) -> Iterator[str]:
        """Show what a steward on duty may ask for, and a guest whom they found."""
        steward = TEXTS.say("bar.steward", name="Sam Okafor")
        frame.say_duty(steward, TEXTS.say("duty.closes", time="0:28"))
        frame.choice.ask(TEXTS.say("decide.supervisor"), "", steward_options())
        frame.show_part(frame.choice)
        yield "steward_menu"
        facts = holder_facts(HOLDERS[0], FAKE_NOW, UTC)
        hint = f"{facts}\n{TEXTS.say('steward.found_hint')}"
        call = Option("call", TEXTS.say("decide.supervisor"), icon="key")
        frame.choice.ask(HOLDERS[0].name, hint, [call])
        yield "steward_found"
        closes = TEXTS.say("duty.closes", time="0:28")
        frame.say_duty(TEXTS.say("duty.strip", name="Jo Lindqvist"), closes)

    def _show_rehearsal(self, frame: SupervisorFrame) -> Iterator[str]:
        """Show a practice queue: offered, played, judged."""
        frame.show_part(frame.rehearsal)
        rows = recording_rows(RECORDING, UTC)
        frame.rehearsal.offer(rows, replay_options(RECORDING))
        yield "rehearsal_offer"
        frame.rehearsal.offer(recording_rows(None, UTC), ())
        yield "rehearsal_offer_first"
        said = TEXTS.say("rehearsal.progress", done=137, total=214)
        frame.rehearsal.show_running(said, 137, 214)
        yield "rehearsal_running"
        for name, status in (("ready", OPEN_STATUS), ("not_ready", ALONE)):
            around = find_rehearsed_device(
                DEVICE_FACTS, status, WindowFacts(is_audible=name == "ready")
            )
            replay = Replay(RECORDING, 60) if name == "not_ready" else None
            report = judge_rehearsal(msgspec.structs.replace(PLAYED, replay=replay), around)
            rows = report_rows(report, UTC)
            frame.rehearsal.show_report(headline(report), rows)
            yield f"rehearsal_{name}"
