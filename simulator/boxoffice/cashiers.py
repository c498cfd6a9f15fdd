"""The people at the tills: they sell, see to their drawers, and sort out what a kill left open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

import msgspec

from gatekeeper.boxoffice.answers import OpenSale, Sale, TillAnswer
from gatekeeper.boxoffice.shift_requests import ShiftAnswer, ShiftRequest
from gatekeeper.boxoffice.till_requests import SellRequest, TicketExchangeRequest
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.device.refund_and_exchange_parts import exchanges_of
from shared.kernel.errors import GatekeeperError
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import Instant
from shared.sales.basket_pricing import WantedTickets
from shared.sales.sale_refusals import SaleReason
from shared.sales.tenders import SPLIT, VOUCHER, Tender
from shared.sales.till_basket import Discount
from simulator.boxoffice.organizer import Staff
from simulator.boxoffice.record import Acted, BoxOfficeRecord, Sold
from simulator.boxoffice.terminal import CardTerminal
from simulator.boxoffice.vouchers import draw_vouchers
from simulator.evening.until_doors_close import UntilDoorsClose
from simulator.history import ShownSale
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

OFFS: Final = ((0, 0), (1_000, 0), (0, 111), (777, 50))
"""What cashiers take off: ten-thousandths, and an amount."""
TRIES: Final = 30
"""How often after doors a cashier tries to sort things out."""

Welcome = Callable[[Sale], None]
"""Lets the guests of a sale go to the gates."""


class Counter(UntilDoorsClose):
    """One till with its people."""

    def __init__(
        self,
        world: World,
        record: BoxOfficeRecord,
        node: GateNode,
        staff: Staff,
        welcome: Welcome,
        dice: Dice,
    ) -> None:
        self._world, self._record, self._node = world, record, node
        self._staff, self._welcome, self._dice = staff, welcome, dice
        self._began: dict[str, tuple[SellRequest, Instant]] = {}
        self.terminal = CardTerminal(world.stage, dice.stream("terminal"))
        record.terminals[node.name] = self.terminal

    @property
    def node(self) -> GateNode:
        """The till."""
        return self._node

    def now(self) -> Instant:
        """Return the true time."""
        return self._world.stage.now()

    async def serve(self) -> None:
        """Work all evening."""
        dice = self._dice
        while True:
            await self.pause(dice.exponential(self._world.scenario.sale_every))
            if not self._node.is_up or not await self.has_shift():
                continue
            await self._sort_out(dice.stream("again"))
            turn = dice.below(100)
            if turn < 80:
                await self._sell(dice)
            else:
                await self._see_to_drawer(dice, turn)

    # -- the machine -----------------------------------------------------------------------------

    def prepare(self, session: GateSession) -> None:
        """Give a program that has begun its terminal, and let it keep its drawer."""
        if session.till.ports.terminal is None:
            session.keep_drawer()
            ports = msgspec.structs.replace(session.till.ports, terminal=self.terminal)
            session.till.ports = ports

    async def act(self, request: ShiftRequest) -> ShiftAnswer | None:
        """Do something at the drawer; None where nobody was told how it ended."""
        if not self._node.is_up:
            return None

        def do(session: GateSession) -> ShiftAnswer:
            self.prepare(session)
            if request.authorized_by:
                session.names.take_badge(self._staff.jo, self._staff.badge)
            return session.shifts.do(request)

        try:
            _, answer = await self._node.call(do)
        except GatekeeperError as fault:
            self._world.stage.trace.note(self._node.name, f"no {request.act}: {fault}")
            return None
        if answer is not None and answer.ok:
            self._record.acts.append(Acted(self._node.name, answer))
            self._world.stage.trace.note(self._node.name, f"{request.act} number {answer.number}")
        elif answer is not None:
            self._record.refuse(f"{request.act}: {answer.reason}")
        return answer

    async def has_shift(self) -> bool:
        """See that a shift is open; open one if the till has heard of its cashiers."""
        if not self._node.is_up:
            return False
        try:
            _, found = await self._node.call(lambda session: session.shifts.current() is not None)
        except GatekeeperError:
            return False
        if found:
            return True
        amount = self._dice.between(0, 200) * 100
        answer = await self.act(
            ShiftRequest(act="open", amount_minor=amount, cashier=self._staff.ana)
        )
        return answer is not None and answer.ok

    # -- selling ---------------------------------------------------------------------------------

    async def exchange(self, dice: Dice, sold: Sold, *, is_allowed: bool) -> None:
        """Give a ticket of this till's back for others, and pay or get back the difference."""
        prices = self._record.prices[-1].prices
        sell = SellRequest(
            lines=(WantedTickets(dice.pick(prices.sold).code, dice.between(1, 2)),),
            tenders=(Tender(kind=dice.pick(("cash", "cash", "card"))),),
            cashier=self._staff.ana,
            authorized_by=self._staff.jo if is_allowed else "",
        )
        request = TicketExchangeRequest(
            ticket_ids=(dice.pick(sold.tickets),), sell=sell, reason="guest"
        )
        began = self._world.stage.now()

        async def change(session: GateSession) -> TillAnswer:
            self.prepare(session)
            if is_allowed:
                session.names.take_badge(self._staff.jo, self._staff.badge)
            else:
                session.names.forget()
            answer = await exchanges_of(session).do(request)
            if answer.reason == SaleReason.WRONG_TENDER.value:  # it was paid in parts
                in_parts = msgspec.structs.replace(request, tender=SPLIT)
                answer = await exchanges_of(session).do(in_parts)
            if answer.sale is not None:
                return answer.sale
            self._record.refuse(f"exchange: {answer.reason}")
            return TillAnswer(reason=SaleReason.NOT_ALLOWED, mode=answer.mode)

        await self.ask(change, sell, began)

    async def _sell(self, dice: Dice) -> None:
        request = self.draw(dice)
        began = self._world.stage.now()

        async def sell(session: GateSession) -> TillAnswer:
            self.prepare(session)
            return await session.till.sell(request)

        await self.ask(sell, request, began)

    def _note_vouchers(self, sale_id: str, tenders: Sequence[Tender]) -> None:
        codes = {one.code for one in tenders if one.kind == VOUCHER}
        if codes:
            self._record.paid_by.setdefault(sale_id, set()).update(codes)

    async def ask(
        self,
        work: Callable[[GateSession], Coroutine[Any, Any, TillAnswer]],
        request: SellRequest,
        began: Instant,
        *,
        was_open: bool = False,
    ) -> TillAnswer | None:
        """Let the till do something that may end in a sale."""
        stage, node = self._world.stage, self._node
        if not node.is_up:
            return None
        try:
            _, answer = await node.work(work)
        except GatekeeperError as fault:
            stage.trace.note(node.name, f"no sale: {fault}")
            return None
        if answer is None:
            return None
        if answer.open_sale is not None:
            self._began.setdefault(answer.open_sale.sale_id, (request, began))
        if answer.sale is not None:
            self._sold(answer.sale, request, began, was_open=was_open)
            self._note_vouchers(answer.sale.sale_id, request.tenders)
        elif not answer.is_ok:
            self._record.refuse(answer.reason.value)
        return answer

    def _sold(self, sale: Sale, request: SellRequest, began: Instant, *, was_open: bool) -> None:
        world, now = self._world, self._world.stage.now()
        self._record.sold.append(
            Sold(
                node=self._node.name,
                sale_id=sale.sale_id,
                tickets=tuple(parse_ticket_id(one.ticket_id) for one in sale.tickets),
                request=request,
                began=began,
                ended=now,
                was_open=was_open,
            )
        )
        world.history.sales.append(ShownSale(self._node.name, sale, 0, now))
        name = self._node.name
        world.stage.trace.note(name, f"sells receipt {sale.receipt_number} for {sale.total}")
        self._welcome(sale)

    def draw(self, dice: Dice) -> SellRequest:
        """Draw what somebody wants, and how they pay."""
        prices = self._record.prices[-1].prices
        chosen = [one for one in prices.sold if dice.chance(0.45)] or [dice.pick(prices.sold)]
        lines = tuple(WantedTickets(one.code, dice.between(1, 4)) for one in chosen)
        words = self._record.prices[0].prices.words  # also what is worth nothing any more
        turn = dice.below(100)
        request = SellRequest(
            lines=lines,
            tenders=self.draw_tenders(dice),
            promo=dice.pick(words) if words and dice.chance(0.25) else "",
            cashier=dice.pick((self._staff.ana, self._staff.ben)),
        )
        if turn < 6:
            return msgspec.structs.replace(
                request,
                tenders=(Tender(kind="comp"),),
                promo="",
                authorized_by=self._staff.jo if dice.chance(0.8) else "",
                why="press",
            )
        if turn < 30:
            points, amount = dice.pick(OFFS)
            allowed = self._staff.jo if dice.chance(0.4) else ""
            return msgspec.structs.replace(
                request,
                discount=Discount(percent_points=points, fixed_minor=amount),
                authorized_by=allowed,
            )
        return request

    def draw_tenders(self, dice: Dice) -> tuple[Tender, ...]:
        """Draw how somebody pays."""
        some = dice.between(1, 2_000)
        if self._record.vouchers and dice.chance(0.3):
            return draw_vouchers(self._record.vouchers, some, dice)
        match dice.below(10):
            case 0 | 1 | 2:
                return (Tender(kind="cash"),)
            case 3 | 4:  # a note that is more than enough, or sometimes not
                return (Tender(kind="cash", amount_minor=dice.between(1, 40) * 5_000),)
            case 5:  # confirmed by the cashier, by the slip's number
                return (Tender(kind="card", code=f"S{dice.below(1_000_000)}"),)
            case 6 | 7:
                return (Tender(kind="card"),)
            case 8:
                return (Tender(kind="card", amount_minor=some), Tender(kind="cash"))
            case _:
                return (Tender(kind="cash", amount_minor=some), Tender(kind="card"))

    # -- what is open ----------------------------------------------------------------------------

    async def _open_sales(self) -> tuple[OpenSale, ...]:
        if not self._node.is_up:
            return ()
        try:
            _, found = await self._node.call(lambda session: session.till.open_sales.list_open())
        except GatekeeperError:
            return ()
        return found or ()

    async def _sort_out(self, dice: Dice) -> None:
        """See to one open sale, as the screen says: ask again, say what the slip says, finish."""
        found = await self._open_sales()
        if found:
            await self._sort_out_one(found[0], dice)

    async def _sort_out_one(self, sale: OpenSale, dice: Dice) -> None:
        request, began = self._began.get(sale.sale_id, (sale.request, Instant(0)))
        sale_id, unknown = sale.sale_id, sale.unknown

        async def see_to(session: GateSession) -> TillAnswer:
            self.prepare(session)
            book = session.till.open_sales
            if unknown is not None:
                if unknown.payment.kind == VOUCHER:
                    return await book.ask_again(sale_id)
                known = self.terminal.payments.get(f"{sale_id}-{unknown.number}")
                is_known = known is None or known.state != "asked"
                if is_known and dice.chance(0.3):
                    is_paid = known is not None and known.state == "booked"
                    slip = "" if known is None else known.reference
                    jo = self._staff.jo
                    return await book.decide(
                        sale_id, is_paid=is_paid, reference=slip if is_paid else "", person=jo
                    )
                return await book.ask_again(sale_id)
            if dice.chance(0.3):
                return await book.give_up(sale_id, self._staff.ana)
            kind = "card" if dice.chance(0.3) else "cash"
            tenders: tuple[Tender, ...] = (Tender(kind=kind),)
            if self._record.vouchers and dice.chance(0.2):
                tenders = draw_vouchers(self._record.vouchers, dice.between(1, 2_000), dice)
                self._note_vouchers(sale_id, tenders)
            return await book.finish(sale_id, tenders)

        await self.ask(see_to, request, began, was_open=True)

    # -- the drawer ------------------------------------------------------------------------------

    async def _see_to_drawer(self, dice: Dice, turn: int) -> None:
        ana, amount = self._staff.ana, dice.between(1, 60) * 50
        if turn < 90:
            act = dice.pick(("paid_in", "paid_out", "drop", "no_sale"))
            await self.act(ShiftRequest(act=act, amount_minor=amount, cashier=ana, why="change"))
        elif turn < 92:
            await self.act(ShiftRequest(act="x", cashier=ana))
        elif turn < 94:
            await self._move_tender(dice, amount)
        elif turn < 96:
            await self.act(
                ShiftRequest(
                    act="hand_over",
                    amount_minor=amount,
                    cashier=ana,
                    authorized_by=self._staff.jo,
                    receiver=self._staff.jo,
                )
            )
        else:
            await self.close(dice)

    async def _move_tender(self, dice: Dice, amount: int) -> None:
        ours = [one for one in self._record.sold if one.node == self._node.name]
        if ours:
            wrong, right = ("cash", "card") if dice.chance(0.5) else ("card", "cash")
            await self.act(
                ShiftRequest(
                    act="tender_moved",
                    amount_minor=amount,
                    cashier=self._staff.ana,
                    sale_id=dice.pick(ours).sale_id,
                    tender=wrong,
                    tender_to=right,
                )
            )

    async def close(self, dice: Dice, *, names_open_sales: bool = False) -> bool:
        """Count the drawer, sometimes wrongly, and end the shift."""
        counted = dice.between(0, 500) * 100
        if dice.chance(0.5):
            await self.act(
                ShiftRequest(act="count", amount_minor=counted, cashier=self._staff.ana)
            )
        answer = await self.act(
            ShiftRequest(
                act="close",
                amount_minor=counted,
                cashier=self._staff.ana,
                authorized_by=self._staff.jo,
                left_minor=counted // 2,
                names_open_sales=names_open_sales,
            )
        )
        if answer is not None and answer.ok and dice.chance(0.5):
            await self.act(
                ShiftRequest(act="approve", authorized_by=self._staff.jo, z_number=answer.z_number)
            )
        return answer is not None and answer.ok

    async def go_home(self) -> None:
        """After doors: see to what is open, with a terminal that answers, and close the drawer."""
        self.terminal.is_well = True
        dice = self._dice.stream("closing time")
        for _ in range(TRIES):
            if not await self._open_sales():
                break
            await self._sort_out(dice)
            await asyncio.sleep(5)
        if self._node.is_up and await self.has_shift():
            await self.close(dice, names_open_sales=True)
