"""Telling a zone that is overfull from one that only seems to be."""

from __future__ import annotations

from collections.abc import Sequence

from server.db.driver import Transaction
from server.reconciliation.findings import ConflictKind, Finding
from server.sync.statements import COUNT_UNSEEN


async def without_seeming(
    transaction: Transaction, organization_id: str, event_id: str, findings: Sequence[Finding]
) -> list[Finding]:
    """Leave out zones that seem overfull only because exits came before their entries.

    Such an exit is not counted, and whom its gate let in on it is; the place is still in the
    share of the gate whose entry is on its way. Called when the batch's passages are recorded.
    """
    full = {one.zone_id for one in findings if one.kind is ConflictKind.OVER_CAPACITY}
    if not full:
        return list(findings)
    rows = await transaction.fetch(COUNT_UNSEEN, event_id, organization_id, sorted(full))
    unseen: dict[str, int] = {row[0]: int(row[1]) for row in rows}
    return [
        one
        for one in findings
        if one.kind is not ConflictKind.OVER_CAPACITY or one.excess > unseen.get(one.zone_id, 0)
    ]
