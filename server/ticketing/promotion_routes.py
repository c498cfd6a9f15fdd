"""Promotions of an event."""

from __future__ import annotations

from datetime import datetime

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Units
from server.events.events_and_dates import get_event
from server.http.body_and_answer_types import Answer, answer_of
from server.http.list_search_and_filters import Listing
from server.http.retrying import look_again
from server.ticketing.event_price_plan import read_taken
from server.ticketing.models import Promotion
from server.ticketing.promotions import (
    PromotionBody,
    create_promotion,
    list_promotions,
    remove_promotion,
)
from shared.kernel.id_types import EventId

PROMOTIONS = "/organizations/{organization_id:str}/events/{event_id:str}/promotions"
READ = requires(Role.READER, "ticket_types:read")
WRITE = requires(Role.MANAGER, "ticket_types:write")


class PromotionAnswer(Answer):
    """A discount.

    Attributes:
        has_code: Whether it needs a code; which one nobody here knows.
        taken: In how many orders it was used, or may be at tills, where uses are limited.
    """

    id: str
    event_id: EventId
    name: str
    kind: str
    percent_points: int
    fixed_minor: int
    buy: int
    free: int
    has_code: bool
    ticket_type_ids: list[str] | None
    starts_at: datetime | None
    ends_at: datetime | None
    uses: int | None
    taken: int
    combinable: bool
    created_at: datetime


@post(PROMOTIONS, tags=["ticket types"], guards=[WRITE])
@look_again
async def add_promotion(
    data: JSONBody[PromotionBody], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> PromotionAnswer:
    """Add a discount, by itself or by a code; tills learn it with the next plan."""
    async with units.write() as unit:
        return _answer(await create_promotion(unit, event_id, data), 0)


@get(PROMOTIONS, tags=["ticket types"], guards=[READ])
async def show_promotions(
    listing: NamedDependency[Listing], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> list[PromotionAnswer]:
    """List an event's discounts."""
    async with units.read() as unit:
        await get_event(unit, event_id)
        taken = await read_taken(unit, event_id)
        rows = await list_promotions(unit, event_id)
        found = [_answer(row, taken.get(row.id, 0)) for row in rows]
    return listing.arrange(found, PromotionAnswer)


@delete(PROMOTIONS + "/{promotion_id:str}", status_code=204, tags=["ticket types"], guards=[WRITE])
@look_again
async def end_promotion(
    units: NamedDependency[Units], event_id: FromPath[EventId], promotion_id: FromPath[str]
) -> None:
    """Take a discount out of the plan; what was sold under it stays as it was sold."""
    async with units.write() as unit:
        await remove_promotion(unit, event_id, promotion_id)


def _answer(row: Promotion, taken: int) -> PromotionAnswer:
    has_code = row.code_hash is not None
    return answer_of(PromotionAnswer, row, has_code=has_code, taken=taken)
