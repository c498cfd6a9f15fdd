"""What posted passages are found to contradict, as findings with their sides. Pure."""

from __future__ import annotations

from typing import Final

from server.reconciliation.findings import ConflictKind, Finding, Side
from server.sync.journal_check import CheckedEntry, corrected_time
from server.sync.records import UseRecord
from shared.admission.reasons import Reason
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant

_VOID: Final = frozenset({Reason.CANCELLED, Reason.SUPERSEDED, Reason.BLOCKED, Reason.UNPAID})


def side_of(use: UseRecord, checked: CheckedEntry | None) -> Side:
    """Say a passage as a side, with the entry that records it if that is at hand."""
    return Side(
        use.claim_id,
        use.device_id,
        use.gate_id,
        use.at,
        use.at_error,
        use.count,
        use.mode,
        use.reason,
        use.boot,
        use.dseq,
        None if checked is None else checked.signed.entry,
        None if checked is None else checked.signed.signature,
    )


def objected(use: UseRecord, side: Side, objection: Reason) -> Finding:
    """Name an entry against which something speaks whatever came before it."""
    is_void = objection in _VOID
    kind = ConflictKind.ADMITTED_AFTER_VOID if is_void else ConflictKind.ADMITTED_AGAINST_RULES
    return Finding(
        kind,
        f"{format_ticket_id(use.ticket_id)}/{use.occurrence_id}/{use.zone_id}",
        [side],
        ticket_id=use.ticket_id,
        occurrence_id=use.occurrence_id,
        zone_id=use.zone_id,
        detail=f"the ledger would have answered {objection.value}",
    )


def overfull(use: UseRecord, side: Side) -> Finding:
    """Name an entry into a zone that was full."""
    return Finding(
        ConflictKind.OVER_CAPACITY,
        f"{use.occurrence_id}/{use.zone_id}",
        [side],
        occurrence_id=use.occurrence_id,
        zone_id=use.zone_id,
        detail="more persons were let in than the zone holds",
    )


def foreign_undo(checked: CheckedEntry, known: UseRecord, received_at: Instant) -> Finding:
    """Name a device that takes another's admission back, which none may: it has no effect."""
    entry = checked.entry
    assert entry is not None
    at, at_error = corrected_time(entry, received_at)
    side = Side(
        checked.hash[:16].hex(),
        entry.device_id,
        "",
        at,
        at_error,
        known.count,
        "",
        "undo",
        entry.boot,
        entry.dseq,
        checked.signed.entry,
        checked.signed.signature,
    )
    return Finding(
        ConflictKind.FOREIGN_UNDO,
        f"{entry.device_id}/{known.claim_id}",
        [side],
        ticket_id=known.ticket_id,
        zone_id=known.zone_id,
        device_id=entry.device_id,
        detail="the device took an admission of another device back; it stands all the same",
    )
