"""Puts together, of an open session, what takes back what its till has sold."""

from __future__ import annotations

from gatekeeper.boxoffice.after_sale import AfterSale
from gatekeeper.boxoffice.exchanging import Exchanges
from gatekeeper.session import GateSession


def after_sale_of(session: GateSession) -> AfterSale:
    """Put together what takes back what a session's till has sold."""
    return AfterSale(
        session.store,
        session.shifts,
        session.staff,
        session.withdrawer,
        session.sync_once,
        session.copies,
    )


def exchanges_of(session: GateSession) -> Exchanges:
    """Put together what takes it back for something else."""
    return Exchanges(
        session.till, session.store, session.staff, session.withdrawer, session.sync_once
    )
