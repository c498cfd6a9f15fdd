"""Which tickets a gate may let in by paper: read in one go, and put in order.

Under the policy `home` a ticket stands on one gate's list only, that of its home: no other gate
lets it in while nobody can be asked. Under any other policy every gate of its zone lists it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any, Final

import msgspec
from sqlalchemy import and_, case, select

from server.db.unit import Unit
from server.devices.finding_devices import list_devices
from server.http.body_and_answer_types import Answer, answer_of
from server.ledger.models import TicketUse
from server.orders.models import Order
from server.paper.lettering import lacks_letters
from server.paper_lists.sorted_lines import SortedLine, SortedLines
from server.plans.compiling_plans import read_event_config
from server.problem_answers import not_found, refuse, wrong_field
from server.seating.taking_seats import find_map, list_ticket_places
from server.ticketing.models import Ticket, TicketHolder
from server.ticketing.tickets_of_other_holders import is_passed_on
from shared.admission.evacuation import is_evacuation_exit
from shared.admission.facts import TicketState
from shared.admission.local_time import instant_at_clock, local_day, time_zone
from shared.admission.offline_policy import OfflinePolicy
from shared.admission.organizer_rule_foretelling import foretell_rule
from shared.admission.organizer_rule_parsing import parse_rule_text
from shared.admission.organizer_rule_tree import Subject
from shared.kernel.id_types import DeviceId, EventId, GateId, OccurrenceId, TicketTypeId
from shared.kernel.instant import Instant, datetime_from_instant
from shared.manifest.event_config import EventConfig, GateConfig, OccurrenceConfig, ZoneConfig
from shared.manifest.home_spreading import has_home, is_taken
from shared.seating.seat_map import name_seat

_AT_ONCE: Final = 1_000
_MAY_ADMIT: Final = (TicketState.PAID, TicketState.PENDING, TicketState.PENDING_ADMISSIBLE)
_ENDED: Final = frozenset({"cancelled", "archived"})


class PaperListAnswer(Answer):
    """What a gate's list on paper comes to.

    Attributes:
        plan: The number of the event's plan that it is made from.
        made_at: When the tickets were read.
        tickets: That stand on it, in all.
        by_name: Lines of its part by name: tickets that name somebody.
        by_code: Lines of its part by manual code.
        nowhere: Tickets with neither: nobody can be found by this list on them.
        doubtful: Tickets that other gates may let in as well.
        homeless: Tickets under the policy `home` that have no home: they are on no list.
        used: Tickets on which somebody had come in before.
        doubles_possible: The list says on each page that doubles are possible.
        unreadable: Names with letters that no font of the server has: a sign stands for each.
    """

    gate_id: GateId
    occurrence_id: OccurrenceId | None
    plan: int
    made_at: datetime
    tickets: int
    by_name: int
    by_code: int
    nowhere: int
    doubtful: int
    homeless: int
    used: int
    doubles_possible: bool
    unreadable: int


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What stands over the pages.

    Attributes:
        occurrence: The date that the list is for; None for all.
        policies: Of the types that the gate takes.
    """

    event: str
    timezone: str
    gate: str
    zone: str
    occurrence: OccurrenceConfig | None
    plan: int
    made_at: Instant
    policies: frozenset[OfflinePolicy]


class Counted(msgspec.Struct):
    """Tickets, as they are read; see `PaperListAnswer`.

    Attributes:
        ruled: Whether they are let in depends on when they come, by the zone's own rule.
    """

    tickets: int = 0
    by_name: int = 0
    by_code: int = 0
    nowhere: int = 0
    doubtful: int = 0
    homeless: int = 0
    used: int = 0
    unreadable: int = 0
    ruled: int = 0

    def add(self, line: SortedLine) -> None:
        """Count a ticket that is on the list."""
        self.tickets += 1
        self.by_name += bool(line.name)
        self.by_code += line.code is not None
        self.nowhere += not line.name and line.code is None
        self.doubtful += line.is_doubtful
        self.used += line.came_in > 0
        self.unreadable += lacks_letters(line.name)


