"""Promotions of an event: discounts by themselves or by a code, carried by the plan of prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec
from sqlalchemy import select

from server import quotas
from server.db.unit import Unit
from server.events.events_and_dates import get_editable_event
from server.http.body_and_answer_types import Body, IdOf, MinorUnits, Moment, Name, to_instant
from server.problem_answers import refuse, wrong_field
from server.quotas import TYPES_MAX
from server.ticketing.models import Promotion
from server.ticketing.ticket_types import check_ticket_types
from shared.field_limits import PROMOTION_CODE_SIZE_MIN, PROMOTION_USES_MAX
from shared.kernel import ids
from shared.kernel.id_types import EventId, TicketTypeId
from shared.kernel.same_fields import made_of
from shared.manifest.price_plan import PricePromotion as PlannedPromotion
from shared.sales.promotion_code import hash_promotion_code
from shared.wire.work_reasons import WorkReason

BUY_GET_MAX: Final = 100
"""Tickets that a discount's buyer pays, and gets for nothing beside them."""

PROMOTION: Final = "pm"


PromotionKind = Literal["percent", "fixed", "buy_get"]
Points = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Few = Annotated[int, msgspec.Meta(ge=0, le=BUY_GET_MAX)]
Uses = Annotated[int, msgspec.Meta(ge=1, le=PROMOTION_USES_MAX)]
Code = Annotated[
    str,
    msgspec.Meta(
        min_length=PROMOTION_CODE_SIZE_MIN,
        max_length=64,
        description=f"what the buyer says: at least {PROMOTION_CODE_SIZE_MIN} letters or digits;"
        " case, blanks and hyphens do not matter",
    ),
]


class PromotionBody(Body):
    """A discount; it cannot be changed, only removed.

    Attributes:
        kind: `percent`, `fixed` (off the basket) or `buy_get`.
        percent_points: Of `percent`: 1,000 are 10 %.
        fixed_minor: Of `fixed`: what comes off the basket.
        buy: Of `buy_get`: for so many tickets paid,
        free: so many more are free, the cheapest.
        code: What the buyer says; null for a discount that everybody gets. Only its hash is kept.
        ticket_type_ids: The types it is for; null for all.
        ends_at: Until when, that instant not included.
        uses: In how many orders it may be used; null for any number. Cut off, a till uses those
            that it was given.
        combinable: May stand beside another code in one order.
    """

    name: Name
    kind: PromotionKind = "percent"
    percent_points: Points = 0
    fixed_minor: MinorUnits = 0
    buy: Few = 0
    free: Few = 0
    code: Code | None = None
    ticket_type_ids: (
        Annotated[list[IdOf[TicketTypeId]], msgspec.Meta(max_length=TYPES_MAX)] | None
    ) = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    uses: Uses | None = None
    combinable: bool = False


async def create_promotion(unit: Unit, event_id: EventId, said: PromotionBody) -> Promotion:
    """Add a promotion; it holds from the next plan on. Of its code only the hash is kept.

    Raises:
        Problem: `not-found`; `conflict` if another one that holds has the code; wrong fields.
    """
    await get_editable_event(unit, event_id)
    _check(said)
    await check_ticket_types(unit, event_id, said.ticket_type_ids)
    present = await list_promotions(unit, event_id)
    quotas.check(len(present), quotas.PROMOTIONS_MAX, "promotions that hold; end one first")
    if said.code is None:
        for_all = sum(one.code_hash is None for one in present)
        quotas.check(for_all, quotas.PROMOTIONS_FOR_ALL_MAX, "promotions without a code")
    hashed = None if said.code is None else hash_promotion_code(event_id, said.code)
    if hashed is not None and any(one.code_hash == hashed for one in present):
        raise refuse("conflict", "promotion.code")
    fields = msgspec.structs.asdict(said)
    del fields["code"]
    fields |= {name: to_instant(fields[name]) for name in ("starts_at", "ends_at")}
    row = Promotion(
        id=ids.new_id(PROMOTION, unit.entropy),
        event_id=event_id,
        code_hash=hashed,
        created_at=unit.now,
        removed_at=None,
        **fields,
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
    return made_of(
        PlannedPromotion,
        row,
        code_hash=row.code_hash or b"",
        ticket_type_ids=None if type_ids is None else tuple(map(TicketTypeId, type_ids)),
    )


def _check(said: PromotionBody) -> None:
    wanted = {"percent": "percent_points", "fixed": "fixed_minor", "buy_get": "free"}[said.kind]
    if getattr(said, wanted) < 1:
        raise wrong_field(wanted, f"is what a promotion of kind {said.kind} gives")
    if said.kind == "buy_get" and said.buy < 1:
        raise wrong_field("buy", "is how many are paid for")
    if said.starts_at and said.ends_at and said.ends_at <= said.starts_at:
        raise wrong_field("ends_at", "must be after starts_at", WorkReason("field.ends_first"))
    if said.code is not None:
        plain = [one for one in said.code if one.isalnum()]
        if len(plain) < PROMOTION_CODE_SIZE_MIN:
            because = WorkReason("field.short_code", {"count": PROMOTION_CODE_SIZE_MIN})
            message = f"needs at least {PROMOTION_CODE_SIZE_MIN} letters or digits"
            raise wrong_field("code", message, because)
