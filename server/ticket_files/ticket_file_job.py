"""The job that writes files of tickets, one after the other.

A file of so many tickets is made in memory, sealed, and stored with its end by one transaction:
whoever dies leaves whole files, and the next worker goes on behind the last. A worker whose turn
another has taken, or whose files were given up, finds that out before it stores.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec
from sqlalchemy import and_, select

from server.data_seal import DataSeal
from server.db.unit import Context, Unit
from server.events.events_and_dates import get_event, list_occurrences
from server.how_long_records_are_kept import TICKET_FILES_KEPT
from server.jobs.job_outcomes import Continued, Done, Outcome
from server.jobs.runner import LeasedJob
from server.keys.vault import Vault
from server.orders.placing_orders import Order
from server.organizations.organizations_and_numbers import get_organization
from server.problem_answers import Problem
from server.publishing.credentials import Issuer, open_issuer
from server.seating.taking_seats import find_map
from server.ticket_design.pictures_and_looks import read_design, read_pictures
from server.ticket_files import file_formats, wanted_files
from server.ticket_files.file_formats import Look, PrintedTicket
from server.ticket_files.models import TicketFile, TicketFilePiece
from server.ticket_files.schemas import Which
from server.ticketing.finding_and_changing_tickets import Ticket, TicketHolder
from server.ticketing.ticket_types import list_ticket_types
from server.ticketing.tickets_of_other_holders import list_passed_on
from shared.admission.facts import TicketState
from shared.kernel.id_types import EventId, OrderId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import SECOND, Duration, Instant
from shared.manifest.ticket_design import PLAIN, TicketDesign
from shared.seating.seat_map import name_seat

TICKET_FILE_POLL_S: Final = 2
"""Seconds between two looks for files that are wanted: somebody sits before it."""

TICKET_FILE_SLICE: Final[Duration] = 20 * SECOND
"""How long one worker goes on before it gives the files back: well within a job's lease."""
TICKET_FILE_PIECE: Final = 262_144
"""Bytes of a file that are sealed and stored as one."""

_WRITERS: Final[Mapping[str, Callable[[Sequence[PrintedTicket], Look], bytes]]] = {
    "csv": file_formats.write_csv,
    "xlsx": file_formats.write_xlsx,
    "pdf": file_formats.write_pdf,
    "png": partial(file_formats.write_pictures, kind="png"),
    "svg": partial(file_formats.write_pictures, kind="svg"),
}
_PACKED: Final = {"png": "zip", "svg": "zip"}
_ENDED: Final = "ended by another"
_BROKEN: Final = "Something went wrong on our side; the log has details."


class _Event(msgspec.Struct, frozen=True, kw_only=True):
    """What is read once for a slice of work."""

    look: Look
    issuer: Issuer
    kinds: dict[str, tuple[str, int]]
    dates: dict[str, tuple[str, Instant | None]]
    kind_dates: dict[str, str | None]
    seats: dict[str, str]
    mailed: frozenset[OrderId]


class FileWriter:
    """Does the jobs of this kind."""

    def __init__(self, context: Context, vault: Vault, seal: DataSeal) -> None:
        """Read and write by `context`, sign by `vault`."""
        self._context, self._vault, self._seal = context, vault, seal

    async def do(self, job: LeasedJob) -> Outcome:
        """Write what is left, for as long as one turn may last."""
        event_id, file_id = EventId(job.subject["event_id"]), str(job.subject["file_id"])
        ends = self._context.clock.wall() + TICKET_FILE_SLICE
        async with self._context.write(job.organization_id) as unit:
            try:
                row = await wanted_files.get_file(unit, event_id, file_id, is_locked=True)
            except Problem:
                return Done(_ENDED)
            if row.state != wanted_files.WRITING:
                return Done(_ENDED)
            row.turn = job.lease
            event = await self._open(unit, row)
        while await self._write_one(job, event, row):
            if self._context.clock.wall() > ends:
                return Continued("goes on")
        return Done()

    async def give_up(self, job: LeasedJob) -> None:
        """Say that nothing comes of files that fail each time, or end whoever writes them."""
        async with self._context.write(job.organization_id) as unit:
            event_id, file_id = EventId(job.subject["event_id"]), str(job.subject["file_id"])
            row = await wanted_files.get_file(unit, event_id, file_id, is_locked=True)
            if row.state == wanted_files.WRITING:
                row.said = _BROKEN
                await wanted_files.end_file(unit, row, "failed")

    async def _open(self, unit: Unit, row: TicketFile) -> _Event:
        found = await get_event(unit, row.event_id)
        drawn = await find_map(unit, row.event_id)
        occurrences = await list_occurrences(unit, row.event_id)
        types = await list_ticket_types(unit, row.event_id)
        which = msgspec.convert(row.wanted, Which)
        design = await read_design(unit, row.event_id)
        return _Event(
            look=Look(
                event=found.name,
                organization=(await get_organization(unit)).name,
                timezone=found.timezone,
                language=row.language,
                layout=_layout(row, design or PLAIN),
                design=design or PLAIN,
                pictures=await read_pictures(unit, design),
            ),
            issuer=await open_issuer(unit, self._vault, row.event_id),
            kinds={one.id: (one.name, one.code) for one in types},
            dates={one.id: (one.name, one.starts_at) for one in occurrences},
            kind_dates={one.id: one.occurrence_id for one in types},
            seats={} if drawn is None else {one.id: name_seat(one) for one in drawn.seats},
            mailed=await wanted_files.mailed_orders(unit, row.event_id)
            if which.unsent
            else frozenset(),
        )

    async def _write_one(self, job: LeasedJob, event: _Event, row: TicketFile) -> bool:
        """Write one file; returns whether there is more to do."""
        async with self._context.read(job.organization_id) as unit:
            row = await wanted_files.get_file(unit, row.event_id, row.id)
            if row.state != wanted_files.WRITING or row.turn != job.lease:
                return False
            found = await _read(unit, row)
        wanted = [one for one in found if one[0].order_id not in event.mailed]
        made = await asyncio.to_thread(self._make, event, row, wanted)
        tickets, content, sealed = made
        async with self._context.write(job.organization_id) as unit:
            row = await wanted_files.get_file(unit, row.event_id, row.id, is_locked=True)
            if row.state != wanted_files.WRITING or row.turn != job.lease:
                return False
            if tickets:
                part = len(row.parts)
                unit.session.add_all(_pieces(row, part, sealed))
                name = _name(row, part)
                row.parts = [*row.parts, {"name": name, "size": content, "tickets": tickets}]
            row.done += tickets
            row.left_out += len(wanted) - tickets
            is_last = len(found) < row.part_size
            if found:
                row.position = found[-1][0].ticket_id
            if is_last:
                row.state, row.ended_at = wanted_files.READY, unit.now
                row.expires_at = unit.now + TICKET_FILES_KEPT
        return not is_last

    def _make(
        self, event: _Event, row: TicketFile, found: Sequence[Any]
    ) -> tuple[int, int, list[bytes]]:
        """Sign, draw and seal; returns how many tickets, how many bytes, and the pieces."""
        tickets = [
            made
            for ticket, holder, buyer, number in found
            if (made := _print(event, ticket, holder or buyer or "", number or 0, row)) is not None
        ]
        if not tickets:
            return 0, 0, []
        content = _WRITERS[row.form](tickets, event.look)
        part, size = len(row.parts), TICKET_FILE_PIECE
        entropy = self._context.entropy
        sealed = [
            self._seal.seal(
                content[at : at + size],
                wanted_files.place_of(row.id, part, number).encode(),
                entropy,
            )
            for number, at in enumerate(range(0, len(content), size))
        ]
        return len(tickets), len(content), sealed


