"""One evening at a till whose cashier keys in the wrong tender, notices it, and moves it.

Cash is keyed in as card, card as cash, and parts of both; some of it is moved, all at once or bit
by bit, before tickets are given back or afterwards, also while the office has not heard of the
sale, and some of it nobody notices. Some pay in parts, and the till dies in between. Customers
bring tickets back to the till and to the office, whose books may not know of the move yet.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterAnswer, AfterRequest
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.device.refund_and_exchange_parts import after_sale_of
from shared.admission.purpose import Purpose
from shared.journal.entry import ReleaseBody
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftAct, ShiftBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Duration
from shared.sales.basket_pricing import WantedTickets
from shared.sales.tenders import Tender
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.moved_tenders.paid_in_parts import MOST, PaidInParts
from simulator.further_events.moved_tenders.record import CARD, CASH, PRICE, Purchase, Told
from simulator.kernel.dice import Dice
from simulator.world import World

TURNS: Final = 90
MISKEYED: Final = 0.5
FLOAT: Final = 20_000
WHATS: Final = (
    *["sell"] * 3,
    *["parts"] * 2,
    *["move"] * 4,
    *["back"] * 3,
    *["x", "close", "nonsense", "unheard"],
)
MOVES: Final = 2
OFFICE_WRITES: Final = 150
"""To the server's disk, while it books what a till brings."""
OFFICE_WAITS: Final = 20
"""Seconds."""
NONSENSE: Final = ("voucher", "comp", "exchange", "split")


