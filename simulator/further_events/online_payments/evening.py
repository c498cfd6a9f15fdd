"""One evening that is sold by a shop alone, and called off in the end.

Buyers are sent to a provider to pay, by one payment or two; some fail there first, some pay after
all when they have begun another, or when their order has been let go. What the provider tells of
it comes late, in any order, and often twice. Tickets are taken back, and what is owed is sent; of
some of that the bank says that it came to nothing, and it is sent once more. At last the evening
is called off: the refunds are stopped for a while, and go on.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, Final

from shared.kernel.instant import MINUTE, SECOND, Duration, Instant
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.further_events.online_payments.record import Books, Bought, Came, Sent
from simulator.kernel.dice import Dice
from simulator.world import World

ORDERS: Final = 40
PRICE: Final = 2_500
MOST: Final = 3
"""Tickets of one order."""
TENDERS: Final = ("card", "online", "transfer")
IN_PARTS: Final = 0.25
STORIES: Final = ("paid",) * 6 + ("again", "again", "both", "both", "left", "late")
"""What becomes of a payment: it is paid; fails and is paid all the same; fails, and the buyer pays
by another one as well; is left off; or comes when all else is over."""
HOLDS: Final = (30, 60, 1_800, 1_800)
"""For how many seconds an order waits for its money."""
COMES: Final = 3
"""So often somebody looks whether the ticket can be printed, to come with it."""
TWICE: Final = 0.4
UNSURE: Final = 0.3
TAKEN_BACK: Final = 0.35
FAILS: Final = 0.3
"""The share of what goes back of which the bank says at first that it came to nothing."""
TELLS: Final[Duration] = 15 * SECOND
REFUND_TURN: Final[Duration] = 2 * SECOND
ROUNDS: Final = 20


class PaidOnline(OneEvening):
    """A further event of a world, its shop, and the bank behind it.

    Attributes:
        orders: What was bought, in order.
        off: When the organizer began to call it off; None before.
        resting: What had been written to go back when the refunds had been stopped, and a minute
            later: payouts' ids.
        report: What each tender has brought by the office's report, before it was called off.
        brought: And what by the bank's own books.
        late: How many orders its list leaves open in the end.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "online", 1)
        self.orders: list[Bought] = []
        self.off: Instant | None = None
        self.resting: list[set[str]] = []
        self.report: dict[str, int] = {}
        self.brought: Counter[str] = Counter()
        self.late = 0
        self._closed = asyncio.Event()

    async def settle(self) -> None:
        """Put the event on, and start its gate."""
        await self.owner.sign_in()
        await self._put_on()
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        self._world.start(self._keep_shop(self._dice.stream("shop")))
        self._world.start(self._cut(self._dice.stream("cuts")))

    async def _keep_shop(self, dice: Dice) -> None:
        every = Duration(self.scenario.duration // ORDERS)
        for number in range(ORDERS):
            await self.pause(dice.exponential(every))
            self._world.start(self._buy(dice.stream(f"buyer {number}")))

    async def _buy(self, dice: Dice) -> None:
        """Order, pay, and come; some give tickets back, at whichever moment."""
        count = dice.between(1, MOST)
        line = {"ticket_type_id": self.site.kind, "quantity": count}
        hold = dice.pick(HOLDS)
        body = {"lines": [line], "payment": "pending", "hold_s": hold}
        made = await self.owner.must("POST", f"{self.site.path}/orders", body)
        bought = Bought(
            order_id=str(made["order"]["id"]),
            price=count * PRICE,
            tickets=[str(one["id"]) for one in made["tickets"]],
            ends=Instant(self._world.stage.now() + hold * SECOND),
        )
        self.orders.append(bought)
        first = dice.between(1, bought.price - 1) if dice.chance(IN_PARTS) else bought.price
        for amount in filter(None, (first, bought.price - first)):
            self._world.start(self._pay(bought, amount, dice.stream(f"pays {amount}")))
        if dice.chance(TAKEN_BACK):
            self._world.start(self._take_back(bought, dice.stream("taken back")))
        for _ in range(COMES):
            await self.pause(dice.exponential(MINUTE))
            if await self._come(bought):
                return

    async def _pay(
        self, bought: Bought, amount: int, dice: Dice, *, is_last: bool = False
    ) -> None:
        """Begin a payment as the shop does, and let the bank do with it what it does."""
        tender = dice.pick(TENDERS)
        body: dict[str, Any] = {"tender": tender, "amount_minor": amount}
        if dice.chance(UNSURE):
            body["fact"] = "authorised"
        path = f"{self._path(bought)}/payments"
        status, made = await self.owner.attempt("POST", path, body)
        if status // 100 != 2:
            return
        one = Came(payment_id=str(made["id"]), tender=tender, amount=amount)
        bought.payments.append(one)
        story = "paid" if is_last else dice.pick(STORIES)
        if story in {"again", "both"}:
            one.left_to_tell.append("failed")
            if story == "both":
                await self._tell_all(bought, one, dice)
                self._world.start(self._pay(bought, amount, dice.stream("else"), is_last=True))
        await self.pause(dice.exponential(TELLS))
        if dice.chance(UNSURE):
            one.left_to_tell.append("unknown")
        if story == "left":
            return
        if story == "late":
            await self._closed.wait()
        one.came = self._world.stage.now()
        one.left_to_tell.append("paid")
        if story != "late":
            await self._tell_all(bought, one, dice)

    async def _tell_all(self, bought: Bought, one: Came, dice: Dice) -> None:
        """Tell the office what happened to a payment, in any order, some of it twice."""
        facts = list(one.left_to_tell)
        dice.shuffle(facts)
        for fact in [*facts, *(fact for fact in facts if dice.chance(TWICE))]:
            if not self._is_over:
                await self.pause(dice.exponential(TELLS))
            await self._tell(bought, one, fact)

    async def _tell(self, bought: Bought, one: Came, fact: str) -> None:
        path = f"{self._path(bought)}/payments/{one.payment_id}/facts"
        await self.owner.must("POST", path, {"fact": fact})
        if fact in one.left_to_tell:
            one.left_to_tell.remove(fact)
        if fact == "paid" and one.told is None:
            one.told = self._world.stage.now()

    async def _take_back(self, bought: Bought, dice: Dice) -> None:
        """Let the office take a ticket back, or all of them, and send what it owes then."""
        await self.pause(dice.exponential(MINUTE))
        is_all = dice.chance(0.5)
        tickets = bought.tickets if is_all else [dice.pick(bought.tickets)]
        now = self._world.stage.now()
        bought.taken |= {one: bought.taken.get(one, now) for one in tickets}
        path = f"{self.site.path}/tickets/{tickets[0]}/refund"
        if is_all:
            path = f"{self._path(bought)}/cancel"
        body = {"reason": "They stay away."}
        status, _ = await self.owner.attempt("POST", f"{path}?even_if_used=true", body)
        if status // 100 == 2:
            bought.gone |= set(tickets)
        for _ in range(3):
            await self.pause(dice.exponential(MINUTE))
            await self._send(bought, dice)

    async def _send(self, bought: Bought, dice: Dice) -> None:
        """Send what the office owes, all of it or a part; then hear what came of it."""
        account = await self._read(bought)
        owed = int(account["open_minor"])
        if owed:
            amount = dice.between(1, owed) if dice.chance(0.4) else owed
            body = {"amount_minor": amount, "reason": "They stay away."}
            await self.owner.attempt("POST", f"{self._path(bought)}/payouts", body)
            account = await self._read(bought)
        await self._work_off(bought, account, dice, FAILS)

    async def _work_off(
        self, bought: Bought, account: dict[str, Any], dice: Dice, fails: float
    ) -> None:
        """Let the bank do what payouts say, each of them once; and tell what came of it."""
        for name, fact in list(bought.unsure.items()):
            del bought.unsure[name]
            await self._tell_of(bought, name, [fact, "unknown"], dice)
        for payout in account["payouts"]:
            name = str(payout["id"])
            is_known = name in bought.failed or name in {one.payout_id for one in bought.sent}
            if is_known or payout["state"] not in {"pending", "unknown"} or payout["is_held"]:
                continue
            fact = "failed" if dice.chance(fails) else "done"
            if fact == "failed":
                bought.failed.add(name)
            else:
                self._hand_over(bought, payout)
            if dice.chance(UNSURE):
                # What came of it is heard when somebody looks the next time.
                bought.unsure[name] = fact
            said = "unknown" if name in bought.unsure else fact
            await self._tell_of(bought, name, [said], dice)

    async def _tell_of(self, bought: Bought, name: str, facts: list[str], dice: Dice) -> None:
        """Tell the office what came of money that goes back, some of it twice."""
        path = f"{self._path(bought)}/payouts/{name}/facts"
        for fact in [*facts, *(fact for fact in facts if dice.chance(TWICE))]:
            await self.owner.ask("POST", path, {"fact": fact})

    def _hand_over(self, bought: Bought, payout: dict[str, Any]) -> None:
        """Send money, and write beside it how much of what has come was the buyer's by then."""
        kept = 0
        if self.off is None and self.scenario.has_true_server and bought.is_surely_paid:
            # Who began to give a ticket back may have done so by now.
            kept = bought.each * len(set(bought.tickets) - bought.taken.keys())
        bought.sent.append(
            Sent(
                payout_id=str(payout["id"]),
                tender=str(payout["tender"]),
                amount=int(payout["amount_minor"]),
                theirs=bought.came - kept,
                before=bought.went,
            )
        )

    async def _come(self, bought: Bought) -> bool:
        """Print an order's first ticket, if the office gives it out, and show it at the gate."""
        path = f"{self.site.path}/tickets/{bought.tickets[0]}/credential"
        status, _ = await self.owner.attempt("GET", path)
        if status // 100 != 2:
            return False
        await self._present(self.nodes[0], await self._print(bought.tickets[0]))
        return True

    def _path(self, bought: Bought) -> str:
        return f"{self.site.path}/orders/{bought.order_id}"

    async def _read(self, bought: Bought) -> dict[str, Any]:
        account: dict[str, Any] = await self.owner.must("GET", f"{self._path(bought)}/payments")
        return account

    # -- after doors -----------------------------------------------------------------------------

    def end(self) -> None:
        """Let nobody begin anything new; some money comes only now."""
        super().end()
        self._closed.set()

    async def finish(self) -> str:
        """Tell what came by then, look at the books, and call it off; late money comes then."""
        dice = self._dice.stream("end")
        await asyncio.sleep(MINUTE / SECOND)
        untold = [one for bought in self.orders for one in bought.payments if one.left_to_tell]
        late = [one for one in untold if dice.chance(0.5)]
        await self._tell_rest(dice, but=late)
        for fails in (FAILS, 0):
            await self._work_all_off(dice, fails)
        await self._look_at_books()
        self.report = await self._read_report()
        for bought in self.orders:
            for one in bought.payments:
                self.brought[one.tender] += one.amount if one.told is not None else 0
            for sent in bought.sent:
                self.brought[sent.tender] -= sent.amount
        await self._call_off(dice)
        await self._tell_rest(dice, but=[])
        await self._go_on(dice)
        await self._look_at_books()
        return await self.rest()

    async def _tell_rest(self, dice: Dice, but: list[Came]) -> None:
        for bought in self.orders:
            for one in bought.payments:
                if one not in but:
                    await self._tell_all(bought, one, dice)

    async def _work_all_off(self, dice: Dice, fails: float) -> None:
        for bought in self.orders:
            await self._work_off(bought, await self._read(bought), dice, fails)

    async def _look_at_books(self) -> None:
        for bought in self.orders:
            order = await self.owner.must("GET", self._path(bought))
            said = Books(
                state=str(order["order"]["state"]),
                account=await self._read(bought),
                told=bought.told,
                went=bought.went,
                is_surely_paid=bought.is_surely_paid,
            )
            bought.books.append(said)

    async def _read_report(self) -> dict[str, int]:
        report = await self.owner.must("GET", f"{self.site.path}/report")
        (table,) = [one for one in report["tables"] if one["name"] == "tenders"]
        at = table["columns"].index("net_minor")
        return {str(row[0]): int(row[at]) for row in table["rows"] if row[0] != "total"}

    async def _call_off(self, dice: Dice) -> None:
        """Call it off, and stop the refunds while they are under way, or before or after that."""
        self.off = self._world.stage.now()
        path = f"{self.site.path}/cancellation"
        await self.owner.must("POST", path, {"reason": "flood"})
        await asyncio.sleep(dice.below(REFUND_TURN) / SECOND)
        await self.owner.must("POST", f"{path}/stop", {})
        for _ in range(2):
            self.resting.append({name for one in self.orders for name in await self._waits(one)})
            await asyncio.sleep(MINUTE / SECOND)

    async def _waits(self, bought: Bought) -> list[str]:
        return [str(one["id"]) for one in (await self._read(bought))["payouts"]]

    async def _go_on(self, dice: Dice) -> None:
        """Say it again until nothing is left to go back; the bank fails once more meanwhile."""
        path = f"{self.site.path}/cancellation"
        for number in range(ROUNDS):
            await self.owner.must("POST", path, {"reason": "flood"})
            for _ in range(ROUNDS):
                await asyncio.sleep(REFUND_TURN / SECOND)
                run = await self.owner.must("GET", path)
                if not run["is_under_way"]:
                    break
            await self._work_all_off(dice, 0 if number > 1 else FAILS)
            run = await self.owner.must("GET", path)
            self.late = int(run["late"])
            if not (self.late or any(one.unsure for one in self.orders)):
                return
