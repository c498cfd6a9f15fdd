"""What of journals' entries is counted: scans that let nobody in, admissions taken back. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

from server.tallies.what_is_counted import MINUTE_US, Stat
from shared.admission.reasons import Reason
from shared.journal.entry import TAKEN_BACK_BY_ITSELF, Body, Entry, EntryKind, ScanBody, UndoBody
from shared.kernel.id_types import EventId

KINDS: Final = (EntryKind.SCAN.value, EntryKind.UNDO.value)
"""Of entries that may count."""
OTHER: Final = "other"
"""A reason that this version does not know; a device may write what it likes."""
_KNOWN: Final = frozenset(reason.value for reason in Reason)


class EntryCount(msgspec.Struct, frozen=True):
    """What one entry adds to the counts; see `Stat`."""

    event_id: EventId
    stat: Stat
    place: str
    minute: int
    scope: str = ""
    what: str = ""


def count_of(entry: Entry, body: Body | None) -> EntryCount | None:
    """Tell what an entry adds to the counts; None for nothing."""
    event_id, minute = entry.event_id, entry.corrected // MINUTE_US
    if not event_id:
        return None
    match body:
        case ScanBody(verdict=verdict, reason=reason, gate_id=gate_id) if verdict != "admit":
            what = reason if reason in _KNOWN else OTHER
            return EntryCount(event_id, Stat.DENIED, gate_id, minute, verdict, what)
        case UndoBody(why=why) if why not in TAKEN_BACK_BY_ITSELF:
            return EntryCount(event_id, Stat.TAKEN_BACK, entry.device_id, minute)
        case _:
            return None


def place_of(one: EntryCount, gates: frozenset[tuple[str, str]]) -> str:
    """Return where an entry counts: at no gate if it names one that is none of the event's.

    Whoever signs what he likes would else make as many counts as he has entries.

    Args:
        one: What it adds.
        gates: Each with its event.
    """
    is_there = one.stat is not Stat.DENIED or (one.event_id, one.place) in gates
    return one.place if is_there else ""
