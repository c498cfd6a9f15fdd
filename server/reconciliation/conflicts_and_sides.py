"""Opens conflicts, lets later sides join and gates settle them, in the ledger's own transactions.

There is one conflict for each event, kind and subject; later sides join it, and one that was
settled is then open again. Whoever records holds the event's counter or the subject's ticket, so
that two uploads cannot open the same one twice; the unique key stands behind that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from server.db.column_types import TICKET_ID_OFFSET
from server.db.hot_path_connections import Row, Transaction
from server.db.hot_path_statements import insertion, lookup, statement, updating
from server.reconciliation.conflicts_of_a_device import gather
from server.reconciliation.entries_of_sides import READ_SIDES, SET_ORDER, in_order, is_certain
from server.reconciliation.findings import (
    SIDES_MAX,
    WHOLE,
    ConflictKind,
    Finding,
    FindingSide,
    GateWord,
)
from server.reconciliation.models import Conflict, ConflictSide
from shared.kernel import ids
from shared.kernel.id_types import (
    ClaimId,
    ConflictId,
    DeviceId,
    EventId,
    GateId,
    OrganizationId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import Instant
from shared.kernel.ports import Entropy
from shared.wire.feed import ConflictNotice, Disposition

WITHDRAWN: Final = "withdrawn"

_KNOWN: Final = lookup(
    "conflict", "subject, conflict.id, disposition", "kind = $4 AND subject", "text", given=3
)
_OPEN: Final = insertion(
    Conflict,
    "id organization_id event_id kind subject ticket_id occurrence_id zone_id device_id"
    " is_ordered detail disposition note opened_at updated_at",
)
_REOPEN: Final = updating(
    Conflict, "event_id id", "updated_at disposition disposed_by disposed_at note"
)
_ADD_SIDES: Final = insertion(
    ConflictSide,
    "conflict_id side organization_id event_id device_id gate_id at at_error count mode"
    " reason boot dseq entry signature",
    "ON CONFLICT DO NOTHING",
)
_DROP_SIDES: Final = statement(
    "DELETE FROM conflict_side WHERE event_id = $1 AND organization_id = $2"
    " AND conflict_id = ANY($3::text[]) AND NOT (conflict_id || ' ' || side = ANY($4::text[]))"
)
_SIDED: Final = statement(
    "SELECT DISTINCT side FROM conflict_side WHERE event_id = $1 AND organization_id = $2"
    " AND side = ANY($3::text[])"
)
_ATTACH: Final = updating(ConflictSide, "event_id side", "boot dseq entry signature")
_WITHDRAW: Final = statement(
    "UPDATE conflict SET disposition = 'withdrawn', disposed_at = $5::bigint, updated_at = $5"
    " WHERE event_id = $1 AND organization_id = $2 AND kind = $3 AND subject = $4"
    " AND disposition = '' RETURNING id"
)
_SETTLE: Final = statement(
    "UPDATE conflict SET disposition = $4, disposed_by = $5, disposed_at = $6::bigint,"
    " updated_at = $6 WHERE id = $3 AND event_id = $1 AND organization_id = $2"
    " AND (disposition = '' OR disposed_by LIKE '%@%')"
    # Of sides that came after what the gate had read of the feed, its supervisor knew nothing.
    " AND NOT EXISTS (SELECT 1 FROM conflict_side s JOIN ticket_use u ON u.event_id = s.event_id"
    " AND u.claim_id = s.side WHERE s.event_id = $1 AND s.conflict_id = $3 AND u.seq > $7::bigint)"
    " RETURNING kind, ticket_id, occurrence_id, zone_id, device_id, subject"
)
_ADD_DISPOSITION: Final = statement(
    "INSERT INTO conflict_disposition (conflict_id, number, organization_id, event_id,"
    " disposition, said_by, said_at, note, device_id, boot, dseq)"
    " SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6::bigint, '', $7, $8::bytea,"
    " $9::bigint FROM conflict_disposition WHERE event_id = $3 AND conflict_id = $1"
)
_CLOCK_EVIDENCE: Final = statement(
    "SELECT s.entry FROM conflict c JOIN conflict_side s ON s.event_id = c.event_id"
    " AND s.conflict_id = c.id"
    " WHERE c.organization_id = $1 AND c.device_id = $2 AND c.kind = 'clock'"
    " AND s.entry IS NOT NULL"
)
_OPEN_DOUBLES: Final = statement(
    "SELECT ticket_id FROM conflict WHERE event_id = $1 AND organization_id = $2"
    " AND zone_id = ANY($3::text[]) AND disposition = '' AND kind IN ('double_use', 'home_lost')"
)
COUNT_OPEN: Final = (
    "SELECT count(*) FROM conflict WHERE event_id = $1 AND organization_id = $2"
    " AND disposition = ''"
)
"""An event's open conflicts, as a part of another reading."""

NO_CONFLICT: Final = ConflictId("")
_Standing = dict[tuple[ConflictKind, str], tuple[ConflictId, str]]
"""Conflicts by kind and subject: their ids and dispositions."""


