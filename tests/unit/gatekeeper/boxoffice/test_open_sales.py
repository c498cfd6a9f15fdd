"""A card's terminal that says no, or nothing: no second charge, no ticket lost or sold twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.boxoffice.payment_ports import Doubt
from shared.kernel.instant import HOUR
from shared.sales.banknotes_and_change import quick_notes
from shared.sales.sale_refusals import SaleReason
from tests.factories.gate_event import STANDARD
from tests.factories.till_house import (
    REDUCED,
    TillHouse,
    adds_up,
    basket,
    card,
    cash,
    make_market,
    opened,
    sales_of,
)
from tests.fakes.card_terminal import CardTerminal
from tests.fakes.sync_server import FakeSyncServer

TWO_TYPES = ((STANDARD, 2), (REDUCED, 1))
DUE = 6_250


@pytest.fixture
def server() -> FakeSyncServer:
    return make_market(granted=10)


async def test_card_that_is_charged_is_a_sale_with_the_terminal_s_number(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """One charge, one entry, nothing open."""
    house = TillHouse(tmp_path, server, terminal=CardTerminal())
    till = await house.open()
    await till.sync_once()
    answer = await till.till.sell(basket(*TWO_TYPES, tenders=(card(),)))
    assert answer.is_ok
    (sale,) = sales_of(till)
    assert adds_up(sale)
    assert [(p.kind, p.amount_minor, p.reference) for p in sale.payments] == [("card", DUE, "T1")]
    assert till.till.open_sales.list_open() == ()
    assert till.till.left(STANDARD) == 8
    await till.close()


async def test_declined_card_sells_nothing_and_holds_nothing(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """The next tender is a sale of its own; receipts have no gap."""
    house = TillHouse(tmp_path, server, terminal=CardTerminal(["decline", "away"]))
    till = await house.open()
    await till.sync_once()
    for reason in (SaleReason.PAYMENT_DECLINED, SaleReason.NO_TERMINAL):
        answer = await till.till.sell(basket(*TWO_TYPES, tenders=(card(),)))
        assert (answer.reason, answer.open_sale) == (reason, None)
        assert till.till.left(STANDARD) == 10
    paid = (await till.till.sell(basket(*TWO_TYPES, tenders=(cash(7_000),)))).sold()
    assert (paid.receipt_number, paid.change_minor) == (1, 750)
    assert [(one.value_minor, one.count) for one in paid.change] == [(500, 1), (200, 1), (50, 1)]
    assert quick_notes(DUE, "EUR") == (6_500, 7_000, 10_000, 20_000)
    await till.close()


@pytest.mark.parametrize("behaviour", ["lose", "silent"])
async def test_silent_terminal_leaves_an_open_sale_that_holds_its_tickets(
    tmp_path: Path, server: FakeSyncServer, behaviour: str
) -> None:
    """Also after a restart; asked again, the terminal says whether it was charged."""
    house = TillHouse(tmp_path, server, terminal=CardTerminal([behaviour]))
    assert house.terminal is not None
    till = await house.open()
    await till.sync_once()
    answer = await till.till.sell(basket((STANDARD, 9), tenders=(card(),)))
    assert answer.reason is SaleReason.PAYMENT_UNKNOWN
    sale_id = opened(answer)
    assert till.till.left(STANDARD) == 1
    assert sales_of(till) == []
    await till.close()

    till = await house.open()
    assert [one.sale_id for one in till.till.open_sales.list_open()] == [sale_id]
    refused = await till.till.sell(basket((STANDARD, 2), tenders=(cash(),)))
    assert refused.reason is SaleReason.GRANT_USED_UP
    assert (await till.till.open_sales.finish(sale_id, (cash(),))).reason is (
        SaleReason.PAYMENT_UNKNOWN
    )
    assert (await till.till.open_sales.give_up(sale_id)).reason is SaleReason.PAYMENT_UNKNOWN
    found = await till.till.open_sales.ask_again(sale_id)
    if behaviour == "lose":
        assert found.sold().sale_id == sale_id
        assert till.till.left(STANDARD) == 1
    else:
        assert found.reason is SaleReason.PAYMENT_DECLINED
        assert till.till.left(STANDARD) == 10
    assert till.till.open_sales.list_open() == ()
    assert len(house.terminal.asked) == 1
    assert sum(house.terminal.charged.values()) == sum(sale.total_minor for sale in sales_of(till))
    await till.close()


@pytest.mark.parametrize("is_paid", [True, False])
async def test_person_who_has_looked_at_the_slip_decides_and_that_is_an_entry(
    tmp_path: Path, server: FakeSyncServer, is_paid: bool
) -> None:
    """A terminal that stays silent keeps nobody's tickets for ever."""
    house = TillHouse(tmp_path, server, terminal=CardTerminal(["lose", "silent"]))
    till = await house.open()
    await till.sync_once()
    sale_id = opened(await till.till.sell(basket(*TWO_TYPES, tenders=(card(),))))
    again = await till.till.open_sales.ask_again(sale_id)
    assert (again.reason, opened(again)) == (SaleReason.PAYMENT_UNKNOWN, sale_id)
    decided = await till.till.open_sales.decide(
        sale_id, is_paid=is_paid, reference="slip 7", person="pe_1"
    )
    assert decided.is_ok is is_paid
    assert len(sales_of(till)) == is_paid
    if is_paid:
        assert sales_of(till)[0].payments[0].reference == "slip 7"
    assert till.till.open_sales.list_open() == ()
    once = await till.till.open_sales.decide(sale_id, is_paid=True)
    assert once.reason is SaleReason.UNKNOWN_SALE
    await till.close()


