"""What the window tells a cashier to take, to give and to cancel is what the drawer must hold.

A cashier who does what the screens say, and nothing else, is never over nor short, whatever is
pressed, however often the till is switched off, and whatever prices, card terminal and disk do.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

import msgspec
import pytest

from gatekeeper.ui.application import make_application
from shared.kernel.instant import HOUR, MINUTE, Instant
from shared.manifest.price_plan import PricePlan, PriceTier, RefundTerm, TypePrices
from shared.sales.cashier_rights import CashierRights
from tests.factories.obedient_cashier import ObedientCashier
from tests.factories.strength import sized
from tests.factories.till_evening import make_house
from tests.factories.till_house import REDUCED_MINOR, STANDARD_MINOR, TillHouse
from tests.fakes.card_terminal import CardTerminal
from tests.fakes.small_disk import SmallDisk

EVENINGS: Final = sized(1, 20)
DEEDS: Final = sized(80, 400)
RIGHTS: Final = CashierRights(
    sell=True, open_drawer=True, refund_minor=3_000, paid_out=True, discount_percent=20
)
COIN: Final = 5
FULL_AFTER: Final = ("sale", "sale_open", "withdrawal", "shift", "parts", "claim_intent")
MOODS: Final = ("pay", "decline", "lose", "silent", "away")


def turn_prices(house: TillHouse, more: int = 0) -> None:
    """Publish prices, so much dearer, that are half of it for another three hours."""
    server = house.paired.link.server
    config, now = server.office.config, house.paired.clock.wall()
    listed = (STANDARD_MINOR, REDUCED_MINOR)
    sold = [one for one in config.ticket_types if one.price_minor is not None]
    types = tuple(
        TypePrices(
            code=kind.code,
            ticket_type_id=kind.id,
            price_minor=price + more,
            currency="EUR",
            tiers=(
                PriceTier(
                    id=f"e{kind.code}",
                    name="Early",
                    price_minor=(price + more) // 2,
                    ends_at=Instant(now + 3 * HOUR),
                ),
            ),
        )
        for kind, price in zip(sold, listed, strict=True)
    )
    terms = RefundTerm(until=Instant(now + 2 * HOUR), percent_points=10_000, fee_minor=0)
    late = RefundTerm(until=None, percent_points=5_000, fee_minor=100)
    plan = PricePlan(types=types, cash_step_minor=COIN, refunds=(terms, late))
    server.office.config = msgspec.structs.replace(
        config, prices=plan, sequence=config.sequence + 1
    )
    server.publish()


@pytest.mark.parametrize("seed", range(EVENINGS))
@pytest.mark.parametrize("world", ["cards by hand", "terminal", "full disk"])
async def test_who_does_what_the_window_says_is_never_over_nor_short(
    tmp_path: Path, seed: int, world: str
) -> None:
    """By the cashier's own count of every coin and of every card."""
    make_application()
    chance = random.Random(seed)
    house = make_house(tmp_path, RIGHTS)
    terminal, disk = CardTerminal(), SmallDisk()
    has_terminal = world == "terminal" or (world == "full disk" and seed % 2)
    house.terminal = terminal if has_terminal else None
    turn_prices(house)
    cashier = ObedientCashier(house, chance, disk)
    await cashier.start()
    for _ in range(DEEDS):
        event = chance.random()
        if event < 0.03:
            house.paired.clock.advance(chance.choice((MINUTE, 40 * MINUTE)))
        elif event < 0.05:
            disk.make_room()
            turn_prices(house, chance.choice((500, -500, 0)))
            await cashier.till.session.sync_once()
        elif event < 0.07 and world != "full disk":
            await cashier.stop()
            await cashier.start()
        elif event < 0.3:
            terminal.behaviour = [chance.choice(MOODS)]
        elif event < 0.5 and world == "full disk":
            disk.is_full = chance.random() < 0.5
            disk.full_after = f"{chance.choice(FULL_AFTER)}.committed"
        elif event < 0.75:
            disk.make_room()
        await cashier.work()
        cashier.check()
        if not disk.is_full:
            cashier.till.session._settle_abandoned()  # as the background does every few seconds
    disk.make_room()
    await cashier.stop()
