"""What is sold only for as long as somebody can still come in by it."""

from __future__ import annotations

import msgspec

from shared.kernel.instant import Instant
from shared.manifest.event_config import EventConfig, TicketTypeConfig
from shared.manifest.price_plan import PricePlan
from shared.manifest.signed_windows import sign_window
from shared.sales.price_check import prices_of


def sold_while_admitting(config: EventConfig) -> PricePlan:
    """Return an event's plan of prices, each type sold no longer than its tickets let in.

    A ticket for a date that is over, or whose own hours are, is refused at each gate: whoever
    paid for it would be sent back to the till. What was sold all the same is judged by the plan
    itself.
    """
    lasts = {one.id: _last(config, one) for one in config.ticket_types}
    plan = prices_of(config)
    types = tuple(
        msgspec.structs.replace(
            one, sales_until=_earlier(one.sales_until, lasts.get(one.ticket_type_id))
        )
        for one in plan.types
    )
    return msgspec.structs.replace(plan, types=types)


def _last(config: EventConfig, kind: TicketTypeConfig) -> Instant | None:
    own = kind.valid_from, kind.valid_until
    return sign_window(config.occurrences, kind.occurrence_id, own)[1]


def _earlier(one: Instant | None, other: Instant | None) -> Instant | None:
    return min((at for at in (one, other) if at is not None), default=None)
