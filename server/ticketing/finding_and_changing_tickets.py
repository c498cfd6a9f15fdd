"""Finds, locks, voids and changes an event's tickets; gates are told of every change.

Order of locks in a transaction: an order, then existing tickets by id, then inventory, then new
tickets (which nobody else can see yet), then the feed (`ChangeFeed`), always last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import BigInteger, Select, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.unit import Unit, locked
from server.problem_answers import not_found, refuse, wrong_field
from server.ticketing.inventory import Stock, counter_of, move_stock
from server.ticketing.models import Ticket, TicketHolder, TicketType
from server.ticketing.ports import ChangeFeed, UsageLookup
from server.ticketing.ticket_filters import narrowed
from server.ticketing.ticket_seats import free_seats_of, seat_again, sell_seats_of
from shared.admission.facts import GONE, TicketState
from shared.credential.keyring import OFFICE_GENERATION
from shared.credential.manual_code import (
    DRAWN_SIZE,
    format_manual_code,
    make_manual_code,
    manual_code_from,
)
from shared.kernel.id_types import DeviceId, EventId, OrderId, SeatId, TicketId, TicketTypeId
from shared.kernel.ids import TICKET_ID_BITS
from shared.kernel.instant import Instant
from shared.kernel.ports import Entropy
from shared.kernel.same_fields import made_of
from shared.manifest.tickets import TicketClass, TicketRow

__all__ = ["Ticket", "TicketHolder", "TicketType"]
"""The rows that other domains read; they change them through the functions here only."""

_NAMES_AT_ONCE: Final = 5_000
MANUAL_PREFIX: Final = 0
MANUAL_PREFIX_BITS: Final = 1
"""The server draws manual codes from the lower half; tills have ranges in the upper one."""


class ShownState(StrEnum):
    """The state as the API shows it; derived, never stored."""

    AVAILABLE = "available"
    HELD = "held"
    PAID = "paid"
    CLAIMED = "claimed"
    VALIDATED = "validated"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


def new_ticket_ids(entropy: Entropy, count: int) -> list[TicketId]:
    """Draw distinct random ticket ids, in order."""
    size = TICKET_ID_BITS // 8
    found: set[TicketId] = set()
    while len(found) < count:
        drawn = entropy.random_bytes(size * (count - len(found)))
        found.update(
            TicketId(int.from_bytes(drawn[at : at + size], "big"))
            for at in range(0, len(drawn), size)
        )
    return sorted(found)


async def draw_manual_codes(unit: Unit, event_id: EventId, count: int) -> list[int]:
    """Draw codes that no ticket of the event has; there are 2^39, so few are drawn twice."""
    found: set[int] = set()
    while len(found) < count:
        drawn = {
            make_manual_code(unit.entropy, prefix=MANUAL_PREFIX, prefix_bits=MANUAL_PREFIX_BITS)
            for _ in range(count - len(found))
        }
        found |= drawn - await find_taken_codes(unit, event_id, drawn)
    return list(found)


def make_manual_code_by_key(ticket_id: TicketId, key: bytes) -> int:
    """Make a ticket's manual code of its id: the same by the same key."""
    which = ticket_id.to_bytes(TICKET_ID_BITS // 8, "big")
    drawn = hashlib.blake2b(which, key=key, digest_size=DRAWN_SIZE, person=b"manual code").digest()
    return manual_code_from(drawn, prefix=MANUAL_PREFIX, prefix_bits=MANUAL_PREFIX_BITS)


async def find_taken_codes(unit: Unit, event_id: EventId, codes: set[int]) -> set[int]:
    """Return those of some manual codes that tickets of the event have."""
    # Past the scoping of queries: only the event's own codes are compared. Asked code by code,
    # because SQLite without statistics would rather read all tickets of the event.
    connection = await unit.session.connection()
    if connection.dialect.name == "sqlite":
        asked: object = msgspec.json.encode(sorted(codes)).decode()
        query = _TAKEN_SQLITE
    else:
        asked, query = sorted(codes), _TAKEN_POSTGRES
    rows = await connection.execute(query, {"event_id": event_id, "codes": asked})
    return set(rows.scalars().all())


_TAKEN_SQLITE: Final = text(
    "SELECT asked.value FROM json_each(:codes) asked WHERE EXISTS"
    " (SELECT 1 FROM ticket WHERE event_id = :event_id AND manual_code = asked.value)"
)
_TAKEN_POSTGRES: Final = text(
    "SELECT manual_code FROM ticket WHERE event_id = :event_id AND manual_code = ANY(:codes)"
).bindparams(bindparam("codes", type_=ARRAY(BigInteger)))


def new_ticket(unit: Unit, kind: TicketType, ticket_id: TicketId) -> Ticket:
    """Make a paid ticket of a type that belongs to no order yet; it is not added to anything."""
    return Ticket(
        organization_id=unit.organization_id,  # many are written as plain rows
        event_id=kind.event_id,
        ticket_id=ticket_id,
        order_id=None,
        order_line=None,
        seat_id=None,
        ticket_type_id=kind.id,
        occurrence_id=kind.occurrence_id,
        variant=None,
        state=TicketState.PAID,
        blocked=False,
        generation=OFFICE_GENERATION,
        valid_from=kind.valid_from,
        valid_until=kind.valid_until,
        persons=kind.persons,
        home_device_id=None,
        home_number=0,
        is_imported=False,
        manual_code=None,
        updated_seq=0,
        created_at=unit.now,
    )


def change_of(row: Ticket, ticket_type_code: int) -> TicketRow:
    """Say a ticket as gates need it."""
    facts = made_of(TicketClass, row, ticket_type_code=ticket_type_code)
    return TicketRow(row.ticket_id, facts, row.manual_code, row.seat_id or SeatId(""))


async def get_ticket(unit: Unit, event_id: EventId, ticket_id: TicketId) -> Ticket:
    """Return one ticket.

    Raises:
        Problem: `not-found`.
    """
    query = select(Ticket).where(Ticket.event_id == event_id, Ticket.ticket_id == ticket_id)
    return await unit.get(query, "ticket")


async def read_codes(
    unit: Unit, event_id: EventId, ticket_ids: Collection[TicketId]
) -> dict[TicketId, str]:
    """Return what is printed on tickets for voice and keypad; what has none is left out."""
    query = select(Ticket.ticket_id, Ticket.manual_code).where(
        Ticket.event_id == event_id, Ticket.ticket_id.in_(ticket_ids)
    )
    found = (await unit.session.execute(query)).all() if ticket_ids else ()
    return {row[0]: format_manual_code(row[1]) for row in found if row[1] is not None}


async def find_order_of(unit: Unit, event_id: EventId, ticket_id: TicketId) -> OrderId | None:
    """Return the order that a ticket is of; None if there is none, or no such ticket."""
    query = select(Ticket.order_id).where(
        Ticket.event_id == event_id, Ticket.ticket_id == ticket_id
    )
    return await unit.find(query)


async def list_tickets(
    unit: Unit,
    event_id: EventId,
    *,
    limit: int,
    after: int | None = None,
    **wanted: str | int | None,
) -> Sequence[Ticket]:
    """Return up to `limit + 1` tickets in order of id, after an id (`ticket_filters.narrowed`)."""
    query = (
        select(Ticket)
        .where(Ticket.event_id == event_id)
        .order_by(Ticket.ticket_id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(Ticket.ticket_id > after)
    return await unit.all(narrowed(query, event_id, wanted))


async def has_tickets(unit: Unit, event_id: EventId) -> bool:
    """Tell whether anybody has a ticket of an event, or one that waits for its payment."""
    held = select(Ticket.ticket_id).where(Ticket.event_id == event_id, Ticket.state.not_in(GONE))
    return await unit.find(held.limit(1)) is not None


async def list_order_tickets(unit: Unit, event_id: EventId, order_id: OrderId) -> Sequence[Ticket]:
    """Return all tickets of an order, in order of id."""
    return await unit.all(_of_order(event_id, order_id))


async def lock_order_tickets(unit: Unit, event_id: EventId, order_id: OrderId) -> Sequence[Ticket]:
    """Return all tickets of an order locked for a change, in order of id."""
    query = locked(_of_order(event_id, order_id))
    return await unit.all(query)


def _of_order(event_id: EventId, order_id: OrderId) -> Select[Ticket]:
    mine = (Ticket.event_id == event_id, Ticket.order_id == order_id)
    return select(Ticket).where(*mine).order_by(Ticket.ticket_id)


async def lock_tickets(
    unit: Unit, event_id: EventId, ticket_ids: Iterable[TicketId]
) -> list[Ticket]:
    """Return tickets locked for a change, in order of id so that nobody deadlocks."""
    query = (
        select(Ticket)
        .where(Ticket.event_id == event_id, Ticket.ticket_id.in_(list(ticket_ids)))
        .order_by(Ticket.ticket_id)
    )
    return list(await unit.all(locked(query)))


async def announce(
    unit: Unit, changes: ChangeFeed, event_id: EventId, rows: Sequence[Ticket]
) -> None:
    """Write changed tickets and tell the gates; the last thing in a transaction."""
    if not rows:
        return
    await unit.session.flush()
    query = select(TicketType.id, TicketType.code).where(TicketType.event_id == event_id)
    codes = {row.id: row.code for row in (await unit.session.execute(query)).all()}
    announced = [change_of(row, codes[row.ticket_type_id]) for row in rows]
    await changes.append(unit.session, event_id, announced)


async def set_state(
    unit: Unit, changes: ChangeFeed, event_id: EventId, rows: Sequence[Ticket], state: TicketState
) -> None:
    """Bring locked tickets into a state, with the stock that goes with it, and announce them."""
    counts: dict[tuple[str, str, str | None], int] = {}
    into = counter_of(state)
    for row in rows:
        out_of = counter_of(TicketState(row.state))
        if out_of is not None and out_of != into:
            key = (row.ticket_type_id, out_of, into)
            counts[key] = counts.get(key, 0) + 1
        assert out_of is not None or into is None, "a cancelled ticket never comes back"
        if row.state == TicketState.PAID:
            void_ticket(unit, row)
        row.state = state
    for (kind, out_of, target), count in sorted(counts.items(), key=lambda item: item[0][0]):
        await move_stock(unit, event_id, TicketTypeId(kind), count, out_of=out_of, into=target)
    if into is None:
        await free_seats_of(unit, event_id, rows)
    elif into == Stock.SOLD:
        await sell_seats_of(unit, event_id, rows)
    await announce(unit, changes, event_id, rows)


def void_ticket(unit: Unit, row: Ticket) -> None:
    """Note when a good ticket stopped to be good as it was; the first time counts."""
    if row.voided_at is None:
        row.voided_at = unit.now


async def block_ticket(
    unit: Unit, changes: ChangeFeed, event_id: EventId, ticket_id: TicketId, *, blocked: bool
) -> None:
    """Deny a ticket both ways for now, or allow it again.

    Raises:
        Problem: `not-found`.
    """
    row = await _locked(unit, event_id, ticket_id)
    if row.blocked != blocked:
        row.blocked = blocked
        if blocked:
            void_ticket(unit, row)
        elif row.state == TicketState.PAID:
            await seat_again(unit, event_id, [row])
        await announce(unit, changes, event_id, [row])


async def remove_imported(
    unit: Unit, changes: ChangeFeed, usage: UsageLookup, event_id: EventId, ticket_id: TicketId
) -> None:
    """Cancel an imported ticket that nobody has used, and forget its holder. Idempotent.

    Raises:
        Problem: `not-found`, or `conflict` for another ticket or a used one.
    """
    row = await _locked(unit, event_id, ticket_id)
    if not row.is_imported:
        raise refuse("conflict", "ticket.not_imported")
    if row.state == TicketState.CANCELLED:
        return
    if await usage.used(unit.session, event_id, [ticket_id]):
        raise refuse("conflict", "ticket.used")
    await set_state(unit, changes, event_id, [row], TicketState.CANCELLED)
    await erase_holders(unit, event_id, [ticket_id])


async def erase_holders(unit: Unit, event_id: EventId, ticket_ids: Sequence[TicketId]) -> None:
    """Forget whom tickets are for."""
    await unit.change(
        delete(TicketHolder).where(
            TicketHolder.event_id == event_id, TicketHolder.ticket_id.in_(ticket_ids)
        )
    )


async def read_holders(
    unit: Unit, event_id: EventId, ticket_ids: Sequence[TicketId]
) -> dict[int, TicketHolder]:
    """Return the holders of the tickets that name one."""
    query = select(TicketHolder).where(
        TicketHolder.event_id == event_id, TicketHolder.ticket_id.in_(ticket_ids)
    )
    rows = await unit.all(query)
    return {row.ticket_id: row for row in rows}


async def count_within(unit: Unit, event_id: EventId, first: TicketId, last: TicketId) -> int:
    """Return how many tickets of an event have ids from one to another, both included."""
    query = select(func.count()).where(
        Ticket.event_id == event_id, Ticket.ticket_id >= first, Ticket.ticket_id <= last
    )
    return int((await unit.session.execute(query)).scalar_one())


class NamedHolder(NamedTuple):
    """A holder by name, and the order that the ticket came with."""

    ticket_id: TicketId
    name: str
    order_id: OrderId | None


async def list_holders(unit: Unit, event_id: EventId) -> list[NamedHolder]:
    """Return the named holders of tickets that are not void, by ticket id."""
    query = (
        select(TicketHolder.ticket_id, TicketHolder.name, Ticket.order_id)
        .join(
            Ticket,
            (Ticket.event_id == TicketHolder.event_id)
            & (Ticket.ticket_id == TicketHolder.ticket_id),
        )
        .where(
            TicketHolder.event_id == event_id,
            Ticket.state.not_in(GONE),
        )
        .order_by(TicketHolder.ticket_id)
    )
    holders: list[NamedHolder] = []
    # Batch by batch, so that the loop is free in between: there may be a million.
    stream = await unit.session.stream(query.execution_options(yield_per=_NAMES_AT_ONCE))
    async for rows in stream.partitions():
        holders.extend(NamedHolder(*row) for row in rows)
    return holders


async def set_homes(
    unit: Unit,
    changes: ChangeFeed,
    event_id: EventId,
    homes: Mapping[TicketId, DeviceId | None],
    *,
    number: int = 0,
) -> None:
    """Give tickets their home devices (policy `home`), by the assignment of that number."""
    rows = await lock_tickets(unit, event_id, homes)
    if len(rows) != len(homes):
        raise wrong_field("ticket_ids", "names what is no ticket of this event")
    for row in rows:
        row.home_device_id, row.home_number = homes[row.ticket_id], number
    await announce(unit, changes, event_id, rows)


async def stamp_sequence(
    session: AsyncSession, event_id: EventId, ticket_ids: Iterable[TicketId], seq: int
) -> None:
    """Note the feed's number of the tickets' last change; called by the feed."""
    await session.execute(
        update(Ticket)
        .where(Ticket.event_id == event_id, Ticket.ticket_id.in_(list(ticket_ids)))
        .values(updated_seq=seq)
        .execution_options(synchronize_session=False)
    )


def shown_state(row: Ticket, *, is_used: bool, has_holder: bool, now: Instant) -> ShownState:
    """Derive the state that the API shows."""
    match TicketState(row.state):
        case TicketState.CANCELLED:
            return ShownState.CANCELLED
        case TicketState.PAYMENT_EXPIRED:
            return ShownState.EXPIRED
        case TicketState.PENDING | TicketState.PENDING_ADMISSIBLE | TicketState.PENDING_APPROVAL:
            return ShownState.HELD
        case TicketState.PAID:
            pass
    if is_used:
        return ShownState.VALIDATED
    if row.valid_until is not None and row.valid_until < now:
        return ShownState.EXPIRED
    return ShownState.CLAIMED if has_holder else ShownState.PAID


async def _locked(unit: Unit, event_id: EventId, ticket_id: TicketId) -> Ticket:
    rows = await lock_tickets(unit, event_id, [ticket_id])
    if not rows:
        raise not_found("ticket")
    return rows[0]
