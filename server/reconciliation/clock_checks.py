"""Finding entries whose times cannot be right. Pure.

A clock is a witness: an entry with an impossible time stands, takes effect, and is corrected to
what is possible. But people must know, once for each device and jump, with the entries that say
so.

Source:
    docs/decisions/0006-clocks.md; docs/specs/journal.md, section 7
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from server.entries.checking_uploaded_entries import CheckedEntry
from server.entries.uploaded_chain import JournalAlarm
from shared.journal.entry import CLOCK_JUMP, CLOCK_STEP_MAX, Entry, NoteBody, ScanBody
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import DAY, SECOND, Duration, Instant

SERVERS_APART_MAX: Final[Duration] = 5 * SECOND
"""By so much the clocks of hosts that serve one database differ without being named."""
CLOCK_EVIDENCE_MAX: Final = 40
"""Entries that are kept as evidence of one device's clock; who jumps all day proves no more."""

CLOCK: Final = "clock"
SERVER_CLOCK: Final = "server_clock"

JUMPED: Final = "the device's clock jumped"
AHEAD: Final = "an entry has a time later than when it was received"
BEFORE: Final = "an entry has a time before its device was enrolled"
CONTRADICTORY: Final = "two entries set limits to the clock's error that cannot both be right"


WENT_BACK: Final = (
    "the server's clock was set back by {seconds} s or more, or two servers' clocks"
    " differ; correct them: admission continues, but times are wrong until then"
)

TOLD: Final = (
    "a server had given the device a different time from this one's, and the device's own"
    " clock agrees with this one: a server's clock was wrong and has been corrected, or"
    " two servers' clocks differ"
)


class ClockConflictEntry(msgspec.Struct, frozen=True):
    """An entry that a conflict about its device's clock holds.

    Attributes:
        base: What the wall clock said when the boot's monotonic clock stood at 0.
    """

    boot: bytes
    dseq: int
    base: Instant


class Window(msgspec.Struct, frozen=True):
    """When entries of an upload can have been made."""

    enrolled_at: Instant
    received_at: Instant


class Suspicion(msgspec.Struct, frozen=True):
    """An entry whose time cannot be right, and the one before it where both are needed."""

    checked: CheckedEntry
    entry: Entry
    why: str
    before: CheckedEntry | None = None


def witness_of(entry: Entry) -> ClockConflictEntry:
    """Say an entry as it counts for the clock."""
    return ClockConflictEntry(entry.boot, entry.dseq, entry.wall - entry.monotonic)


def suspect_clocks(
    entries: Iterable[CheckedEntry],
    window: Window,
    lasts: Mapping[bytes, CheckedEntry] = MappingProxyType({}),
) -> list[Suspicion]:
    """Find entries of one device that bear impossible times; in the journal's order.

    Entries with a caller's time, in test and rehearsal profiles, say nothing of a clock.

    Args:
        entries: New ones.
        window: When they can have been made.
        lasts: What was held before of their boots, by boot: each one's last entry.
    """
    found: list[Suspicion] = []
    befores = {
        boot: one for boot, one in lasts.items() if one.entry and not _is_given(one, one.entry)
    }
    for checked in entries:
        entry = checked.entry
        if entry is None or _is_given(checked, entry):
            continue
        before = befores.get(entry.boot)
        last = None if before is None else before.entry
        if last is not None and last.monotonic == entry.monotonic:
            continue  # written in one go, perhaps to put what was lost on record again
        why = _impossible(checked, entry, window)
        other = None
        if not why and last is not None:
            is_new = before is not lasts.get(entry.boot)
            why = _moved(last, entry) or (_contradicts(last, entry) if is_new else "")
            other = before if why else None
        if why:
            found.append(Suspicion(checked, entry, why, other))
        befores[entry.boot] = checked
    return found