class Tenders(PaidInParts):
    """A further event of a world, its till, and its office.

    Attributes:
        told_of: Each report beside it.
        wrong: What was done at the till and should not have been, as sentences.
    """

    def __init__(self, world: World, name: str = "tenders", gates: int = 0) -> None:
        super().__init__(world, name, gates)
        self.told_of: list[Told] = []
        self.wrong: list[str] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, and start its till."""
        await self._put_on_with_till(Terms())

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        self._world.start(self._serve(self._dice.stream("counter")))
        self._world.start(self._serve_at_office(self._dice.stream("office")))
        self._world.start(self._cut(self._dice.stream("cuts")))

    async def _serve(self, dice: Dice) -> None:
        """Do one thing after another at the till."""
        every = Duration(self.scenario.duration // TURNS)
        while True:
            await self.pause(dice.exponential(every))
            if not self.till.is_up or not await self._has_shift():
                continue
            what = dice.pick(WHATS)
            if what == "sell":
                await self._sell_some(dice)
            elif what == "parts":
                await self._sell_in_parts(dice)
            elif what == "move":
                await self._move(dice)
            elif what == "unheard":
                await self._move_unheard(dice)
            elif what == "back":
                await self._give_back(dice)
            elif what == "x":
                await self._report("x")
            elif what == "close":
                await self._close()
            else:
                await self._try_nonsense(dice)

    # -- selling ---------------------------------------------------------------------------------

    async def _sell_some(self, dice: Dice, miskeyed: float = MISKEYED) -> None:
        """Sell tickets; the customer pays, and the cashier keys in what comes to mind."""
        count = dice.between(1, MOST)
        paid = _draw_parts(dice, count * PRICE)
        keyed = _draw_parts(dice, count * PRICE) if dice.chance(miskeyed) else paid
        request = SellRequest(
            lines=(WantedTickets(self.site.codes[0], count),),
            tenders=tuple(Tender(kind=kind, amount_minor=keyed[kind]) for kind in sorted(keyed)),
            cashier=self._cashier,
            sale_id=self._new_sale(),
        )
        # Where nothing is on record the customer takes the money back.
        if tickets := await self._sell_now(request):
            self._hand_out(request.sale_id, tickets, paid, keyed)

    # -- moving ----------------------------------------------------------------------------------

    async def _move_unheard(self, dice: Dice) -> None:
        """Sell cut off, die, and move that: the office hears of both at once, and dies of it."""
        with self._cut_off(self.till):
            await self._sell_some(dice, miskeyed=1)
            if self.till.is_up:
                self.till.stop(has_power=dice.chance(0.5))
            await self._until_up()
            for _ in range(MOVES):
                await self._move(dice)
            if dice.chance(0.3):
                await self._give_back(dice)
        await self._stop_office(dice)

    async def _stop_office(self, dice: Dice) -> None:
        """Let the server's power go while it writes down what it hears, and start it again."""
        server = self.server
        if not server.is_up:
            return

        def cut() -> None:
            if server.is_up:
                server.stop(has_power=False)

        faults = server.disk.faults
        faults.operations_left, faults.on_cut = dice.between(1, OFFICE_WRITES), cut
        for _ in range(OFFICE_WAITS):
            if server.is_stopped:
                break
            await asyncio.sleep(1)
        faults.operations_left = None
        if server.is_stopped:
            await server.start()

    async def _move(self, dice: Dice) -> None:
        """Move what is still wrong of a sale of this shift, or a part of it."""
        ours = [one for one in self.purse.purchases if one.shift == self.purse.shift and one.wrong]
        if not ours:
            return
        one = dice.pick(ours)
        wrong, right = (CASH, CARD) if one.wrong > 0 else (CARD, CASH)
        most = min(abs(one.wrong), one.left_at_till(wrong))
        if most <= 0:
            return
        amount = most if dice.chance(0.7) else dice.between(1, most)
        before = sum(1 for held in self._moves_of(one.sale_id))
        said = {"sale_id": one.sale_id, "tender": wrong, "tender_to": right}
        answer = await self._act("tender_moved", amount_minor=amount, **said)
        if answer is None:
            await self._find(SaleBody, lambda _one: True)  # it has started again by then
            is_done = self.till.is_up and len(self._moves_of(one.sale_id)) > before
        else:
            is_done = answer.ok
            if not is_done:
                self.wrong.append(f"{amount} from {wrong} of {one.sale_id}: {answer.text}")
        if is_done:
            self.purse.move(one, amount, wrong, right)

    def _moves_of(self, sale_id: str) -> list[ShiftBody]:
        held = self.read_journals(self.till).values() if self.till.is_up else ()
        bodies = [one.body for one in held]
        return [
            one
            for one in bodies
            if isinstance(one, ShiftBody)
            and one.act == ShiftAct.TENDER_MOVED
            and one.sale_id == sale_id
        ]

    async def _try_nonsense(self, dice: Dice) -> None:
        """Try what no till may do: move to a voucher, or more than there is."""
        ours = [one for one in self.purse.purchases if one.shift == self.purse.shift]
        if not ours:
            return
        one = dice.pick(ours)
        amount, to = PRICE * len(one.tickets), dice.pick(NONSENSE)
        if dice.chance(0.5):
            amount, to = amount + 1, CARD
        said = {"sale_id": one.sale_id, "tender": CASH, "tender_to": to}
        answer = await self._act("tender_moved", amount_minor=amount, **said)
        if answer is not None and answer.ok:
            self.wrong.append(f"{amount} of {one.sale_id} was moved from cash to {to}")

    # -- giving back -----------------------------------------------------------------------------

    async def _give_back(self, dice: Dice) -> None:
        """Give a ticket back at the till, by the tender that it stands under or by another one."""
        ours = [one for one in self.purse.purchases if one.kept]
        if not ours:
            return
        one = dice.pick(ours)
        ticket = dice.pick(one.kept)
        booked = {kind for kind, amount in one.booked.items() if amount > 0}
        by_itself = len(booked) == 1 and dice.chance(0.7)
        tender = "" if by_itself else dice.pick((CASH, CARD))
        request = AfterRequest(
            purpose=Purpose.REFUND,
            ticket_ids=(ticket,),
            tender=tender,
            cashier=self._cashier,
            authorized_by=self._person,
            reason="ill",
        )
        answer: AfterAnswer | None = await self._do(
            lambda session: after_sale_of(session).do(request)
        )
        if answer is None:
            await self._look_for_payout(one, ticket)
        elif answer.reason == "ok":
            if by_itself and {answer.tender} != booked:
                self.wrong.append(f"{answer.tender} went back of {one.sale_id}, {booked} paid")
            self.purse.give_back(one, ticket, answer.paid_out_minor, answer.tender)
            self._note(f"{answer.paid_out_minor} back by {answer.tender} of {one.sale_id[-4:]}")
        else:
            if by_itself and answer.reason == "wrong_tender":
                self.wrong.append(f"{one.sale_id} stands by {booked} alone: {answer.text}")
            self._note(f"nothing back of {one.sale_id[-4:]}: {answer.reason}")

    async def _look_for_payout(self, one: Purchase, ticket: TicketId) -> None:
        body = await self._find_payout(ticket)
        if body is not None:
            self.purse.give_back(one, ticket, body.amount_minor, body.tender)

    async def _find_payout(self, ticket: TicketId) -> WithdrawalBody | None:
        """Look whether the till has on record that it gave a ticket's money back."""
        body = await self._find(WithdrawalBody, lambda it: it.ticket_id == ticket)
        if body is None:
            return None
        gone = await self._find(ReleaseBody, lambda it: it.claim_id == body.claim_id)
        return body if gone is None else None

    async def _serve_at_office(self, dice: Dice) -> None:
        """Take a ticket back at the office now and then, and send its money at once."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 12))
            ours = [one for one in self.purse.purchases if one.kept]
            if ours:
                await self._give_back_at_office(dice.pick(ours), dice)

    async def _give_back_at_office(self, one: Purchase, dice: Dice) -> None:
        ticket = dice.pick(one.kept)
        path = f"{self.site.path}/tickets/{format_ticket_id(ticket)}/refund"
        status, _ = await self.owner.attempt("POST", path, {"reason": "ill"})
        if status // 100 != 2:
            return  # it does not know the ticket yet, or a till is just giving it back
        one.taken.add(ticket)
        await self._find_order(one)
        paths = f"{self.site.path}/orders/{one.order_id}/payouts"
        body = {"amount_minor": PRICE, "reason": "ill", "fact": "done"}
        status, answer = await self.owner.attempt("POST", paths, body)
        if status // 100 != 2:
            if await self._find_payout(ticket) is None:
                self.wrong.append(
                    f"the office took {ticket:016x} back and sends nothing: {answer}"
                )
            else:  # the office had waited for its server meanwhile, and the till was cut off
                one.settled.add(ticket)
            return
        for made in answer:
            self._note(f"the office sends {made['amount_minor']} by {made['tender']}")
            one.sent.append((int(made["amount_minor"]), str(made["tender"])))

    async def _find_order(self, one: Purchase) -> None:
        rows = await self.read_books(
            "SELECT id FROM ticket_order WHERE event_id=? AND client_key LIKE ?",
            self.site.event_id,
            f"%{one.sale_id}",
        )
        one.order_id = str(rows[0][0]) if rows else ""

    # -- the drawer ------------------------------------------------------------------------------

    async def _has_shift(self) -> bool:
        is_open = await self._do(lambda session: session.shifts.has_open())
        if is_open:
            return True
        coins = self.purse.coins or FLOAT
        answer = await self._act("open", amount_minor=coins)
        if answer is not None and answer.ok:
            self.purse.open(coins)
        return answer is not None and answer.ok

    async def _report(self, what: str, **said: Any) -> bool:
        """Have a report given, and hold it beside the coins."""
        seen = self.purse.seen
        answer = await self._act(what, **said)
        if answer is None or not answer.ok or answer.sums is None:
            return False
        nets = {one.kind: one.net_minor for one in answer.sums.tenders}
        said_now = (answer.sums.expected_minor, nets.get(CASH, 0), nets.get(CARD, 0))
        self.told_of.append(Told(what=what, said=said_now, seen=seen, coins=self.purse.coins))
        return True

    async def _close(self) -> bool:
        """Count the coins, and close the drawer."""
        coins = self.purse.coins
        return await self._report(
            "close", amount_minor=coins, left_minor=coins, names_open_sales=True
        )

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Close the drawer, if one is open."""
        if await self._do(lambda session: session.shifts.has_open()):
            await self._close()
        return await self.rest()

    async def read_report(self) -> dict[str, int]:
        """Read what each tender has brought by the office's report of the event."""
        status, report = await self.owner.attempt("GET", f"{self.site.path}/report")
        assert status // 100 == 2, report
        (table,) = [one for one in report["tables"] if one["name"] == "tenders"]
        at = table["columns"].index("net_minor")
        return {str(row[0]): int(row[at]) for row in table["rows"] if row[0] != "total"}

    async def read_shifts(self) -> list[tuple[int, int]]:
        """Read what was counted and expected at each close, by the office's books."""
        rows = await self.read_books(
            "SELECT counted_minor, expected_minor FROM till_shift"
            " WHERE event_id=? AND device_id=? AND state='closed' ORDER BY z_number",
            self.site.event_id,
            self.till.device_id,
        )
        return [(int(counted), int(expected)) for counted, expected in rows]

    async def read_account(self, one: Purchase) -> dict[str, Any]:
        """Read how an order's money stands by the office's books."""
        await self._find_order(one)
        path = f"{self.site.path}/orders/{one.order_id}/payments"
        _, account = await self.owner.attempt("GET", path)
        return dict(account)


def _draw_parts(dice: Dice, total: int) -> dict[str, int]:
    """Draw by which tenders a sum is paid."""
    if dice.chance(0.25):
        part = dice.between(1, total - 1)
        return {CASH: part, CARD: total - part}
    return {dice.pick((CASH, CARD)): total}
