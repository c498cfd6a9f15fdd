"""Promotions of an event: discounts by themselves or by a code, carried by the plan of prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from server import limits_and_times as limits
from server.db.unit import Unit
from server.events.service import get_editable_event
from server.problems import Problem, wrong_field
from server.ticketing.models import Promotion
from server.ticketing.ticket_types import check_ticket_types
from shared.kernel import ids
from shared.kernel.id_types import EventId, TicketTypeId
from shared.kernel.instant import Instant
from shared.limits_and_times import PROMOTION_CODE_SIZE_MIN
from shared.manifest.price_plan import PricePromotion as PlannedPromotion
from shared.sales.promotion_code import hash_promotion_code

PROMOTION: Final = "pm"


class PromotionTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What an organizer says about a promotion; amounts in minor units."""

    name: str
    kind: str
    percent_points: int = 0
    fixed_minor: int = 0
    buy: int = 0
    free: int = 0
    code: str | None = None
    ticket_type_ids: Sequence[TicketTypeId] | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    uses: int | None = None
    combinable: bool = False


async def create_promotion(unit: Unit, event_id: EventId, terms: PromotionTerms) -> Promotion:
    """Add a promotion; it holds from the next plan on. Of its code only the hash is kept.

    Raises:
        Problem: `not-found`; `conflict` if another one that holds has the code; wrong fields.
    """
    await get_editable_event(unit, event_id)
    _check(terms)
    await check_ticket_types(unit, event_id, terms.ticket_type_ids)
    present = await list_promotions(unit, event_id)
    limits.check(len(present), limits.PROMOTIONS_MAX, "promotions that hold; end one first")
    if terms.code is None:
        for_all = sum(one.code_hash is None for one in present)
        limits.check(for_all, limits.PROMOTIONS_FOR_ALL_MAX, "promotions without a code")
    hashed = None if terms.code is None else hash_promotion_code(event_id, terms.code)
    if hashed is not None and any(one.code_hash == hashed for one in present):
        raise Problem("conflict", "Another promotion of this event has that code.")
    row = Promotion(
        id=ids.new_id(PROMOTION, unit.entropy),
        organization_id=unit.organization_id,
        event_id=event_id,
        name=terms.name,
        kind=terms.kind,
        percent_points=terms.percent_points,
        fixed_minor=terms.fixed_minor,
        buy=terms.buy,
        free=terms.free,
        code_hash=hashed,
        ticket_type_ids=None if terms.ticket_type_ids is None else list(terms.ticket_type_ids),
        starts_at=terms.starts_at,
        ends_at=terms.ends_at,
        uses=terms.uses,
        combinable=terms.combinable,
        created_at=unit.now,
        removed_at=None,
    )
    return await unit.add(row)


async def list_promotions(unit: Unit, event_id: EventId) -> Sequence[Promotion]:
    """Return an event's promotions that were not removed, in order of id."""
    query = select(Promotion).where(Promotion.event_id == event_id, Promotion.removed_at.is_(None))
    return await unit.all(query.order_by(Promotion.id))


async def remove_promotion(unit: Unit, event_id: EventId, promotion_id: str) -> None:
    """Take a promotion out of the plan; what was sold under it stays as it was sold.

    Raises:
        Problem: `not-found`.
    """
    await get_editable_event(unit, event_id)
    query = select(Promotion).where(
        Promotion.id == promotion_id,
        Promotion.event_id == event_id,
        Promotion.removed_at.is_(None),
    )
    row = await unit.get(query, "promotion")
    row.removed_at = unit.now
    await unit.session.flush()


def planned(row: Promotion) -> PlannedPromotion:
    """Return a promotion as the plan of prices has it."""
    type_ids = row.ticket_type_ids
    return PlannedPromotion(
        id=row.id,
        name=row.name,
        kind=row.kind,
        percent_points=row.percent_points,
        fixed_minor=row.fixed_minor,
        buy=row.buy,
        free=row.free,
        code_hash=row.code_hash or b"",
        ticket_type_ids=None if type_ids is None else tuple(map(TicketTypeId, type_ids)),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        uses=row.uses,
        combinable=row.combinable,
    )


def _check(terms: PromotionTerms) -> None:
    wanted = {"percent": "percent_points", "fixed": "fixed_minor", "buy_get": "free"}[terms.kind]
    if getattr(terms, wanted) < 1:
        raise wrong_field(wanted, f"is what a promotion of kind {terms.kind} gives")
    if terms.kind == "buy_get" and terms.buy < 1:
        raise wrong_field("buy", "is how many are paid for")
    if terms.starts_at and terms.ends_at and terms.ends_at <= terms.starts_at:
        raise wrong_field("ends_at", "must be after starts_at")
    if terms.code is not None:
        plain = [one for one in terms.code if one.isalnum()]
        if len(plain) < PROMOTION_CODE_SIZE_MIN:
            raise wrong_field(
                "code", f"needs at least {PROMOTION_CODE_SIZE_MIN} letters or digits"
            )
