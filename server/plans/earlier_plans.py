"""An event's plans of before: a passage is judged by what held when it was.

A gate that was cut off is heard hours later, and the organizer may have changed the plan since.
What gates are told is kept; a plan that was changed again before anybody was told of it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Final

import msgspec
from sqlalchemy import LargeBinary, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.unit import Unit
from server.events.events_and_dates import get_event
from server.plans.models import ToldPlan
from shared.journal.bounds import NUMBER_MAX
from shared.kernel.id_types import EventId, GateId, ZoneId
from shared.kernel.instant import SECOND, Duration, Instant
from shared.manifest.event_config import EventConfig, IssuerConfig
from shared.manifest.fact_building import EventIndex
from shared.manifest.tickets import TicketRow

PLANS_MAX: Final = 256
"""Of an event, the newest: more are not kept, and a gate that was away for longer would be judged
by a plan that it was never told. Each is some kilobytes, and is parsed in 20 µs."""
PLANS_SIZE_MAX: Final = 16_000_000
"""Bytes of these together: two dozen of the largest plans. A worker that read 256 of them for one
entry stood still for 47 seconds, and all other organizations' claims with it."""

SETTLING: Final[Duration] = 2 * SECOND
"""A claim may be decided so much later than its instant, by a plan that is newer."""

_ENCODE: Final = msgspec.msgpack.Encoder().encode
decode_plan: Final = msgspec.msgpack.Decoder(EventConfig).decode
_NOTE: Final = text(
    "INSERT INTO told_plan (event_id, plan_version, organization_id, since, config, told_seq)"
    " SELECT e.id, e.plan_version, e.organization_id, e.updated_at, :config,"
    " CAST(:told_seq AS BIGINT) FROM event e"
    " WHERE e.id = :event_id AND e.organization_id = :organization_id"
    " AND e.plan_version = :plan_version AND NOT EXISTS (SELECT 1 FROM told_plan p"
    " WHERE p.event_id = e.id AND p.config = :config AND p.plan_version ="
    " (SELECT max(q.plan_version) FROM told_plan q WHERE q.event_id = e.id))"
    " ON CONFLICT (event_id, plan_version) DO NOTHING"
).bindparams(bindparam("config", type_=LargeBinary))
_FORGET: Final = text(
    "DELETE FROM told_plan WHERE event_id = :event_id AND plan_version IN"
    " (SELECT k.plan_version FROM (SELECT plan_version,"
    " ROW_NUMBER() OVER (ORDER BY plan_version DESC) AS number,"
    " SUM(LENGTH(config)) OVER (ORDER BY plan_version DESC) AS size"
    " FROM told_plan WHERE event_id = :event_id) k WHERE k.number > :number OR k.size > :size)"
)


class _Outline:
    """What several plans have, read once: which of them, as bits, have a zone or a type.

    Attributes:
        zones: By zone.
        types: By the type's number in credentials.
        led_into: Into which zones each gate leads, by any of them.
        lowest: The lowest limit that any of them gives a zone.
    """

    def __init__(self, plans: Iterable[EventConfig]) -> None:
        self.zones: dict[ZoneId, int] = {}
        self.types: dict[int, int] = {}
        self.led_into: dict[GateId, set[str]] = {}
        self.lowest: dict[ZoneId, int] = {}
        for number, plan in enumerate(plans):
            bit = 1 << number
            for zone in plan.zones:
                self.zones[zone.id] = self.zones.get(zone.id, 0) | bit
                if zone.capacity is not None:
                    lowest = self.lowest.get(zone.id, zone.capacity)
                    self.lowest[zone.id] = min(lowest, zone.capacity)
            for kind in plan.ticket_types:
                self.types[kind.code] = self.types.get(kind.code, 0) | bit
            for gate in plan.gates:
                self.led_into.setdefault(gate.id, set()).add(gate.zone_id)