def _layout(row: TicketFile, design: TicketDesign) -> str:
    """Return how tickets stand on pages: each on one of the size that their design has."""
    return design.page if row.layout == "page" and design.page == "a6" else row.layout


def _name(row: TicketFile, part: int) -> str:
    end = _PACKED.get(row.form, row.form)
    return f"tickets-{part + 1:03}.{end}"


def _pieces(row: TicketFile, part: int, sealed: Sequence[bytes]) -> list[TicketFilePiece]:
    return [
        TicketFilePiece(
            event_id=row.event_id,
            file_id=row.id,
            organization_id=row.organization_id,
            part=part,
            number=number,
            body=body,
        )
        for number, body in enumerate(sealed)
    ]


async def _read(unit: Unit, row: TicketFile) -> Sequence[Any]:
    """Read the next tickets, each with its holder, its buyer and its order's number.

    Whose buyer has passed it on is somebody else's, of whom nothing may be known.
    """
    query = (
        select(Ticket, TicketHolder.name, Order.buyer_name, Order.number)
        .outerjoin(
            TicketHolder,
            and_(
                TicketHolder.event_id == Ticket.event_id,
                TicketHolder.ticket_id == Ticket.ticket_id,
            ),
        )
        .outerjoin(Order, and_(Order.event_id == Ticket.event_id, Order.id == Ticket.order_id))
        .where(*wanted_files.narrow(row.event_id, msgspec.convert(row.wanted, Which)))
        .order_by(Ticket.ticket_id)
        .limit(row.part_size)
    )
    if row.position is not None:
        query = query.where(Ticket.ticket_id > TicketId(row.position))
    found = (await unit.session.execute(query)).all()
    ids = [ticket.ticket_id for ticket, *_ in found]
    passed_on = await list_passed_on(unit, row.event_id, ids)
    return [
        (ticket, holder, None if ticket.ticket_id in passed_on else buyer, number)
        for ticket, holder, buyer, number in found
    ]


def _print(
    event: _Event, ticket: Ticket, name: str, number: int, row: TicketFile
) -> PrintedTicket | None:
    """Sign a ticket's credential; None for one that has none to be printed."""
    if ticket.blocked or ticket.state != TicketState.PAID:
        return None
    kind, code = event.kinds[ticket.ticket_type_id]
    try:
        issued = event.issuer.issue(ticket, code)
    except Problem:
        return None
    date = ticket.occurrence_id or event.kind_dates[ticket.ticket_type_id]
    if date is None and len(event.dates) == 1:
        date = next(iter(event.dates))
    called, starts_at = event.dates.get(date or "", ("", None))
    return PrintedTicket(
        serial=format_ticket_id(ticket.ticket_id),
        digits=issued.digits,
        manual_code=issued.manual_code or "",
        kind=kind,
        date=called,
        starts_at=starts_at,
        seat=event.seats.get(ticket.seat_id or "", ""),
        persons=ticket.persons,
        holder=name if row.has_names else "",
        order=number,
        valid_from=ticket.valid_from,
        valid_until=ticket.valid_until,
    )