async def test_second_card_that_is_declined_leaves_the_first_one_to_finish_or_give_back(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """The rest may come from another tender; what comes is one sale with both."""
    house = TillHouse(tmp_path, server, terminal=CardTerminal(["pay", "decline"]))
    assert house.terminal is not None
    till = await house.open()
    await till.sync_once()
    answer = await till.till.sell(basket(*TWO_TYPES, tenders=(card(3_000), card())))
    assert answer.reason is SaleReason.PAYMENT_DECLINED
    assert answer.open_sale is not None
    assert answer.open_sale.left_minor == 3_250
    short = await till.till.open_sales.finish(opened(answer), (cash(3_000),))
    assert short.reason is SaleReason.SUM_DIFFERS
    done = (await till.till.open_sales.finish(opened(answer), (cash(5_000),))).sold()
    assert done.change_minor == 1_750
    (sale,) = sales_of(till)
    assert adds_up(sale)
    assert sale.tender == "split"
    assert till.till.left(STANDARD) == 8
    await till.close()


async def test_no_two_charges_of_a_sale_have_one_name(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """Also where one was declined and is gone: the terminal remembers what it said to it."""
    terminal = CardTerminal(["pay", "decline", "decline"])
    till = await TillHouse(tmp_path, server, terminal=terminal).open()
    await till.sync_once()
    answer = await till.till.sell(basket(*TWO_TYPES, tenders=(card(3_000), card())))
    again = await till.till.open_sales.finish(opened(answer), (card(),))
    assert (await till.till.open_sales.finish(opened(again), (card(),))).is_ok
    assert len(set(terminal.asked)) == len(terminal.asked) == 4
    await till.close()


async def test_given_up_sale_gives_its_cards_back_and_frees_its_tickets(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """A reversal that nobody confirmed is as open as a charge."""
    terminal = CardTerminal(["pay", "decline", "decline", "lose"])
    house = TillHouse(tmp_path, server, terminal=terminal)
    till = await house.open()
    await till.sync_once()
    book = till.till.open_sales
    sale_id = opened(await till.till.sell(basket(*TWO_TYPES, tenders=(card(3_000), card()))))
    kept = await book.give_up(sale_id)
    assert (kept.reason, kept.doubt) == (SaleReason.PAYMENT_UNKNOWN, Doubt.NOT_BACK)
    assert (await book.ask_again(sale_id)).reason is SaleReason.SUM_DIFFERS, "it stands as it was"
    unsure = await book.give_up(sale_id)
    assert (unsure.reason, "was refunded" in unsure.text) == (SaleReason.PAYMENT_UNKNOWN, True)
    assert (await book.finish(sale_id, ())).text == unsure.text
    assert terminal.charged == {}
    left = await book.decide(sale_id, is_paid=False, person="pe_1")
    assert left.open_sale is not None
    assert left.open_sale.paid_minor == 0
    assert (await book.give_up(sale_id, "pe_1")).is_ok
    assert (book.list_open(), sales_of(till), till.till.left(STANDARD)) == ((), [], 10)
    await till.close()


async def test_a_card_that_cannot_be_given_back_from_here_is_cancelled_there_by_a_persons_word(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """Else the sale stayed open for good: whoever cancels it at the terminal says so."""
    house = TillHouse(tmp_path, server, terminal=CardTerminal(["pay", "decline", "decline"]))
    till = await house.open()
    await till.sync_once()
    book = till.till.open_sales
    sale_id = opened(await till.till.sell(basket(*TWO_TYPES, tenders=(card(3_000), card()))))
    kept = await book.give_up(sale_id)
    assert "cancel it at the terminal" in kept.text
    left = await book.decide(sale_id, is_paid=False, person="pe_1")
    assert left.open_sale is not None
    assert left.open_sale.paid_minor == 0
    assert (await book.give_up(sale_id, "pe_1")).is_ok
    assert (book.list_open(), sales_of(till)) == ((), [])
    await till.close()


async def test_slip_s_number_keyed_in_asks_no_terminal(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """The terminal at hand is broken; another one has charged."""
    house = TillHouse(tmp_path, server, terminal=CardTerminal(["silent"]))
    assert house.terminal is not None
    till = await house.open()
    await till.sync_once()
    sale = (await till.till.sell(basket((STANDARD, 1), tenders=(card(code="117"),)))).sold()
    assert sale.payments[0].reference == "117"
    assert house.terminal.asked == []
    await till.close()


async def test_basket_put_aside_comes_back_as_it_was(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """It holds nothing, and outlives the program."""
    house = TillHouse(tmp_path, server)
    till = await house.open()
    await till.sync_once()
    request = basket(*TWO_TYPES, tenders=())
    event_id = till.profile.event_id
    assert event_id is not None
    parked = till.till.open_sales.park(event_id, request)
    assert till.till.left(STANDARD) == 10
    await till.close()
    till = await house.open()
    assert till.till.open_sales.list_parked(event_id) == [(parked, request)]
    assert till.till.open_sales.take_up(parked) == request
    assert till.till.open_sales.take_up(parked) is None
    await till.close()


async def test_sale_that_waited_says_when_it_was_priced(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """The office judges its prices by that instant; one that asked nobody says none."""
    house = TillHouse(tmp_path, server, terminal=CardTerminal(["silent", "pay"]))
    till = await house.open()
    await till.sync_once()
    before = till.till.now()
    sale_id = opened(await till.till.sell(basket(*TWO_TYPES, tenders=(card(),))))
    server.clock.advance(HOUR)
    assert (await till.till.open_sales.decide(sale_id, is_paid=True, reference="S7")).is_ok
    assert (await till.till.sell(basket(*TWO_TYPES, tenders=(cash(),)))).is_ok
    waited, at_once = sales_of(till)
    assert waited.priced is not None
    assert waited.priced.at == before
    assert at_once.priced is None
    await till.close()
