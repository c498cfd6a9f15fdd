"""Vouchers at two tills at random: parts, lost answers, cuts, voids, exchanges, to the cent."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from gatekeeper.device.refund_and_exchange_parts import lines_of
from shared.kernel.errors import ServerFault
from shared.kernel.instant import SECOND
from shared.sales.tenders import CASH, Tender
from tests.adversaries.scene import named
from tests.factories.counters import Counter, add_type, counter, prepared_counter, published
from tests.factories.strength import sized
from tests.factories.wired_gates import open_again, open_gate

__all__ = ["counter", "prepared_counter", "published"]

STEPS: Final = sized(25, 60)
SEEDS: Final = range(sized(2, 60))
VALUES: Final = (3_000, 7_001, 12_345)
OTHERS: Final = {"Child": 1_001, "Box": 4_100}
LOST: Final = 0.25
"""How often the answer to a charge, or to what takes it back, gets lost, or the question does."""


class Player:
    """A cashier of two who take the same vouchers, each at a till whose wire loses answers.

    Attributes:
        live: The tickets that are out, and which voucher paid for a part of each, if one did.
        open: Sales that are not finished, and the voucher that pays for a part of each.
    """

    def __init__(
        self, counter: Counter, folder: Path, chance: random.Random, left: dict[str, int]
    ) -> None:
        self.counter, self._folder, self._chance, self._left = counter, folder, chance, left
        self.live: dict[str, str] = {}
        self.open: dict[str, str] = {}
        self._lose_answers()

    async def sell(self, types: list[int]) -> None:
        """Sell up to two tickets for some of a voucher and the rest otherwise, or all of it."""
        chance, code = self._chance, self._chance.choice(list(self._left))
        by_voucher: dict[str, Any] = {"kind": "voucher", "code": code}
        rest: dict[str, Any] = {"kind": chance.choice(["cash", "card"])}
        tenders = [by_voucher]
        if chance.random() < 0.7:
            part = by_voucher | {"amount_minor": chance.randrange(1, 2_500)}
            tenders = chance.choice(
                [[part, rest], [{"kind": "card", "amount_minor": 7}, by_voucher]]
            )
        lines = [{"type": chance.choice(types), "count": chance.choice([1, 2])}]
        answer = await self.counter.say(sell=lines, tenders=tenders)
        if answer["ok"]:
            self._take(answer, code)
        elif answer.get("open_sale"):
            self.open[answer["open_sale"]["sale_id"]] = code

    async def exchange(self, types: list[int]) -> None:
        """Give a ticket for another one, dearer or cheaper or the like."""
        ticket = self._chance.choice(list(self.live))
        line = {"exchange": ticket, "to": self._chance.choice(types)}
        line |= {"tender": "split", "reason": "wrong"}
        answer = await self.counter.say(**line)
        if not answer["ok"]:
            answer = await self.counter.say(**line, tenders=[{"kind": "cash"}])
        if answer["ok"]:
            self._take(answer, self.live.pop(ticket))

    async def refund(self, types: list[int]) -> None:
        """Pay a ticket back as it was paid."""
        del types
        ticket = self._chance.choice(list(self.live))
        answer = await self.counter.say(refund=[ticket], reason="ill", tender="split")
        if answer["ok"]:
            self._give(answer, self.live.pop(ticket))

    async def settle(self, types: list[int]) -> None:
        """Ask about an open sale, finish it in cash, or give it up."""
        del types
        if not self.open:
            return
        sale_id = self._chance.choice(list(self.open))
        book = self.counter.till.session.till.open_sales
        act = self._chance.choice(["ask", "ask", "finish", "give_up"])
        if act == "ask":
            done = await book.ask_again(sale_id)
        elif act == "finish":
            done = await book.finish(sale_id, (Tender(kind=CASH),))
        else:
            done = await book.give_up(sale_id)
        if done.sale is not None:
            code = self.open[sale_id]
            paid = sum(one.amount_minor for one in done.sale.payments if one.kind == "voucher")
            self._left[code] -= paid
            self.live |= dict.fromkeys((one.ticket_id for one in done.sale.tickets), code)
        if sale_id not in {one.sale_id for one in book.list_open()}:
            del self.open[sale_id]

    async def cut(self, types: list[int]) -> None:
        """Lose the server, or find it again."""
        del types
        wired = self.counter.till
        await (wired.mend() if wired.wire.is_cut else wired.cut())

    async def sync(self, types: list[int]) -> None:
        """Be heard."""
        del types
        if not self.counter.till.wire.is_cut:
            await self.counter.till.sync()

    async def restart(self, types: list[int]) -> None:
        """Close the program, and open it again."""
        del types
        wired = self.counter.till
        await wired.session.close()
        again = await open_again(self.counter.office, self._folder / wired.id, wired.device)
        again.session.keep_drawer()
        await again.sync()
        self.counter.till, self.counter.lines = again, lines_of(again.session)
        self._lose_answers()

    async def end(self) -> None:
        """Come to rest: nothing is open, and the server has heard all."""
        await self.counter.till.mend()
        for _ in range(50):
            await self.settle([])
        assert self.open == {}
        await self.counter.till.sync()

    def _take(self, answer: Mapping[str, Any], code: str) -> None:
        paid = [one for one in answer["payments"] if one["kind"] == "voucher"]
        self._left[code] -= sum(one["amount_minor"] for one in paid)
        self._give(answer, code)
        self.live |= dict.fromkeys((one["ticket_id"] for one in answer["tickets"]), code)

    def _give(self, answer: Mapping[str, Any], code: str) -> None:
        self._left[code] += answer.get("paid_out_by", {}).get("voucher", 0)

    def _lose_answers(self) -> None:
        wire = self.counter.till.wire
        for name in ("pay_by_voucher", "find_voucher_payment", "reverse_voucher_payment"):
            setattr(wire, name, self._losing(getattr(wire, name)))

    def _losing(self, ask: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
        async def lose(asked: Any) -> Any:
            dice = self._chance.random()
            answer = None if dice < LOST / 2 else await ask(asked)
            if dice < LOST:
                raise ServerFault("the wire was cut in the middle")
            return answer

        return lose


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
async def test_vouchers_are_worth_to_the_cent_what_no_sale_that_stands_has_taken(
    counter: Counter, tmp_path: Path, seed: int
) -> None:
    """Whatever two tills do with them at random; all is booked, and nothing is named."""
    office, chance = counter.office, random.Random(seed)
    types = [1, *[await add_type(office, name, price) for name, price in OTHERS.items()]]
    other = await open_gate(office, tmp_path, 0, role="till")
    other.session.keep_drawer()
    for wired in (counter.till, other):
        await wired.sync()
    second = Counter(office, other, counter.gate, counter.cashier)
    await second.ok(shift="open", amount_minor=10_000)
    left = dict[str, int]()
    for value in VALUES:
        path = f"{office.owner.path}/vouchers"
        (made,) = await office.office.ok("POST", path, office.owner, json={"value_minor": value})
        left[made["code"]] = value
    players = [Player(one, tmp_path, chance, left) for one in (counter, second)]
    for _ in range(STEPS):
        player = chance.choice(players)
        acts = [player.sell, player.sell, player.settle, player.sync]
        if player.live:
            acts += [player.exchange, player.refund]
        if chance.random() < 0.2:
            acts = [player.cut, player.restart]
        await chance.choice(acts)(types)
        office.office.clock.advance(SECOND)
    for player in players:
        await player.end()
    found = dict[str, int]()
    for code in left:
        path = f"{office.owner.path}/vouchers/check"
        one = await office.office.ok("POST", path, office.owner, json={"code": code})
        found[code] = one["value_minor"] - one["spent_minor"]
    listed = await office.office.ok("GET", f"{office.owner.path}/vouchers", office.owner)
    assert found == left
    assert [one["unbooked_minor"] for one in listed["items"]] == [0] * len(VALUES)
    assert await named(office) == {}
    await second.till.session.close()
