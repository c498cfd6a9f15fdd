"""Recording conflicts inside the ledger's own transactions.

There is one conflict for each event, kind and subject; later sides join it, and one that was
settled is open again. Whoever records holds the event's counter or the subject's ticket, so that
two uploads cannot open the same one twice; the unique key stands behind that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.db.driver import Row, Transaction
from server.db.statement import insertion, statement, updating
from server.db.types import TICKET_ID_OFFSET
from server.reconciliation.findings import (
    ConflictKind,
    Finding,
    GateWord,
    Side,
    is_order_certain,
)
from shared.kernel import ids
from shared.kernel.instant import Instant
from shared.kernel.ports import Entropy
from shared.wire.feed import ConflictNotice

WITHDRAWN: Final = "withdrawn"
GATE_DISPOSITIONS: Final = frozenset({"removed", "let_stay", "our_error", "fraud"})
SIDES_MAX: Final = 50
"""Sides that one conflict keeps; a full hall needs no thousand proofs."""

_OPEN: Final = statement(
    "INSERT INTO conflict (id, organization_id, event_id, kind, subject, ticket_id,"
    " occurrence_id, zone_id, device_id, is_ordered, detail, disposition, disposed_by,"
    " disposed_at, note, opened_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, false, $10, '', NULL, NULL, '', $11, $11)"
    " ON CONFLICT (event_id, kind, subject) DO UPDATE SET updated_at = excluded.updated_at,"
    " disposition = '' RETURNING id"
)
_ADD_SIDES: Final = insertion(
    "conflict_side",
    {
        "conflict_id": "text",
        "side": "text",
        "organization_id": "text",
        "event_id": "text",
        "device_id": "text",
        "gate_id": "text",
        "at": "bigint",
        "at_error": "bigint",
        "count": "bigint",
        "mode": "text",
        "reason": "text",
        "boot": "bytea",
        "dseq": "bigint",
        "entry": "bytea",
        "signature": "bytea",
    },
    "ON CONFLICT DO NOTHING",
)
_READ_SIDES: Final = statement(
    "SELECT side, device_id, gate_id, at, at_error, count, mode, reason FROM conflict_side"
    " WHERE conflict_id = $1 AND organization_id = $2 ORDER BY at, side"
)
_SET_ORDER: Final = statement(
    "UPDATE conflict SET is_ordered = $3::boolean WHERE id = $1 AND organization_id = $2"
)
_SIDED: Final = statement(
    "SELECT DISTINCT side FROM conflict_side WHERE event_id = $1 AND organization_id = $2"
    " AND side = ANY($3::text[])"
)
_ATTACH: Final = updating(
    "conflict_side",
    {"event_id": "text", "side": "text"},
    {"boot": "bytea", "dseq": "bigint", "entry": "bytea", "signature": "bytea"},
)
_WITHDRAW: Final = statement(
    "UPDATE conflict SET disposition = 'withdrawn', disposed_at = $5::bigint, updated_at = $5"
    " WHERE event_id = $1 AND organization_id = $2 AND kind = $3 AND subject = $4"
    " AND disposition = '' RETURNING id"
)
_SETTLE: Final = statement(
    "UPDATE conflict SET disposition = $4, disposed_by = $5, disposed_at = $6::bigint,"
    " updated_at = $6 WHERE id = $3 AND event_id = $1 AND organization_id = $2"
    " AND (disposition = '' OR disposed_by LIKE '%@%')"
    " RETURNING kind, ticket_id, occurrence_id, zone_id, device_id, subject"
)
_ADD_DISPOSITION: Final = statement(
    "INSERT INTO conflict_disposition (conflict_id, number, organization_id, event_id,"
    " disposition, said_by, said_at, note, device_id, boot, dseq)"
    " SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6::bigint, '', $7, $8::bytea,"
    " $9::bigint FROM conflict_disposition WHERE conflict_id = $1"
)
_COUNT_OPEN: Final = statement(
    "SELECT count(*) FROM conflict WHERE event_id = $1 AND organization_id = $2"
    " AND disposition = ''"
)


async def record_findings(
    transaction: Transaction,
    organization_id: str,
    event_id: str,
    findings: Sequence[Finding],
    *,
    now: Instant,
    entropy: Entropy,
) -> list[ConflictNotice]:
    """Open or join a conflict for each finding; returns what to tell the gates, in order."""
    notices = []
    for finding in findings:
        conflict_id = await _open(transaction, organization_id, event_id, finding, now, entropy)
        sides = [
            _side_row(conflict_id, organization_id, event_id, side)
            for side in finding.sides[:SIDES_MAX]
        ]
        await transaction.run_many(_ADD_SIDES, sides)
        notices.append(await _notice(transaction, organization_id, conflict_id, finding))
    return notices


async def withdraw(
    transaction: Transaction,
    organization_id: str,
    event_id: str,
    finding: Finding,
    now: Instant,
) -> ConflictNotice | None:
    """Take an open conflict back whose facts can stand after all; None if there is none."""
    rows = await transaction.fetch(
        _WITHDRAW, event_id, organization_id, finding.kind.value, finding.subject, now
    )
    if not rows:
        return None
    said = (organization_id, event_id, WITHDRAWN, "", now, None, None, None)
    await transaction.fetch(_ADD_DISPOSITION, rows[0][0], *said)
    return await _notice(transaction, organization_id, rows[0][0], finding, disposition=WITHDRAWN)


async def settle_from_gate(
    transaction: Transaction,
    organization_id: str,
    event_id: str,
    word: GateWord,
    *,
    now: Instant,
) -> ConflictNotice | None:
    """Note what a supervisor at a gate decided; None where the organizer has decided already.

    Who decided is then `PERSON@DEVICE`; the organizer's own names have no `@`.
    """
    said, said_by = word.said, f"{word.said.person}@{word.device_id}"
    if said.disposition not in GATE_DISPOSITIONS:
        return None
    rows = await transaction.fetch(
        _SETTLE,
        event_id,
        organization_id,
        said.conflict_id,
        said.disposition,
        said_by,
        now,
    )
    if not rows:
        return None
    place = (word.device_id, word.boot, word.dseq)
    await transaction.fetch(
        _ADD_DISPOSITION,
        said.conflict_id,
        organization_id,
        event_id,
        said.disposition,
        said_by,
        now,
        *place,
    )
    kind, ticket_id, occurrence_id, zone_id, about, subject = rows[0]
    finding = Finding(
        ConflictKind(kind),
        subject,
        (),
        ticket_id=None if ticket_id is None else ticket_id + TICKET_ID_OFFSET,
        occurrence_id=occurrence_id,
        zone_id=zone_id,
        device_id=about,
    )
    return await _notice(
        transaction, organization_id, said.conflict_id, finding, disposition=said.disposition
    )


async def attach_entries(
    transaction: Transaction,
    organization_id: str,
    event_id: str,
    entries: Sequence[tuple[str, bytes, int, bytes, bytes]],
) -> None:
    """Put the signed entries of claims that are sides of a conflict beside them.

    Args:
        transaction: A writing one.
        organization_id: Whose.
        event_id: Of which event.
        entries: Claim id, boot, number, entry and signature of each.
    """
    named = [entry[0] for entry in entries]
    rows = await transaction.fetch(_SIDED, event_id, organization_id, named)
    wanted = {row[0] for row in rows}
    given = [(event_id, *entry) for entry in entries if entry[0] in wanted]
    await transaction.run_many(_ATTACH, given)


async def count_open(transaction: Transaction, organization_id: str, event_id: str) -> int:
    """Count an event's open conflicts."""
    rows = await transaction.fetch(_COUNT_OPEN, event_id, organization_id)
    return int(rows[0][0])


