"""Telling a zone that is overfull from one that only seems to be.

Of somebody whose exit is heard of before the entry, the exit is not counted; whom its gate let in
on the place that came free is. The place is still in the share of the gate whose entry is on its
way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.db.driver import Transaction
from server.reconciliation.findings import ConflictKind, Finding
from server.sync.statements import COUNT_UNSEEN


async def count_unseen(
    transaction: Transaction, organization_id: str, event_id: str, findings: Sequence[Finding]
) -> dict[str, int]:
    """Count who went out and was not seen coming, in the zones that are said to be overfull."""
    full = {one.zone_id for one in findings if one.kind is ConflictKind.OVER_CAPACITY}
    if not full:
        return {}
    rows = await transaction.fetch(COUNT_UNSEEN, event_id, organization_id, sorted(full))
    return {row[0]: int(row[1]) for row in rows}


async def without_seeming(
    transaction: Transaction,
    organization_id: str,
    event_id: str,
    findings: Sequence[Finding],
    before: Mapping[str, int],
) -> list[Finding]:
    """Leave out zones that only seem overfull.

    Args:
        before: From `count_unseen`, before the batch's passages were recorded: it may bring the
            entries as well. Called when they are.
    """
    after = await count_unseen(transaction, organization_id, event_id, findings)
    unseen = {zone_id: max(n, before.get(zone_id, 0)) for zone_id, n in after.items()}
    return [
        one
        for one in findings
        if one.kind is not ConflictKind.OVER_CAPACITY or one.excess > unseen.get(one.zone_id, 0)
    ]
