"""Scans that let nobody in: what of a journal's entry is counted. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

from server.tallies.what_is_counted import MINUTE_US
from shared.admission.reasons import Reason
from shared.journal.entry import Body, Entry, ScanBody
from shared.kernel.id_types import EventId, GateId

OTHER: Final = "other"
"""A reason that this version does not know; a device may write what it likes."""
_KNOWN: Final = frozenset(reason.value for reason in Reason)


class Denied(msgspec.Struct, frozen=True):
    """One scan that let nobody in."""

    event_id: EventId
    gate_id: GateId
    minute: int
    verdict: str
    reason: str


def denied_by(entry: Entry, body: Body | None) -> Denied | None:
    """Tell what an entry adds to the denials; None for anything else."""
    if not isinstance(body, ScanBody) or body.verdict == "admit" or not entry.event_id:
        return None
    reason = body.reason if body.reason in _KNOWN else OTHER
    minute = entry.corrected // MINUTE_US
    return Denied(entry.event_id, body.gate_id, minute, body.verdict, reason)
