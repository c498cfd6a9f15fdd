"""The event is called off when doors are closed, and all its money goes back.

The run gives each order's money back while the server is killed again and again; tills pay back
in cash meanwhile what was paid in cash, connected or cut off, and try it with everything else.
What went back is added up from tills' journals and the office's payouts, order by order, and held
against what was paid: nothing goes back twice, and nothing stays that is not listed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Final

from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterAnswer, AfterRequest
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.device.refund_and_exchange_parts import after_sale_of
from server.cancelling.event_cancelling import cancel_event
from shared.admission.purpose import Purpose
from shared.journal.entry import ReleaseBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.errors import GatekeeperError
from shared.kernel.instant import SECOND, Duration
from simulator.boxoffice.books import read_books
from simulator.boxoffice.cashiers import Counter
from simulator.boxoffice.desk import pay_back
from simulator.boxoffice.disputes import (
    Banks,
    Money,
    Outcome,
    PaidOut,
    Refunded,
    judge_disputes,
)
from simulator.boxoffice.organizer import Staff
from simulator.boxoffice.paid_in_parts import SPLIT
from simulator.boxoffice.record import BoxOfficeRecord, Sold
from simulator.boxoffice.vouchers import judge_withdrawn
from simulator.judging.ledger_and_device_views import LedgerView, view_device, view_ledger
from simulator.kernel.dice import Dice
from simulator.nodes.wired_server import SERVER
from simulator.world import World

BEFORE: Final[Duration] = 40 * SECOND
"""How long banks take payments back and tills pay back before the event is called off."""
LASTS: Final[Duration] = 90 * SECOND
"""How long tills pay back while the server is killed."""
LOOK_AGAIN: Final = 60
"""Looks at whether the run has ended, ten seconds apart."""


class CallingOff:
    """Calls one event off, and judges what becomes of its money."""

    def __init__(
        self,
        world: World,
        record: BoxOfficeRecord,
        counters: Sequence[Counter],
        staff: Staff,
        dice: Dice,
    ) -> None:
        self._world, self._record, self._counters = world, record, counters
        self._staff, self._dice = staff, dice
        self._is_over = False
        box = world.scenario.box_office
        has_disputes = box is not None and box.has_disputes
        self._banks = Banks(world, dice.stream("banks")) if has_disputes else None

    async def run(self) -> list[str]:
        """Do all of it; returns what is wrong."""
        tasks = []
        if self._banks is not None:
            tasks.append(self._world.spawn(self._banks.work(lambda: self._is_over)))
            tasks += self._begin()
            await asyncio.sleep(BEFORE / SECOND)
        await self._call_off()
        tasks.append(self._world.spawn(self._kill()))
        if self._banks is None:
            tasks += self._begin()
        await asyncio.sleep(LASTS / SECOND)
        self._is_over = True
        await asyncio.gather(*tasks)
        if not await self._world.heal():
            return [f"not quiet after it was called off: {await self._world.unrest()}"]
        await self._call_off()  # whoever asks again gets what tills have brought since
        if not await self._has_ended():
            return ["the run that gives money back has not ended in ten minutes"]
        for counter in self._counters:
            await counter.go_home()
        if not await self._world.heal():
            return [f"not quiet after the last count: {await self._world.unrest()}"]
        outcome = await self._read()
        books = await read_books(self._world.server, self._world.venue)
        found = [
            *await self._judge_doors(),
            *self._judge(list(outcome.orders.values())),
            *judge_withdrawn(self._record, books.spent, books.charges),
        ]
        return found if self._banks is None else [*found, *judge_disputes(self._banks, outcome)]

    def _begin(self) -> list[asyncio.Task[None]]:
        """Let tills pay back, while their links are cut."""
        tasks = []
        for counter in self._counters:
            dice = self._dice.stream(counter.node.name)
            tasks.append(self._world.spawn(self._pay_back(counter, dice)))
            tasks.append(self._world.spawn(self._cut(counter, dice.stream("links"))))
        return tasks

    async def _call_off(self) -> None:
        world = self._world
        context = world.server.context

        async def do() -> None:
            async with context.write(world.venue.organization_id) as unit:
                await cancel_event(
                    unit, world.venue.event_id, reason="storm", actor="organizer", notice=None
                )

        await world.stage.loop.outcome(world.server.process, do())
        world.stage.trace.note("office", "calls the event off")

    async def _kill(self) -> None:
        """Let the server end in the midst of it, and come back."""
        server, dice = self._world.server, self._dice.stream("kills")
        while not self._is_over:
            await asyncio.sleep(dice.exponential(12 * SECOND) / SECOND)
            if not server.is_up:
                continue
            server.stop(has_power=dice.chance(0.5))
            await asyncio.sleep(dice.between(1, 6))
            await server.start()

    async def _cut(self, counter: Counter, dice: Dice) -> None:
        network, name = self._world.stage.network, counter.node.name
        while not self._is_over:
            await asyncio.sleep(dice.exponential(20 * SECOND) / SECOND)
            network.cut(name, SERVER)
            network.cut(SERVER, name)
            await asyncio.sleep(dice.between(2, 12))
            network.mend(name, SERVER)
            network.mend(SERVER, name)

    async def _pay_back(self, counter: Counter, dice: Dice) -> None:
        ours = [one for one in self._record.sold if one.node == counter.node.name]
        badges = dice.stream("badges")
        while ours and not self._is_over:
            await asyncio.sleep(dice.exponential(3 * SECOND) / SECOND)
            if counter.node.is_up and await counter.has_shift():
                is_allowed = self._banks is None or badges.chance(0.5)
                await self._pay_one(counter, dice.pick(ours), dice, is_allowed=is_allowed)

    async def _pay_one(
        self, counter: Counter, sold: Sold, dice: Dice, *, is_allowed: bool
    ) -> None:
        request = AfterRequest(
            purpose=Purpose.REFUND,
            ticket_ids=(dice.pick(sold.tickets),),
            tender=dice.pick(("", "", "cash")),
            cashier=self._staff.ana,
            authorized_by=self._staff.jo if is_allowed else "",
            reason="called_off",
            in_full=dice.chance(0.5) and is_allowed,
        )
        began = self._world.stage.now()

        async def pay(session: GateSession) -> AfterAnswer:
            counter.prepare(session)
            if is_allowed:
                session.names.take_badge(self._staff.jo, self._staff.badge)
            return await pay_back(after_sale_of(session), request)

        try:
            _, answer = await counter.node.work(pay)
        except GatekeeperError as fault:
            self._world.stage.trace.note(counter.node.name, f"no refund: {fault}")
            return
        if self._banks is not None and answer is not None:
            self._banks.refunded.append(
                Refunded(
                    node=counter.node.name,
                    began=began,
                    ended=self._world.stage.now(),
                    is_allowed=is_allowed,
                    answer=answer,
                )
            )

    async def _ask(self, sql: str) -> list[Any]:
        inline = self._world.server.context.database.inline
        assert inline is not None
        async with inline.reading():
            return inline.connection.execute(sql, (self._world.venue.event_id,)).fetchall()

    async def _has_ended(self) -> bool:
        for _ in range(LOOK_AGAIN):
            (row,) = await self._ask("SELECT state FROM refund_run WHERE event_id=?")
            if row[0] == "done":
                return True
            await asyncio.sleep(10)
        return False

    # -- judging -----------------------------------------------------------------------------

    async def _judge_doors(self) -> list[str]:
        """Nobody comes in any more."""
        found = []
        for _, code in zip(range(5), self._record.papers.values(), strict=False):
            for gate in self._world.gates:
                shown = await self._world.scan(gate, code[-1])
                if shown.is_green:
                    found.append(f"{gate.name} let somebody in after the event was called off")
        return found

    async def _read(self) -> Outcome:
        """Add up each order, of tills and of the office."""
        by_order = {
            row[0]: Money(
                number=row[1], coins=abs(row[2]), is_office=bool(row[3]), marked=row[3] and row[4]
            )
            for row in await self._ask(
                "SELECT o.id, o.number, o.rounding_minor,"
                " o.client_key IS NULL OR o.client_key NOT LIKE 'till:%',"
                " CASE WHEN o.state='paid' AND NOT EXISTS"
                " (SELECT 1 FROM payment p WHERE p.order_id=o.id) THEN o.total_minor ELSE 0 END"
                " FROM ticket_order o WHERE o.event_id=?"
            )
        }
        for order_id, tender, amount in await self._ask(
            "SELECT order_id, tender, amount_minor FROM payment WHERE event_id=?"
        ):
            if order_id in by_order:
                money = by_order[order_id]
                money.paid += amount
                money.cash += amount if tender == "cash" else 0
        for order_id, amount in await self._ask(
            "SELECT order_id, amount_minor FROM payout WHERE event_id=? AND state != 'failed'"
            " AND created_by='organizer'"
        ):
            if order_id in by_order:
                by_order[order_id].by_run += amount
        for order_id, left, waits in await self._ask(
            "SELECT order_id, left_minor, at_till_minor FROM refund_run_order WHERE event_id=?"
        ):
            if order_id in by_order:
                by_order[order_id].left += left
                by_order[order_id].waits += waits
        for order_id, amount in await self._ask(
            "SELECT order_id, amount_minor FROM payout WHERE event_id=? AND state='failed'"
            " AND tender='voucher' AND client_key LIKE 'till:payout:%'"
        ):
            if order_id in by_order:  # given back on a voucher that is worth nothing
                by_order[order_id].at_tills -= amount
        for one in [] if self._banks is None else self._banks.disputes:
            by_order[one.order_id].by_banks += one.amount if one.is_lost else 0
        orders = {
            int(ticket_id) + (1 << 63): order_id
            for ticket_id, order_id in await self._ask(
                "SELECT ticket_id, order_id FROM ticket WHERE event_id=? AND order_id IS NOT NULL"
            )
        }
        ledger = await view_ledger(self._world.server, self._world.venue.event_id)
        self._add_tills(by_order, orders, ledger)
        return Outcome(
            orders=by_order,
            order_of=orders,
            payouts={
                str(row[0]): PaidOut(row[1], row[2], _claim_of(row[3] or ""))
                for row in await self._ask(
                    "SELECT id, payment_id, amount_minor, client_key FROM payout"
                    " WHERE event_id=? AND state != 'failed'"
                )
            },
            named=frozenset(
                one.subject.rpartition("/")[2]
                for one in ledger.conflicts
                if one.kind == "payout_mismatch"
            ),
        )

    def _add_tills(
        self, by_order: dict[str, Money], orders: dict[int, str], ledger: LedgerView
    ) -> None:
        """Add what tills' journals say."""
        step = self._record.prices[0].prices.step
        for node in self._world.tills:
            entries = view_device(node, ledger, self._world.venue.event_id).entries
            gone = {one.body.claim_id for one in entries if isinstance(one.body, ReleaseBody)}
            for held in entries:
                body = held.body
                if not isinstance(body, WithdrawalBody) or body.claim_id in gone:
                    continue
                money = by_order.get(orders.get(body.ticket_id, ""))
                if money is not None and body.amount_minor:
                    money.at_tills += body.amount_minor
                    if body.tender in {"cash", SPLIT}:  # of cash a part may be worth no coin
                        money.coins += step // 2
                        money.last_coin = step - 1
                    if body.mode == "offline":
                        money.alone += body.amount_minor
                    elif body.signature:
                        money.badged += body.amount_minor

    def _judge(self, orders: Sequence[Money]) -> Iterator[str]:
        for one in orders:
            name = f"order {one.number}, paid {one.paid} with {one.cash} in cash"
            back = one.at_tills + one.by_run
            coins = max(one.coins, one.last_coin)
            if back > one.paid + one.alone:
                yield f"{name}: {one.at_tills} went back at tills and {one.by_run} by the run"
            if one.left < one.marked:
                yield f"order {one.number}: {one.marked} were paid, {one.left} are listed"
            if one.cash == one.paid:
                listed = back + one.left + one.waits + coins
                if one.is_office and listed < one.paid:
                    yield f"{name}: {back} went back, {one.left} are listed, {one.waits} wait"
                if one.by_run:
                    yield f"{name}: the run sent {one.by_run} back, which is for tills to pay"
            elif back + one.by_banks + one.left + min(one.waits, one.cash) + coins < one.paid:
                yield (
                    f"{name}: {one.at_tills} went back at tills, {one.by_run} by the run and"
                    f" {one.by_banks} by banks, {one.left} are listed and {one.waits} wait"
                )


def _claim_of(key: str) -> str:
    """Return the claim of a till's payout by the key of its booking, else ""."""
    return key.rpartition(":")[2] if key.startswith("till:payout:") else ""
