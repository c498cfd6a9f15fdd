"""Tills whose stock is sized, and what the server says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gatekeeper.boxoffice.till_requests import one_type
from shared.sales.sale_refusals import SaleReason
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate, open_gate


async def limit(office: LedgerOffice, capacity: int, **more: Any) -> None:
    """Let so many of the event's only type be sold, besides those that were issued."""
    terms = {"name": "Standard", "price_minor": 2_500, "quantity_limit": capacity + 20}
    path = f"{office.path}/ticket-types/{office.ticket_type_id}"
    await office.office.ok("PUT", path, office.owner, json=terms | more)


async def size(office: LedgerOffice, device_id: str, count: int | None, **more: Any) -> Any:
    """Size a till's stock of the only type."""
    types = [] if count is None else [{"ticket_type_id": office.ticket_type_id, "size": count}]
    path = f"{office.path}/till-stock/{device_id}"
    body = {"types": types} | more
    return (await office.office.ok("PUT", path, office.owner, json=body))["types"][0]


async def counters(office: LedgerOffice) -> tuple[int, int, int]:
    """Return how many are sold (without those issued at first), held and allotted."""
    (kind,) = await office.office.ok("GET", f"{office.path}/ticket-types", office.owner)
    return kind["sold"] - 20, kind["held"], kind["allotted"]


async def sold(till: WiredGate, tries: int, count: int = 1) -> int:
    """Try so often to sell; returns how many tickets were sold."""
    done = 0
    for _ in range(tries):
        answer = await till.session.till.sell(one_type(1, count))
        if answer.is_ok:
            done += count
        else:
            assert answer.reason is SaleReason.GRANT_USED_UP, answer.text
    return done


def left(till: WiredGate) -> int:
    """Return how many a till may still sell."""
    return till.session.till.left(1)


async def buy(office: LedgerOffice, count: int) -> None:
    """Sell some at the office."""
    line = {"ticket_type_id": office.ticket_type_id, "quantity": count}
    body = {"lines": [line], "payment": "paid"}
    await office.office.ok("POST", f"{office.path}/orders", office.owner, json=body)


async def lose(office: LedgerOffice, till: WiredGate) -> Any:
    """Take a till for lost that will be found."""
    path = f"{office.path}/devices/{till.id}/lost"
    body = {"reason": "gone", "revokes": False}
    return await office.office.ok("POST", path, office.owner, json=body)


async def open_till(office: LedgerOffice, folder: Path, count: int, **options: Any) -> WiredGate:
    """Open a till whose stock is sized before it first syncs; options as `open_gate`'s."""
    till = await open_gate(office, folder, 0, role="till", **options)
    await size(office, till.id, count)
    await till.sync()
    return till
