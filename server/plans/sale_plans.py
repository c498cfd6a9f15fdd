"""Which plans of prices a till's sale is judged by."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from server.db.unit import Unit
from server.plans.earlier_plans import PLANS_MAX, SETTLING, decode_plan
from server.plans.models import ToldPlan
from server.ticketing.event_price_plan import read_price_plan
from shared.kernel.id_types import EventId
from shared.kernel.instant import Duration, Instant
from shared.manifest.price_plan import PricePlan
from shared.sales.price_check import prices_of


async def read_sale_plans(
    unit: Unit,
    event_id: EventId,
    sold: Collection[int],
    named: int,
    knew: int,
    at: Instant,
    error: Duration | None,
) -> list[PricePlan]:
    """Return the plans of prices that a till may have sold under.

    The one that it names, or a newer one that it had heard of: what a till has acknowledged it
    sells by. An older program names none: then the newest that it had heard of, and each that
    began since then by the sale's instant. Nobody sells by a plan that has no such type, whatever
    its entry names: then by the present one.

    Args:
        unit: May read.
        event_id: Whose.
        sold: Codes of the types that were sold.
        named: The plan's version that the entry names; 0 for none.
        knew: The feed's number up to which the till had heard, by its entry.
        at: The sale's instant, in server time as well as it is known.
        error: Its bound; None where that is unknown.

    Returns:
        At least one.
    """
    query = (
        select(ToldPlan.plan_version, ToldPlan.since, ToldPlan.told_seq)
        .where(ToldPlan.event_id == event_id)
        .order_by(ToldPlan.plan_version.desc())
        .limit(PLANS_MAX)
    )
    rows = (await unit.session.execute(query)).all()[::-1]
    if not rows:
        return [await read_price_plan(unit, event_id)]
    heard = [n for n, row in enumerate(rows) if row.told_seq is not None and row.told_seq <= knew]
    least = heard[-1] if heard else 0
    if named:
        by_name = [n for n, row in enumerate(rows) if row.plan_version <= named]
        held = [max(least, by_name[-1] if by_name else 0)]
    else:
        until = None if error is None else at + error + SETTLING
        began = (n for n, row in enumerate(rows) if until is None or row.since <= until)
        held = sorted({least, *(n for n in began if n > least)})
    plans = await _read_prices(unit, event_id, [rows[n].plan_version for n in held])
    is_newest = held[-1] == len(rows) - 1
    # What nobody was told yet is in no row; who names it was told by a manifest just made.
    if is_newest and named != rows[-1].plan_version:
        plans.append(await read_price_plan(unit, event_id))
    having = [one for one in plans if {kind.code for kind in one.types}.issuperset(sold)]
    return having or [await read_price_plan(unit, event_id)]


async def _read_prices(unit: Unit, event_id: EventId, versions: list[int]) -> list[PricePlan]:
    """Read the prices of told plans, in order of their versions."""
    query = (
        select(ToldPlan.config)
        .where(ToldPlan.event_id == event_id, ToldPlan.plan_version.in_(versions))
        .order_by(ToldPlan.plan_version)
    )
    return [prices_of(decode_plan(one)) for one in await unit.session.scalars(query)]