class PaperListing:
    """One gate's list: whom it is for, and which tickets belong to it."""

    def __init__(
        self,
        config: EventConfig,
        gate: GateConfig,
        occurrence_id: OccurrenceId | None,
        here: frozenset[DeviceId],
        now: Instant,
    ) -> None:
        self.config, self.gate, self.occurrence_id = config, gate, occurrence_id
        self.zone: ZoneConfig = next(one for one in config.zones if one.id == gate.zone_id)
        self.kinds = {kind.id: kind for kind in config.ticket_types}
        self._homely = {kind for kind in self.kinds if has_home(config, kind)}
        self._off = frozenset(one.id for one in config.occurrences if one.is_cancelled)
        self._rule = None if self.zone.rule is None else parse_rule_text(self.zone.rule, "")
        self._here = here
        self.made_at = now
        self.counted = Counted()

    @classmethod
    async def open(
        cls, unit: Unit, event_id: EventId, gate_id: GateId, occurrence_id: OccurrenceId | None
    ) -> PaperListing:
        """Read what the list is made by.

        Raises:
            Problem: `not-found`; `invalid-fields` for a date that is not the event's; `conflict`
                for a gate that lets nobody in, and for an event or a date that is called off.
        """
        config = await read_event_config(unit, event_id)
        gate = next((one for one in config.gates if one.id == gate_id), None)
        if gate is None:
            raise not_found("gate")
        if occurrence_id is not None and occurrence_id not in {
            one.id for one in config.occurrences
        }:
            raise wrong_field("occurrence_id", "is no date of this event")
        if gate.direction == "out":
            raise refuse("conflict", "paper.way_out")
        if config.state in _ENDED:
            raise refuse("conflict", "paper.event_over", event_state=config.state)
        devices = await list_devices(unit)
        here = frozenset(one.id for one in devices if one.gate_id == gate_id)
        date = occurrence_id or cls._zone_date(config, gate)
        listing = cls(config, gate, date, here, unit.now)
        if date in listing._off:
            raise refuse("conflict", "paper.date_off")
        return listing

    @staticmethod
    def _zone_date(config: EventConfig, gate: GateConfig) -> OccurrenceId | None:
        zone = next(one for one in config.zones if one.id == gate.zone_id)
        return zone.occurrence_id

    def heading(self) -> Heading:
        """Return what stands over the pages."""
        kinds = [kind for kind in self.kinds if is_taken(self.zone, kind, self.occurrence_id)]
        return Heading(
            event=self.config.name,
            timezone=self.config.timezone,
            gate=self.gate.name,
            zone=self.zone.name,
            occurrence=next(
                (one for one in self.config.occurrences if one.id == self.occurrence_id), None
            ),
            plan=self.config.sequence,
            made_at=self.made_at,
            policies=frozenset(
                OfflinePolicy.HOME if kind in self._homely else OfflinePolicy.OPEN
                for kind in kinds
            ),
        )

    def answer(self) -> PaperListAnswer:
        """Return what the list comes to, once it is read."""
        counted = self.counted
        return answer_of(
            PaperListAnswer,
            counted,
            gate_id=self.gate.id,
            occurrence_id=self.occurrence_id,
            plan=self.config.sequence,
            made_at=datetime_from_instant(self.made_at),
            doubles_possible=OfflinePolicy.OPEN in self.heading().policies,
        )

    async def read(self, unit: Unit, sorted_lines: SortedLines | None) -> None:
        """Read all tickets of the list from one snapshot, into sorted lines if asked."""
        event_id = self.config.event_id
        seats = await self._seats(unit, event_id)
        came_in = await self._count_came_in(unit)
        stream = await unit.session.stream(
            _tickets(event_id).execution_options(yield_per=_AT_ONCE)
        )
        try:
            async for rows in stream.partitions():
                lines = [
                    line for row in rows if (line := self._line(row, seats, came_in)) is not None
                ]
                if sorted_lines is not None:
                    sorted_lines.add(lines)
        finally:
            await stream.close()

    async def _count_came_in(self, unit: Unit) -> Mapping[int, int]:
        """Count whose boxes are filled: where nobody has had their turn by an entry, none is."""
        since = Instant(0)
        if self.zone.multiple_entries:
            if self._rule is None:
                return {}
            zone = time_zone(self.config.timezone)
            since = instant_at_clock(local_day(self.made_at, zone), time.min, zone)
        return await _count_came_in(unit, self.config.event_id, self.zone, since)

    async def _seats(self, unit: Unit, event_id: EventId) -> dict[int, str]:
        drawn = await find_map(unit, event_id)
        if drawn is None:
            return {}
        names = [name_seat(seat) for seat in drawn.seats]
        placed = await list_ticket_places(unit, event_id)
        return {ticket_id: names[place] for ticket_id, place in placed}

    def _line(
        self, row: Sequence[Any], seats: dict[int, str], came_in: Mapping[int, int]
    ) -> SortedLine | None:
        """Return a ticket's line, or None if it is not on the list."""
        ticket_id, kind_id, own_date, variant, state, persons, home, code, first, last = row[:-2]
        name, buyer = row[-2:]
        kind = self.kinds.get(TicketTypeId(kind_id))
        is_unpaid = state == TicketState.PENDING
        if kind is None or (is_unpaid and not self.zone.admit_pending):
            return None
        if last is not None and last < self.made_at:
            return None
        date = own_date or kind.occurrence_id
        if (
            date in self._off
            or not is_taken(self.zone, kind.id, date)
            or (self.occurrence_id is not None and date not in {None, self.occurrence_id})
        ):
            return None
        is_let_in = self._foretell(kind.id, variant)
        if is_let_in is False:
            return None
        has_its_home = kind.id in self._homely
        if has_its_home and home not in self._here:
            self.counted.homeless += home is None
            return None
        line = SortedLine(
            name=name or buyer or "",
            code=code,
            kind=kind.name,
            seat=seats.get(ticket_id, ""),
            persons=persons,
            is_doubtful=not has_its_home,
            came_in=min(persons, came_in.get(ticket_id, 0)),
            checks_id=kind.check_id,
            questions=tuple(one.text for one in kind.questions),
            is_unpaid=is_unpaid,
            valid_from=None if first is None or first <= self.made_at else first,
            valid_until=last,
        )
        self.counted.add(line)
        self.counted.ruled += is_let_in is None
        return line

    def _foretell(self, kind: TicketTypeId, variant: str | None) -> bool | None:
        """Tell whether the zone's rule lets a ticket in; None where it depends on the time."""
        subjects = {
            Subject.TICKET_TYPE: kind,
            Subject.VARIANT: variant,
            Subject.GATE: self.gate.id,
        }
        return True if self._rule is None else foretell_rule(self._rule, subjects)


