"""Asking for files of many tickets, giving them up, fetching them, and their end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Select, delete, func, or_, select

from server import quotas
from server.background.repeating import for_each
from server.data_seal import DataSeal, open_seal
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit, locked
from server.erasures.erasure_list import hold_off_erasures
from server.events.events_and_dates import get_event
from server.how_long_records_are_kept import TICKET_FILES_KEPT
from server.http.page_cursors import RowOrder
from server.imports.import_acts import ImportLine
from server.jobs.enqueuing import Job, enqueue
from server.mail.order_mail_job import KIND as MAILED
from server.mail.order_mail_job import outcome_of
from server.problem_answers import Problem, not_found, wrong_field
from server.quotas import TICKET_FILES_OPEN_MAX
from server.ticket_files.models import TicketFile, TicketFilePiece
from server.ticket_files.schemas import TicketFileBody, Which
from server.ticketing.finding_and_changing_tickets import Ticket
from server.ticketing.ticket_types import list_ticket_types
from shared.admission.facts import GONE
from shared.kernel import ids
from shared.kernel.id_types import EventId, OrderId, OrganizationId

__all__ = ["TicketFile", "TicketFilePiece"]
"""The rows that are shown."""

open_file_seal: Final = partial(
    open_seal,
    name="ticket-files",
    what="a file of tickets",
    otherwise="have the file written again",
)
"""Opens the data folder's seal of tickets' files."""
KIND: Final = "tickets.file"
WRITING: Final = "writing"
READY: Final = "ready"
_OPEN: Final = (WRITING, READY)
_BROUGHT: Final = ("new", "again", "kept")

FILE_ORDER: Final = RowOrder(
    TicketFile.id,
    fields={
        "state": TicketFile.state,
        "form": TicketFile.form,
        "created_at": TicketFile.created_at,
        "ended_at": TicketFile.ended_at,
    },
)


async def ask_for_file(
    unit: Unit, event_id: EventId, said: TicketFileBody, *, actor: str
) -> TicketFile:
    """Have tickets written to files once this transaction is committed.

    Raises:
        Problem: `not-found`; naming what is not the event's; `quota-exceeded`.
    """
    if said.names:
        await hold_off_erasures(unit)  # which looks for files like this one
    await get_event(unit, event_id)
    query = select(func.count()).select_from(TicketFile)
    there = query.where(TicketFile.event_id == event_id, TicketFile.state.in_(_OPEN))
    count = (await unit.session.execute(there)).scalar_one()
    quotas.check(count, TICKET_FILES_OPEN_MAX, "files of tickets; give one up")
    kinds = {one.id for one in await list_ticket_types(unit, event_id)}
    if any(one not in kinds for one in said.which.ticket_type_ids):
        raise wrong_field("which.ticket_type_ids", "names no ticket type of this event")
    row = TicketFile(
        event_id=event_id,
        id=ids.new_id(ids.TICKET_FILE, unit.entropy),
        state=WRITING,
        form=said.form,
        wanted=msgspec.to_builtins(said.which),
        layout=said.layout,
        language=said.language,
        has_names=said.names,
        part_size=said.part_size,
        turn="",
        position=None,
        total=await _count(unit, event_id, said.which),
        done=0,
        left_out=0,
        parts=[],
        said="",
        created_by=actor,
        created_at=unit.now,
        ended_at=None,
        expires_at=None,
        fetched_at=None,
        fetched_by="",
    )
    await unit.add(row)
    await enqueue(unit, KIND, {"event_id": event_id, "file_id": row.id}, key=row.id)
    return row


def select_files(event_id: EventId) -> Select[TicketFile]:
    """Ask for an event's files of tickets."""
    return select(TicketFile).where(TicketFile.event_id == event_id)


async def get_file(
    unit: Unit, event_id: EventId, file_id: str, *, is_locked: bool = False
) -> TicketFile:
    """Return one, locked if it is to be changed.

    Raises:
        Problem: `not-found`.
    """
    query = select_files(event_id).where(TicketFile.id == file_id)
    if is_locked:
        query = locked(query)
    return await unit.get(query, "ticket file")


async def give_up(unit: Unit, event_id: EventId, file_id: str) -> TicketFile:
    """Stop writing, or delete what was written; idempotent.

    Raises:
        Problem: `not-found`.
    """
    row = await get_file(unit, event_id, file_id, is_locked=True)
    if row.state in _OPEN:
        await end_file(unit, row, "cancelled" if row.state == WRITING else "gone")
    return row


async def end_file(unit: Unit, row: TicketFile, state: str) -> None:
    """End one without its bytes."""
    row.state, row.ended_at = state, row.ended_at or unit.now
    forget = delete(TicketFilePiece).where(
        TicketFilePiece.event_id == row.event_id, TicketFilePiece.file_id == row.id
    )
    await unit.change(forget)
    await unit.session.flush()


