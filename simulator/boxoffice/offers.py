"""What the organizer sells, said in the world's own words: nothing here is the product's."""

from __future__ import annotations

from typing import Final

import msgspec

from server.ticketing.promotions import PromotionKind
from shared.kernel.instant import Duration, Instant
from simulator.kernel.dice import Dice
from simulator.kernel.stage import WORLD_START
from simulator.scenario import BoxOfficeTerms

STEPS: Final = {"CHF": 5, "EUR": 1, "JPY": 1, "KWD": 5, "SEK": 100}
"""What cash is rounded to in the currencies that are played, as their countries have it."""
BY_LINE: Final = "line"
BY_NET: Final = "sum_by_net"
BY_GROSS: Final = "sum_by_net_keep_gross"
PLUS: Final = 2
"""So many may come with a guest."""
RATES: Final = (0, 260, 770, 1_900)


class Tier(msgspec.Struct, frozen=True):
    """A price that holds for a time; its end does not belong to it."""

    price: int
    begins: Instant | None
    ends: Instant | None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One type of ticket as it is sold.

    Attributes:
        name: The type's.
        code: The event's number of it; 0 before the server has given one.
        type_id: The server's id of it; "" likewise.
        price: The list price, in minor units.
        tiers: The first that holds is taken.
        fee: Of each ticket.
        rate: Tax in it, in ten-thousandths.
        limit: How many there are; None for any number.
        most: How many in one sale; None for any number.
        host: Whose guests they are for; "" for a type that is sold.
    """

    name: str
    code: int = 0
    type_id: str = ""
    price: int
    tiers: tuple[Tier, ...] = ()
    fee: int = 0
    rate: int = 0
    limit: int | None = None
    most: int | None = None
    host: str = ""


class Deal(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion.

    Attributes:
        id: The server's; "" before it has given one.
        kind: `percent`, `fixed` or `buy_get`.
        points: Of `percent`: ten-thousandths.
        amount: Of `fixed`: minor units.
        buy: Of `buy_get`: so many are paid for,
        free: so many more are free.
        word: What the guest says; "" for everybody.
        names: Of the offers that it is for; None for all.
        uses: In how many orders; None for any number.
    """

    id: str = ""
    kind: PromotionKind
    points: int = 0
    amount: int = 0
    buy: int = 0
    free: int = 0
    word: str = ""
    names: tuple[str, ...] | None = None
    uses: int | None = None


class PriceList(msgspec.Struct, frozen=True, kw_only=True):
    """All prices at one time.

    Attributes:
        offers: In order of their codes.
        deals: In order of their ids.
        rounding: Where tax is rounded.
        step: What cash is rounded to.
    """

    offers: tuple[Offer, ...]
    deals: tuple[Deal, ...]
    rounding: str
    step: int

    @property
    def sold(self) -> tuple[Offer, ...]:
        """What is sold to everybody."""
        return tuple(one for one in self.offers if not one.host)

    @property
    def guests(self) -> Offer | None:
        """The guest list."""
        return next((one for one in self.offers if one.host), None)

    @property
    def words(self) -> tuple[str, ...]:
        """What guests may say."""
        return tuple(one.word for one in self.deals if one.word)

    def offer(self, code: int) -> Offer | None:
        """Return the offer of a type."""
        return next((one for one in self.offers if one.code == code), None)


def draw_prices(dice: Dice, box: BoxOfficeTerms, whole: Duration) -> PriceList:
    """Draw what an evening's tills sell.

    Args:
        dice: Chance.
        box: What the world has; prices are in minor units of its currency.
        whole: How long doors are open: tiers end in it.
    """
    late = Instant(WORLD_START + whole // 2 + dice.below(whole // 4))
    soon = Instant(WORLD_START + whole // 4 + dice.below(whole // 4))
    usual = dice.pick(RATES[1:])
    rates = (usual, usual, dice.pick(RATES))  # most have one: its tax is parted among lines
    offers: tuple[Offer, ...] = (
        Offer(name="Floor", price=_odd(dice), rate=dice.pick(rates), limit=box.limit),
        Offer(
            name="Seat",
            price=_odd(dice),
            tiers=(Tier(_odd(dice), None, soon), Tier(_odd(dice), soon, late)),
            fee=dice.pick((0, 0, 101, 250)),
            rate=dice.pick(rates),
        ),
        Offer(name="Youth", price=_odd(dice), fee=dice.pick((0, 33)), rate=dice.pick(rates)),
        Offer(name="Few", price=_odd(dice), rate=usual, most=3),
    )
    if box.places is not None:
        places = Offer(name="Friends", price=0, limit=box.places, most=1 + PLUS, host="Ada Lund")
        offers = (*offers, places)
    deals = (
        Deal(kind="buy_get", buy=3, free=1, names=("Youth",)),
        Deal(
            kind="percent",
            points=dice.pick((1_000, 1_250, 3_333)),
            word="FRIENDS-OF",
            uses=box.uses,
        ),
        Deal(kind="fixed", amount=dice.between(100, 999), word="PRESS-2026", names=("Seat",)),
    )
    return PriceList(
        offers=offers,
        deals=deals,
        rounding=dice.pick((BY_LINE, BY_NET, BY_GROSS, BY_GROSS)),
        step=STEPS[box.currency],
    )


def _odd(dice: Dice) -> int:
    """Draw a price that does not divide well."""
    return dice.between(501, 9_999)


def change_offer(offer: Offer, dice: Dice) -> Offer:
    """Give another list price, and another fee."""
    fee = dice.pick((0, 33, 101, 250))
    return msgspec.structs.replace(offer, price=_odd(dice), fee=fee)


def with_offer(prices: PriceList, offer: Offer) -> PriceList:
    """Sell one offer otherwise."""
    offers = [offer if one.code == offer.code else one for one in prices.offers]
    return msgspec.structs.replace(prices, offers=tuple(offers))


def change_deal(deal: Deal, dice: Dice) -> Deal:
    """Give something else for the same word."""
    amount = dice.between(100, 999) if deal.kind == "fixed" else 0
    points = dice.pick((500, 2_000, 6_667)) if deal.kind == "percent" else 0
    return msgspec.structs.replace(deal, id="", amount=amount, points=points)


def with_deal(prices: PriceList, word: str, deal: Deal | None) -> PriceList:
    """Give something else for a word, or nothing."""
    deals = [one for one in prices.deals if one.word != word]
    deals += [] if deal is None else [deal]
    return msgspec.structs.replace(prices, deals=tuple(sorted(deals, key=lambda one: one.id)))