async def _open(
    transaction: Transaction,
    organization_id: str,
    event_id: str,
    finding: Finding,
    now: Instant,
    entropy: Entropy,
) -> str:
    ticket_id = finding.ticket_id
    rows = await transaction.fetch(
        _OPEN,
        ids.new_id(ids.CONFLICT, entropy),
        organization_id,
        event_id,
        finding.kind.value,
        finding.subject,
        None if ticket_id is None else ticket_id - TICKET_ID_OFFSET,
        finding.occurrence_id,
        finding.zone_id,
        finding.device_id,
        finding.detail,
        now,
    )
    return str(rows[0][0])


def _side_row(conflict_id: str, organization_id: str, event_id: str, side: Side) -> Row:
    return (
        conflict_id,
        side.side,
        organization_id,
        event_id,
        side.device_id,
        side.gate_id,
        side.at,
        side.at_error,
        side.count,
        side.mode,
        side.reason,
        side.boot,
        side.dseq,
        side.entry,
        side.signature,
    )


async def _notice(
    transaction: Transaction,
    organization_id: str,
    conflict_id: str,
    finding: Finding,
    disposition: str = "",
) -> ConflictNotice:
    rows = await transaction.fetch(_READ_SIDES, conflict_id, organization_id)
    sides = [Side(*row) for row in rows]
    is_ordered = len(sides) > 1 and is_order_certain(sides[0], sides[1])
    await transaction.fetch(_SET_ORDER, conflict_id, organization_id, is_ordered)
    return ConflictNotice(
        conflict_id,
        finding.kind.value,
        finding.ticket_id,
        finding.zone_id,
        tuple(side.side for side in sides),
        tuple(side.gate_id for side in sides),
        disposition,
        is_ordered,
    )


def settled_notice(
    conflict_id: str,
    kind: str,
    ticket_id: int | None,
    zone_id: str,
    sides: Sequence[tuple[str, str]],
    *,
    disposition: str,
    is_ordered: bool,
) -> ConflictNotice:
    """Say a settled conflict as the feed has it; sides are claim ids with their gates."""
    return ConflictNotice(
        conflict_id,
        kind,
        ticket_id,
        zone_id,
        tuple(side for side, _ in sides),
        tuple(gate_id for _, gate_id in sides),
        disposition,
        is_ordered,
    )
