"""An event's plan of prices, and how much of what is counted in it is gone.

Quantity tiers and limited promotions are counts of the event, taken by guarded updates like stock.
A till that sells cut off is given its part of them beforehand: whoever makes that grant takes it
here with `take_price_counts`, and gives back with `give_price_counts` what the till returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select, text, update

from server.db.unit import Unit
from server.events.events_and_dates import get_event
from server.events.pricing_terms import PricingTerms, pricing_from_json
from server.problem_answers import Problem
from server.ticketing.models import PriceCount, TicketType
from server.ticketing.promotions import list_promotions, planned
from server.ticketing.seat_choice import offer_of
from server.ticketing.selling_terms import Tier, selling_from_json
from server.ticketing.ticket_types import list_ticket_types
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant, instant_from_datetime
from shared.kernel.same_fields import made_of
from shared.manifest.price_plan import PricePlan, PriceTier, RefundTerm, TypePrices
from shared.sales.cash_rounding import cash_step
from shared.sales.transfer_terms import may_be_passed_on

_FIRST: Final = text(
    "INSERT INTO price_count (event_id, id, organization_id, taken)"
    " VALUES (:event_id, :id, :organization_id, 0) ON CONFLICT (event_id, id) DO NOTHING"
)


async def read_price_plan(unit: Unit, event_id: EventId) -> PricePlan:
    """Compile an event's plan of prices.

    Raises:
        Problem: `not-found`.
    """
    event = await get_event(unit, event_id)
    pricing = pricing_from_json(event.pricing)
    kinds = await list_ticket_types(unit, event_id)
    return PricePlan(
        types=tuple(prices_of(kind) for kind in kinds),
        promotions=tuple(planned(row) for row in await list_promotions(unit, event_id)),
        tax_rounding=pricing.tax_rounding,
        cash_step_minor=cash_step(pricing.country or "", event.currency),
        refunds=tuple(
            RefundTerm(
                until=None if rule.until is None else instant_from_datetime(rule.until),
                percent_points=rule.percent_points,
                fee_minor=rule.fee_minor,
            )
            for rule in pricing.refunds
        ),
        transfers_until=_transfers_until(pricing),
    )


async def is_bound(unit: Unit, event_id: EventId) -> bool:
    """Tell whether an event's tickets may be passed on to nobody else any more.

    Raises:
        Problem: `not-found`.
    """
    until = _transfers_until(pricing_from_json((await get_event(unit, event_id)).pricing))
    return not may_be_passed_on(until, unit.now)


def _transfers_until(pricing: PricingTerms) -> Instant | None:
    if not pricing.transfers:
        return Instant(0)
    until = pricing.transfers_until
    return None if until is None else instant_from_datetime(until)


def prices_of(kind: TicketType) -> TypePrices:
    """Tell how a ticket type is sold."""
    terms = selling_from_json(kind.selling)
    guests = terms.guest_list
    return made_of(
        TypePrices,
        kind,
        ticket_type_id=kind.id,
        tiers=tuple(_tier(kind.code, tier) for tier in terms.tiers),
        fee_minor=terms.fee_minor,
        tax_basis_points=terms.tax_basis_points,
        order_min=terms.order_min,
        order_max=terms.order_max if guests is None else 1 + guests.plus_max,
        visibility=terms.visibility,
        seats=offer_of(kind),
        host="" if guests is None else guests.host,
    )


def _tier(code: int, tier: Tier) -> PriceTier:
    return PriceTier(
        id=f"{code}/{tier.key}",
        name=tier.name,
        price_minor=tier.price_minor,
        starts_at=None if tier.starts_at is None else instant_from_datetime(tier.starts_at),
        ends_at=None if tier.ends_at is None else instant_from_datetime(tier.ends_at),
        count=tier.count,
    )


def limits_of(plan: PricePlan) -> dict[str, int]:
    """Return how much there is of each tier and promotion that is counted, by id."""
    tiers = {tier.id: tier.count for prices in plan.types for tier in prices.tiers}
    uses = {one.id: one.uses for one in plan.promotions}
    return {name: count for name, count in (tiers | uses).items() if count is not None}


async def read_left(unit: Unit, event_id: EventId, plan: PricePlan) -> dict[str, int]:
    """Return how much is left of each tier and promotion that is counted, by id."""
    limits = limits_of(plan)
    if not limits:
        return {}
    taken = await read_taken(unit, event_id)
    return {name: max(0, limit - taken.get(name, 0)) for name, limit in limits.items()}


async def read_taken(unit: Unit, event_id: EventId) -> dict[str, int]:
    """Return how much of tiers and promotions is gone, by id."""
    query = select(PriceCount.id, PriceCount.taken).where(PriceCount.event_id == event_id)
    return {row.id: row.taken for row in (await unit.session.execute(query)).all()}


async def take_price_counts(
    unit: Unit, event_id: EventId, uses: Mapping[str, int], limits: Mapping[str, int]
) -> None:
    """Count more as taken of some tiers and promotions, all or nothing.

    Args:
        unit: A writing one.
        event_id: Whose.
        uses: How much of each, by id.
        limits: How much there is of each, by id (`limits_of`).

    Raises:
        Problem: `conflict` if somebody took what was left meanwhile: the price is another now.
    """
    connection = await unit.session.connection()
    for name, count in sorted(uses.items()):
        first = {"event_id": event_id, "id": name, "organization_id": unit.organization_id}
        await connection.execute(_FIRST, first)
        taken = await unit.change(
            update(PriceCount)
            .where(
                PriceCount.event_id == event_id,
                PriceCount.id == name,
                PriceCount.taken + count <= limits[name],
            )
            .values(taken=PriceCount.taken + count)
            .returning(PriceCount.id)
        )
        if taken.scalar_one_or_none() is None:
            detail = "Someone was faster: the price has changed. Ask for it again and retry."
            raise Problem("conflict", detail)


async def give_price_counts(unit: Unit, event_id: EventId, uses: Mapping[str, int]) -> None:
    """Count less as taken of some tiers and promotions, such as of an order that has expired."""
    for name, count in sorted(uses.items()):
        await unit.change(
            update(PriceCount)
            .where(
                PriceCount.event_id == event_id,
                PriceCount.id == name,
                PriceCount.taken >= count,
            )
            .values(taken=PriceCount.taken - count)
        )
