"""Saying how many persons the ledger office's zone holds, and whether they may come back."""

from __future__ import annotations

from typing import Any

from tests.factories.ledger_office import LedgerOffice


async def limit_zone(
    office: LedgerOffice, capacity: int | None, *, may_return: bool = False, **more: Any
) -> None:
    """Limit the zone's capacity, or lift the limit; say whether who went out may come back.

    `more` is said of the zone besides.
    """
    body = {
        "name": "Arena",
        "occurrence_id": office.occurrence_id,
        "reentry_after_exit": may_return,
        "capacity": capacity,
    }
    zone = f"{office.path}/zones/{office.zone_id}"
    await office.office.ok("PUT", zone, office.owner, json=body | more)
