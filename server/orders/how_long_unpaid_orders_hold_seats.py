"""Unpaid orders' time, measured by looks at the clock: a leap of the clock ends none of them.

An unpaid order withholds its places until an instant. A server's clock may leap: set right or
wrong, or read anew after the server had rested. What passed between two looks beyond a bound was
not measured by anybody, so it is given to the orders that stood before it, and taken again when
the clock goes back. So an order is let go only after servers have looked at it for its time.
Over PostgreSQL it is the database's clock that is looked at: hosts' own may differ by hours, and
one would let go what was placed at another.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text, update

from server.db.database_time import read_time
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit
from server.http.logs import log
from server.orders.models import Order, OrderClock
from shared.kernel.instant import DAY, MINUTE, SECOND, Duration, Instant

UNPAID_ORDER_KEPT: Final[Duration] = 30 * MINUTE
"""How long an unpaid order keeps its tickets from others, unless whoever places it says so."""
UNPAID_ORDER_KEPT_MIN: Final[Duration] = 30 * SECOND
UNPAID_ORDER_KEPT_MAX: Final[Duration] = DAY
"""What may be said."""
CLOCK_LEAP: Final[Duration] = 2 * MINUTE
"""What passes at most between two looks at unpaid orders, while a server looks: beyond that the
clock has leapt, or nobody looked."""

_ROW: Final = 1
_FIRST: Final = text(
    "INSERT INTO order_clock (id, looked_at) VALUES (1, :looked_at) ON CONFLICT (id) DO NOTHING"
)

due_at: Final = Order.expires_at + Order.database_ahead
"""When an unpaid order has had its time, by the clock that is looked at."""
_placed_at: Final = Order.created_at + Order.database_ahead


async def ahead_of_unit(unit: Unit) -> Duration:
    """Return by how much the clock that is looked at is ahead of a unit's time."""
    return Duration(await read_time(unit.session, unit.now) - unit.now)


async def look_at_clock(context: Context) -> Instant:
    """Note a look at the clock, and move unpaid orders on by what it has leapt since the last.

    Returns:
        The instant of the look: what is due by then is due.
    """
    async with context.database.write(org=SYSTEM, is_audited=False) as session:
        row = await session.get(OrderClock, _ROW, with_for_update=True)
        now = await read_time(session, context.clock.wall())
        if row is None:
            await (await session.connection()).execute(_FIRST, {"looked_at": now})
            return now
        before, row.looked_at = row.looked_at, now
        leap = Duration(now - before)
        if abs(leap) <= CLOCK_LEAP:
            return now
        half = Instant(before + leap // 2)
        if leap > 0:  # whatever was placed since the leap goes by the clock as it is now
            is_older = (_placed_at < half) | (due_at < half)
        else:
            is_older = (due_at > half) & (
                (_placed_at < now - CLOCK_LEAP)
                | (_placed_at > now)
                | (due_at > now + UNPAID_ORDER_KEPT_MAX)  # moved just before
            )
        moved = (
            update(Order)
            .where(Order.state == "pending", Order.expires_at.is_not(None), is_older)
            .values(expires_at=Order.expires_at + leap)
            .returning(Order.id)
            .execution_options(synchronize_session=False)
        )
        count = len((await session.execute(moved)).all())
    log().warning("orders.clock_leapt", count=count, lasted_s=leap // 1_000_000)
    return now
