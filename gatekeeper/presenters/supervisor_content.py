"""What a supervisor's screens say: menu, reasons, admissions, the machine's condition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

import msgspec

from gatekeeper.gate.answer import LaneStatus, ScanAnswer
from gatekeeper.limits_and_times import BATTERY_MIN, CLOCK_ERROR_MAX, FREE_BYTES_MIN
from gatekeeper.presenters.fault_words import spell_trouble
from gatekeeper.presenters.page_items import Option, Row
from gatekeeper.presenters.ticket_naming import name_ticket
from gatekeeper.readers.camera_watch import CameraState
from gatekeeper.supervisor.override_reasons import OverrideReason, UndoReason
from gatekeeper.supervisor.views import MachineFacts
from gatekeeper.wording.texts import Texts
from gatekeeper.wording.times import spell_age, spell_clock
from shared.admission.evacuation import EvacuationPhase
from shared.kernel.instant import MILLISECOND, SECOND
from shared.manifest.event_config import GateConfig

REFUSE: Final = "refuse"
_GIGABYTE: Final = 1_000_000_000


class WindowFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The condition of the machine, as far as the window knows it.

    Attributes:
        camera: How it is.
        readers: What is wrong with other readers, or "".
        is_audible: Whether the last sound could be played.
        is_silenced: Whether its volume was set to nothing.
        is_full_screen: Whether the window covers the screen.
        is_session_locked: Whether the machine runs nothing else for whoever stands before it.
        battery: In per cent, or None where there is none.
    """

    camera: CameraState = CameraState.NONE
    readers: str = ""
    is_audible: bool = True
    is_silenced: bool = False
    is_full_screen: bool = False
    is_session_locked: bool = False
    battery: int | None = None


def menu_options(
    *, can_override: bool, conflicts: int, status: LaneStatus | None, texts: Texts
) -> list[Option]:
    """Return what a supervisor can do."""
    direction = "both" if status is None else status.direction
    gate = "" if status is None else status.gate
    return [
        Option("override", texts.say("duty.override"), icon="key", is_enabled=can_override),
        Option("undo", texts.say("duty.undo"), icon="undo"),
        Option("names", texts.say("names.title")),
        Option("paper", texts.say("paper_code.title")),
        Option("direction", texts.say("duty.direction"), texts.say(f"gate.{direction}")),
        Option("gate", texts.say("duty.gate"), gate),
        Option(
            "conflicts",
            texts.say("duty.conflicts"),
            texts.say("bar.conflicts", count=conflicts) if conflicts else "",
        ),
        Option(
            "evacuation",
            texts.say("evacuation.title"),
            _evacuation_hint(status, texts),
            icon="evacuate",
            is_danger=True,
        ),
        Option("rehearsal", texts.say("rehearsal.title")),
        Option("device", texts.say("duty.device")),
        Option("settings", texts.say("duty.settings")),
        Option("lock", texts.say("duty.lock"), _lock_hint(status, texts), icon="no"),
    ]


def steward_options(texts: Texts) -> list[Option]:
    """Return what a steward on duty may ask for, where the organizer lets them find guests."""
    return [
        Option("names", texts.say("names.title"), is_main=True),
        Option("call", texts.say("decide.supervisor"), icon="key"),
    ]


def _lock_hint(status: LaneStatus | None, texts: Texts) -> str:
    if status is None or not status.steward:
        return ""
    return texts.say("duty.lock_hint", name=status.steward)


def _evacuation_hint(status: LaneStatus | None, texts: Texts) -> str:
    if status is None or not status.evacuation:
        return ""
    is_stopped = status.evacuation == EvacuationPhase.STOP
    return texts.say("evacuation.word" if is_stopped else "evacuation.bar_return")


def override_options(texts: Texts, *, can_refuse: bool) -> list[Option]:
    """Return the reasons for letting somebody in, and perhaps the way not to."""
    options = [Option(reason.value, texts.say(f"why.{reason.value}")) for reason in OverrideReason]
    if can_refuse:
        # The eighth place is the last that is shown at once.
        options.insert(7, Option(REFUSE, texts.say("decide.person_refuse"), icon="no"))
    return options


def override_hint(scanned: ScanAnswer | None, zone: tzinfo | None, texts: Texts) -> str:
    """Ask why somebody may enter, and say whose ticket's denial it is about, and of when."""
    asked = texts.say("duty.override_hint")
    if scanned is None:
        return asked
    about = texts.beside(_spell_scanned(scanned, texts), spell_clock(scanned.at, zone))
    return f"{about}\n{asked}"


def undo_reasons(texts: Texts) -> list[Option]:
    """Return the reasons for taking an admission back."""
    return [Option(reason.value, texts.say(f"back.{reason.value}")) for reason in UndoReason]


def undo_options(answers: Sequence[ScanAnswer], zone: tzinfo | None, texts: Texts) -> list[Option]:
    """Return the latest admissions, newest first, by their claim ids."""
    admitted = {
        answer.claim_id: answer
        for answer in answers
        if answer.verdict == "admit" and answer.direction == "in" and not answer.is_repeat
    }
    return [
        Option(claim_id, _spell_scanned(answer, texts), spell_clock(answer.at, zone))
        for claim_id, answer in admitted.items()
    ]


