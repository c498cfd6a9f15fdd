"""Selling at a till's session in tests, as a window or a line does."""

from __future__ import annotations

from gatekeeper.after_sale_of_session import after_sale_of, exchanges_of, last_sale_of
from gatekeeper.boxoffice.answers import Sale
from gatekeeper.boxoffice.json_lines import TillLines
from gatekeeper.boxoffice.requests import one_type
from gatekeeper.session import GateSession


async def sell(
    session: GateSession, code: int = 1, count: int = 1, kind: str = "cash", cashier: str = ""
) -> Sale:
    """Sell tickets of one type, paid exactly.

    Raises:
        BadInput: if the till says no.
    """
    return (await session.till.sell(one_type(code, count, kind, cashier))).sold()


def lines_of(session: GateSession) -> TillLines:
    """Put together what answers a session's till by lines."""
    after_sale, exchanges = after_sale_of(session), exchanges_of(session)
    return TillLines(
        session.till,
        session.shifts,
        after_sale,
        exchanges,
        session.finder,
        last_sale_of(session),
    )
