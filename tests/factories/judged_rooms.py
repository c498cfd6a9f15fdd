"""Letting the server judge its limited zones, as it does now and then."""

from __future__ import annotations

from server.exchange.ledger import Ledger
from tests.factories.ledger_office import LedgerOffice


async def judge_rooms(office: LedgerOffice) -> None:
    """Judge every zone that waits."""
    ledger: Ledger = office.office.framework.state["ledger"]
    await ledger.rooms.work()