async def record_findings(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    findings: Sequence[Finding],
    *,
    now: Instant,
    entropy: Entropy,
) -> list[ConflictNotice]:
    """Open or join a conflict for each finding; returns what to tell the gates, in order.

    The number of statements does not depend on the number of findings: a gate that was cut off
    for long brings hundreds at once, and all others wait for the counter meanwhile.
    """
    if not findings:
        return []
    known = await _known(transaction, organization_id, event_id, findings)
    kept, more = await gather(transaction, organization_id, event_id, findings, known)
    if more:
        known |= await _known(transaction, organization_id, event_id, more)
    findings = [*kept, *more]
    findings = await _with_room(transaction, organization_id, event_id, findings, known)
    settled = await _open_again(transaction, organization_id, event_id, findings, known, now)
    named = await _open(transaction, organization_id, event_id, findings, known, now, entropy)
    sides = [
        _side_row(
            ConflictId(named[finding.kind, finding.subject]), organization_id, event_id, side
        )
        for finding in findings
        for side in finding.sides[:SIDES_MAX]
    ]
    await transaction.run_many(_ADD_SIDES, sides)
    await _drop_sides(transaction, organization_id, event_id, findings, named)
    told = {named[one.kind, one.subject]: one for one in findings}
    return await _notices(transaction, organization_id, event_id, told, settled)


async def find_open(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    findings: Sequence[Finding],
) -> list[Finding]:
    """Return those findings of which there is an open conflict."""
    known = await _known(transaction, organization_id, event_id, findings)
    return [
        one for one in findings if known.get((one.kind, one.subject), (NO_CONFLICT, "-"))[1] == ""
    ]


async def is_on_record(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    kind: ConflictKind,
    subject: str,
) -> bool:
    """Tell whether there is a conflict, open or settled."""
    return bool(await transaction.fetch(_KNOWN, event_id, organization_id, [subject], kind.value))


async def _known(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    findings: Sequence[Finding],
) -> _Standing:
    subjects: dict[ConflictKind, dict[str, None]] = {}
    for finding in findings:
        subjects.setdefault(finding.kind, {})[finding.subject] = None
    known = {}
    for kind, wanted in subjects.items():
        rows = await transaction.fetch(_KNOWN, event_id, organization_id, list(wanted), kind.value)
        known.update({(kind, row[0]): (ConflictId(str(row[1])), str(row[2])) for row in rows})
    return known


