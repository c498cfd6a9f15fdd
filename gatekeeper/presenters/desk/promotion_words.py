"""What the desk says of an event's discounts."""

from __future__ import annotations

from gatekeeper.organizer.prepare.plan_client import EventPlan
from gatekeeper.organizer.prepare.promotions_client import ListedPromotion
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import VENUE_CLOCK
from shared.kernel.money import Money


def spell_promotion(one: ListedPromotion, plan: EventPlan) -> tuple[str, str, str, str, str]:
    """Say a discount: its name, what it gives, for which types, how often, until when."""
    uses = (
        TEXTS.say("promo.any")
        if one.uses is None
        else TEXTS.say("promo.used", taken=one.taken, uses=one.uses)
    )
    name = TEXTS.beside(one.name, TEXTS.say("promo.with_code") if one.has_code else "")
    until = "–" if one.ends_at is None else VENUE_CLOCK.stamp(one.ends_at)
    return name, spell_gift(one, plan.currency), _types(one, plan), uses, until


def spell_gift(one: ListedPromotion, currency: str) -> str:
    """Say what a discount gives."""
    if one.kind == "percent":
        return TEXTS.say("promo.gives.percent", value=TEXTS.percent(one.percent_points))
    if one.kind == "fixed":
        amount = TEXTS.money(Money(one.fixed_minor, currency))
        return TEXTS.say("promo.gives.fixed", value=amount)
    return TEXTS.say("promo.gives.buy_get", buy=one.buy, free=one.free)


def _types(one: ListedPromotion, plan: EventPlan) -> str:
    if one.ticket_type_ids is None:
        return TEXTS.say("promo.all_types")
    found = (plan.find(type_id) for type_id in one.ticket_type_ids)
    return TEXTS.list(TEXTS.isolate(kind.name) for kind in found if kind is not None)
