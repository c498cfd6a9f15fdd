"""Another terminal at the same address knows nothing of what the one before was asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.boxoffice.payment_ports import ChargeState, Doubt
from gatekeeper.store.store import Store
from gatekeeper.terminals.card_payments import CardPayments
from gatekeeper.terminals.terminal_setup import make_setup
from shared.kernel.money import Money
from tests.factories.gate_store import open_store
from tests.fakes.zvt_terminal import ZvtTerminal
from tests.integration.terminals.test_till_and_terminal import PACE

AMOUNT, OTHERS = Money(2_500, "EUR"), Money(900, "EUR")
PAID, DECLINED = ChargeState.PAID, ChargeState.DECLINED
UNKNOWN = ChargeState.UNKNOWN


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def spare() -> Iterator[ZvtTerminal]:
    """Give one from the next counter, which has just booked somebody else's ticket."""
    with ZvtTerminal(terminal_id="28004870") as made:
        made.book_by_hand(AMOUNT.minor_units)
        yield made


def desk_of(store: Store, terminal: ZvtTerminal) -> CardPayments:
    setup = make_setup(terminal.address)
    assert setup is not None
    return CardPayments(store, setup, pace=PACE)


async def test_a_swapped_terminals_last_booking_pays_for_no_open_sale(
    store: Store, terminal: ZvtTerminal, spare: ZvtTerminal
) -> None:
    """It is as dear, and another guest's: the tickets would be handed out for nothing."""
    desk = desk_of(store, terminal)
    assert (await desk.pay("a-0", OTHERS, "")).state is PAID
    terminal.moods.next = ["cut"]
    assert (await desk.pay("b-0", AMOUNT, "")).state is UNKNOWN
    swapped = desk_of(store, spare)
    found = await swapped.find("b-0")
    assert (found.state, found.doubt) == (UNKNOWN, Doubt.OTHER), "a person has to look"
    await swapped.settle("b-0", is_paid=False, reference="")
    assert (await swapped.find("b-0")).state is DECLINED


async def test_a_swapped_terminals_last_booking_gives_nothing_back(
    store: Store, terminal: ZvtTerminal, spare: ZvtTerminal
) -> None:
    """Else the guest is told that the money went back to a card that never got it."""
    desk = desk_of(store, terminal)
    assert (await desk.pay("a-0", AMOUNT, "")).state is PAID
    terminal.moods.next = ["cut"]
    assert (await desk.reverse("a-0", "")).state is UNKNOWN
    found = await desk_of(store, spare).find("a-0")
    assert (found.state, found.doubt) == (UNKNOWN, Doubt.OTHER)


async def test_a_swapped_terminals_last_booking_is_not_called_a_late_one(
    store: Store, terminal: ZvtTerminal, spare: ZvtTerminal
) -> None:
    """A cashier who did as that says would cancel what another guest has paid."""
    desk = desk_of(store, terminal)
    assert (await desk.pay("a-0", OTHERS, "")).state is PAID
    terminal.moods.next = ["decline"]
    assert (await desk.pay("b-0", AMOUNT, "")).state is DECLINED
    assert (await desk_of(store, spare).pay("c-0", OTHERS, "")).state is PAID
