"""Selling at a till's session in tests, as a window or a line does."""

from __future__ import annotations

from gatekeeper.boxoffice.answers import Sale
from gatekeeper.boxoffice.till_requests import one_type
from gatekeeper.device.opened_gate import GateSession


async def sell(
    session: GateSession, code: int = 1, count: int = 1, kind: str = "cash", cashier: str = ""
) -> Sale:
    """Sell tickets of one type, paid exactly.

    Raises:
        BadInput: if the till says no.
    """
    return (await session.till.sell(one_type(code, count, kind, cashier))).sold()
