"""One evening at a till where guests bring tickets back, while what goes back of them changes.

The terms give all, a part or nothing back, by time, and the organizer sets them anew. Guests have
their tickets refunded, exchange them for cheaper or dearer ones and bring these back too, or have
the whole sale voided; some go to the office. The till is cut off now and then. Some who had less
back were promised all of it: a manager says so, once or twice, and the office sends the rest.
"""

from __future__ import annotations

from typing import Any, Final

from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.boxoffice.till_requests import SellRequest, TicketExchangeRequest
from gatekeeper.device.refund_and_exchange_parts import after_sale_of, exchanges_of
from shared.admission.purpose import Purpose
from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import SECOND, Duration, Instant, format_instant
from shared.sales.basket_pricing import WantedTickets
from shared.sales.tenders import Tender
from simulator.boxoffice.books import ID_OFFSET
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.refund_terms.record import (
    PRICES,
    TAX,
    AskedBack,
    Rest,
    Rule,
    SaidTerms,
    money_back,
)
from simulator.further_events.staffed_till import StaffedTill
from simulator.kernel.dice import Dice
from simulator.world import World

TURNS: Final = 80
WHATS: Final = (*["sell"] * 4, "refund", "refund", "full", "void", *["exchange"] * 3, "close")
PARTS: Final = ((10_000, 0), (10_000, 150), (5_000, 33), (3_333, 0), (0, 0))
"""Ten-thousandths that go back, and the fee."""
CHANGES: Final = 4
RESTS: Final = 12
FLOAT: Final = 50_000
SHOWN: Final = 0.6
"""So many guests are told first what goes back, and think it over while others are served."""
DECIDES: Final = 0.1
"""In so many turns whoever has thought longest comes back; and once the till knows other terms."""