def _spell_scanned(answer: ScanAnswer, texts: Texts) -> str:
    ticket = (
        texts.say("undo.no_ticket")
        if answer.ticket_id is None
        else name_ticket(answer.ticket_id, answer.printed, texts)
    )
    return texts.beside(answer.ticket_type, ticket) if answer.ticket_type else ticket


def gate_options(gates: Sequence[GateConfig], now: str | None, texts: Texts) -> list[Option]:
    """Return the event's gates; the present one is filled."""
    return [
        Option(
            gate.id,
            gate.name,
            texts.say(f"gate.{gate.direction}"),
            is_main=gate.id == now,
        )
        for gate in gates
    ]


def direction_options(status: LaneStatus | None, texts: Texts) -> list[Option]:
    """Return the ways in which a lane can be used."""
    now = "both" if status is None else status.direction
    return [
        Option("in", texts.say("duty.way_in"), is_main=now == "in"),
        Option("out", texts.say("duty.way_out"), icon="exit", is_main=now == "out"),
        Option("both", texts.say("duty.way_gate"), is_main=now == "both"),
    ]


def device_rows(
    facts: MachineFacts, status: LaneStatus, window: WindowFacts, texts: Texts
) -> list[Row]:
    """Return the lines of the device page; what is wrong is marked."""
    return [
        Row(texts.say("device.name"), texts.beside(facts.name, facts.device_id)),
        _sync_row(facts, status, texts),
        Row(
            texts.say("device.data"),
            texts.say("device.data_is", tickets=facts.tickets, entries=facts.entries),
        ),
        _storage_row(facts, texts),
        _clock_row(facts, texts),
        _camera_row(window, texts),
        Row(
            texts.say("device.readers"),
            window.readers or texts.say("device.readers_fine"),
            "bad" if window.readers else "",
        ),
        Row(texts.say("device.tags"), texts.say("device.tags_stop")),
        Row(
            texts.say("device.sound"),
            texts.say("bar.sound_on" if window.is_audible else "bar.sound_off"),
            "" if window.is_audible else "bad",
        ),
        _power_row(window, texts),
        _lock_row(window, texts),
        Row(
            texts.say("device.supervisors"),
            texts.say("device.supervisors_are", count=facts.supervisors),
        ),
        Row(
            texts.say("device.problem"),
            spell_trouble(facts.trouble, facts.problem, texts, is_detailed=True)
            or texts.say("device.no_problem"),
            "bad" if facts.problem else "",
        ),
    ]


def _sync_row(facts: MachineFacts, status: LaneStatus, texts: Texts) -> Row:
    mode = texts.say(f"bar.{status.mode}")
    age = texts.say("bar.no_knowledge")
    if status.knowledge_age is not None:
        age = texts.say("bar.knowledge", age=spell_age(status.knowledge_age, texts))
    pending = texts.say("bar.pending", count=facts.pending)
    said = texts.beside(mode, age, pending, facts.server)
    return Row(texts.say("device.sync_is"), said, "" if status.mode == "online" else "bad")


def _storage_row(facts: MachineFacts, texts: Texts) -> Row:
    name = texts.say("device.storage")
    if facts.free_bytes is None:
        return Row(name, texts.say("device.unknown"), "bad")
    free = texts.decimal(facts.free_bytes / _GIGABYTE)
    role = "" if facts.free_bytes >= FREE_BYTES_MIN else "bad"
    return Row(name, texts.say("device.free", free=free), role)


def _clock_row(facts: MachineFacts, texts: Texts) -> Row:
    name = texts.say("device.clock")
    if facts.clock_offset is None:
        return Row(name, texts.say("device.clock_unknown"), "bad")
    offset = texts.decimal(facts.clock_offset / SECOND, sign="+")
    error = "?" if facts.clock_error is None else str(facts.clock_error // MILLISECOND)
    is_fine = facts.is_clock_trusted and abs(facts.clock_offset) <= CLOCK_ERROR_MAX
    said = texts.say("device.clock_is", offset=offset, error=error)
    return Row(name, said, "" if is_fine else "bad")


def _camera_row(window: WindowFacts, texts: Texts) -> Row:
    said = texts.say(f"device.camera_{window.camera}")
    return Row(texts.say("device.camera"), said, "bad" if window.camera.is_trouble else "")


def _power_row(window: WindowFacts, texts: Texts) -> Row:
    name = texts.say("device.power")
    if window.battery is None:
        return Row(name, texts.say("device.power_mains"))
    role = "" if window.battery > BATTERY_MIN else "bad"
    return Row(name, texts.say("set.percent", value=window.battery), role)


def _lock_row(window: WindowFacts, texts: Texts) -> Row:
    """Name what the public could get at."""
    name = texts.say("device.locked")
    if not window.is_full_screen:
        return Row(name, texts.say("device.lock_window"), "bad")
    if not window.is_session_locked:
        return Row(name, texts.say("device.lock_session"), "bad")
    return Row(name, texts.say("device.lock_fine"), "good")
