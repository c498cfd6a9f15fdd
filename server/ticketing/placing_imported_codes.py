"""Codes of others on their way in: placed where nobody is admitted by them, then opened.

A placed ticket waits as `pending`: it takes its place, is told to no gate, and can be taken away
without a trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import delete, func, inspect, select, update

from server.db.column_types import ticket_id_to_sql
from server.db.hot_path_statements import insertion
from server.db.session_transaction import SessionTransaction
from server.db.unit import Unit
from server.events.events_and_dates import get_event
from server.events.gate_policy import policy_from_json
from server.ticketing.finding_and_changing_tickets import (
    announce,
    change_of,
    draw_manual_codes,
    erase_holders,
    find_taken_codes,
    lock_tickets,
    new_ticket,
)
from server.ticketing.inventory import Stock, move_stock, take_stock
from server.ticketing.models import ImportedCode, Ticket, TicketHolder, TicketType
from server.ticketing.ports import ChangeFeed
from shared.admission.facts import TicketState
from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.id_types import EventId, TicketId, TicketTypeId
from shared.manifest.tickets import TicketClass, TicketRow

_COLUMNS: Final = [column.key for column in inspect(Ticket).column_attrs]
_TICKETS: Final = insertion(Ticket, " ".join(_COLUMNS))
_HOLDERS: Final = insertion(TicketHolder, "event_id ticket_id organization_id name email")
_DIGESTS: Final = insertion(
    ImportedCode,
    "event_id ticket_id organization_id digest",
    "ON CONFLICT (event_id, ticket_id) DO NOTHING",
)


class KnownCode(msgspec.Struct, frozen=True):
    """A ticket that a code stands for already."""

    ticket_type_id: TicketTypeId
    state: str
    is_imported: bool


class PlacedCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that is to admit.

    Attributes:
        name, email: Whom it is for; "" for nobody.
        manual_code: Of a ticket of ours, unless another ticket has it; None for others' codes.
    """

    ticket_id: TicketId
    ticket_type_id: TicketTypeId
    name: str
    email: str
    manual_code: int | None = None

    @property
    def is_imported(self) -> bool:
        """Whether its text is others' and not of a ticket of ours."""
        return self.manual_code is None


async def find_codes(
    unit: Unit, event_id: EventId, ticket_ids: Sequence[TicketId]
) -> dict[TicketId, KnownCode]:
    """Return those of some tickets that there are."""
    query = select(
        Ticket.ticket_id, Ticket.ticket_type_id, Ticket.state, Ticket.is_imported
    ).where(Ticket.event_id == event_id, Ticket.ticket_id.in_(ticket_ids))
    rows = await unit.session.execute(query)
    return {row[0]: KnownCode(row[1], row[2], row[3]) for row in rows.all()}


async def find_ours(
    unit: Unit, event_id: EventId, manual_codes: Mapping[TicketId, int | None]
) -> set[TicketId]:
    """Return those of some codes' tickets whose text a ticket of ours is printed with.

    Args:
        unit: A reading or writing one.
        event_id: Which.
        manual_codes: What each code's text says as a manual code; None where it is none.
    """
    asked = {code for code in manual_codes.values() if code is not None}
    taken = await find_taken_codes(unit, event_id, asked) if asked else set()
    return {one for one, code in manual_codes.items() if code in taken}


async def place_codes(
    unit: Unit,
    changes: ChangeFeed,
    kinds: Mapping[TicketTypeId, TicketType],
    event_id: EventId,
    *,
    new: Sequence[PlacedCode],
    again: Sequence[TicketId],
) -> None:
    """Place tickets that admit nobody yet.

    Args:
        unit: A writing one.
        changes: Gives homes.
        kinds: The event's types.
        event_id: Which.
        new: Codes that the event does not know.
        again: Cancelled tickets that are to admit once more.

    Raises:
        Problem: `sold-out`.
    """
    if again:
        await unit.change(
            update(Ticket)
            .where(Ticket.event_id == event_id, Ticket.ticket_id.in_(again))
            .where(Ticket.state == TicketState.CANCELLED)
            .values(state=TicketState.PENDING)
        )
    counts: dict[TicketTypeId, int] = {}
    for one in new:
        counts[one.ticket_type_id] = counts.get(one.ticket_type_id, 0) + 1
    fresh = await _counts(unit, event_id, again, state=TicketState.PENDING)
    for kind, count in fresh.items():
        counts[kind] = counts.get(kind, 0) + count
    for kind in sorted(counts):
        await take_stock(unit, event_id, kind, counts[kind], into=Stock.HELD)
    if new:
        await write_codes(unit, changes, kinds, event_id, new, TicketState.PENDING)


