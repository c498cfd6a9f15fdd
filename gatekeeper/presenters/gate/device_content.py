"""What the device's page says of the machine: readers, data, clock, power, what is not locked."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.gate.answer import LaneStatus
from gatekeeper.gate.clock import CLOCK_ERROR_MAX
from gatekeeper.low_disk_and_battery import BATTERY_MIN, FREE_BYTES_MIN
from gatekeeper.presenters.fault_words import spell_trouble
from gatekeeper.presenters.page_items import Row
from gatekeeper.readers.black_still_or_silent_camera import CameraState
from gatekeeper.supervisor.shown_to_supervisors import MachineFacts
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_age
from shared.kernel.instant import MILLISECOND, SECOND

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


def device_rows(facts: MachineFacts, status: LaneStatus, window: WindowFacts) -> list[Row]:
    """Return the lines of the device page; what is wrong is marked."""
    return [
        Row(TEXTS.say("device.name"), TEXTS.beside(facts.name, facts.device_id)),
        _sync_row(facts, status),
        Row(
            TEXTS.say("device.data"),
            TEXTS.say("device.data_is", tickets=facts.tickets, entries=facts.entries),
        ),
        _storage_row(facts),
        _clock_row(facts),
        _camera_row(window),
        Row(
            TEXTS.say("device.readers"),
            window.readers or TEXTS.say("device.readers_fine"),
            "bad" if window.readers else "",
        ),
        Row(TEXTS.say("device.tags"), TEXTS.say("device.tags_stop")),
        Row(
            TEXTS.say("device.sound"),
            TEXTS.say("bar.sound_on" if window.is_audible else "bar.sound_off"),
            "" if window.is_audible else "bad",
        ),
        _power_row(window),
        _lock_row(window),
        Row(
            TEXTS.say("device.supervisors"),
            TEXTS.say("device.supervisors_are", count=facts.supervisors),
        ),
        Row(
            TEXTS.say("device.problem"),
            spell_trouble(facts.trouble, facts.problem, is_detailed=True)
            or TEXTS.say("device.no_problem"),
            "bad" if facts.problem else "",
        ),
    ]


def _sync_row(facts: MachineFacts, status: LaneStatus) -> Row:
    mode = TEXTS.say(f"bar.{status.mode}")
    age = TEXTS.say("bar.no_knowledge")
    if status.knowledge_age is not None:
        age = TEXTS.say("bar.knowledge", age=spell_age(status.knowledge_age, TEXTS))
    pending = TEXTS.say("bar.pending", count=facts.pending)
    said = TEXTS.beside(mode, age, pending, facts.server)
    return Row(TEXTS.say("device.sync_is"), said, "" if status.mode == "online" else "bad")


def _storage_row(facts: MachineFacts) -> Row:
    name = TEXTS.say("device.storage")
    if facts.free_bytes is None:
        return Row(name, TEXTS.say("device.unknown"), "bad")
    free = TEXTS.decimal(facts.free_bytes / _GIGABYTE)
    role = "" if facts.free_bytes >= FREE_BYTES_MIN else "bad"
    return Row(name, TEXTS.say("device.free", free=free), role)


def _clock_row(facts: MachineFacts) -> Row:
    name = TEXTS.say("device.clock")
    if facts.clock_offset is None:
        return Row(name, TEXTS.say("device.clock_unknown"), "bad")
    offset = TEXTS.decimal(facts.clock_offset / SECOND, sign="+")
    error = "?" if facts.clock_error is None else str(facts.clock_error // MILLISECOND)
    is_fine = facts.is_clock_trusted and abs(facts.clock_offset) <= CLOCK_ERROR_MAX
    said = TEXTS.say("device.clock_is", offset=offset, error=error)
    return Row(name, said, "" if is_fine else "bad")


def _camera_row(window: WindowFacts) -> Row:
    said = TEXTS.say(f"device.camera_{window.camera}")
    return Row(TEXTS.say("device.camera"), said, "bad" if window.camera.is_trouble else "")


def _power_row(window: WindowFacts) -> Row:
    name = TEXTS.say("device.power")
    if window.battery is None:
        return Row(name, TEXTS.say("device.power_mains"))
    role = "" if window.battery > BATTERY_MIN else "bad"
    return Row(name, TEXTS.say("set.percent", value=window.battery), role)


def _lock_row(window: WindowFacts) -> Row:
    """Name what the public could get at."""
    name = TEXTS.say("device.locked")
    if not window.is_full_screen:
        return Row(name, TEXTS.say("device.lock_window"), "bad")
    if not window.is_session_locked:
        return Row(name, TEXTS.say("device.lock_session"), "bad")
    return Row(name, TEXTS.say("device.lock_fine"), "good")
