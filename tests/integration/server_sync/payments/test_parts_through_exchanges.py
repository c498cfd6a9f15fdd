"""Money that came in parts goes back as it came, whatever was exchanged for whatever meanwhile."""

from __future__ import annotations

import collections
import random
from collections.abc import Mapping
from typing import Any

import pytest

from gatekeeper.boxoffice import tickets_with_payments
from gatekeeper.boxoffice.till_requests import SellRequest, TicketExchangeRequest
from gatekeeper.device.refund_and_exchange_parts import exchanges_of
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import SECOND
from shared.sales.basket_pricing import WantedTickets
from tests.adversaries.scene import named
from tests.factories.counters import Counter, add_type, counter, prepared_counter, published
from tests.factories.strength import sized

__all__ = ["counter", "prepared_counter", "published"]

SQLITE = pytest.mark.parametrize("published", ["sqlite"], indirect=True)
OTHERS = {"Child": 1_000, "Box": 4_100}
ODD = {"Adult": 2_503, "Child": 1_001, "Box": 4_104}
IN_FINLAND = {"pricing": {"country": "FI"}}
COIN = 5


class Hand:
    """A cashier who sells, exchanges and pays back each part as it came.

    Attributes:
        live: The tickets that are out.
        taken: What came in by each tender, less what went back.
        vouchers: What each voucher has paid.
        cash_back: What was handed out of the drawer, each time.
    """

    def __init__(self, counter: Counter, codes: list[int], chance: random.Random) -> None:
        self._counter, self._codes, self._chance = counter, codes, chance
        self.live: list[str] = []
        self.taken = collections.Counter[str]()
        self.vouchers: dict[str, int] = {}
        self.cash_back: list[int] = []

    async def sell(self) -> None:
        """Sell two tickets, paid by three tenders in some order."""
        voucher, card = (self._chance.randrange(1, 2_000) for _ in range(2))
        path = f"{self._counter.office.owner.path}/vouchers"
        (made,) = await self._call("POST", path, json={"value_minor": voucher})
        self.vouchers[made["code"]] = voucher
        tenders = [
            {"kind": "voucher", "code": made["code"], "amount_minor": voucher},
            {"kind": "card", "amount_minor": card},
        ]
        self._chance.shuffle(tenders)
        tenders.insert(self._chance.randrange(2), {"kind": "cash", "amount_minor": 500})
        tenders.append({"kind": self._chance.choice(["cash", "card"])})
        line = {"sell": [{"type": self._codes[0], "count": 2}], "tenders": tenders}
        self._take(await self._counter.ok(**line))

    async def exchange(self) -> None:
        """Give a ticket for another one, dearer or cheaper or the like."""
        line = {"exchange": self._pick(), "to": self._chance.choice(self._codes)}
        line |= {"tender": "split", "reason": "wrong"}
        tenders = [{"kind": self._chance.choice(["cash", "card"])}]
        answer = await self._counter.say(**line)
        self._take(answer if answer["ok"] else await self._counter.ok(**line, tenders=tenders))

    async def refund(self) -> None:
        """Pay a ticket back as it was paid."""
        line = {"refund": [self._pick()], "reason": "ill", "tender": "split"}
        self._give(await self._counter.ok(**line))

    async def left_on_vouchers(self) -> dict[str, int]:
        """Ask the office what is on each voucher."""
        path, found = f"{self._counter.office.owner.path}/vouchers/check", {}
        for code in self.vouchers:
            one = await self._call("POST", path, json={"code": code})
            found[code] = one["value_minor"] - one["spent_minor"]
        return found

    def _take(self, answer: Mapping[str, Any]) -> None:
        for payment in answer["payments"]:
            self.taken[payment["kind"]] += payment["amount_minor"]
        self._give(answer)
        self.taken.pop("exchange", None)
        self.live += [one["ticket_id"] for one in answer["tickets"]]

    def _give(self, answer: Mapping[str, Any]) -> None:
        back = answer.get("paid_out_by", {})
        self.taken.subtract(back)
        self.cash_back.append(back.get("cash", 0))

    def _pick(self) -> str:
        return self.live.pop(self._chance.randrange(len(self.live)))

    async def _call(self, method: str, path: str, **more: Any) -> Any:
        office = self._counter.office
        return await office.office.ok(method, path, office.owner, **more)


