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


async def without_seeming(
    transaction: Transaction,
    organization_id: str,
    event_id: str,
    findings: Sequence[Finding],
    unseen: Mapping[str, int],
) -> list[Finding]:
    """Leave out zones that only seem overfull. Called when the batch's passages are recorded.

    Args:
        findings: Of one batch; their excess is less by whom the batch had until then shown to have
            gone out unseen.
        unseen: The same by zone for the whole batch, from its headcount.
    """
    full = {one.zone_id for one in findings if one.kind is ConflictKind.OVER_CAPACITY}
    if not full:
        return list(findings)
    rows = await transaction.fetch(COUNT_UNSEEN, event_id, organization_id, sorted(full))
    before = {row[0]: int(row[1]) - unseen.get(row[0], 0) for row in rows}
    return [
        one
        for one in findings
        if one.kind is not ConflictKind.OVER_CAPACITY or one.excess > before.get(one.zone_id, 0)
    ]
