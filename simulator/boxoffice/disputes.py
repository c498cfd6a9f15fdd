"""Cards whose holders ask their banks for the money back, before and while all else goes back.

A bank takes a payment back whatever the office does; later it says for whom it was decided. What
had gone back of that payment by then is looked at in the very transaction in which the office
hears of it: so what goes out after it is known, whatever the product makes of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterAnswer
from server.db.unit import Unit
from server.payments.models import Payment, Payout
from server.payments.payment_states import FactKind, PaymentState
from server.payments.payments_and_payouts import note_fact
from shared.kernel.id_types import OrderId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import SECOND, Duration, Instant
from simulator.home_record import after_commit
from simulator.kernel.dice import Dice
from simulator.world import World

EVERY: Final[Duration] = 3 * SECOND
DECIDED: Final[Duration] = 30 * SECOND
IN_PART: Final = 0.4
"""The share of disputes that are about a part of what was paid."""
ENDINGS: Final = (FactKind.DISPUTE_WON, FactKind.DISPUTE_LOST, FactKind.DISPUTE_LOST, None)
"""How a dispute ends; None where nobody hears of it any more."""

_CARDS: Final = ("card", "online")
_TAKEN: Final = (PaymentState.PAID, PaymentState.PARTLY_REFUNDED)


class Dispute(msgspec.Struct, kw_only=True):
    """One of them; minor units.

    Attributes:
        payment_id: Of which payment.
        order_id: Of which order.
        paid: All of the payment.
        amount: What the bank takes back of it.
        ended: True time by which the office had heard of it.
        gone: Payouts of the payment by then.
        won_from: True time from which on it may have been known to be ours again; None for never.
        gone_when_won: Payouts of the payment by then.
        is_lost: It was decided for the holder of the card: the bank keeps it from us.
    """

    payment_id: str
    order_id: OrderId
    paid: int
    amount: int
    ended: Instant
    gone: dict[str, int]
    won_from: Instant | None = None
    gone_when_won: dict[str, int] | None = None
    is_lost: bool = False

    @property
    def room(self) -> int:
        """What may still go back of the payment: neither the bank's part, nor what had gone."""
        return max(0, self.paid - self.amount - sum(self.gone.values()))

    @property
    def twice(self) -> int:
        """What the bank has taken of what had gone back before: nobody could help that."""
        return max(0, sum(self.gone.values()) + self.amount - self.paid)


class Refunded(msgspec.Struct, frozen=True, kw_only=True):
    """What a cashier was told of a refund.

    Attributes:
        node: The till.
        began, ended: True time.
        is_allowed: A supervisor allowed it.
        answer: The till's.
    """

    node: str
    began: Instant
    ended: Instant
    is_allowed: bool
    answer: AfterAnswer


class PaidOut(msgspec.Struct, frozen=True):
    """A payout as the office has it; minor units.

    Attributes:
        payment_id: Of which payment.
        amount: How much.
        claim_id: By which a till has paid it; "" where it was sent back by the office.
    """

    payment_id: str
    amount: int
    claim_id: str


