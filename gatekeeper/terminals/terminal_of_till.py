"""Lets a till charge cards at the terminal that it was set up with."""

from __future__ import annotations

import msgspec

from gatekeeper.boxoffice.selling import Till
from gatekeeper.store.store import Store
from gatekeeper.terminals.card_payments import CardPayments
from gatekeeper.terminals.terminal_setup import read_setup
from gatekeeper.terminals.zvt_dialogue import Pace


def use_terminal(till: Till, store: Store, pace: Pace | None = None) -> CardPayments | None:
    """Let a till ask its terminal; None where cashiers confirm payments by hand.

    Raises:
        StoreFault: if the disk refuses.
    """
    setup = read_setup(store)
    if setup is None:
        till.ports = msgspec.structs.replace(till.ports, terminal=None, terminal_day=None)
        return None
    payments = CardPayments(store, setup, pace=pace)
    till.ports = msgspec.structs.replace(till.ports, terminal=payments, terminal_day=payments)
    return payments
