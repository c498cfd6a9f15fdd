"""A till that charges cards at a terminal: by lines, through the engine, over a real line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.device.refund_and_exchange_parts import lines_of
from gatekeeper.terminals.terminal_of_till import use_terminal
from gatekeeper.terminals.terminal_setup import keep_setup, make_setup
from gatekeeper.terminals.zvt_dialogue import Pace
from shared.sales.cashier_rights import CashierRights
from shared.sales.cashiers import CashierConfig
from tests.factories.gate_event import STANDARD
from tests.factories.till_house import TillHouse, make_market, sales_of
from tests.fakes.zvt_terminal import ZvtTerminal

PACE = Pace(connect=1.0, ack=0.4, answer=1.0, result=0.6, longest=5.0, idle=3.0, quiet=0.1)
MARA = "ca_mara"
RIGHTS = CashierRights(sell=True, see_expected=True, refund_minor=100_000)


class Counter:
    """A till by lines, beside its terminal; it may be switched off and on."""

    def __init__(self, house: TillHouse, terminal: ZvtTerminal) -> None:
        self.house, self.terminal = house, terminal
        self.session: GateSession

    async def open(self) -> None:
        """Switch the till on."""
        self.session = session = await self.house.open()
        await session.sync_once()
        session.keep_drawer()
        if session.store.cards.read_setup() is None:
            keep_setup(session.store, make_setup(self.terminal.address))
        use_terminal(session.till, session.store, PACE)
        self.lines = lines_of(session)

    async def ask(self, **line: Any) -> dict[str, Any]:
        """Send a line of Mara's."""
        return await self.lines.answer(msgspec.json.encode({"cashier": MARA, **line}))

    async def sell(self, count: int = 1) -> dict[str, Any]:
        """Sell by card."""
        wanted = [{"type": STANDARD, "count": count}]
        return await self.ask(sell=wanted, tenders=[{"kind": "card"}])


@asynccontextmanager
async def a_counter(folder: Path, terminal: ZvtTerminal) -> AsyncIterator[Counter]:
    """Open a till beside a terminal, with Mara's shift."""
    server = make_market()
    server.cashiers = (CashierConfig(id=MARA, name="Mara", badge_hash="m" * 64, rights=RIGHTS),)
    made = Counter(TillHouse(folder, server), terminal)
    await made.open()
    assert (await made.ask(shift="open", amount_minor=20_000))["ok"]
    yield made
    await made.session.close()


@pytest.fixture
async def counter(tmp_path: Path, terminal: ZvtTerminal) -> AsyncIterator[Counter]:
    async with a_counter(tmp_path, terminal) as made:
        yield made


async def test_a_card_is_charged_and_the_sale_names_its_booking(counter: Counter) -> None:
    """One entry, with the terminal's own numbers on the payment."""
    answer = await counter.sell(2)
    assert answer["ok"]
    assert answer["payments"] == [
        {"kind": "card", "amount_minor": 5_000, "reference": "1-1-28004869"}
    ]
    assert counter.terminal.charged_minor == 5_000


async def test_of_what_costs_nothing_no_terminal_is_asked(counter: Counter) -> None:
    """A free ticket is sold under the card as under cash: no terminal takes a payment of 0."""
    server = counter.house.paired.link.server
    kinds = server.office.config.ticket_types
    free = [
        msgspec.structs.replace(one, price_minor=0 if one.price_minor else None) for one in kinds
    ]
    server.office.config = msgspec.structs.replace(
        server.office.config, ticket_types=tuple(free), sequence=server.office.config.sequence + 1
    )
    server.publish()
    await counter.session.sync_once()
    before = list(counter.terminal.asked)
    answer = await counter.sell(2)
    assert (answer["reason"], answer["total_minor"]) == ("ok", 0)
    assert [one["amount_minor"] for one in answer["payments"]] == [0]
    assert counter.terminal.asked == before


async def test_silence_after_pay_leaves_an_open_sale_that_the_terminal_settles(
    counter: Counter,
) -> None:
    """It has booked: asked again, also by a till that was switched off, the sale is made once."""
    counter.terminal.moods.next = ["silent_booked"]
    answer = await counter.sell()
    assert (answer["ok"], answer["reason"]) == (False, "payment_unknown")
    sale_id = answer["open_sale"]["sale_id"]
    blocked = await counter.sell()
    assert blocked["reason"] == "no_terminal", "nothing else is charged until that is settled"
    assert (await counter.ask(sell=[{"type": STANDARD}], tenders=[{"kind": "cash"}]))["ok"]
    await counter.session.close()
    await counter.open()
    settled = await counter.ask(ask_again=sale_id)
    assert settled["ok"]
    assert counter.terminal.charged_minor == 2_500
    assert counter.terminal.count("0601") == 1
    assert [one.tender for one in sales_of(counter.session)] == ["cash", "card"]
    assert (await counter.ask(open_sales=True))["open_sales"] == []


async def test_a_line_that_was_cut_before_the_card_sells_nothing(counter: Counter) -> None:
    """The terminal has booked nothing: the tickets are free again, and the card pays anew."""
    counter.terminal.moods.next = ["cut"]
    answer = await counter.sell()
    asked = await counter.ask(ask_again=answer["open_sale"]["sale_id"])
    assert asked["reason"] == "payment_declined"
    assert (await counter.sell())["ok"]
    assert counter.terminal.charged_minor == 2_500


