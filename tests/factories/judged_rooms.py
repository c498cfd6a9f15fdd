"""Letting the server judge its limited zones, as it does now and then."""

from __future__ import annotations

from server.exchange.worker_parts import WorkerParts
from tests.factories.ledger_office import LedgerOffice


async def judge_rooms(office: LedgerOffice) -> None:
    """Judge every zone that waits."""
    parts: WorkerParts = office.office.framework.state["parts"]
    await parts.zone_limits.work()
