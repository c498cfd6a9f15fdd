"""An event's discounts: for everybody or by a code; made and removed, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.organizer.prepare.plan_client import EventPlan, PlanClient
from gatekeeper.organizer.server_api import UNTAGGED, EventSite, ServerApi
from gatekeeper.organizer.unheard_making import UnheardMaking
from shared.field_limits import PROMOTION_CODE_SIZE_MIN

KINDS: Final = ("percent", "fixed", "buy_get")
_AMOUNTS: Final = ("name", "kind", "percent_points", "fixed_minor", "buy", "free", "uses")


class ListedPromotion(msgspec.Struct, frozen=True, kw_only=True):
    """A discount, as the server's `PromotionAnswer` says.

    Attributes:
        percent_points: 1,000 are 10 %.
        has_code: Whether it needs one; only its hash is kept.
        ticket_type_ids: The types it is for; None for all.
        uses: In how many orders; None for any number.
        taken: In how many it was used, or may be at tills.
    """

    id: str
    name: str
    kind: str
    percent_points: int
    fixed_minor: int
    buy: int
    free: int
    has_code: bool
    ticket_type_ids: tuple[str, ...] | None
    ends_at: datetime | None
    uses: int | None
    taken: int


class Discounts(msgspec.Struct, frozen=True):
    """An event's discounts, and the plan whose types and clock they are said by."""

    plan: EventPlan
    promotions: tuple[ListedPromotion, ...]


async def read_discounts(api: ServerApi, site: EventSite) -> Discounts:
    """Read an event's discounts."""
    plan = await PlanClient(api, site).read()
    return Discounts(plan, await api.read(tuple[ListedPromotion, ...], f"{site.path}/promotions"))


async def add_promotion(
    api: ServerApi, site: EventSite, fields: Fields, making: UnheardMaking
) -> ListedPromotion:
    """Add a discount; tills learn it with the next plan.

    Args:
        api: Somebody signed in.
        site: Of which event.
        fields: As they were typed.
        making: Asked for again because no answer came, it is the same one.

    Raises:
        Refused: if this needs a manager, or the code is another one's.
    """
    path = f"{site.path}/promotions"

    async def look() -> tuple[ListedPromotion, ...]:
        return await api.read(tuple[ListedPromotion, ...], path)

    async def make() -> ListedPromotion:
        return await api.make(ListedPromotion, path, fields)

    def is_meant(one: ListedPromotion) -> bool:
        amounts = all(getattr(one, name) == fields[name] for name in _AMOUNTS)
        return amounts and one.has_code is (fields["code"] is not None)

    return await making.once(fields | {"event": site.event_id}, look, is_meant, make)


async def remove_promotion(api: ServerApi, site: EventSite, promotion: ListedPromotion) -> None:
    """Take a discount out of the plan; what was sold under it stays as it was sold.

    Raises:
        Refused: if this needs a manager, or it is gone.
    """
    await api.delete(f"{site.path}/promotions/{promotion.id}", UNTAGGED)


def find_flaw(fields: Fields) -> str:
    """Name what is missing before a server is asked; "" for nothing."""
    amounts = {
        "percent": fields["percent_points"],
        "fixed": fields["fixed_minor"],
        "buy_get": fields["buy"] and fields["free"],
    }
    if not fields["name"]:
        return "name"
    if not amounts[fields["kind"]]:
        return "amount"
    if fields["code"] is not None and len(fields["code"]) < PROMOTION_CODE_SIZE_MIN:
        return "code"
    return "types" if fields["ticket_type_ids"] == [] else ""
