"""One evening at whose till guests get their money back while the office takes the same tickets.

Somebody of each order comes to the till, of some twice. Around the moment in which the ledger
grants it, and before the till has said what came of it, the office refunds the ticket, cancels its
order or blocks it; the till loses its link or its power meanwhile, and the server may die or be
put back to an older copy.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from gatekeeper.boxoffice.withdraw_requests import WithdrawRequest
from gatekeeper.gate.requests import Scan
from shared.admission.purpose import Purpose
from shared.kernel.errors import GatekeeperError
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import MINUTE, SECOND, Duration
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.further_event import withdraw_at
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.further_events.refunds_at_till_and_office.record import Bought, OfficeAct
from simulator.further_events.second_event.ground import appoint
from simulator.history import PutBack
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.nodes.wired_server import SERVER
from simulator.world import World

PRICE: Final = 2_500
ORDERS: Final = 30
MOST: Final = 2
"""Tickets of one order."""
LIMIT: Final = ORDERS * MOST + 30
"""So many tickets there are in all: some are left when all orders are placed."""
KEPT: Final = 12
"""So many of these are kept from sale for a while."""
AGAIN: Final = 8
"""Of so many orders somebody comes a second time."""
TENDERS: Final = ("cash", "card")
SIGNED: Final = 0.4
"""The share of tickets for whose money a supervisor's badge has signed, also cut off."""
FORCED: Final = 0.5
"""The share of the office's acts in which a manager goes on whatever a till is doing."""
SENT: Final = 0.5
"""The share of what it owes that the office sends back at once."""
BESIDE: Final[Duration] = SECOND // 2
"""Around the till's question the office acts, now and then within so long."""
CLOSE: Final = 0.35
BACK_SOON: Final[Duration] = 6 * SECOND
"""And else while the till is in trouble: three seconds, and this more in the mean."""
ACTS: Final = ("refund", "refund", "refund", "cancel", "cancel", "block", "", "")
MISHAPS: Final = ("", "deaf", "power", "power", "unheard")
"""None; the till does not hear the ledger's answer; ends before that is on its disk; or says to
nobody what it has paid."""
STARTS_MAX: Final = 60