class RefundTerms(StaffedTill):
    """A further event of a world, its till, and its office.

    Attributes:
        said: The terms, in order; the first are those before doors.
        asked: What guests asked for, in order of beginning.
        rests: Tickets that had been refunded for less, and were owed whole then.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "terms")
        self.said: list[SaidTerms] = []
        self.asked: list[AskedBack] = []
        self.rests: list[Rest] = []
        self._seen = self._dice.stream("shown")
        self._thinking: list[tuple[int, tuple[str, TicketId, int, int]]] = []

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on with its terms, and start its till."""
        rules = self._draw_rules(self._dice.stream("terms"))
        pricing = {"refunds": _spell(rules)}
        terms = Terms(
            persons=(1, 1),
            prices=PRICES,
            pricing=pricing,
            selling={"tax_basis_points": TAX},
        )
        await self._put_on_with_till(terms)
        await self._note_terms(rules, Instant(0))

    def _draw_rules(self, dice: Dice) -> tuple[Rule, ...]:
        """Draw what goes back until when, over the evening that is ahead."""
        ends = sorted(
            self._world.stage.now() + dice.below(self.scenario.duration + 1) for _ in range(2)
        )
        ends = [end // SECOND * SECOND for end in ends]
        parts = [dice.pick(PARTS) for _ in range(3)]
        bounds = [*dict.fromkeys(ends), None]
        return tuple(
            Rule(None if until is None else Instant(until), *part)
            for until, part in zip(bounds, parts, strict=False)
        )

    async def _note_terms(self, rules: tuple[Rule, ...], began: Instant) -> None:
        ((version,),) = await self.read_books(
            "SELECT plan_version FROM event WHERE id=?", self.site.event_id
        )
        self.said.append(SaidTerms(rules, version, began, self._world.stage.now()))
        self._note(f"terms {[(one.points, one.fee) for one in rules]} by plan {version}")

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        self._world.start(self._serve(self._dice.stream("counter")))
        self._world.start(self._serve_at_office(self._dice.stream("office")))
        self._world.start(self._owe_rests(self._dice.stream("rests")))
        self._world.start(self._change(self._dice.stream("organizer")))
        self._world.start(self._cut(self._dice.stream("cuts")))

    async def _change(self, dice: Dice) -> None:
        for _ in range(CHANGES):
            await self.pause(dice.exponential(self.scenario.duration // CHANGES))
            rules, began = self._draw_rules(dice), self._world.stage.now()
            body = {"pricing": {"refunds": _spell(rules)}}
            await self.owner.must("PATCH", self.site.path, body)
            await self._note_terms(rules, began)

    async def _serve(self, dice: Dice) -> None:
        every = Duration(self.scenario.duration // TURNS)
        while True:
            await self.pause(dice.exponential(every))
            if not self.till.is_up or not await self._has_shift():
                continue
            what = dice.pick(WHATS)
            kept = self._kept()
            if what == "sell":
                await self._sell_some(dice.between(1, 4), dice.below(len(PRICES)))
            elif what == "close":
                await self._act("close", amount_minor=FLOAT, names_open_sales=True)
            elif kept:
                ticket, to = dice.pick(sorted(kept)), dice.below(len(PRICES))
                if what in {"refund", "exchange"} and self._seen.chance(SHOWN):
                    shown = self._show(what, ticket, to)
                    self._thinking.append((self._version(), (what, ticket, to, shown)))
                else:
                    await self._bring_back(what, ticket, to)
            if self._thinking and self.till.is_up:
                heard, asked = self._thinking[0]
                if heard != self._version() or self._seen.chance(DECIDES):
                    del self._thinking[0]
                    await self._bring_back(*asked)

    async def _has_shift(self) -> bool:
        if await self._do(lambda session: session.shifts.has_open()):
            return True
        answer = await self._act("open", amount_minor=FLOAT)
        return answer is not None and answer.ok

    async def _sell_some(self, count: int, kind: int) -> None:
        request = self._sale(count, kind)
        await self._do(lambda session: session.till.sell(request))

    def _sale(self, count: int, kind: int) -> SellRequest:
        return SellRequest(
            lines=(WantedTickets(self.site.codes[kind], count),),
            tenders=(Tender(kind="card"),),
            cashier=self._cashier,
        )

    def _kept(self) -> dict[TicketId, str]:
        """Return the tickets of the till that nobody has taken back, with their sales."""
        if not self.till.is_up:
            return {}
        bodies = [held.body for held in self.read_journals().values()]
        gone = {one.ticket_id for one in bodies if isinstance(one, WithdrawalBody)}
        gone |= {one.ticket for one in self.asked if one.how == "office"}
        return {
            ticket.ticket_id: one.sale_id
            for one in bodies
            if isinstance(one, SaleBody)
            for ticket in one.tickets
            if ticket.ticket_id not in gone
        }

    async def _bring_back(self, how: str, ticket: TicketId, to: int, shown: int = 0) -> None:
        asked = AskedBack(
            how=how,
            ticket=ticket,
            to=to,
            shown=shown,
            began=self._world.stage.now(),
            ended=self._world.stage.now(),
            heard=self._version(),
        )
        self.asked.append(asked)
        if how == "exchange":
            request = TicketExchangeRequest(
                ticket_ids=(ticket,),
                sell=self._sale(1, asked.to),
                reason="guest",
                shown_minor=shown,
            )
            said = await self._do(lambda session: exchanges_of(session).do(request))
        else:
            sale = self._kept()[ticket] if how == "void" else ""
            other = AfterRequest(
                purpose=Purpose.VOID if how == "void" else Purpose.REFUND,
                sale_id=sale,
                ticket_ids=() if how == "void" else (ticket,),
                cashier=self._cashier,
                authorized_by=self._person if how == "full" else "",
                reason="ill" if how == "full" else "",
                in_full=how == "full",
                shown_minor=shown,
            )
            said = await self._do(lambda session: after_sale_of(session).do(other))
        asked.ended, asked.hears = self._world.stage.now(), max(asked.heard, self._version())
        asked.reason = "" if said is None else str(said.reason)
        self._note(f"{how} of {format_ticket_id(ticket)}, {shown} shown: {asked.reason}")

    def _show(self, how: str, ticket: TicketId, to: int) -> int:
        """Say what goes back by the terms that the till has heard of, as its screen would."""
        known = [one for one in self.said if one.version <= self._version()]
        (code,) = [
            one.ticket_type_code
            for held in self.read_journals().values()
            if isinstance(held.body, SaleBody)
            for one in held.body.tickets
            if one.ticket_id == ticket
        ]
        price = PRICES[self.site.codes.index(code)]
        amount = max(0, price - PRICES[to]) if how == "exchange" else price
        return money_back(known[-1].rules, amount, self._world.stage.now()) if known else 0

    def _version(self) -> int:
        event = self.till.session.knowledge.event if self.till.is_up else None
        return 0 if event is None else event.config.sequence

    async def _serve_at_office(self, dice: Dice) -> None:
        """Take a ticket back at the office now and then."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // 12))
            kept = self._kept()
            if not kept:
                continue
            ticket = dice.pick(sorted(kept))
            asked = AskedBack(
                how="office",
                ticket=ticket,
                began=self._world.stage.now(),
                ended=self._world.stage.now(),
            )
            path = f"{self.site.path}/tickets/{format_ticket_id(ticket)}/refund"
            status, _ = await self.owner.attempt("POST", path, {"reason": "ill"})
            if status // 100 != 2:
                continue
            asked.ended = self._world.stage.now()
            self.asked.append(asked)
            self._note(f"the office takes {format_ticket_id(ticket)} back")

    async def _owe_rests(self, dice: Dice) -> None:
        """Let a manager owe the rest of what was refunded for less, and send it at once."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // RESTS))
            done = {one.ticket for one in self.rests}
            noted = {one: sum(parts) for one, parts in (await self.read_noted()).items()}
            prices = await self._read_prices()
            left = [one for one in noted if one not in done and noted[one] < prices[one][0]]
            if left:
                ticket = dice.pick(left)
                await self._owe_rest(ticket, *prices[ticket], noted[ticket], dice)

    async def _owe_rest(
        self, ticket: TicketId, price: int, order_id: str, first: int, dice: Dice
    ) -> None:
        path = f"{self.site.path}/tickets/{format_ticket_id(ticket)}/refund?in_full=true"
        for _ in range(dice.between(1, 2)):
            await self.owner.must("POST", path, {"reason": "promised"})
        body = {"amount_minor": price - first, "reason": "promised", "fact": "done"}
        path = f"{self.site.path}/orders/{order_id}/payouts"
        status, answer = await self.owner.attempt("POST", path, body)
        is_sent = status // 100 == 2
        if not is_sent:
            self.owner.refused.append(f"{price - first} more are owed for {ticket:016x}: {answer}")
        sent = sum(int(one["amount_minor"]) for one in answer) if is_sent else 0
        self.rests.append(Rest(ticket, order_id, first, sent))
        self._note(f"{format_ticket_id(ticket)}: {first} went back, {price - first} follow")

    async def read_noted(self) -> dict[TicketId, list[int]]:
        """Read what the books note as owed for each ticket, one after another."""
        rows = await self.read_books(
            "SELECT ticket_id, amount_minor FROM refund WHERE event_id=? ORDER BY 1, place",
            self.site.event_id,
        )
        noted: dict[TicketId, list[int]] = {}
        for ticket, amount in rows:
            noted.setdefault(TicketId(int(ticket, 16)), []).append(int(amount))
        return noted

    async def _read_prices(self) -> dict[TicketId, tuple[int, str]]:
        """Return what each ticket that is booked has cost, by its type alone, and its order."""
        rows = await self.read_books(
            "SELECT x.ticket_id, t.code, x.order_id FROM ticket x"
            " JOIN ticket_type t ON t.id = x.ticket_type_id WHERE x.event_id=?",
            self.site.event_id,
        )
        codes = self.site.codes
        return {
            TicketId(row[0] + ID_OFFSET): (PRICES[codes.index(row[1])], str(row[2]))
            for row in rows
        }

    # -- after doors -----------------------------------------------------------------------------

    async def read_account(self, order_id: str) -> dict[str, Any]:
        """Read how an order's money stands by the office's books."""
        path = f"{self.site.path}/orders/{order_id}/payments"
        return dict(await self.owner.must("GET", path))

    async def read_tax(self) -> dict[TicketId, int]:
        """Read the tax that the office's books say to be in what is owed for each ticket."""
        rows = await self.read_books(
            "SELECT ticket_id, sum(tax_minor) FROM refund WHERE event_id=? GROUP BY ticket_id",
            self.site.event_id,
        )
        return {TicketId(int(row[0], 16)): int(row[1]) for row in rows}


def _spell(rules: tuple[Rule, ...]) -> list[dict[str, Any]]:
    return [
        {
            "until": None if one.until is None else format_instant(one.until),
            "percent_points": one.points,
            "fee_minor": one.fee,
        }
        for one in rules
    ]
