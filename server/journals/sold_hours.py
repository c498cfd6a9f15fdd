"""When a till's tickets are good: the hours that they were sold with, at their date as it is now.

The sale names the plan by which it was made, so that nobody need guess at which of a moved date's
times its hours were meant, or whether its type had any.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from server.db.unit import Unit
from server.events.events_and_dates import get_event
from server.plans.compiling_plans import read_occurrences
from server.plans.earlier_plans import decode_plan
from server.plans.models import ToldPlan
from server.ticketing.finding_and_changing_tickets import TicketType
from shared.journal.sale_body import SoldTicket
from shared.kernel.id_types import EventId, OccurrenceId, TicketId
from shared.kernel.instant import Duration, Instant
from shared.manifest.event_config import EventConfig, OccurrenceConfig, TicketTypeConfig
from shared.manifest.signed_windows import Window, follow_move, signable

_NONE: Final[Window] = (None, None)
_TYPES: Final = EventConfig.__struct_fields__.index("ticket_types")
_HOURS: Final = TicketTypeConfig.__struct_fields__.index("valid_from")
_PARTS: Final = msgspec.msgpack.Decoder(list)


class SoldHours:
    """Tells it of one sale's tickets."""

    def __init__(
        self,
        dates: Sequence[OccurrenceConfig],
        then: Sequence[OccurrenceConfig] = (),
        without: frozenset[int] = frozenset(),
    ) -> None:
        """Take what is known.

        Args:
            dates: The event's, as they are.
            then: As they were by the plan of the sale; none where that is not known.
            without: Codes of the types that surely had no hours by that plan.
        """
        self._dates, self._then, self._without = dates, then, without

    def of(self, kind: TicketType, sold: SoldTicket) -> Window | None:
        """Return a ticket's window; None for the one that any new ticket of its type gets."""
        own = (sold.valid_from, sold.valid_until)
        if own == _NONE:
            return _NONE if kind.code in self._without else None
        moved = self._moved(kind.occurrence_id)
        if moved is None:
            return follow_move(self._dates, kind.occurrence_id, own)
        first, last = own
        return (
            None if first is None else Instant(first + moved),
            None if last is None else Instant(last + moved),
        )

    def _moved(self, occurrence_id: OccurrenceId | None) -> Duration | None:
        """Return by how much the date has been moved since; None if that is not known."""
        then, now = (
            [one for one in dates if occurrence_id in {None, one.id}]
            for dates in (self._then, self._dates)
        )
        if len(then) != 1 or len(now) != 1 or then[0].id != now[0].id:
            return None
        return Duration(now[0].starts_at - then[0].starts_at)


async def read_sold_hours(unit: Unit, event_id: EventId, named: int) -> SoldHours:
    """Read what is needed to tell when a sale's tickets are good.

    Args:
        unit: May read.
        event_id: Whose sale.
        named: The plan's version that its entry names; 0 for none.
    """
    dates = await read_occurrences(unit, event_id)
    if named == (await get_event(unit, event_id)).plan_version:
        return SoldHours(dates, dates)
    query = (
        select(ToldPlan.config)
        .where(ToldPlan.event_id == event_id, ToldPlan.plan_version <= named)
        .order_by(ToldPlan.plan_version.desc())
        .limit(1)
    )
    config = await unit.find(query)
    if config is None:
        return SoldHours(dates)
    plan = decode_plan(config)
    return SoldHours(dates, plan.occurrences, _find_without(config, plan))


async def find_beyond_hours(
    unit: Unit, event_id: EventId, types: Mapping[int, TicketType], tickets: Collection[SoldTicket]
) -> set[TicketId]:
    """Find the tickets that are good when none of their type ever was: no till may sign such.

    Args:
        unit: May read.
        event_id: Whose sale.
        types: The event's, by code, as they are.
        tickets: The sale's.
    """
    beyond = [
        one
        for one in tickets
        if (kind := types.get(one.ticket_type_code)) is not None
        and not _is_within(one, (kind.valid_from, kind.valid_until))
    ]
    if not beyond:
        return set()
    query = select(ToldPlan.config).where(ToldPlan.event_id == event_id)
    told = [
        kind
        for config in await unit.session.scalars(query)
        for kind in decode_plan(config).ticket_types
    ]
    return {
        one.ticket_id
        for one in beyond
        if not any(
            kind.code == one.ticket_type_code
            and _is_within(one, (kind.valid_from, kind.valid_until))
            for kind in told
        )
    }


def _is_within(sold: SoldTicket, hours: Window) -> bool:
    """Tell whether a ticket has no hours but its type's; one that names none has these."""
    own = (sold.valid_from, sold.valid_until)
    first, last = signable(hours)
    return own == _NONE or (
        (first is None or (own[0] is not None and own[0] >= first))
        and (last is None or (own[1] is not None and own[1] <= last))
    )


def _find_without(config: bytes, plan: EventConfig) -> frozenset[int]:
    """Return the codes of the types that have no hours by a plan.

    A plan of before the hours of types were told says nothing of them, and a till that knew that
    plan named none in its sale, whatever its types had.
    """
    if any(len(one) <= _HOURS for one in _PARTS.decode(config)[_TYPES]):
        return frozenset()
    return frozenset(
        one.code for one in plan.ticket_types if (one.valid_from, one.valid_until) == _NONE
    )