async def write_codes(
    unit: Unit,
    changes: ChangeFeed,
    kinds: Mapping[TicketTypeId, TicketType],
    event_id: EventId,
    new: Sequence[PlacedCode],
    state: TicketState,
) -> list[TicketRow]:
    """Write the tickets of codes that the event does not know, and whom they are for.

    Past the mapper, whose objects for thousands of tickets would keep claims waiting.

    Returns:
        The tickets as gates need them.
    """
    homes = await _homes(unit, changes, kinds, event_id, new)
    columns: dict[tuple[TicketTypeId, bool], dict[str, Any]] = {}
    told: dict[tuple[TicketTypeId, bool], TicketClass] = {}
    for kind, is_imported in {(one.ticket_type_id, one.is_imported) for one in new}:
        row = new_ticket(unit, kinds[kind], TicketId(0))
        row.is_imported, row.state, row.voided_at = is_imported, state, None
        columns[kind, is_imported] = {key: getattr(row, key) for key in _COLUMNS}
        told[kind, is_imported] = change_of(row, kinds[kind].code).facts
    manual_codes = await _choose_manual_codes(unit, event_id, new)
    transaction = SessionTransaction(unit.session)
    rows = []
    for one in new:
        own = {
            "ticket_id": ticket_id_to_sql(one.ticket_id),
            "manual_code": manual_codes.get(one.ticket_id),
            **homes.get(one.ticket_id, {}),
        }
        rows.append(tuple((columns[one.ticket_type_id, one.is_imported] | own).values()))
    await transaction.run_many(_TICKETS, rows)
    names = {one.ticket_id: (one.name, one.email or None) for one in new if one.name}
    await transaction.run_many(_HOLDERS, _holders(unit, event_id, names))
    return [
        TicketRow(
            one.ticket_id,
            _at_home(told[one.ticket_type_id, one.is_imported], homes.get(one.ticket_id)),
            manual_codes.get(one.ticket_id),
        )
        for one in new
    ]


async def _choose_manual_codes(
    unit: Unit, event_id: EventId, new: Sequence[PlacedCode]
) -> dict[TicketId, int]:
    """Give each ticket of ours its manual code, or one that is drawn where another has it."""
    asked = {one.manual_code: one.ticket_id for one in new if one.manual_code is not None}
    taken = await find_taken_codes(unit, event_id, set(asked)) if asked else set()
    given = {ticket: code for code, ticket in asked.items() if code not in taken}
    left = [one.ticket_id for one in new if not (one.is_imported or one.ticket_id in given)]
    drawn = await draw_manual_codes(unit, event_id, len(left))
    return given | dict(zip(left, drawn, strict=True))


async def keep_digests(unit: Unit, event_id: EventId, digests: Mapping[TicketId, bytes]) -> None:
    """Keep more of imported codes' hashes, by ticket, where none is kept yet.

    By them a gate's journal proves that it has read a code. Whatever has a ticket's id for the
    first part of its hash is that ticket's code: a list that comes once more may say them later.
    """
    org = unit.organization_id
    rows = [(event_id, ticket_id_to_sql(one), org, digests[one]) for one in sorted(digests)]
    await SessionTransaction(unit.session).run_many(_DIGESTS, rows)


def _holders(
    unit: Unit, event_id: EventId, names: Mapping[TicketId, tuple[str, str | None]]
) -> list[tuple[Any, ...]]:
    org = unit.organization_id
    return [(event_id, ticket_id_to_sql(one), org, *names[one]) for one in names]


