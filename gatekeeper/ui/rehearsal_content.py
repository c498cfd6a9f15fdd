"""What a rehearsal's page says, on the screen and on paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gatekeeper.gate.answer import LaneStatus
from gatekeeper.rehearsal.report import Check, Report, Surroundings
from gatekeeper.supervisor.views import DeviceFacts
from gatekeeper.ui.faults import spell_trouble
from gatekeeper.ui.supervisor_content import WindowFacts
from gatekeeper.ui.texts import Texts
from gatekeeper.ui.windows.device_page import Row

_NAMES: Final[Mapping[str, str]] = {
    "clock": "device.clock",
    "readers": "device.readers",
    "sound": "device.sound",
    "power": "device.power",
}
"""Lines that the device page has as well; the others are named by their own keys."""
_MARKS: Final = {True: "✓", False: "✕"}
"""Colour alone tells nobody anything on paper, and not everybody on a screen."""
_COUNTED: Final = frozenset({"answers", "speed", "cut", "disk", "supervisors"})


def surroundings(facts: DeviceFacts, status: LaneStatus, window: WindowFacts) -> Surroundings:
    """Put together how the device stands."""
    error = None
    if facts.clock_offset is not None and facts.clock_error is not None:
        error = abs(facts.clock_offset) + facts.clock_error
    return Surroundings(
        is_online=status.mode == "online",
        knowledge_age=status.knowledge_age,
        tickets=facts.tickets,
        clock_error=error,
        free_bytes=facts.free_bytes,
        supervisors=facts.supervisors,
        readers=window.readers,
        camera=window.camera,
        is_audible=window.is_audible,
        battery=window.battery,
        problem=facts.problem,
        trouble=facts.trouble,
    )


def headline(report: Report, texts: Texts) -> str:
    """Say ready, or not ready because."""
    if report.is_ready:
        return texts.say("rehearsal.ready")
    names = [_name(key, texts) for key in report.objections]
    return texts.say("rehearsal.not_ready", why=", ".join(names))


def report_rows(report: Report, texts: Texts) -> list[Row]:
    """Return a line for each thing that was looked at."""
    return [
        Row(
            _name(check.key, texts),
            f"{_MARKS[check.is_fine]} {_value(check, texts)}",
            "good" if check.is_fine else "bad",
        )
        for check in report.checks
    ]


def _name(key: str, texts: Texts) -> str:
    return texts.say(_NAMES.get(key, f"rehearsal.{key}"))


def _value(check: Check, texts: Texts) -> str:
    if check.key in _COUNTED:
        return texts.say(f"rehearsal.{check.key}_is", **check.values)
    match check.key:
        case "repeats" | "forged":
            return texts.say("rehearsal.denied_is", **check.values)
        case "data" | "clock":
            is_known = min(int(value) for value in check.values.values()) >= 0
            kind = "is" if is_known and check.values.get("tickets") != 0 else "bad"
            return texts.say(f"rehearsal.{check.key}_{kind}", **check.values)
        case "server":
            return texts.say("rehearsal.server_fine" if check.is_fine else "rehearsal.server_bad")
        case "sound":
            return texts.say("bar.sound_on" if check.is_fine else "bar.sound_off")
        case "power":
            percent = check.values["percent"]
            if percent == -1:
                return texts.say("device.power_mains")
            return texts.say("set.percent", value=percent)
        case "readers":
            why = check.values["why"] or texts.say("device.camera_gone")
            return texts.say("device.readers_fine") if check.is_fine else str(why)
        case _:
            kind, why = str(check.values["kind"]), str(check.values["why"])
            return spell_trouble(kind, why, texts) or texts.say("rehearsal.gate_fine")
