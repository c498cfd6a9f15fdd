"""Puts together, of an open session, what takes back what its till has sold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gatekeeper.boxoffice.drawer_journal import DrawerJournal
from gatekeeper.boxoffice.exchanging import Exchanges
from gatekeeper.boxoffice.finding_past_sales import PastSales
from gatekeeper.boxoffice.last_sale_before_start import LastSale, find_last_sale
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterSale
from gatekeeper.boxoffice.till_by_json_lines import TillLines
from gatekeeper.boxoffice.withdrawing import REFUND_BUDGET
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.device_loop import answered_within
from shared.kernel.errors import ServerFault
from shared.kernel.trouble import TroubleKind


def after_sale_of(session: GateSession) -> AfterSale:
    """Put together what takes back what a session's till has sold."""
    return AfterSale(
        session.store,
        session.shifts,
        session.staff,
        session.withdrawer,
        _telling(session),
        session.copies,
    )


def exchanges_of(session: GateSession) -> Exchanges:
    """Put together what takes it back for something else."""
    return Exchanges(
        session.till, session.store, session.staff, session.withdrawer, _telling(session)
    )


def last_sale_of(session: GateSession) -> Callable[[], LastSale | None]:
    """Give what tells the last sale or refund of a session's open shift."""
    past, journal = PastSales(session.store, session.knowledge), DrawerJournal(session.store)
    return lambda: find_last_sale(past, journal, session.shifts.current())


def lines_of(session: GateSession) -> TillLines:
    """Put together what answers a session's till by lines."""
    return TillLines(
        session.till,
        session.shifts,
        after_sale_of(session),
        exchanges_of(session),
        session.finder,
        last_sale_of(session),
        session.mover.take,
        session.staff,
    )


def _telling(session: GateSession) -> Callable[[], Awaitable[None]]:
    """Give what tells the ledger of sales; cut off it asks nobody, for a guest waits."""

    async def tell() -> None:
        if not session.withdrawer.may_ask:
            return
        try:
            async with answered_within(REFUND_BUDGET):
                await session.sync_once()
        except TimeoutError:
            text = "the server did not accept the sales in time"
            if session.store.journal.pending:
                # Asked about a ticket that it has not heard of it would call it unknown.
                session.withdrawer.note_slow(text)
            raise ServerFault(text, kind=TroubleKind.TOO_SLOW) from None

    return tell