async def forget_named(unit: Unit, event_id: EventId | None = None) -> int:
    """Delete files that name holders, of one event or of all: somebody was erased."""
    query = select(TicketFile).where(TicketFile.has_names, TicketFile.state.in_(_OPEN))
    if event_id is not None:
        query = query.where(TicketFile.event_id == event_id)
    rows = await unit.all(query.with_for_update())
    for row in rows:
        await end_file(unit, row, "cancelled" if row.state == WRITING else "gone")
    return len(rows)


class TicketFiles:
    """Fulfils `NamedFiles` of ticketing."""

    async def forget(self, unit: Unit, event_id: EventId) -> None:
        """Delete an event's files that name holders."""
        await forget_named(unit, event_id)


async def note_fetch(unit: Unit, event_id: EventId, file_id: str, *, actor: str) -> TicketFile:
    """Note who fetches finished files.

    Raises:
        Problem: `not-found`; `conflict` if they are not there yet, or not any more.
    """
    row = await get_file(unit, event_id, file_id, is_locked=True)
    if row.state != READY or row.expires_at is None or row.expires_at <= unit.now:
        raise Problem("conflict", f"The files are {_standing(row)}; have them written again.")
    row.fetched_at, row.fetched_by = unit.now, actor
    await unit.session.flush()
    return row


def _standing(row: TicketFile) -> str:
    return "not written yet" if row.state == WRITING else "gone"


async def read_part(
    context: Context, seal: DataSeal, row: TicketFile, part: int
) -> AsyncIterator[bytes]:
    """Read one file's bytes, a piece at a time."""
    number = 0
    while True:
        query = select(TicketFilePiece.body).where(
            TicketFilePiece.event_id == row.event_id,
            TicketFilePiece.file_id == row.id,
            TicketFilePiece.part == part,
            TicketFilePiece.number == number,
        )
        async with context.read(row.organization_id) as unit:
            body = await unit.find(query)
        if body is None:
            return
        yield seal.open(body, place_of(row.id, part, number).encode())
        number += 1


def place_of(file_id: str, part: int, number: int) -> str:
    """Say to what a piece is bound."""
    return f"{file_id}:{part}:{number}"


def narrow(event_id: EventId, which: Which) -> list[ColumnElement[bool]]:
    """Say which tickets are wanted, but for those that were mailed."""
    found = [Ticket.event_id == event_id, Ticket.state.not_in(GONE)]
    if which.ticket_type_ids:
        found.append(Ticket.ticket_type_id.in_(which.ticket_type_ids))
    if which.import_id is not None:
        brought = select(ImportLine.ticket_id).where(
            ImportLine.event_id == event_id,
            ImportLine.import_id == which.import_id,
            ImportLine.outcome.in_(_BROUGHT),
        )
        found.append(Ticket.ticket_id.in_(brought))
    return found


async def mailed_orders(unit: Unit, event_id: EventId) -> frozenset[OrderId]:
    """Return the orders of which all mails were sent lately, or are about to be."""
    jobs = await unit.all(select(Job).where(Job.kind == MAILED))
    sendings: dict[tuple[OrderId, str], bool] = {}
    for job in jobs:
        if job.subject.get("event_id") == event_id:
            sending = OrderId(job.subject["order_id"]), job.key.rpartition(":")[0]
            is_mailed = outcome_of(job) in {"sent", "waiting"}
            sendings[sending] = is_mailed and sendings.get(sending, True)
    return frozenset(order_id for (order_id, _), is_mailed in sendings.items() if is_mailed)


async def _count(unit: Unit, event_id: EventId, which: Which) -> int:
    if which.import_id is not None:
        known = select(ImportLine.import_id).where(
            ImportLine.event_id == event_id, ImportLine.import_id == which.import_id
        )
        if (await unit.session.execute(known.limit(1))).first() is None:
            raise not_found("import")
    where = narrow(event_id, which)
    if not which.unsent:
        counted = select(func.count()).select_from(Ticket).where(*where)
        return int((await unit.session.execute(counted)).scalar_one())
    mailed = await mailed_orders(unit, event_id)
    by_order: Any = select(Ticket.order_id, func.count()).where(*where).group_by(Ticket.order_id)
    rows = (await unit.session.execute(by_order)).all()
    return sum(int(count) for order_id, count in rows if order_id not in mailed)


async def end_expired(context: Context) -> int:
    """Delete files whose time is over, of all organizations; returns how many."""
    now = context.clock.wall()
    wrong = now + TICKET_FILES_KEPT
    query = (
        select(TicketFile.organization_id, TicketFile.event_id, TicketFile.id)
        .where(TicketFile.state == READY)
        .where(or_(TicketFile.expires_at <= now, TicketFile.expires_at > wrong))
    )
    async with context.database.read(org=SYSTEM) as session:
        found: Sequence[Any] = (await session.execute(query)).all()

    async def end(one: tuple[OrganizationId, EventId, str]) -> int:
        async with context.write(one[0]) as unit:
            row = await get_file(unit, one[1], one[2], is_locked=True)
            if row.state != READY:
                return 0
            await end_file(unit, row, "gone")
            return 1

    return await for_each([(row[0], row[1], row[2]) for row in found], end)
