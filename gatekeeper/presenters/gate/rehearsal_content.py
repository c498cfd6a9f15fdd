"""What a rehearsal's page says, on the screen and on paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Final

from gatekeeper.gate.answer import LaneStatus
from gatekeeper.presenters.fault_words import spell_trouble
from gatekeeper.presenters.gate.bar_facts import camera_trouble
from gatekeeper.presenters.gate.device_content import WindowFacts
from gatekeeper.presenters.page_items import Option, Row
from gatekeeper.readers.black_still_or_silent_camera import CameraState
from gatekeeper.rehearsal.judging_readiness import (
    REHEARSAL_P99_MAX_MS,
    RehearsalCheck,
    RehearsedDevice,
    Report,
)
from gatekeeper.rehearsal.recording import Recording, ScanKind
from gatekeeper.supervisor.shown_to_supervisors import MachineFacts
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_stamp
from shared.admission.local_time import local_datetime
from shared.kernel.instant import MINUTE, Instant
from shared.kernel.same_fields import made_of

REPLAY_SPEEDS: Final = (60, 10)
"""So many times as fast an evening's busiest part is played: in 15 or 90 seconds."""

_NAMES: Final[Mapping[str, str]] = {
    "clock": "device.clock",
    "readers": "device.readers",
    "sound": "device.sound",
    "power": "device.power",
}
"""Lines that the device page has as well; the others are named by their own keys."""
_MARKS: Final = {True: "✓", False: "✕"}
"""Colour alone tells nobody anything on paper, and not everybody on a screen."""
_COUNTED: Final = frozenset({"answers", "speed", "cut", "pace", "disk", "supervisors"})
_REPLAY: Final = "replay_"


def find_rehearsed_device(
    facts: MachineFacts, status: LaneStatus, window: WindowFacts
) -> RehearsedDevice:
    """Put together how the device stands."""
    error = None
    if facts.clock_offset is not None and facts.clock_error is not None:
        error = abs(facts.clock_offset) + facts.clock_error
    return made_of(
        RehearsedDevice,
        window,
        is_online=status.mode == "online",
        knowledge_age=status.knowledge_age,
        tickets=facts.tickets,
        clock_error=error,
        free_bytes=facts.free_bytes,
        supervisors=facts.supervisors,
        problem=facts.problem,
        trouble=facts.trouble,
    )


def headline(report: Report) -> str:
    """Say ready, or not ready because."""
    if report.is_ready:
        return TEXTS.say("rehearsal.ready")
    names = [name_check(key) for key in report.objections]
    return TEXTS.say("rehearsal.not_ready", why=TEXTS.list(names))


def recording_rows(recording: Recording | None, zone: tzinfo | None) -> list[Row]:
    """Say which queue was recorded, or that there is none."""
    name = TEXTS.say("rehearsal.recording")
    if recording is None:
        return [Row(name, TEXTS.say("rehearsal.recording_none"))]
    said = TEXTS.say(
        "rehearsal.recording_is",
        time=_spell_day(recording.began_at, zone),
        count=len(recording.scans),
        minutes=max(1, recording.lasted // MINUTE),
    )
    odd = TEXTS.say(
        "rehearsal.recording_odd",
        repeats=recording.count(ScanKind.REPEAT),
        refused=recording.count(ScanKind.REFUSED, ScanKind.FORGED, ScanKind.JUNK),
    )
    return [Row(name, TEXTS.beside(said, odd))]


def replay_options(recording: Recording | None) -> list[Option]:
    """Return a button for each speed at which a recorded queue can be played."""
    if recording is None:
        return []
    return [
        Option(f"{_REPLAY}{speed}", TEXTS.say("rehearsal.start_recorded", speed=speed))
        for speed in REPLAY_SPEEDS
    ]


def speed_of(key: str) -> int | None:
    """Return the speed that a button asks for; None for a generated queue."""
    return int(key.removeprefix(_REPLAY)) if key.startswith(_REPLAY) else None


def _spell_day(at: Instant, zone: tzinfo | None) -> str:
    return spell_stamp(local_datetime(at, zone))


def report_rows(report: Report, zone: tzinfo | None) -> list[Row]:
    """Return a line for each thing that was looked at; times are of the zone."""
    return [
        Row(
            name_check(check.key),
            f"{_MARKS[check.is_fine]} {_value(check, zone)}",
            "good" if check.is_fine else "bad",
        )
        for check in report.checks
    ]


def name_check(key: str) -> str:
    """Return what a check of a rehearsal is called."""
    return TEXTS.say(_NAMES.get(key, f"rehearsal.{key}"))


def _value(check: RehearsalCheck, zone: tzinfo | None) -> str:
    if check.key in _COUNTED:
        is_slow = check.key == "speed" and not check.is_fine
        key = "rehearsal.speed_bad" if is_slow else f"rehearsal.{check.key}_is"
        return TEXTS.say(key, wanted=round(REHEARSAL_P99_MAX_MS), **check.values)
    match check.key:
        case "queue":
            return _spell_source(check, zone)
        case "repeats" | "forged":
            return TEXTS.say("rehearsal.denied_is", **check.values)
        case "data" | "clock":
            is_known = min(int(value) for value in check.values.values()) >= 0
            kind = "is" if is_known and check.values.get("tickets") != 0 else "bad"
            return TEXTS.say(f"rehearsal.{check.key}_{kind}", **check.values)
        case "server":
            return TEXTS.say("rehearsal.server_fine" if check.is_fine else "rehearsal.server_bad")
        case "sound":
            chosen = "rehearsal.sound_chosen" if check.values else "bar.sound_on"
            return TEXTS.say(chosen if check.is_fine else "rehearsal.sound_bad")
        case "power":
            percent = check.values["percent"]
            if percent == -1:
                return TEXTS.say("device.power_mains")
            return TEXTS.say("set.percent", value=percent)
        case "readers":
            camera = camera_trouble(CameraState(str(check.values["camera"])))
            said = [str(one) for one in (check.values["why"], camera) if one]
            return TEXTS.beside(*said) if said else TEXTS.say("device.readers_fine")
        case _:
            kind, why = str(check.values["kind"]), str(check.values["why"])
            return spell_trouble(kind, why) or TEXTS.say("rehearsal.gate_fine")


def _spell_source(check: RehearsalCheck, zone: tzinfo | None) -> str:
    if not check.values:
        return TEXTS.say("rehearsal.queue_generated")
    time = _spell_day(Instant(int(check.values["at"])), zone)
    return TEXTS.say("rehearsal.queue_recorded", time=time, speed=check.values["speed"])