class Money(msgspec.Struct, kw_only=True):
    """One order, a till's or the office's; minor units.

    Attributes:
        number: The order's.
        is_office: It is the office's.
        marked: What somebody says was paid at the office, where nobody says by what.
        paid: What came in by the payments that are booked.
        cash: How much of that in coins and notes.
        coins: By how much cash was rounded at most, when it came in and when it went back.
        last_coin: What stays of a sum that went back in cash where the next coin is more than was
            paid; 0 if none did.
        at_tills: What tills have paid out for its tickets, or credited.
        alone: What of that a till paid that could ask nobody.
        badged: What of that the ledger granted to a supervisor's badge.
        by_run: What was sent back since the event was called off.
        left: What is listed for a person.
        waits: What of its cash the list still leaves to tills, for whoever brings the ticket.
        by_banks: What banks gave back for good.
    """

    number: int
    is_office: bool
    marked: int
    paid: int = 0
    cash: int = 0
    coins: int = 0
    last_coin: int = 0
    at_tills: int = 0
    alone: int = 0
    badged: int = 0
    by_run: int = 0
    left: int = 0
    waits: int = 0
    by_banks: int = 0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of all money, when all is quiet.

    Attributes:
        orders: By id.
        order_of: Of each ticket.
        payouts: By id, failed ones left out.
        named: Claims of the payouts that the organizer is told of as wrong.
    """

    orders: Mapping[str, Money]
    order_of: Mapping[int, str]
    payouts: Mapping[str, PaidOut]
    named: frozenset[str]


class Banks:
    """Whoever has taken money by cards for the office.

    Attributes:
        disputes: All that there were, in order.
        refunded: What tills said meanwhile.
    """

    def __init__(self, world: World, dice: Dice) -> None:
        self._world, self._dice, self._parts = world, dice, dice.stream("parts")
        self.disputes: list[Dispute] = []
        self.refunded: list[Refunded] = []

    async def work(self, is_over: Callable[[], bool]) -> None:
        """Take payments back, one after another, and decide some."""
        open_ones: list[Dispute] = []
        while not is_over():
            await asyncio.sleep(self._dice.exponential(EVERY) / SECOND)
            if open_ones and self._dice.chance(EVERY / DECIDED * len(open_ones)):
                one = open_ones.pop(self._dice.below(len(open_ones)))
                ending = self._dice.pick(ENDINGS)
                if ending is not None:
                    await self._tell(one, ending)
                continue
            taken = await self._take()
            open_ones += [] if taken is None else [taken]

    async def _take(self) -> Dispute | None:
        """Take one payment back that nobody has asked for yet."""
        known = {one.payment_id for one in self.disputes}
        found: list[Dispute] = []

        async def do(unit: Unit) -> None:
            query = select(Payment).where(
                Payment.event_id == self._world.venue.event_id,
                Payment.tender.in_(_CARDS),
                Payment.state.in_(_TAKEN),
            )
            rows = await unit.all(query.order_by(Payment.id))
            left = [row for row in rows if row.id not in known]
            if not left:
                return
            row = self._dice.pick(left)
            paid = part = row.amount_minor
            if self._parts.chance(IN_PART):
                part = self._parts.between(1, paid)
            one = Dispute(
                payment_id=row.id,
                order_id=row.order_id,
                paid=paid,
                amount=part,
                ended=Instant(0),
                gone={},
            )
            one.gone = await self._note(unit, one, FactKind.DISPUTED)
            after_commit(unit.session, lambda: found.append(one))

        await self._world.at_server(do)
        for one in found:
            one.ended = self._world.stage.now()
            self.disputes.append(one)
            self._world.stage.trace.note("bank", f"takes {one.amount} of {one.order_id} back")
        return found[0] if found else None

    async def _tell(self, one: Dispute, ending: FactKind) -> None:
        """Say for whom it was decided, until the office has heard of it."""
        began = self._world.stage.now()
        heard: list[dict[str, int]] = []

        async def do(unit: Unit) -> None:
            gone = await self._note(unit, one, ending)
            after_commit(unit.session, lambda: heard.append(gone))

        tries = 0
        while not heard:
            tries += 1
            await self._world.at_server(do)
            await asyncio.sleep(1)
        one.is_lost = ending is FactKind.DISPUTE_LOST
        if ending is FactKind.DISPUTE_WON:
            # Said again, nobody can tell what was sent back since the office knew it.
            one.won_from, one.gone_when_won = began, heard[0] if tries == 1 else one.gone
        self._world.stage.trace.note("bank", f"says {ending} of {one.order_id}")

    async def _note(self, unit: Unit, one: Dispute, fact: FactKind) -> dict[str, int]:
        """Let the office hear of it; returns what has gone back of the payment by then.

        Of all of a payment nobody says how much it is.
        """
        place = (self._world.venue.event_id, one.order_id, one.payment_id)
        part = None if one.amount == one.paid else one.amount
        changes = self._world.server.feed
        await note_fact(unit, changes, *place, fact, amount_minor=part, actor="bank")
        query = select(Payout).where(Payout.payment_id == one.payment_id, Payout.state != "failed")
        return {row.id: row.amount_minor for row in await unit.all(query)}


# -- judging -------------------------------------------------------------------------------------


def judge_disputes(banks: Banks, outcome: Outcome) -> Iterator[str]:
    """Yield each payment of which a bank takes back what goes back otherwise as well.

    A person may still decide for that, at a till by a badge, and a till may do it that could ask
    nobody: then the organizer is told.
    """
    for one in banks.disputes:
        yield from _by_the_office(one, outcome)
        yield from _unnamed(one, outcome)
    yield from _unasked(banks, outcome)
    yield from _beyond(banks.disputes, outcome)


def _since(one: Dispute, outcome: Outcome) -> Iterator[PaidOut]:
    """Yield what has gone back of a payment while it was known to be disputed, or lost."""
    for name, payout in outcome.payouts.items():
        is_before = name in one.gone
        is_after = one.gone_when_won is not None and name not in one.gone_when_won
        if payout.payment_id == one.payment_id and not is_before and not is_after:
            yield payout


def _by_the_office(one: Dispute, outcome: Outcome) -> Iterator[str]:
    sent = sum(payout.amount for payout in _since(one, outcome) if not payout.claim_id)
    if sent > one.room:
        yield f"{_name(one, outcome)}: the run sent {sent} back all the same"


def _unnamed(one: Dispute, outcome: Outcome) -> Iterator[str]:
    unsaid = sum(
        payout.amount
        for payout in _since(one, outcome)
        if payout.claim_id and payout.claim_id not in outcome.named
    )
    if unsaid > one.room:
        yield f"{_name(one, outcome)}: tills paid {unsaid}, and nobody is told"


def _unasked(banks: Banks, outcome: Outcome) -> Iterator[str]:
    """Yield what tills were granted for which nobody with a badge was asked."""
    for refunded in banks.refunded:
        answer = refunded.answer
        if refunded.is_allowed or answer.mode != "online":
            continue
        paid = [one for one in answer.tickets if one.reason == "ok" and one.amount_minor]
        orders = {outcome.order_of.get(parse_ticket_id(one.ticket_id)) for one in paid}
        for one in banks.disputes:
            is_known = one.ended < refunded.began
            is_won = one.won_from is not None and one.won_from <= refunded.ended
            if one.order_id in orders and is_known and not is_won:
                yield f"{_name(one, outcome)}: {refunded.node} paid, and no supervisor was asked"


def _beyond(disputes: Sequence[Dispute], outcome: Outcome) -> Iterator[str]:
    """Yield each order of which more has gone than came in, the banks' part included."""
    for order_id, money in outcome.orders.items():
        taken = [one for one in disputes if one.order_id == order_id and one.won_from is None]
        if not taken:
            continue
        before = sum(one.twice for one in taken)
        gone = money.at_tills + money.by_run + sum(one.amount for one in taken)
        excess = gone - before - money.paid
        if excess > money.alone + money.badged + money.coins:
            yield (
                f"order {money.number}, paid {money.paid}: {gone} have gone, with the banks,"
                f" {before} of it before; {money.alone} were paid alone, {money.badged} by badge"
            )


def _name(one: Dispute, outcome: Outcome) -> str:
    number = outcome.orders[one.order_id].number
    return f"order {number}, of which a bank has taken {one.amount} of {one.paid} back"