async def withdraw(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
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
    found = ConflictId(str(rows[0][0]))
    told, said_of = {found: finding}, {found: WITHDRAWN}
    return (await _notices(transaction, organization_id, event_id, told, said_of))[0]


async def settle_from_gate(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    word: GateWord,
    *,
    now: Instant,
) -> ConflictNotice | None:
    """Note what a supervisor at a gate decided.

    None where the organizer has decided already, or a side has joined that the gate did not know.

    Who decided is then `PERSON@DEVICE`; the organizer's own names have no `@`.
    """
    said, said_by = word.said, f"{word.said.person}@{word.device_id}"
    if said.disposition not in frozenset(Disposition):
        return None
    rows = await transaction.fetch(
        _SETTLE,
        event_id,
        organization_id,
        said.conflict_id,
        said.disposition,
        said_by,
        now,
        word.knew,
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
        kind=ConflictKind(kind),
        subject=subject,
        sides=(),
        ticket_id=None if ticket_id is None else ticket_id + TICKET_ID_OFFSET,
        occurrence_id=occurrence_id,
        zone_id=zone_id,
        device_id=about,
    )
    told = {said.conflict_id: finding}
    said_of = {said.conflict_id: said.disposition}
    return (await _notices(transaction, organization_id, event_id, told, said_of))[0]


async def attach_entries(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
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


async def read_clock_evidence(
    transaction: Transaction, organization_id: OrganizationId, device_id: DeviceId
) -> list[bytes]:
    """Return the entries that conflicts about a device's clock hold, in no order."""
    rows = await transaction.fetch(_CLOCK_EVIDENCE, organization_id, device_id)
    return [bytes(row[0]) for row in rows]


async def read_open_doubles(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    zone_ids: Iterable[ZoneId],
) -> list[TicketId]:
    """Name the tickets of open double uses in some zones, in order."""
    rows = await transaction.fetch(_OPEN_DOUBLES, event_id, organization_id, sorted(zone_ids))
    return sorted(row[0] + TICKET_ID_OFFSET for row in rows)


async def _with_room(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    findings: Sequence[Finding],
    known: _Standing,
) -> list[Finding]:
    """Leave out what would join an open conflict that shows entries enough, one by one.

    Each notice of it names all its sides: who made up another each time filled the feed with them.
    """
    ids_open = [conflict_id for conflict_id, said in known.values() if not said]
    rows = await transaction.fetch(READ_SIDES, event_id, organization_id, ids_open)
    counted = Counter(row[0] for row in rows)

    def is_full(one: Finding) -> bool:
        conflict_id, _ = known.get((one.kind, one.subject), (NO_CONFLICT, ""))
        is_whole = one.is_whole or one.kind in WHOLE
        return not is_whole and counted[conflict_id] >= SIDES_MAX

    return [one for one in findings if not is_full(one)]


async def _open_again(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    findings: Sequence[Finding],
    known: _Standing,
    now: Instant,
) -> dict[ConflictId, str]:
    """Open settled conflicts that a new side joins, and withdrawn ones.

    Returns:
        What was decided of the others: nobody has to look at the same sides twice.
    """
    ids_known = [conflict_id for conflict_id, _ in known.values()]
    rows = await transaction.fetch(READ_SIDES, event_id, organization_id, ids_known)
    held = {(row[0], row[1]) for row in rows}
    settled = {conflict_id: said for conflict_id, said in known.values() if said != WITHDRAWN}
    for finding in findings:
        conflict_id, _ = known.get((finding.kind, finding.subject), (NO_CONFLICT, ""))
        sides = {(conflict_id, side.side) for side in finding.sides[:SIDES_MAX]}
        if not sides <= held:
            settled.pop(conflict_id, None)
    again = [one for one in ids_known if not settled.get(one)]
    await transaction.run_many(
        _REOPEN, [(event_id, one, now, "", None, None, "") for one in again]
    )
    return settled


async def _open(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    findings: Sequence[Finding],
    known: _Standing,
    now: Instant,
    entropy: Entropy,
) -> dict[tuple[ConflictKind, str], ConflictId]:
    """Open conflicts that are not known yet; the ids of all."""
    named = {key: conflict_id for key, (conflict_id, _) in known.items()}
    opened: list[Row] = []
    for finding in findings:
        key = (finding.kind, finding.subject)
        if key in named:
            continue
        named[key] = ids.new_id(ids.CONFLICT, entropy)
        ticket_id = finding.ticket_id
        opened.append(
            (
                named[key],
                organization_id,
                event_id,
                finding.kind.value,
                finding.subject,
                None if ticket_id is None else ticket_id - TICKET_ID_OFFSET,
                finding.occurrence_id,
                finding.zone_id,
                finding.device_id,
                False,
                finding.detail,
                "",
                "",
                now,
                now,
            )
        )
    await transaction.run_many(_OPEN, opened)
    return named


async def _drop_sides(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    findings: Sequence[Finding],
    named: Mapping[tuple[ConflictKind, str], str],
) -> None:
    """Drop recorded sides that a finding over all passages does not name any more."""
    whole = [one for one in findings if one.is_whole or one.kind in WHOLE]
    if whole:
        conflicts = [named[one.kind, one.subject] for one in whole]
        sides = [
            f"{named[one.kind, one.subject]} {side.side}" for one in whole for side in one.sides
        ]
        await transaction.fetch(_DROP_SIDES, event_id, organization_id, conflicts, sides)


def _side_row(
    conflict_id: ConflictId, organization_id: OrganizationId, event_id: EventId, side: FindingSide
) -> Row:
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


async def _notices(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    told: Mapping[ConflictId, Finding],
    settled: Mapping[ConflictId, str],
) -> list[ConflictNotice]:
    """Say conflicts, by their ids, as the feed has them; notes whether their order is certain.

    Args:
        transaction: A writing one.
        organization_id: Whose.
        event_id: Of which event.
        told: By conflict id.
        settled: What was decided of them, by conflict id; others are open.
    """
    rows = await transaction.fetch(READ_SIDES, event_id, organization_id, list(told))
    sides: dict[str, list[FindingSide]] = {conflict_id: [] for conflict_id in told}
    for conflict_id, *side in rows:
        sides[conflict_id].append(FindingSide(*side))
    notices = []
    for conflict_id, finding in told.items():
        found = in_order(sides[conflict_id])
        notices.append(
            ConflictNotice(
                conflict_id=conflict_id,
                kind=finding.kind.value,
                ticket_id=finding.ticket_id,
                zone_id=finding.zone_id,
                claim_ids=tuple(ClaimId(side.side) for side in found),
                gate_ids=tuple(side.gate_id for side in found),
                disposition=settled.get(conflict_id, ""),
                ordered=is_certain(found),
            )
        )
    await transaction.run_many(
        SET_ORDER, [(event_id, one.conflict_id, one.ordered) for one in notices]
    )
    return notices


def settled_notice(
    conflict_id: ConflictId,
    kind: str,
    ticket_id: TicketId | None,
    zone_id: ZoneId,
    sides: Sequence[tuple[str, str]],
    *,
    disposition: str,
    is_ordered: bool,
) -> ConflictNotice:
    """Say a settled conflict as the feed has it; sides are claim ids with their gates."""
    return ConflictNotice(
        conflict_id=conflict_id,
        kind=kind,
        ticket_id=ticket_id,
        zone_id=zone_id,
        claim_ids=tuple(ClaimId(side) for side, _ in sides),
        gate_ids=tuple(GateId(gate_id) for _, gate_id in sides),
        disposition=disposition,
        ordered=is_ordered,
    )
