"""What a supervisor's screens say: menu, reasons, admissions. The device: `device_content`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from gatekeeper.gate.answer import LaneStatus, ScanAnswer
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.ticket_naming import name_ticket
from gatekeeper.supervisor.override_reasons import OverrideReason, UndoReason
from gatekeeper.wording.names_in_order import by_number
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_clock, spell_past_scan
from shared.admission.evacuation import EvacuationPhase
from shared.kernel.instant import Instant
from shared.manifest.event_config import GateConfig

REFUSE: Final = "refuse"


def menu_options(*, can_override: bool, conflicts: int, status: LaneStatus | None) -> list[Option]:
    """Return what a supervisor can do."""
    direction = "both" if status is None else status.direction
    gate = "" if status is None else status.gate
    return [
        Option("override", TEXTS.say("duty.override"), icon="key", is_enabled=can_override),
        Option("undo", TEXTS.say("duty.undo"), icon="undo"),
        Option("names", TEXTS.say("names.title")),
        Option("paper", TEXTS.say("paper_code.title")),
        Option("direction", TEXTS.say("duty.direction"), TEXTS.say(f"gate.{direction}")),
        Option("gate", TEXTS.say("duty.gate"), gate),
        Option(
            "conflicts",
            TEXTS.say("duty.conflicts"),
            TEXTS.say("bar.conflicts", count=conflicts) if conflicts else "",
        ),
        Option(
            "evacuation",
            TEXTS.say("evacuation.title"),
            _evacuation_hint(status),
            icon="evacuate",
            is_danger=True,
        ),
        Option("rehearsal", TEXTS.say("rehearsal.title")),
        Option("device", TEXTS.say("duty.device")),
        Option("settings", TEXTS.say("duty.settings")),
        Option("lock", TEXTS.say("duty.lock"), _lock_hint(status), icon="no"),
    ]


def steward_options() -> list[Option]:
    """Return what a steward on duty may ask for, where the organizer lets them find guests."""
    return [
        Option("names", TEXTS.say("names.title"), is_main=True),
        Option("call", TEXTS.say("decide.supervisor"), icon="key"),
    ]


def _lock_hint(status: LaneStatus | None) -> str:
    if status is None or not status.steward:
        return ""
    return TEXTS.say("duty.lock_hint", name=status.steward)


def _evacuation_hint(status: LaneStatus | None) -> str:
    if status is None or not status.evacuation:
        return ""
    is_stopped = status.evacuation == EvacuationPhase.STOP
    return TEXTS.say("evacuation.word" if is_stopped else "evacuation.bar_return")


def override_options(*, can_refuse: bool) -> list[Option]:
    """Return the reasons for letting somebody in, and perhaps the way not to."""
    options = [Option(reason.value, TEXTS.say(f"why.{reason.value}")) for reason in OverrideReason]
    if can_refuse:
        # The eighth place is the last that is shown at once.
        options.insert(7, Option(REFUSE, TEXTS.say("decide.person_refuse"), icon="no"))
    return options


def override_hint(scanned: ScanAnswer | None, zone: tzinfo | None) -> str:
    """Ask why somebody may enter, and say whose ticket's denial it is about, and of when."""
    asked = TEXTS.say("duty.override_hint")
    if scanned is None:
        return asked
    about = TEXTS.beside(_spell_scanned(scanned), spell_clock(scanned.at, zone))
    return f"{about}\n{asked}"


def undo_reasons() -> list[Option]:
    """Return the reasons for taking an admission back."""
    return [Option(reason.value, TEXTS.say(f"back.{reason.value}")) for reason in UndoReason]


def undo_options(answers: Sequence[ScanAnswer], now: Instant, zone: tzinfo | None) -> list[Option]:
    """Return the latest admissions, newest first, by their claim ids."""
    admitted = {
        answer.claim_id: answer
        for answer in answers
        if answer.verdict == "admit" and answer.direction == "in" and not answer.is_repeat
    }
    return [
        Option(claim_id, _spell_scanned(answer), spell_past_scan(answer.at, now, zone, TEXTS))
        for claim_id, answer in admitted.items()
    ]


def _spell_scanned(answer: ScanAnswer) -> str:
    ticket = (
        TEXTS.say("undo.no_ticket")
        if answer.ticket_id is None
        else name_ticket(answer.ticket_id, answer.printed)
    )
    return TEXTS.beside(answer.ticket_type, ticket) if answer.ticket_type else ticket


def gate_options(gates: Sequence[GateConfig], now: str | None) -> list[Option]:
    """Return the event's gates; the present one is filled."""
    return [
        Option(
            gate.id,
            gate.name,
            TEXTS.say(f"gate.{gate.direction}"),
            is_main=gate.id == now,
        )
        for gate in sorted(gates, key=lambda one: by_number(one.name))
    ]


def direction_options(status: LaneStatus | None) -> list[Option]:
    """Return the ways in which a lane can be used."""
    now = "both" if status is None else status.direction
    return [
        Option("in", TEXTS.say("duty.way_in"), is_main=now == "in"),
        Option("out", TEXTS.say("duty.way_out"), icon="exit", is_main=now == "out"),
        Option("both", TEXTS.say("duty.way_gate"), is_main=now == "both"),
    ]