def doubt_server(
    entries: Sequence[CheckedEntry], *, heard_at: Instant, now: Instant
) -> list[JournalAlarm]:
    """Name the server's own clock where it is earlier than when it heard of the device last.

    One conflict is kept for each event and day.

    Args:
        entries: New ones; the first is shown.
        heard_at: When a server enrolled the device or heard of it last, by its clock then.
        now: By this server's clock.
    """
    back = heard_at - now
    if back <= SERVERS_APART_MAX or not entries:
        return []
    detail = WENT_BACK.format(seconds=back // SECOND)
    subject = f"server/{now // DAY}"
    return [JournalAlarm(SERVER_CLOCK, entries[0], detail, subject, about=DeviceId(""))]


def doubt_former_server(suspicions: Sequence[Suspicion], now: Instant) -> list[JournalAlarm]:
    """Name the clock of the server that had told a device other times, one for each day."""
    return [
        JournalAlarm(SERVER_CLOCK, one.checked, TOLD, f"server/{now // DAY}", about=DeviceId(""))
        for one in suspicions[:1]
    ]


def was_told(suspicion: Suspicion, window: Window) -> bool:
    """Whether a time is impossible by what a server told alone, not by the device's own clock.

    So it is after a server of a wrong clock was put back, which has forgotten that it was wrong.
    """
    entry = suspicion.entry
    if suspicion.why == JUMPED or entry.offset_error is None:
        return False
    slack = CLOCK_STEP_MAX + entry.offset_error
    return window.enrolled_at - slack <= entry.wall <= window.received_at + slack


def raise_alarms(
    suspicions: Sequence[Suspicion], known: Iterable[ClockConflictEntry]
) -> list[JournalAlarm]:
    """Raise one alarm for each jump that no conflict holds yet.

    What follows an impossible time by the same clock is the same jump.

    Args:
        suspicions: From `suspect_clocks`.
        known: What conflicts about this device's clock hold.
    """
    witnesses = list(known)
    alarms = []
    for one in suspicions:
        mine = witness_of(one.entry)
        earlier = [w for w in witnesses if w.boot == mine.boot and w.dseq <= mine.dseq]
        last = max(earlier, key=lambda witness: witness.dseq, default=None)
        is_known = last is not None and abs(last.base - mine.base) < CLOCK_STEP_MAX
        if is_known or len(witnesses) >= CLOCK_EVIDENCE_MAX:
            continue
        witnesses.append(mine)
        subject = f"{one.entry.device_id}/{mine.boot.hex()}/{mine.dseq}"
        others = () if one.before is None else (one.before,)
        alarms.append(JournalAlarm(CLOCK, one.checked, one.why, subject, others))
    return alarms


def _is_given(checked: CheckedEntry, entry: Entry) -> bool:
    if isinstance(checked.body, ScanBody):
        return checked.body.time_given
    return entry.offset_error == 0


def _impossible(checked: CheckedEntry, entry: Entry, window: Window) -> str:
    """Say what is wrong with an entry by itself, or ""."""
    if isinstance(checked.body, NoteBody) and checked.body.topic == CLOCK_JUMP:
        return JUMPED
    if entry.offset_error is None and not entry.event_id:
        return ""  # a device that has met nobody yet claims nothing of its clock
    at = entry.wall + (entry.offset or 0)
    slack = CLOCK_STEP_MAX + (entry.offset_error or 0)
    if at - slack > window.received_at:
        return AHEAD
    return BEFORE if at + slack < window.enrolled_at else ""


def _moved(before: Entry, entry: Entry) -> str:
    """Say that the device's own two clocks disagree since the entry before, or ""."""
    moved = (entry.wall - entry.monotonic) - (before.wall - before.monotonic)
    return JUMPED if abs(moved) >= CLOCK_STEP_MAX else ""


def _contradicts(before: Entry, entry: Entry) -> str:
    """Say how what a server told by an entry contradicts what one told by the one before, or "".

    Asked within an upload alone: between two of them a server may have set its clock right.
    """
    first, second = _server_base(before), _server_base(entry)
    if first is None or second is None:
        return ""
    (base, error), (other, other_error) = first, second
    return CONTRADICTORY if abs(base - other) > error + other_error + CLOCK_STEP_MAX else ""


def _server_base(entry: Entry) -> tuple[Instant, Duration] | None:
    """Return the server's time when the boot's monotonic clock stood at 0, with its error."""
    if entry.offset is None or entry.offset_error is None:
        return None
    return entry.wall + entry.offset - entry.monotonic, entry.offset_error