def _tickets(event_id: EventId) -> Any:
    """Ask for the tickets that may admit somebody, each with whom it names."""
    return (
        select(
            Ticket.ticket_id,
            Ticket.ticket_type_id,
            Ticket.occurrence_id,
            Ticket.variant,
            Ticket.state,
            Ticket.persons,
            Ticket.home_device_id,
            Ticket.manual_code,
            Ticket.valid_from,
            Ticket.valid_until,
            TicketHolder.name,
            case((is_passed_on(event_id), None), else_=Order.buyer_name),
        )
        .outerjoin(
            TicketHolder,
            and_(
                TicketHolder.event_id == Ticket.event_id,
                TicketHolder.ticket_id == Ticket.ticket_id,
            ),
        )
        .outerjoin(Order, and_(Order.event_id == Ticket.event_id, Order.id == Ticket.order_id))
        .where(
            Ticket.event_id == event_id,
            Ticket.state.in_(_MAY_ADMIT),
            Ticket.blocked.is_(False),
        )
        .order_by(Ticket.ticket_id)
    )


async def _count_came_in(
    unit: Unit, event_id: EventId, zone: ZoneConfig, since: Instant
) -> Counter[int]:
    """Count who has come into a zone for certain, by ticket.

    Where people may go and come back, be it after an evacuation, those who were inside at once: an
    entry more may be one of them again, whose box is filled already.

    Args:
        unit: May read.
        event_id: Whose.
        zone: Where.
        since: Who came before it counts no more.
    """
    use = TicketUse
    query = (
        select(use.ticket_id, use.direction, use.count, use.claim_id)
        .where(
            use.event_id == event_id,
            use.zone_id == zone.id,
            use.at >= since,
            use.is_annulled.is_(False),
        )
        .order_by(use.at, use.seq, use.claim_id)
    )
    inside, most = Counter[int](), Counter[int]()
    stream = await unit.session.stream(query.execution_options(yield_per=_AT_ONCE))
    try:
        async for ticket_id, direction, count, claim_id in stream:
            if direction == "in":
                inside[ticket_id] += count
                most[ticket_id] = max(most[ticket_id], inside[ticket_id])
            elif zone.reentry_after_exit or is_evacuation_exit(claim_id):
                inside[ticket_id] = max(0, inside[ticket_id] - count)
    finally:
        await stream.close()
    return most
