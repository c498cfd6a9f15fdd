"""Selling at a till's session in tests, as a window or a line does."""

from __future__ import annotations

from gatekeeper.boxoffice.after_sale import AfterSale
from gatekeeper.boxoffice.answers import Sale
from gatekeeper.boxoffice.exchanging import Exchanges
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


def after_sale_of(session: GateSession) -> AfterSale:
    """Put together what takes back what a session's till has sold."""
    return AfterSale(
        session.store,
        session.shifts,
        session.desk,
        session.withdrawer,
        session.sync_once,
        session.copies,
    )


def lines_of(session: GateSession) -> TillLines:
    """Put together what answers a session's till by lines."""
    exchanges = Exchanges(
        session.till, session.store, session.desk, session.withdrawer, session.sync_once
    )
    return TillLines(
        session.till, session.shifts, after_sale_of(session), exchanges, session.finder
    )
