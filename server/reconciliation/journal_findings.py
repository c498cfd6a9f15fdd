"""Saying what is wrong with a journal or a clock as a conflict for people. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.entries.checking_uploaded_entries import CheckedEntry
from server.entries.uploaded_chain import JournalAlarm
from server.reconciliation.findings import ConflictKind, Finding, side_by_place
from shared.kernel.instant import Instant

FLAWED_NAMED_MAX: Final = 8
"""Entries of one upload that an alarm shows at most, besides the first."""


def name_flaws(stored: Sequence[CheckedEntry]) -> list[JournalAlarm]:
    """Raise one alarm for an upload's new entries whose bodies are out of bounds."""
    flawed = [one for one in stored if one.flaw]
    if not flawed:
        return []
    first, *others = flawed[: FLAWED_NAMED_MAX + 1]
    kind = "" if first.entry is None else first.entry.kind
    # Later uploads join this conflict as sides, and it keeps its first words.
    count = f"{len(flawed)} when this was reported"
    detail = f"entries have no effect ({count}); the first, a {kind}: {first.flaw}"
    return [JournalAlarm(ConflictKind.ENTRY_OUT_OF_BOUNDS, first, detail, "", tuple(others))]


def alarm_finding(alarm: JournalAlarm, received_at: Instant) -> Finding:
    """Say an alarm as a conflict, the entries that show it its sides."""
    entry = alarm.checked.as_entry
    return Finding(
        kind=ConflictKind(alarm.kind),
        subject=alarm.subject or entry.device_id,
        sides=[side_by_place(one, received_at) for one in (*alarm.others, alarm.checked)],
        device_id=entry.device_id if alarm.about is None else alarm.about,
        detail=alarm.detail,
    )
