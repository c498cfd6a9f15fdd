"""Entries that come after the conflict that their passages are sides of: put beside them.

What an entry says of its passage, beside a grant's time, `findings.with_entry` tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from server.db.hot_path_connections import Row, Transaction
from server.db.hot_path_statements import lookup, updating
from server.reconciliation.findings import FindingSide, is_order_certain, with_entry
from server.reconciliation.models import Conflict, ConflictSide
from shared.kernel.id_types import ClaimId, EventId, OrganizationId
from shared.kernel.instant import Instant

SIDE_COLUMNS: Final = (
    "conflict_id, side, device_id, gate_id, at, at_error, count, mode, reason, boot, dseq"
)
"""A conflict, and a `FindingSide` without its entry."""
READ_SIDES: Final = lookup("conflict_side", SIDE_COLUMNS, "conflict_id", "text", given=3)
SET_ORDER: Final = updating(Conflict, "event_id id", "is_ordered")
_SIDED: Final = lookup("conflict_side", SIDE_COLUMNS, "side", "text", given=3)
_ATTACH: Final = updating(
    ConflictSide,
    "event_id conflict_id side",
    "boot dseq entry signature at at_error mode",
)


class PassageEntry(msgspec.Struct, frozen=True):
    """The signed entry of a passage that the ledger had granted, and its place in the journal."""

    claim_id: ClaimId
    boot: bytes
    dseq: int
    entry: bytes
    signature: bytes


async def read_sided(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    claim_ids: Sequence[ClaimId],
) -> Sequence[Row]:
    """Return the sides of conflicts that claims are, as `SIDE_COLUMNS` names them."""
    if not claim_ids:
        return ()
    return await transaction.fetch(_SIDED, event_id, organization_id, list(claim_ids))


async def attach_passages(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    sided: Sequence[Row],
    entries: Sequence[PassageEntry],
    received_at: Instant,
) -> None:
    """Put entries beside their sides, and say anew which conflicts' order is certain.

    Args:
        transaction: A writing one that holds the event's counter.
        organization_id: Whose.
        event_id: Of which event.
        sided: What `read_sided` has found of them.
        entries: The entries.
        received_at: When they came.
    """
    if not sided:
        return
    by_claim = {one.claim_id: one for one in entries}
    given: list[Row] = []
    for conflict_id, *side in sided:
        bare = FindingSide(*side)
        came = by_claim[ClaimId(bare.side)]
        full = with_entry(bare, came.entry, came.signature, received_at)
        key = (event_id, conflict_id, bare.side)
        proof = (came.boot, came.dseq, came.entry, came.signature)
        given.append((*key, *proof, full.at, full.at_error, full.mode))
    await transaction.run_many(_ATTACH, given)
    conflicts = sorted({str(row[0]) for row in sided})
    rows = await transaction.fetch(READ_SIDES, event_id, organization_id, conflicts)
    sides: dict[str, list[FindingSide]] = {one: [] for one in conflicts}
    for conflict_id, *side in rows:
        sides[conflict_id].append(FindingSide(*side))
    ordered = [(event_id, one, is_certain(found)) for one, found in sides.items()]
    await transaction.run_many(SET_ORDER, ordered)


def in_order(sides: Sequence[FindingSide]) -> list[FindingSide]:
    """Put a conflict's sides in the order in which they are told."""
    return sorted(sides, key=lambda side: (side.at, side.side))


def is_certain(sides: Sequence[FindingSide]) -> bool:
    """Tell whether the order of a conflict's first two sides is certain."""
    found = in_order(sides)
    return len(found) > 1 and is_order_certain(found[0], found[1])
