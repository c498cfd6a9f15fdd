"""Giving tickets that have no home one: when their event is published, or when they are sold.

A ticket that has a home keeps it, whoever is enrolled later: gates that are cut off know it. Only
a move by the organizer's order, which its old home has signed or is declared lost for, changes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, select

from server.db.column_types import TICKET_ID_OFFSET
from server.db.unit import Unit
from server.events.events_and_dates import get_event
from server.events.gate_policy import policy_from_json
from server.feed.appending import read_feed_state
from server.homes.rows import SERIES
from server.keys.home_ranges import PARTS_BITS, TillHomeRange
from server.organizations.organizations_and_numbers import next_number
from server.plans.compiling_plans import read_event_config
from server.ticketing.finding_and_changing_tickets import Ticket, TicketType
from server.ticketing.rows import GIVE_HOME, GIVE_HOMES_BY_SLOT
from shared.admission.offline_policy import OfflinePolicy
from shared.credential.keyring import IdRange
from shared.kernel.id_types import DeviceId, EventId, OccurrenceId, TicketId, TicketTypeId
from shared.kernel.ids import TICKET_ID_BITS
from shared.manifest.event_config import EventConfig
from shared.manifest.home_spreading import (
    SLOT_BITS,
    SLOTS,
    PossibleHome,
    carriers_of,
    has_home,
    slot_of,
    spread,
)

HOMES_ONE_BY_ONE_MAX: Final = 2_000
"""So many tickets of an event are given their homes one by one; more in blocks, slot by slot."""


async def next_home_number(unit: Unit) -> int:
    """Give the number of a new assignment; every later one is higher."""
    return await next_number(unit, SERIES)


async def give_homes(
    unit: Unit, kinds: Mapping[TicketTypeId, TicketType], rows: Sequence[Ticket]
) -> None:
    """Give new tickets of a published event homes, where their policy asks for them.

    Those that have one keep it. Before the first publication nothing has one: all gates may not
    be there yet, and publishing gives them.

    Args:
        unit: A writing one.
        kinds: The tickets' types by id.
        rows: Of one event, not added yet.
    """
    event = await get_event(unit, rows[0].event_id)
    general = policy_from_json(event.policy).offline_policy
    wanted = [
        row
        for row in rows
        if row.home_device_id is None
        and (kinds[row.ticket_type_id].offline_policy or general) == OfflinePolicy.HOME
    ]
    state = await read_feed_state(unit.session, event.id) if wanted else None
    if state is None or not state.is_active:
        return
    config = await read_event_config(unit, event.id)
    homes = choose_homes(
        config, [(row.ticket_id, row.ticket_type_id, row.occurrence_id) for row in wanted]
    )
    number = await next_home_number(unit) if homes else 0
    for row in wanted:
        if row.ticket_id in homes:
            row.home_device_id, row.home_number = homes[row.ticket_id], number


def choose_homes(
    config: EventConfig, tickets: Sequence[tuple[TicketId, TicketTypeId, OccurrenceId | None]]
) -> dict[TicketId, DeviceId]:
    """Choose the homes of tickets, given with type and occurrence; some may have none."""
    groups: dict[tuple[TicketTypeId, OccurrenceId | None], list[TicketId]] = {}
    for ticket_id, kind, occurrence in tickets:
        groups.setdefault((kind, occurrence), []).append(ticket_id)
    homes: dict[TicketId, DeviceId] = {}
    for (kind, occurrence), ids in groups.items():
        carriers = carriers_of(config, kind, occurrence) if has_home(config, kind) else ()
        drawn = spread(config.event_id, sorted({slot_of(one) for one in ids}), carriers)
        homes.update({one: DeviceId(drawn[slot_of(one)]) for one in ids if carriers})
    return homes


def slots_of_part(part: int, parts: int) -> range:
    """Return the slots of one of several parts that are about as large. Pure."""
    return range(SLOTS * part // parts, SLOTS * (part + 1) // parts)


async def count_homeless(unit: Unit, config: EventConfig) -> int:
    """Count the tickets of the event that should have a home and have none."""
    return sum(count for _, count, _ in await _homeless(unit, config))


async def assign_homes(unit: Unit, config: EventConfig, slots: range = range(SLOTS)) -> None:
    """Give every ticket of the event that should have a home and has none one.

    Args:
        unit: A writing one.
        config: The event's.
        slots: Of those that are many, the tickets in these alone.
    """
    number = 0
    for (kind, occurrence), count, carriers in await _homeless(unit, config):
        number = number or await next_home_number(unit)
        common = {
            "event_id": config.event_id,
            "organization_id": unit.organization_id,
            "number": number,
        }
        if count <= HOMES_ONE_BY_ONE_MAX and slots == range(SLOTS):
            await _assign_few(unit, config.event_id, (kind, occurrence), carriers, common)
        else:
            given = common | {"kind": kind, "occurrence": occurrence}
            await _assign_slots(unit, config.event_id, carriers, given, slots)


async def _homeless(
    unit: Unit, config: EventConfig
) -> list[tuple[tuple[TicketTypeId, OccurrenceId | None], int, tuple[PossibleHome, ...]]]:
    """Return of each type and date how many have no home, and who carries them."""
    homeless = select(Ticket.ticket_type_id, Ticket.occurrence_id, func.count()).where(
        Ticket.event_id == config.event_id, Ticket.home_device_id.is_(None)
    )
    grouped = homeless.group_by(Ticket.ticket_type_id, Ticket.occurrence_id)
    found = []
    for kind, occurrence, count in (await unit.session.execute(grouped)).all():
        carriers = carriers_of(config, kind, occurrence) if has_home(config, kind) else ()
        if carriers:
            found.append(((kind, occurrence), count, carriers))
    return found


async def _assign_few(
    unit: Unit,
    event_id: EventId,
    group: tuple[str, str | None],
    carriers: Sequence[PossibleHome],
    common: dict[str, Any],
) -> None:
    query = select(Ticket.ticket_id).where(
        Ticket.event_id == event_id,
        Ticket.home_device_id.is_(None),
        Ticket.ticket_type_id == group[0],
        Ticket.occurrence_id.is_not_distinct_from(group[1]),
    )
    ids = await unit.all(query)
    homes = spread(event_id, sorted({slot_of(one) for one in ids}), carriers)
    rows = [
        common | {"device": homes[slot_of(one)], "ticket_id": one - TICKET_ID_OFFSET}
        for one in sorted(ids)
    ]
    if rows:
        await (await unit.session.connection()).execute(GIVE_HOME, rows)


async def _assign_slots(
    unit: Unit,
    event_id: EventId,
    carriers: Sequence[PossibleHome],
    common: dict[str, Any],
    slots: range,
) -> None:
    width = 1 << (TICKET_ID_BITS - SLOT_BITS)
    rows = [
        common
        | {
            "device": device,
            "low": slot * width - TICKET_ID_OFFSET,
            "high": (slot + 1) * width - 1 - TICKET_ID_OFFSET,
        }
        for slot, device in spread(event_id, range(SLOTS), carriers).items()
        if slot in slots
    ]
    await (await unit.session.connection()).execute(GIVE_HOMES_BY_SLOT, rows)


def circles_of(config: EventConfig) -> list[tuple[PossibleHome, ...]]:
    """Return the different circles of devices that types sold at tills have their homes in."""
    return sorted(
        {
            carriers_of(config, kind.id, kind.occurrence_id)
            for kind in config.ticket_types
            if has_home(config, kind.id) and kind.price_minor is not None
        }
        - {()},
        key=lambda circle: [carrier.device_id for carrier in circle],
    )


def parts_of_each(circles: Sequence[tuple[PossibleHome, ...]]) -> int:
    """Return how many parts of a till's range each circle has at least."""
    return max(1, (1 << PARTS_BITS) // len(circles))


async def assign_ranges(
    unit: Unit, config: EventConfig, keys: Sequence[tuple[int, IdRange]]
) -> bool:
    """Give the parts of tills' ranges homes, where they have none.

    The parts go round the different circles of devices that types call for, so that each circle
    has some; a till takes its ids from a part whose home serves the type that it sells.

    Args:
        unit: A writing one.
        config: The event's.
        keys: The tills' keys, with their ranges.

    Returns:
        Whether any was given.
    """
    circles = circles_of(config)
    query = select(TillHomeRange.key_id, TillHomeRange.id_prefix).where(
        TillHomeRange.event_id == config.event_id
    )
    given = (await unit.session.execute(query)).all()
    settled = {prefix >> PARTS_BITS for _, prefix in given}
    # Two keys may have one number since the ledger was put back: the second one's places follow.
    before = Counter(key_id for key_id, _ in given)
    new = [(key_id, ids) for key_id, ids in keys if ids.prefix not in settled]
    if not new or not circles:
        return False
    number = await next_home_number(unit)
    for key_id, ids in new:
        for place in range(1 << PARTS_BITS):
            circle = circles[place % len(circles)]
            home = spread(f"{config.event_id}/{key_id}", [place], circle)[place]
            unit.session.add(
                TillHomeRange(
                    event_id=config.event_id,
                    key_id=key_id,
                    place=before[key_id] + place,
                    id_prefix=ids.prefix << PARTS_BITS | place,
                    id_prefix_bits=ids.bits + PARTS_BITS,
                    device_id=home,
                    number=number,
                )
            )
    await unit.session.flush()
    return True