def _at_home(facts: TicketClass, home: Mapping[str, Any] | None) -> TicketClass:
    return facts if home is None else msgspec.structs.replace(facts, **home)


async def _homes(
    unit: Unit,
    changes: ChangeFeed,
    kinds: Mapping[TicketTypeId, TicketType],
    event_id: EventId,
    new: Sequence[PlacedCode],
) -> dict[TicketId, dict[str, Any]]:
    """Say which homes new tickets get, of those whose policy asks for one."""
    general = policy_from_json((await get_event(unit, event_id)).policy).offline_policy
    rows = [
        new_ticket(unit, kinds[one.ticket_type_id], one.ticket_id)
        for one in new
        if (kinds[one.ticket_type_id].offline_policy or general) == OfflinePolicy.HOME
    ]
    if rows:
        await changes.give_homes(unit, kinds, rows)
    return {
        row.ticket_id: {"home_device_id": row.home_device_id, "home_number": row.home_number}
        for row in rows
    }


async def _counts(
    unit: Unit,
    event_id: EventId,
    ticket_ids: Sequence[TicketId],
    *,
    state: TicketState,
) -> dict[TicketTypeId, int]:
    query = (
        select(Ticket.ticket_type_id, func.count())
        .where(Ticket.event_id == event_id, Ticket.ticket_id.in_(ticket_ids))
        .where(Ticket.state == state)
        .group_by(Ticket.ticket_type_id)
    )
    return {row[0]: row[1] for row in (await unit.session.execute(query)).all()}


async def open_codes(unit: Unit, event_id: EventId, placed: Sequence[TicketId]) -> None:
    """Let placed tickets admit; one that was removed since stays so."""
    mine = (Ticket.event_id == event_id, Ticket.ticket_id.in_(placed))
    await unit.change(
        update(Ticket)
        .where(*mine, Ticket.state == TicketState.PENDING)
        .values(state=TicketState.PAID, voided_at=None)
    )
    opened = await _counts(unit, event_id, placed, state=TicketState.PAID)
    for kind, count in sorted(opened.items()):
        await move_stock(unit, event_id, kind, count, out_of=Stock.HELD, into=Stock.SOLD)


async def take_away(
    unit: Unit, event_id: EventId, *, new: Sequence[TicketId], again: Sequence[TicketId]
) -> None:
    """Take placed tickets away that nobody was told of, and free their places.

    One that was removed since is known as that, and stays so.
    """
    rows = await lock_tickets(unit, event_id, [*new, *again])
    waiting = {row.ticket_id for row in rows if row.state == TicketState.PENDING}
    new, again = ([one for one in ids if one in waiting] for ids in (new, again))
    counts = await _counts(unit, event_id, [*new, *again], state=TicketState.PENDING)
    await unit.change(
        update(Ticket)
        .where(Ticket.event_id == event_id, Ticket.ticket_id.in_(again))
        .values(state=TicketState.CANCELLED)
    )
    for table in (TicketHolder, ImportedCode, Ticket):
        await unit.change(
            delete(table).where(table.event_id == event_id, table.ticket_id.in_(new))
        )
    for kind, count in sorted(counts.items()):
        await move_stock(unit, event_id, kind, count, out_of=Stock.HELD, into=None)


async def tell_codes(
    unit: Unit, changes: ChangeFeed, event_id: EventId, ticket_ids: Sequence[TicketId]
) -> None:
    """Tell gates of opened tickets; the last thing in a transaction."""
    await announce(unit, changes, event_id, await lock_tickets(unit, event_id, ticket_ids))


async def name_codes(
    unit: Unit, event_id: EventId, names: Mapping[TicketId, tuple[str, str | None]]
) -> None:
    """Say anew whom tickets are for: name and address by ticket."""
    await erase_holders(unit, event_id, list(names))
    rows = _holders(unit, event_id, names)
    await SessionTransaction(unit.session).run_many(_HOLDERS, rows)
