"""A server's clock may leap: it ends no unpaid order, and sells nobody's places to others."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest

from server.orders.expiring_unpaid_orders import expire_due_orders
from shared.kernel.id_types import EventId, TicketTypeId
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration
from tests.factories.office import Office
from tests.factories.racing import rows_of
from tests.integration.server.orders.test_money import Shop

pytestmark = pytest.mark.either_database

LOOK: Final[Duration] = 15 * SECOND
HOLD_S: Final = 600


@pytest.fixture
async def shop(office: Office) -> Shop:
    """Open a shop whose server has looked at its orders."""
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    kind = TicketTypeId(await office.ticket_type(owner, event_id))
    made = Shop(office, owner, event_id, kind)
    await look(made)
    return made


async def look(shop: Shop, *, times: int = 1) -> int:
    """Let a worker look at unpaid orders again and again; returns how many it has let go."""
    freed = 0
    for _ in range(times):
        shop.office.clock.advance(LOOK)
        freed += await expire_due_orders(shop.office.context, shop.office.feed)
    return freed


async def place(shop: Shop) -> str:
    """Place an order that is not paid; returns its id."""
    return str((await shop.order(hold_s=HOLD_S))["order"]["id"])


async def states(shop: Shop) -> dict[str, str]:
    """Return each order's state."""
    rows = await rows_of(shop.office, "SELECT id, state FROM ticket_order")
    return {row[0]: row[1] for row in rows}


async def test_an_order_is_kept_for_its_time_though_the_clock_leaps_ahead_and_back(
    shop: Shop,
) -> None:
    """It ends when servers have looked for as long as it was to be kept, and no sooner."""
    first = await place(shop)
    assert await look(shop, times=20) == 0
    shop.office.clock.step_wall(HOUR)
    assert await look(shop) == 0
    wrong = await place(shop)
    assert await look(shop, times=2) == 0
    shop.office.clock.step_wall(Duration(-HOUR))
    assert await look(shop) == 0
    assert await states(shop) == {first: "pending", wrong: "pending"}
    assert await look(shop, times=17) == 0
    assert await look(shop) == 1
    assert await states(shop) == {first: "expired", wrong: "pending"}
    assert await look(shop, times=24) == 1, "and what was placed meanwhile is not kept for a year"


@pytest.mark.parametrize("leaps", [(400, -900, 500), (400, -400)])
async def test_an_order_outlives_a_year_that_was_none(shop: Shop, leaps: tuple[int, ...]) -> None:
    """A clock without a battery, set by the first server of time that answers, soon or late."""
    order = await place(shop)
    for leap in (days * DAY for days in leaps):
        shop.office.clock.step_wall(Duration(leap))
        assert await look(shop, times=3) == 0
    assert await states(shop) == {order: "pending"}
    assert await look(shop, times=40) == 1


async def test_an_order_is_not_over_because_no_server_ran(shop: Shop) -> None:
    """Nobody could pay while the laptop slept; what is placed after it has its own time."""
    slept = await place(shop)
    shop.office.clock.advance(10 * HOUR)
    after = await place(shop)
    assert await look(shop, times=35) == 0
    assert await look(shop, times=10) == 2
    assert await states(shop) == {slept: "expired", after: "expired"}


async def test_workers_that_look_at_once_move_an_order_once(shop: Shop) -> None:
    """By one leap, whoever sees it first."""
    order = await place(shop)
    due = (await rows_of(shop.office, "SELECT expires_at FROM ticket_order"))[0][0]
    shop.office.clock.step_wall(DAY)
    context, feed = shop.office.context, shop.office.feed
    await asyncio.gather(*(expire_due_orders(context, feed) for _ in range(4)))
    rows = await rows_of(shop.office, "SELECT id, expires_at FROM ticket_order")
    assert [(row[0], DAY <= row[1] - due < DAY + MINUTE) for row in rows] == [(order, True)]
