"""`/api/v1/…/ticket-files`: credentials for print shops and tickets as PDF, as long jobs."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec
from litestar import Litestar, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.background.repeating import repeating
from server.data_seal import DataSeal
from server.db.periodic_turns import RareTurn
from server.db.unit import Context, Units
from server.events.events_and_dates import get_event
from server.http.body_and_answer_types import Page, answer_of
from server.http.content_type import TYPES_OF_FILES
from server.http.list_search_and_filters import Search
from server.http.logs import log
from server.http.page_cursors import SORTS
from server.http.parameters import AnyRequest
from server.http.retrying import look_again
from server.jobs.due_jobs import DueJobs
from server.jobs.runner import JobRunner
from server.settings import Settings
from server.ticket_files import wanted_files
from server.ticket_files.file_formats import ZIP_DATE
from server.ticket_files.schemas import PartAnswer, TicketFileAnswer, TicketFileBody, Which
from server.ticket_files.ticket_file_job import TICKET_FILE_POLL_S, FileWriter
from server.ticket_files.wanted_files import TicketFile
from shared.kernel.id_types import EventId
from shared.kernel.instant import MINUTE

FILES: Final = "/organizations/{organization_id:str}/events/{event_id:str}/ticket-files"
FILE: Final = FILES + "/{file_id:str}"
READ: Final = requires(Role.MANAGER, "tickets:read")
WRITE: Final = requires(Role.MANAGER, "tickets:write")
"""Whoever has the files has the tickets."""
_ZIP: Final = "application/zip"


@post(FILES, status_code=202, tags=["tickets"], guards=[WRITE])
async def ask_for_files(
    data: JSONBody[TicketFileBody], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> TicketFileAnswer:
    """Have many tickets written: as a table or pictures for print shops, or as PDF."""
    actor = units.actor
    async with units.write() as unit:
        answer = _answer(await wanted_files.ask_for_file(unit, event_id, data, actor=actor))
    log().info("tickets.file", actor=actor, event_id=event_id, count=answer.total)
    return answer


@get(FILES, tags=["tickets"], guards=[READ], opt={SORTS: wanted_files.FILE_ORDER})
async def list_files(
    search: NamedDependency[Search], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> Page[TicketFileAnswer]:
    """List an event's files of tickets."""
    async with units.read() as unit:
        await get_event(unit, event_id)
        return await search.page(
            unit,
            wanted_files.select_files(event_id),
            wanted_files.FILE_ORDER,
            convert=_answer,
        )


@get(FILE, tags=["tickets"], guards=[READ])
async def get_files(
    units: NamedDependency[Units], event_id: FromPath[EventId], file_id: FromPath[str]
) -> TicketFileAnswer:
    """Say how far files of tickets are."""
    async with units.read() as unit:
        return _answer(await wanted_files.get_file(unit, event_id, file_id))


@post(FILE + "/cancel", status_code=202, tags=["tickets"], guards=[WRITE])
@look_again
async def give_files_up(
    units: NamedDependency[Units], event_id: FromPath[EventId], file_id: FromPath[str]
) -> TicketFileAnswer:
    """Stop writing files of tickets, or delete those that were written."""
    async with units.write() as unit:
        answer = _answer(await wanted_files.give_up(unit, event_id, file_id))
    await units.context.database.empty_log()
    return answer


@get(FILE + "/content", tags=["tickets"], guards=[WRITE], media_type="application/octet-stream")
async def fetch_files(
    request: AnyRequest,
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    file_id: FromPath[str],
) -> Stream:
    """Fetch the file, or of several a ZIP of them; who fetched it is kept."""
    actor = units.actor
    async with units.write() as unit:
        row = await wanted_files.note_fetch(unit, event_id, file_id, actor=actor)
        unit.session.expunge(row)
    log().info("tickets.file_fetched", actor=actor, event_id=event_id)
    seal: DataSeal = request.app.state["file_seal"]
    if len(row.parts) == 1:
        name = row.parts[0]["name"]
        kind = TYPES_OF_FILES.get(row.form, _ZIP)
        content = wanted_files.read_part(units.context, seal, row, 0)
    else:
        name, kind, content = "tickets.zip", _ZIP, _pack(units.context, seal, row)
    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Stream(content, media_type=kind, headers=named)


class _ZipBuffer:
    """What a ZIP is written to: it keeps nothing but what was not sent yet."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take bytes."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: it is sent when it is taken."""

    def close(self) -> None:
        """Do nothing: what is left is still taken."""

    def take(self) -> bytes:
        """Return what was written since."""
        found = b"".join(self._parts)
        self._parts.clear()
        return found


async def _pack(context: Context, seal: DataSeal, row: TicketFile) -> AsyncIterator[bytes]:
    """Write a ZIP of all files as they are read; they are compressed by themselves."""
    outlet = _ZipBuffer()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as packed:
        for number, part in enumerate(row.parts):
            with packed.open(zipfile.ZipInfo(part["name"], ZIP_DATE), "w") as one:
                async for piece in wanted_files.read_part(context, seal, row, number):
                    one.write(piece)
                    yield outlet.take()
    yield outlet.take()


def _answer(row: TicketFile) -> TicketFileAnswer:
    parts = msgspec.convert(row.parts, list[PartAnswer])
    which = msgspec.convert(row.wanted, Which)
    return answer_of(TicketFileAnswer, row, parts=parts, which=which)


def make_runner(state: State) -> JobRunner:
    """Make what writes files, of an application."""
    writer = FileWriter(state["context"], state["publisher"].vault, state["file_seal"])
    handlers = {wanted_files.KIND: writer}
    return JobRunner(state["context"], handlers, give_up={wanted_files.KIND: writer.give_up})


@asynccontextmanager
async def writing(app: Litestar) -> AsyncIterator[None]:
    """Write files while the application runs, and delete them when their time is over."""
    settings: Settings = app.state["settings"]
    context: Context = app.state["context"]
    app.state["file_seal"] = wanted_files.open_file_seal(settings.data_folder, context.entropy)
    due: DueJobs = app.state["due_jobs"]
    runner = make_runner(app.state)

    async def end() -> None:
        await wanted_files.end_expired(context)

    ending = RareTurn(context, "tickets.files", 10 * MINUTE, end)

    async def work() -> None:
        await due.let_work(runner)
        await ending.take()

    async with repeating("tickets.files", TICKET_FILE_POLL_S, work):
        yield


lifespans = [writing]
