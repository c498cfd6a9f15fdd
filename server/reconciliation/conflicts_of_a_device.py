"""Gathering what one device's own word alone would open one by one, beyond a bound.

A sale, an act or a payout that cannot be right is named by itself, so that a person can rule on
it. Whoever holds a key can sign such without end: each would be a row of the organizer's list, in
which a double use is then looked for, and an item of the feed that all gates read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from server.db.hot_path_connections import Transaction
from server.db.hot_path_statements import statement
from server.reconciliation.findings import SIDES_MAX, ConflictKind, Finding
from shared.kernel.id_types import DeviceId, EventId, OrganizationId

CONFLICTS_OF_A_DEVICE_MAX: Final = 200
"""Open ones of a kind that one device's own word alone opens: nobody rules on more one by one."""

_COUNT: Final = statement(
    "SELECT kind, device_id, count(*) FROM conflict WHERE event_id = $1 AND organization_id = $2"
    " AND disposition = '' AND device_id = ANY($3::text[]) GROUP BY kind, device_id"
)
_DETAIL: Final = (
    f"{CONFLICTS_OF_A_DEVICE_MAX} conflicts of this kind are open for this device: further"
    " ones are not listed one by one, but its journal has them all"
)


async def gather(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    findings: Sequence[Finding],
    known: Collection[tuple[ConflictKind, str]],
) -> tuple[Sequence[Finding], Sequence[Finding]]:
    """Put findings beyond the bound into one of their device and kind: the others, and these.

    Args:
        transaction: A writing one.
        organization_id: Whose.
        event_id: Of which event.
        findings: What was found.
        known: Kinds and subjects of those of which there is a conflict: these join it.
    """
    devices = {one.device_id for one in findings if _is_own_word(one)}
    if not devices:
        return findings, ()
    rows = await transaction.fetch(_COUNT, event_id, organization_id, sorted(devices))
    counts = {(str(row[0]), str(row[1])): int(row[2]) for row in rows}
    named, kept = set(known), []
    beyond: dict[tuple[ConflictKind, DeviceId], list[Finding]] = {}
    for one in findings:
        key, of_device = (one.kind, one.subject), (one.kind, one.device_id)
        if key not in named and _is_own_word(one):
            if counts.get(of_device, 0) >= CONFLICTS_OF_A_DEVICE_MAX:
                beyond.setdefault(of_device, []).append(one)
                continue
            counts[of_device] = counts.get(of_device, 0) + 1
            named.add(key)
        kept.append(one)
    return kept, [_gathered(*of_device, more) for of_device, more in beyond.items()]


def _is_own_word(finding: Finding) -> bool:
    """Tell whether nobody but the device that a finding is about has said anything of it."""
    return bool(finding.device_id) and all(
        side.device_id == finding.device_id for side in finding.sides
    )


def _gathered(kind: ConflictKind, device_id: DeviceId, findings: Sequence[Finding]) -> Finding:
    sides = {side.side: side for one in findings for side in one.sides}
    return Finding(
        kind=kind,
        subject=device_id,
        sides=list(sides.values())[:SIDES_MAX],
        device_id=device_id,
        detail=_DETAIL,
    )
