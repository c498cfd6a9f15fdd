"""A payment is taken back by its receipt's number, only where that is still its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.boxoffice.payment_ports import ChargeState
from gatekeeper.store.store import Store
from gatekeeper.terminals.card_payments import CardPayments
from gatekeeper.terminals.terminal_setup import make_setup
from shared.kernel.money import Money
from tests.factories.gate_event import STANDARD
from tests.factories.gate_store import open_store
from tests.fakes.zvt_terminal import ZvtTerminal
from tests.integration.terminals.test_till_and_terminal import PACE, a_counter

AMOUNT, OTHERS = Money(2_500, "EUR"), Money(900, "EUR")
PAID, DECLINED = ChargeState.PAID, ChargeState.DECLINED


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


def desk_of(store: Store, terminal: ZvtTerminal) -> CardPayments:
    setup = make_setup(terminal.address)
    assert setup is not None
    return CardPayments(store, setup, pace=PACE)


async def leaves_others_alone(store: Store, terminal: ZvtTerminal) -> None:
    """Let another guest's payment get the same number, and the first one go back."""
    desk = desk_of(store, terminal)
    assert (await desk.pay("b-0", OTHERS, "")).state is PAID
    assert [one.receipt for one in terminal.ledger][-1] == 1
    assert (await desk.reverse("a-0", "")).state is DECLINED
    assert not any(one.kind == "back" for one in terminal.ledger), "it was somebody else's"
    assert (await desk.find("a-0")).state is PAID, "it stands until a person has cancelled it"
    assert not desk.is_blocked()


@pytest.mark.parametrize("is_heard", [True, False])
async def test_a_payment_of_a_day_that_the_till_has_settled_is_cancelled_by_a_person(
    store: Store, terminal: ZvtTerminal, *, is_heard: bool
) -> None:
    """The next guest's has its number since, and would have gone back in its place."""
    terminal.moods.counts_daily, terminal.moods.silent_day = True, not is_heard
    desk = desk_of(store, terminal)
    assert (await desk.pay("a-0", AMOUNT, "")).state is PAID
    await desk.count_day("s1", "EUR", 2_500, ends_day=True)
    await leaves_others_alone(store, terminal)
    assert (await desk.reverse("b-0", "")).state is PAID, "of the day that runs it is taken back"


async def test_a_payment_of_a_day_that_the_terminal_has_settled_at_night_is_too(
    store: Store, terminal: ZvtTerminal
) -> None:
    """Nobody has told the till: what is booked last there is of another day."""
    terminal.moods.counts_daily = True
    assert (await desk_of(store, terminal).pay("a-0", AMOUNT, "")).state is PAID
    terminal.settle_day()
    terminal.moods.date = "1007"
    await leaves_others_alone(store, terminal)


async def test_a_payment_at_another_terminal_is_too(store: Store, terminal: ZvtTerminal) -> None:
    """The till has another one since, with the same number for somebody else's."""
    assert (await desk_of(store, terminal).pay("a-0", AMOUNT, "")).state is PAID
    with ZvtTerminal(terminal_id="28004870") as other:
        await leaves_others_alone(store, other)


async def test_a_sale_left_open_over_the_terminals_day_takes_nobody_elses_money(
    tmp_path: Path, terminal: ZvtTerminal
) -> None:
    """Paid in part, and given up a shift later: a person cancels its card, and says so."""
    terminal.moods.counts_daily = True
    async with a_counter(tmp_path, terminal) as counter:
        terminal.moods.next = ["approve", "decline"]
        tenders = [{"kind": "card", "amount_minor": 2_500}, {"kind": "card"}]
        left = await counter.ask(sell=[{"type": STANDARD, "count": 2}], tenders=tenders)
        sale_id = left["open_sale"]["sale_id"]
        closed = await counter.ask(shift="close", amount_minor=20_000, names_open_sales=True)
        assert (closed["card_minor"], closed["terminal_over_minor"]) == (0, 2_500)
        await counter.ask(shift="open", amount_minor=20_000)
        assert (await counter.sell())["payments"][0]["reference"] == "1-1-28004869"
        asked = await counter.ask(give_up=sale_id)
        assert (asked["reason"], asked["ok"]) == ("payment_unknown", False)
        assert (await counter.ask(void=(await counter.sell())["sale_id"]))["ok"], "cash goes on"
        assert terminal.charged_minor == 3 * 2_500
        terminal.give_back_by_hand(2_500)
        assert (await counter.ask(decide=sale_id, is_paid=False))["ok"] is False
        assert (await counter.ask(give_up=sale_id))["ok"]
        assert (await counter.ask(open_sales=True))["open_sales"] == []
        assert terminal.charged_minor == 2 * 2_500


async def test_a_close_that_is_refused_leaves_the_terminals_day_open(
    tmp_path: Path, terminal: ZvtTerminal
) -> None:
    """What it was refused for can still be taken back there, and then the shift is closed."""
    async with a_counter(tmp_path, terminal) as counter:
        terminal.moods.next = ["approve", "decline"]
        tenders = [{"kind": "card", "amount_minor": 1_000}, {"kind": "card"}]
        left = await counter.ask(sell=[{"type": STANDARD}], tenders=tenders)
        for close in ({}, {"amount_minor": 20_000}, {"amount_minor": 20_000, "cashier": "ca_x"}):
            assert not (await counter.ask(shift="close", **close))["ok"]
        much = {"amount_minor": 20_000, "left_minor": 20_001, "names_open_sales": True}
        assert (await counter.ask(shift="close", **much))["reason"] == "wrong_amount"
        assert terminal.count("0650") == 0
        assert (await counter.ask(give_up=left["open_sale"]["sale_id"]))["ok"]
        assert terminal.charged_minor == 0
        closed = await counter.ask(shift="close", amount_minor=20_000)
        assert (closed["terminal_minor"], closed["difference_minor"]) == (0, 0)
        assert terminal.count("0650") == 1