class PlanHistory:
    """The plans of an event, the present one last; earlier ones are parsed when asked for.

    Attributes:
        size: Bytes of the earlier ones.
    """

    def __init__(
        self,
        present: EventIndex,
        since: Instant = Instant(0),
        past: Sequence[tuple[Instant, bytes]] = (),
        told: Sequence[int | None] = (),
    ) -> None:
        """Take the plans of an event.

        Each begins when the server's clock said so. Where that went back meanwhile, a plan has
        begun before one that was made later, and after one that was made earlier, whatever the
        clock said: between these instants either may have held.

        Args:
            present: The present plan.
            since: When it began.
            past: Those before it with their beginnings, the oldest first.
            told: By which of the feed's numbers devices were told of each, the present one's last.
        """
        begun = [begin for begin, _ in past] + [since]
        self._begun_latest = list(accumulate(begun, max))
        self._begun_earliest = list(accumulate(reversed(begun), min))[::-1]
        self._plans: list[EventIndex | bytes] = [encoded for _, encoded in past] + [present]
        self._told = list(told)
        self.size = sum(len(encoded) for _, encoded in past)

    def at(
        self,
        instant: Instant,
        error: Duration | None,
        zone_id: ZoneId,
        knew: int = 0,
        row: TicketRow | None = None,
    ) -> list[EventIndex]:
        """Return the plans that may have held at an instant and have a zone; never none.

        Nobody is let in on a ticket of a type that is in no plan yet: who was, was by another.

        Args:
            instant: Of a passage.
            error: Its bound; of an unknown one every plan may have held.
            zone_id: Where an older plan or a newer one has the zone and those do not, it is taken.
            knew: What was told by the feed's numbers up to this one had been said before the
                passage, whatever any clock says; 0 where nothing is known of that.
            row: The ticket that was let in, where only a plan that has its type can judge it: it
                is looked for like the zone's.
        """
        if len(self._plans) == 1:
            return [self._plan(0)]
        bound = NUMBER_MAX if error is None else error
        least = self._known_by(knew)
        last = max(least, self._last_by(Instant(instant + bound + SETTLING)))
        held = range(max(least, self._first_after(Instant(instant - bound))), last + 1)
        others = [n for n in reversed(range(len(self._plans))) if n not in held]
        for kind in (None,) if row is None else (row.facts.ticket_type_code, None):
            having = self._having(zone_id, kind)
            found = [self._plan(n) for n in held if having >> n & 1]
            for n in () if found else others:
                if having >> n & 1:
                    return [self._plan(n)]
            if found:
                return found
        return [self._plan(last)]

    def row_under(self, plan: EventIndex, row: TicketRow) -> TicketRow:
        """Return a ticket's row as a plan had it: its own window goes with its date when it moves.

        Args:
            plan: One of these.
            row: As it is by the present one.
        """
        present = self._plan(len(self._plans) - 1)
        if plan is present:
            return row
        begins, began = present.start_for(row), plan.start_for(row)
        if begins is None or began is None or begins == began:
            return row
        ends = {"valid_from": row.facts.valid_from, "valid_until": row.facts.valid_until}
        shift = Duration(began - begins)
        moved = {name: Instant(at + shift) for name, at in ends.items() if at is not None}
        return msgspec.structs.replace(row, facts=msgspec.structs.replace(row.facts, **moved))

    def lowest_capacity(self, zone_id: ZoneId) -> int | None:
        """Return the lowest limit that any plan gives a zone; None if none limits it."""
        return self._outline.lowest.get(zone_id)

    def zones_of(self, gate_id: GateId) -> frozenset[str]:
        """Return the zones that a gate leads into, or led into by an earlier plan."""
        return frozenset(self._outline.led_into.get(gate_id, ()))

    @cached_property
    def _outline(self) -> _Outline:
        return _Outline(
            decode_plan(plan) if isinstance(plan, bytes) else plan.config for plan in self._plans
        )

    def _having(self, zone_id: ZoneId, kind: int | None) -> int:
        """Return the plans that have a zone and, unless it is None, a type: one bit for each."""
        having = self._outline.zones.get(zone_id, 0)
        return having if kind is None else having & self._outline.types.get(kind, 0)

    def _first_after(self, instant: Instant) -> int:
        """Find the oldest plan that may have held at an instant or later."""
        ended = (n for n, begun in enumerate(self._begun_latest[1:]) if begun > instant)
        return next(ended, len(self._plans) - 1)

    def _last_by(self, instant: Instant) -> int:
        """Find the newest plan that may have begun by an instant; before the first, that one."""
        begun = [n for n, since in enumerate(self._begun_earliest) if since <= instant]
        return begun[-1] if begun else 0

    def _known_by(self, number: int) -> int:
        """Find the newest plan that was told by a number of the feed; 0 if none was."""
        told = [n for n, seq in enumerate(self._told) if seq is not None and seq <= number]
        return told[-1] if told else 0

    def _plan(self, number: int) -> EventIndex:
        plan = self._plans[number]
        if isinstance(plan, bytes):
            plan = self._plans[number] = EventIndex(decode_plan(plan), is_past=True)
        return plan


async def note_plan(session: AsyncSession, config: EventConfig, told_seq: int | None) -> bool:
    """Keep a plan that gates are told, unless passages are judged by it as by the one before.

    The oldest go, beyond what is looked at of an event.

    Args:
        session: The transaction.
        config: The plan.
        told_seq: The number of the feed's item that tells it, or None if nobody listens yet.

    Returns:
        Whether it was kept: what was compiled before does not know by which number it was told.
    """
    connection = await session.connection()
    noted = await connection.execute(
        _NOTE,
        {
            "event_id": config.event_id,
            "organization_id": config.organization_id,
            "plan_version": config.sequence,
            "config": _essence(config),
            "told_seq": told_seq,
        },
    )
    if not noted.rowcount:
        return False
    bounds = {"event_id": config.event_id, "number": PLANS_MAX, "size": PLANS_SIZE_MAX}
    await connection.execute(_FORGET, bounds)
    return True


async def read_history(unit: Unit, index: EventIndex) -> PlanHistory:
    """Read what held before the present plan."""
    config = index.config
    query = (
        select(ToldPlan.since, ToldPlan.config, ToldPlan.told_seq)
        .where(ToldPlan.event_id == config.event_id, ToldPlan.plan_version <= config.sequence)
        .order_by(ToldPlan.plan_version.desc())
        .limit(PLANS_MAX)
    )
    rows = (await unit.session.execute(query)).all()[::-1]
    past = [(row.since, row.config) for row in rows]
    told = [row.told_seq for row in rows]
    if past and past[-1][1] == _essence(config):
        return PlanHistory(index, past[-1][0], past[:-1], told)
    changed_at = (await get_event(unit, config.event_id)).updated_at
    return PlanHistory(index, changed_at, past, [*told, None])


def _essence(config: EventConfig) -> bytes:
    """Encode what passages and sales are judged by: no people, places, issuer, looks, pauses."""
    bare = msgspec.structs.replace(
        config,
        sequence=0,
        supervisors=(),
        stewards=(),
        places=(),
        issuer=IssuerConfig(),
        design=None,
        pauses=(),
    )
    return _ENCODE(bare)


async def told_by(unit: Unit, event_id: EventId, moment: Instant) -> int:
    """Return the number of the feed by which the plan of a moment was told; 0 before the first."""
    query = select(func.max(ToldPlan.told_seq)).where(
        ToldPlan.event_id == event_id, ToldPlan.since <= moment
    )
    return (await unit.session.execute(query)).scalar_one() or 0