@SQLITE
@pytest.mark.parametrize("seed", range(sized(1, 40)))
async def test_all_goes_back_where_it_came_from_whatever_was_exchanged(
    counter: Counter, seed: int
) -> None:
    """Each voucher is whole in the end, no tender has given more, and the ledger names nothing."""
    office, chance = counter.office, random.Random(seed)
    codes = [1, *[await add_type(office, name, price) for name, price in OTHERS.items()]]
    await counter.till.sync()
    hand = Hand(counter, codes, chance)
    for _ in range(sized(10, 14)):
        acts = [hand.sell, hand.exchange, hand.exchange, hand.refund]
        await chance.choice(acts if hand.live else acts[:1])()
        office.office.clock.advance(SECOND)
    while hand.live:
        await hand.refund()
        office.office.clock.advance(SECOND)
    await counter.till.sync()
    assert set(hand.taken.values()) == {0}
    assert await hand.left_on_vouchers() == hand.vouchers
    assert await named(office) == {}


@SQLITE
@pytest.mark.parametrize("seed", range(sized(1, 40)))
async def test_where_small_coins_are_missing_a_drawer_pays_only_what_coins_make(
    counter: Counter, seed: int
) -> None:
    """Whatever was exchanged before: cash goes back in coins, and ledger and vouchers agree."""
    office, chance = counter.office, random.Random(seed)
    await office.office.ok("PATCH", office.path, office.owner, json=IN_FINLAND)
    codes = [await add_type(office, name, price) for name, price in ODD.items()]
    await counter.till.sync()
    hand = Hand(counter, codes, chance)
    for _ in range(sized(10, 14)):
        acts = [hand.sell, hand.exchange, hand.exchange, hand.refund]
        await chance.choice(acts if hand.live else acts[:1])()
        office.office.clock.advance(SECOND)
    while hand.live:
        await hand.refund()
        office.office.clock.advance(SECOND)
    await counter.till.sync()
    assert [one for one in hand.cash_back if one % COIN] == []
    assert min(hand.taken.values()) >= 0
    left = await hand.left_on_vouchers()
    assert sum(hand.vouchers.values()) - sum(left.values()) == hand.taken["voucher"]
    assert await named(office) == {}


@SQLITE
@pytest.mark.parametrize("count", [1, 2])
async def test_what_is_moved_to_another_tender_after_an_exchange_goes_back_as_the_till_has_it(
    counter: Counter, count: int
) -> None:
    """Whichever part of the sale that was moved pays for which ticket by now, nobody is named."""
    code = await add_type(counter.office, "Seat", 1_000)
    await counter.till.sync()
    sold = await counter.ok(sell=[{"type": code, "count": 2}], tenders=[{"kind": "card"}])
    tickets = [one["ticket_id"] for one in sold["tickets"]]
    sell = SellRequest(lines=(WantedTickets(code, 1),), tenders=(), cashier=counter.cashier)
    given = tuple(parse_ticket_id(one) for one in tickets[:count])
    exchange = TicketExchangeRequest(ticket_ids=given, sell=sell, tender="split", reason="wrong")
    done = await exchanges_of(counter.till.session).do(exchange)
    assert done.is_ok
    assert done.sale is not None
    assert done.sale.sale is not None
    (new,) = done.sale.sale.tickets
    move = {"shift": "tender_moved", "sale_id": sold["sale_id"], "amount_minor": 500}
    await counter.ok(**move, tender="card", tender_to="cash")
    back = collections.Counter[str](dict(done.paid_out_by))
    for ticket in [new.ticket_id, *tickets[count:]]:
        gone = await counter.ok(refund=[ticket], reason="ill", tender="split")
        back.update(gone["paid_out_by"])
    assert back == {"card": 1_500, "cash": 500}
    await counter.till.sync()
    assert await named(counter.office) == {}


@SQLITE
async def test_who_pays_back_by_the_tender_that_was_keyed_in_is_named_though_it_was_moved(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no ticket in exchange has taken along goes back by the tender that it stands under."""
    sold = await counter.ok(sell=[{"type": 1, "count": 1}], tenders=[{"kind": "card"}])
    (ticket,) = (one["ticket_id"] for one in sold["tickets"])
    move = {"shift": "tender_moved", "sale_id": sold["sale_id"]}
    amount = sold["total_minor"]
    await counter.ok(**move, amount_minor=amount, tender="card", tender_to="cash")
    payments = tickets_with_payments._payments
    monkeypatch.setattr(
        tickets_with_payments, "_payments", lambda sale, moves: payments(sale, moves[:0])
    )
    await counter.ok(refund=[ticket], reason="ill", tender="card")
    await counter.till.sync()
    assert set(await named(counter.office)) == {"payout_mismatch"}