class PaidBack(OneEvening):
    """A further event of a world, its till, and its office.

    Attributes:
        orders: All that was bought before doors.
        acts: What the office was asked to do, in order of beginning.
        till: The till's node.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "paidback", 1)
        self.orders: list[Bought] = []
        self.acts: list[OfficeAct] = []
        self.till = world.device("paidbacktill")
        self._person = self._badge = ""

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, sell its tickets, and start gate and till."""
        world = self._world
        await self.owner.sign_in()
        self._person, self._badge = await appoint(world, "Robin")
        await self._put_on(Terms(gates=("Gate 1",), limit=LIMIT))
        world.events_beside.append(self.site.event_id)
        await self._enrol_till(self.till)
        dice = self._dice.stream("orders")
        for _ in range(ORDERS):
            self.orders.append(await self._buy(dice.between(1, MOST), dice.pick(TENDERS)))
        await self._hear()

    async def _buy(self, count: int, tender: str) -> Bought:
        path = f"{self.site.path}/orders"
        line = {"ticket_type_id": self.site.kind, "quantity": count}
        placed = await self.owner.must("POST", path, {"lines": [line], "payment": "pending"})
        order_id = str(placed["order"]["id"])
        payment = {"tender": tender, "amount_minor": count * PRICE, "fact": "paid"}
        await self.owner.must("POST", f"{path}/{order_id}/payments", payment)
        cards = [await self._print(str(one["id"])) for one in placed["tickets"]]
        return Bought(order_id=order_id, tender=tender, cards=tuple(cards))

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        self._world.start(self._bring_back(self._dice.stream("guests")))
        if not self.scenario.has_restore:
            self._world.start(self._keep_some(self._dice.stream("kept")))

    async def _keep_some(self, dice: Dice) -> None:
        """Keep some tickets from sale, and let them go in two parts."""
        path = f"{self.site.path}/holds"
        body = {"name": "Band", "ticket_type_id": self.site.kind, "quantity": KEPT}
        kept = await self.owner.must("POST", path, body)
        await self._at_part(dice, 10, 40)
        part = {"quantity": dice.between(1, KEPT - 1)}
        await self.owner.must("POST", f"{path}/{kept['id']}/release", part)
        await self._at_part(dice, 10, 40)
        await self.owner.attempt("DELETE", f"{path}/{kept['id']}", None)

    async def _bring_back(self, dice: Dice) -> None:
        """Let somebody of each order come to the till, one after another, and of some again."""
        turns = [*self.orders, *self.orders[:AGAIN]]
        dice.shuffle(turns)
        every = Duration(self.scenario.duration * 9 // 10 // len(turns))
        for number, bought in enumerate(turns):
            began = self._world.stage.now()
            await self._bring(bought, dice.stream(str(number)))
            left = dice.exponential(every) - (self._world.stage.now() - began)
            await self.pause(Duration(max(0, left)))

    async def _bring(self, bought: Bought, dice: Dice) -> None:
        """Bring one ticket, while the till has its troubles and the office its own ideas."""
        card, mishap = dice.pick(bought.cards), dice.pick(MISHAPS)
        lasts = Duration(3 * SECOND + dice.exponential(BACK_SOON))
        office = self._world.spawn(self._act(bought, card, lasts, dice.stream("office")))
        await self.pause(Duration(BESIDE // 2))
        await self._pay_back_with(mishap, lasts, bought, card, dice)
        await asyncio.gather(office, return_exceptions=True)

    async def _pay_back_with(
        self, mishap: str, lasts: Duration, bought: Bought, card: Card, dice: Dice
    ) -> None:
        """Ask for the money, while something goes wrong about when the ledger grants it."""
        node, network = self.till, self._world.stage.network
        if not node.is_up:
            return
        if mishap == "deaf":
            network.cut(SERVER, node.name)
        elif mishap == "power":
            node.arm_point("withdrawal.before_commit", 1)
        await self._pay_back(bought, card, dice)
        if mishap == "deaf":
            await asyncio.sleep(lasts / SECOND)
            if network.is_cut(SERVER, node.name) and not self._is_over:
                network.mend(SERVER, node.name)
        elif mishap == "unheard":
            with self._cut_off(node):
                await self.pause(lasts)
        elif mishap == "power":
            node.disarm()
            if node.is_stopped:
                await asyncio.sleep(lasts / SECOND)
                await self._start_again()

    async def _start_again(self) -> None:
        for _ in range(STARTS_MAX):
            if not self.till.is_stopped or await self.till.start():
                return
            await asyncio.sleep(1)

    async def _pay_back(self, bought: Bought, card: Card, dice: Dice) -> None:
        node, is_signed = self.till, dice.chance(SIGNED)
        if not node.is_up:
            return
        request = WithdrawRequest(
            purpose=Purpose.REFUND,
            code=card.text,
            amount_minor=PRICE,
            currency="CHF",
            tender=bought.tender,
            reason="guest",
            authorized_by=self._person if is_signed else "",
        )

        try:
            answer = await withdraw_at(node, request, self._badge)
        except GatekeeperError as fault:
            self._world.stage.trace.note(node.name, f"no refund: {fault}")
            return
        said = "nothing" if answer is None else f"{answer.mode} {answer.reason}"
        name = format_ticket_id(card.ticket_id)
        self._world.stage.trace.note(node.name, f"asked for the money of {name}: {said}")

    async def _act(self, bought: Bought, card: Card, lasts: Duration, dice: Dice) -> None:
        """Let the office take the same ticket away, just before, meanwhile or after it."""
        within = BESIDE if dice.chance(CLOSE) else lasts
        await self.pause(Duration(dice.below(within)))
        what = dice.pick(ACTS)
        if not what:
            return
        if what == "block":
            await self._block(bought, card, dice)
            return
        path = f"{self.site.path}/tickets/{format_ticket_id(card.ticket_id)}/refund"
        cards: tuple[Card, ...] = (card,)
        if what == "cancel":
            path, cards = f"{self.site.path}/orders/{bought.order_id}/cancel", bought.cards
        is_forced = dice.chance(FORCED)
        force = "?even_if_used=true" if is_forced else ""
        act = await self._ask(
            OfficeAct(
                what=what,
                order_id=bought.order_id,
                cards=cards,
                is_forced=is_forced,
                began=self._world.stage.now(),
            ),
            "POST",
            path + force,
            {"reason": "guest"},
        )
        if act.is_done and dice.chance(SENT):
            await self._send(bought)

    async def _block(self, bought: Bought, card: Card, dice: Dice) -> None:
        path = f"{self.site.path}/tickets/{format_ticket_id(card.ticket_id)}/block"
        for what in ("block", "let_go"):
            act = OfficeAct(
                what=what,
                order_id=bought.order_id,
                cards=(card,),
                began=self._world.stage.now(),
            )
            await self._ask(act, "PUT", path, {"blocked": what == "block"})
            if dice.chance(0.5):
                return
            await self.pause(Duration(dice.below(MINUTE)))

    async def _send(self, bought: Bought) -> None:
        """Send back what the office owes by its own books."""
        path = f"{self.site.path}/orders/{bought.order_id}"
        _, account = await self.owner.attempt("GET", f"{path}/payments")
        amount = int(account["open_minor"])
        if not amount:
            return
        act = OfficeAct(
            what="pay_out",
            order_id=bought.order_id,
            began=self._world.stage.now(),
            amount_minor=amount,
        )
        body = {"amount_minor": amount, "reason": "guest", "fact": "done"}
        await self._ask(act, "POST", f"{path}/payouts", body)

    async def _ask(self, act: OfficeAct, method: str, path: str, body: object) -> OfficeAct:
        self.acts.append(act)
        act.status, _ = await self.owner.attempt(method, path, body)
        act.ended = self._world.stage.now()
        return act

    # -- after doors -----------------------------------------------------------------------------

    @property
    def put_back(self) -> list[PutBack]:
        """When the server was put back, and to what."""
        return self._world.history.put_back

    async def read_account(self, bought: Bought) -> dict[str, Any]:
        """Read how an order's money stands by the office's books."""
        path = f"{self.site.path}/orders/{bought.order_id}/payments"
        account: dict[str, Any] = await self.owner.must("GET", path)
        return account

    async def come(self) -> None:
        """Come to the gate with every ticket, when it has heard of everything."""
        await self._hear()
        for bought in self.orders:
            for card in bought.cards:
                await self._present(self.nodes[0], card, Scan(card.text))
