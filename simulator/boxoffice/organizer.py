"""The organizer of a box office: prices, cashiers, a supervisor, and a shop on the web."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from server.cashiers.cashiers_and_badges import add_cashier
from server.db.unit import Context, Unit
from server.events.events_and_dates import change_event, get_event
from server.events.pricing_terms import PricingTerms
from server.events.schemas import EventChange
from server.http.body_and_answer_types import moment_of
from server.ledger.lookups import LedgerLookups
from server.orders.expiring_unpaid_orders import expire_order, find_due_orders
from server.orders.paying_and_refunding import cancel_order, mark_paid
from server.orders.placing_orders import (
    OrderPayment,
    WantedLine,
    WantedOrder,
    create_order,
    lock_order,
)
from server.payments.payment_states import FactKind
from server.payments.payments_and_payouts import WantedPayment, add_payment, read_account
from server.problem_answers import Problem
from server.ticketing.promotions import PromotionBody, create_promotion, remove_promotion
from server.ticketing.schemas import TicketTypeBody
from server.ticketing.selling_terms import GuestListTerms, SellingTerms, Tier, Visibility
from server.ticketing.ticket_types import change_ticket_type, create_ticket_type
from shared.kernel.id_types import OrderId, TicketTypeId
from shared.kernel.instant import MINUTE, Duration
from shared.sales.cashier_rights import CashierRights
from shared.sales.tax import TaxRounding
from simulator.boxoffice.offers import (
    PLUS,
    Deal,
    Offer,
    PriceList,
    change_deal,
    change_offer,
    with_deal,
    with_offer,
)
from simulator.boxoffice.record import BoxOfficeRecord, Ordered, PricesSet
from simulator.boxoffice.vouchers import withdraw
from simulator.evening.until_doors_close import UntilDoorsClose
from simulator.further_events.second_event.ground import appoint_within
from simulator.home_record import after_commit
from simulator.kernel.dice import Dice
from simulator.venue import Venue
from simulator.world import World

HOLD: Final[Duration] = 2 * MINUTE
PAID_BY: Final[tuple[tuple[str, ...], ...]] = (
    (),
    ("online",),
    ("online",),
    ("transfer",),
    ("cash",),
    ("cash", "card"),
)
"""By what an order of the shop is paid: by several, or in a way of which nobody says how."""
REFUND: Final = 20_000
"""What a cashier may pay back at once."""


class Staff(msgspec.Struct, frozen=True):
    """Who works at the tills: two cashiers, and a supervisor with a badge.

    Attributes:
        badge: Jo's.
        own: Ana's.
    """

    ana: str
    ben: str
    jo: str
    badge: str
    own: str


async def settle(
    context: Context, venue: Venue, prices: PriceList, record: BoxOfficeRecord
) -> Staff:
    """Put types, deals and staff into the event, before it is published."""
    async with context.write(venue.organization_id) as unit:
        pricing = PricingTerms(tax_rounding=TaxRounding(prices.rounding))
        await change_event(unit, venue.event_id, EventChange(pricing=pricing))
        offers = []
        for offer in prices.offers:
            row = await create_ticket_type(unit, venue.event_id, _body(offer))
            offers.append(msgspec.structs.replace(offer, code=row.code, type_id=row.id))
        ids = {one.name: TicketTypeId(one.type_id) for one in offers}
        deals = [await _promise(unit, venue, deal, ids) for deal in prices.deals]
        ana, own = await add_cashier(
            unit,
            name="Ana",
            rights=CashierRights(
                sell=True,
                discount_percent=20,
                refund_minor=REFUND,
                paid_out=True,
                open_drawer=True,
                see_expected=True,
            ),
        )
        ben, _ = await add_cashier(unit, name="Ben", rights=CashierRights(sell=True))
        jo, badge = await appoint_within(unit, "Jo")
        staff = Staff(ana.id, ben.id, jo, badge, own)
    whole = msgspec.structs.replace(
        prices, offers=tuple(offers), deals=tuple(sorted(deals, key=lambda one: one.id))
    )
    record.prices.append(PricesSet(0, whole))
    return staff


async def _promise(unit: Unit, venue: Venue, deal: Deal, ids: Mapping[str, TicketTypeId]) -> Deal:
    """Make a promotion; give it with its id."""
    said = PromotionBody(
        name=deal.kind,
        kind=deal.kind,
        percent_points=deal.points,
        fixed_minor=deal.amount,
        buy=deal.buy,
        free=deal.free,
        code=deal.word or None,
        uses=deal.uses,
        ticket_type_ids=None if deal.names is None else [ids[one] for one in deal.names],
    )
    made = await create_promotion(unit, venue.event_id, said)
    return msgspec.structs.replace(deal, id=made.id)


def _body(offer: Offer) -> TicketTypeBody:
    return TicketTypeBody(
        name=offer.name,
        price_minor=offer.price,
        quantity_limit=offer.limit,
        selling=SellingTerms(
            tiers=tuple(
                Tier(
                    key=f"t{number}",
                    name=f"Tier {number}",
                    price_minor=tier.price,
                    starts_at=None if tier.begins is None else moment_of(tier.begins),
                    ends_at=None if tier.ends is None else moment_of(tier.ends),
                )
                for number, tier in enumerate(offer.tiers, 1)
            ),
            fee_minor=offer.fee,
            tax_basis_points=offer.rate,
            order_max=None if offer.host else offer.most,
            visibility=Visibility.STAFF if offer.host else Visibility.PUBLIC,
            guest_list=GuestListTerms(host=offer.host, plus_max=PLUS) if offer.host else None,
        ),
    )


class Organizer(UntilDoorsClose):
    """Changes prices, and sells by the web, while doors are open."""

    def __init__(self, world: World, record: BoxOfficeRecord, dice: Dice) -> None:
        self._world, self._record, self._dice = world, record, dice

    def begin(self) -> None:
        """Begin the evening."""
        box = self._world.scenario.box_office
        assert box is not None
        if box.prices_every is not None:
            self._world.start(self._change_on(box.prices_every, self._dice.stream("prices")))
        if box.deals_every is not None:
            self._world.start(self._deal_on(box.deals_every, self._dice.stream("deals")))
        if box.orders_every is not None:
            self._world.start(self._order_on(box.orders_every, self._dice.stream("orders")))
        if box.withdrawn_every is not None:
            withdrawn = self._dice.stream("withdrawn vouchers")
            self._world.start(self._withdraw_on(box.withdrawn_every, withdrawn))

    # -- prices ----------------------------------------------------------------------------------

    async def _change_on(self, every: Duration, dice: Dice) -> None:
        while True:
            await self.pause(dice.exponential(every))
            now = self._record.prices[-1].prices
            await self._change(change_offer(dice.pick(now.sold), dice))

    async def _change(self, offer: Offer) -> None:
        body, event_id = _body(offer), self._world.venue.event_id

        async def put(unit: Unit) -> None:
            type_id = TicketTypeId(offer.type_id)
            await change_ticket_type(unit, LedgerLookups(), event_id, type_id, body)
            await self._note(unit, lambda prices: with_offer(prices, offer))

        await self._world.at_server(put)

    async def _deal_on(self, every: Duration, dice: Dice) -> None:
        """Take away what a word is worth, or let it be worth something else."""
        first = self._record.prices[0].prices
        # Of what may be used so often, uses are counted by its word.
        some = [one for one in first.deals if one.word and one.uses is None]
        while True:
            await self.pause(dice.exponential(every))
            was = dice.pick(some)
            await self._redeal(was.word, change_deal(was, dice) if dice.chance(0.6) else None)

    async def _redeal(self, word: str, deal: Deal | None) -> None:
        venue = self._world.venue

        async def put(unit: Unit) -> None:
            now, made = self._record.prices[-1].prices, deal
            for one in now.deals:
                if one.word == word:
                    await remove_promotion(unit, venue.event_id, one.id)
            if deal is not None:
                ids = {one.name: TicketTypeId(one.type_id) for one in now.offers}
                made = await _promise(unit, venue, deal, ids)
            await self._note(unit, lambda prices: with_deal(prices, word, made))

        await self._world.at_server(put)

    async def _note(self, unit: Unit, change: Callable[[PriceList], PriceList]) -> None:
        """Have it written down what is sold for how much, once that is so."""
        plan = (await get_event(unit, self._world.venue.event_id)).plan_version

        def note() -> None:
            prices = change(self._record.prices[-1].prices)
            self._record.prices.append(PricesSet(plan, prices))
            self._world.stage.trace.note("office", f"other prices from plan {plan} on")

        after_commit(unit.session, note)

    # -- vouchers --------------------------------------------------------------------------------

    async def _withdraw_on(self, every: Duration, dice: Dice) -> None:
        while True:
            await self.pause(dice.exponential(every))
            left = [one for one in self._record.vouchers if one.id not in self._record.withdrawn]
            if not left:
                return
            await withdraw(self._world, self._record, dice.pick(left))

    # -- the shop --------------------------------------------------------------------------------

    async def _order_on(self, every: Duration, dice: Dice) -> None:
        number = 0
        while True:
            await self.pause(dice.exponential(every))
            number += 1
            self._world.start(self._shop(dice.stream(f"{number}")))
            if self._record.prices[-1].prices.guests is not None:
                await self._invite(dice.stream(f"host {number}"), number)

    async def _shop(self, dice: Dice) -> None:
        """Let somebody put tickets aside, and pay, leave, or let them go."""
        placed: list[str] = []
        await self._place(dice, placed)
        if not placed:
            return
        order_id = OrderId(placed[0])
        await self.pause(dice.exponential(HOLD // 2))
        event_id = self._world.venue.event_id
        turn = dice.below(10)

        async def settle_it(unit: Unit) -> None:
            feed = self._world.server.feed
            try:
                if turn < 6:
                    await self._pay(unit, order_id, dice.stream("tender"))
                elif turn < 8:
                    await cancel_order(
                        unit,
                        feed,
                        LedgerLookups(),
                        event_id,
                        order_id,
                        reason="changed their mind",
                        actor="shop",
                    )
                else:
                    for _, _, due in await find_due_orders(unit, unit.now):
                        await expire_order(unit, feed, event_id, OrderId(due), unit.now)
            except Problem:
                return

        await self._world.at_server(settle_it)

    async def _pay(self, unit: Unit, order_id: OrderId, dice: Dice) -> None:
        """Pay all that is due by one tender or two, or say that it was paid somehow."""
        feed, event_id = self._world.server.feed, self._world.venue.event_id
        account = await read_account(unit, await lock_order(unit, event_id, order_id))
        tenders = dice.pick(PAID_BY)
        parts = [account.due_minor // len(tenders)] * len(tenders) if tenders else []
        if not parts or not min(parts):
            await mark_paid(unit, feed, event_id, order_id, actor="shop")
            return
        parts[0] += account.due_minor - sum(parts)
        for tender, amount in zip(tenders, parts, strict=True):
            wanted = WantedPayment(tender=tender, amount_minor=amount, fact=FactKind.PAID)
            await add_payment(unit, feed, event_id, order_id, wanted, actor="shop")

    async def _place(self, dice: Dice, placed: list[str]) -> None:
        prices = self._record.prices[-1].prices
        chosen = [one for one in prices.sold if one.most is None and dice.chance(0.5)]
        lines = tuple((one.code, dice.between(1, 5)) for one in chosen or prices.sold[:1])
        known = self._record.prices[0].prices.words
        words = tuple(one for one in known if dice.chance(0.2))[:1]
        ids = {one.code: TicketTypeId(one.type_id) for one in prices.offers}
        wanted = WantedOrder(
            lines=[WantedLine(ticket_type_id=ids[code], quantity=count) for code, count in lines],
            payment=OrderPayment.PENDING,
            hold_us=HOLD,
            codes=words,
        )
        await self._put(wanted, lines, words, placed)

    async def _invite(self, dice: Dice, number: int) -> None:
        """Write a guest down at the office, as the host has asked."""
        prices = self._record.prices[-1].prices
        guests = prices.guests
        assert guests is not None
        line = (guests.code, dice.between(1, 1 + PLUS))
        wanted = WantedOrder(
            lines=[WantedLine(ticket_type_id=TicketTypeId(guests.type_id), quantity=line[1])],
            payment=OrderPayment.PAID,
            buyer_name=f"Guest {number} of the office",
        )
        await self._put(wanted, (line,), (), [])

    async def _put(
        self,
        wanted: WantedOrder,
        lines: tuple[tuple[int, int], ...],
        words: tuple[str, ...],
        placed: list[str],
    ) -> None:
        began = self._world.stage.now()

        async def put(unit: Unit) -> None:
            event_id = self._world.venue.event_id
            try:
                made = await create_order(unit, self._world.server.feed, event_id, wanted)
            except Problem as problem:
                self._record.refuse(f"web: {problem}")
                raise
            plan = (await get_event(unit, event_id)).plan_version
            order = Ordered(
                order_id=made.order.id,
                lines=lines,
                words=words,
                began=began,
                ended=self._world.stage.now(),
                plan=plan,
            )
            after_commit(unit.session, lambda: self._placed(order, placed))

        try:
            await self._world.at_server(put)
        except Problem:
            return  # sold out

    def _placed(self, order: Ordered, placed: list[str]) -> None:
        placed.append(order.order_id)
        self._record.orders.append(order)