async def test_a_persons_word_ends_what_the_terminal_cannot_say(counter: Counter) -> None:
    """By the slip; the terminal is free for the next payment then."""
    counter.terminal.moods.next = ["cut"]
    answer = await counter.sell()
    sale_id = answer["open_sale"]["sale_id"]
    counter.terminal.book_by_hand(9_900)
    assert (await counter.ask(ask_again=sale_id))["reason"] == "payment_unknown"
    settled = await counter.ask(decide=sale_id, is_paid=True, code="slip 4711")
    assert settled["payments"][0]["reference"] == "slip 4711"
    assert (await counter.sell())["ok"]


async def test_a_payment_that_was_booked_twice_is_sold_once_one_of_them_is_cancelled(
    counter: Counter,
) -> None:
    """Both numbers are told, also by a till that was switched off, and stay with the sale."""
    counter.terminal.moods.next = ["book_twice"]
    both = "1-1-28004869 + 2-2-28004869"
    answer = await counter.sell()
    assert (answer["ok"], answer["reason"]) == (False, "payment_unknown")
    assert both in answer["text"]
    sale_id = answer["open_sale"]["sale_id"]
    await counter.session.close()
    await counter.open()
    again = await counter.ask(ask_again=sale_id)
    assert (again["reason"], both in again["text"]) == ("payment_unknown", True)
    counter.terminal.give_back_by_hand(2_500)
    settled = await counter.ask(decide=sale_id, is_paid=True, code="cancelled 1")
    assert settled["payments"][0]["reference"] == f"{both} cancelled 1"
    assert sales_of(counter.session)[0].payments[0].reference == f"{both} cancelled 1"
    assert (counter.terminal.charged_minor, counter.terminal.count("0601")) == (2_500, 1)
    assert (await counter.sell())["ok"]


async def test_a_booking_after_not_paid_is_told_at_the_next_sale(counter: Counter) -> None:
    """By a no to that sale, of which nothing was charged; taken again, it goes on."""
    counter.terminal.moods.next = ["cut"]
    answer = await counter.sell()
    asked = await counter.ask(decide=answer["open_sale"]["sale_id"], is_paid=False)
    assert asked["reason"] == "payment_declined"
    counter.terminal.book_by_hand(2_500)
    told = await counter.sell()
    assert (told["ok"], told["reason"]) == (False, "no_terminal")
    assert "cancel it there" in told["text"]
    assert "open_sale" not in told
    assert (await counter.sell())["ok"]
    assert counter.terminal.charged_minor == 5_000


async def test_an_open_sale_that_is_given_up_gives_the_card_its_money_back(
    counter: Counter,
) -> None:
    """Two cards, the second refused: the first is reversed at the terminal."""
    counter.terminal.moods.next = ["approve", "decline"]
    tenders = [{"kind": "card", "amount_minor": 1_000}, {"kind": "card"}]
    answer = await counter.ask(sell=[{"type": STANDARD}], tenders=tenders)
    assert answer["reason"] == "payment_declined"
    assert counter.terminal.charged_minor == 1_000
    given = await counter.ask(give_up=answer["open_sale"]["sale_id"])
    assert given["ok"]
    assert counter.terminal.charged_minor == 0


async def test_the_terminals_sum_stands_beside_the_card_sum_of_x_and_z(counter: Counter) -> None:
    """Equal where all went well; a payment that the till knows nothing of is named."""
    await counter.sell()
    report = await counter.ask(shift="x")
    assert (report["card_minor"], report["terminal_minor"]) == (2_500, 2_500)
    assert report["terminal_over_minor"] == 0
    counter.terminal.book_by_hand(1_200)
    await counter.ask(shift="count", amount_minor=20_000)
    closed = await counter.ask(shift="close")
    assert (closed["card_minor"], closed["terminal_minor"]) == (2_500, 3_700)
    assert closed["terminal_over_minor"] == 1_200
    assert counter.terminal.count("0650") == 1


async def test_a_shift_closes_without_a_terminal_that_does_not_answer(counter: Counter) -> None:
    """Its sum is missing then, and not nothing; one that was read off its paper is taken."""
    await counter.sell()
    counter.terminal.stop()
    report = await counter.ask(shift="x")
    assert report["card_minor"] == 2_500
    assert "terminal_minor" not in report
    await counter.ask(shift="count", amount_minor=20_000)
    closed = await counter.ask(shift="close", terminal_minor=2_400)
    assert closed["terminal_over_minor"] == -100


async def test_what_a_close_could_not_count_is_no_difference_of_the_next_shift(
    counter: Counter,
) -> None:
    """A payment is unknown at the close: the terminal's day goes on with the whole shift in it."""
    await counter.sell(2)
    counter.terminal.moods.next = ["cut_booked"]
    sale_id = (await counter.sell())["open_sale"]["sale_id"]
    first = await counter.ask(shift="close", amount_minor=20_000, names_open_sales=True)
    assert (first["card_minor"], "terminal_minor" in first) == (5_000, False)
    assert counter.terminal.count("0650") == 0
    await counter.ask(shift="open", amount_minor=20_000)
    assert (await counter.ask(ask_again=sale_id))["ok"]
    await counter.sell()
    looked = await counter.ask(shift="x")
    second = await counter.ask(shift="close", amount_minor=20_000)
    for one in (looked, second):
        assert (one["card_minor"], one["terminal_minor"]) == (5_000, 5_000)
        assert one["terminal_over_minor"] == 0
    await counter.ask(shift="open", amount_minor=20_000)
    await counter.sell()
    counter.terminal.book_by_hand(1_200)
    third = await counter.ask(shift="close", amount_minor=20_000)
    assert (third["terminal_minor"], third["terminal_over_minor"]) == (3_700, 1_200)
