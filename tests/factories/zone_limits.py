"""Limiting how many persons the ledger office's zone holds."""

from __future__ import annotations

from tests.factories.ledger_office import LedgerOffice


async def limit_zone(office: LedgerOffice, capacity: int | None) -> None:
    """Limit the zone's capacity, or lift the limit."""
    body = {
        "name": "Arena",
        "occurrence_id": office.occurrence_id,
        "reentry_after_exit": False,
        "capacity": capacity,
    }
    zone = f"{office.path}/zones/{office.zone_id}"
    await office.office.ok("PUT", zone, office.owner, json=body)
