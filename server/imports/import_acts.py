"""Imports as an organizer commands them: brought, checked, started, cancelled, undone.

What takes long is done by a job (`server/imports/import_job.py`), in batches, each a transaction
that finds the import in its state and its turn, or does nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping as Map
from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Row, Select, delete, func, select, update

from server import quotas
from server.db.unit import Unit, locked
from server.events.event_states import EDITABLE
from server.events.events_and_dates import get_event_in
from server.http.page_cursors import RowOrder
from server.imports.columns_and_lines import LineReader, Mapping, guess_mapping
from server.imports.models import ImportFile, ImportLine, TicketImport
from server.imports.reading_csv_and_xlsx import CSV_FORM, Sheet, SheetRow, read_sample, recognize
from server.jobs.enqueuing import enqueue
from server.problem_answers import Problem, for_reason, refuse
from server.ticketing.finding_and_changing_tickets import TicketType
from server.ticketing.ports import UsageLookup
from server.ticketing.ticket_types import list_ticket_types
from shared.kernel import ids
from shared.kernel.id_types import EventId, TicketId, TicketTypeId
from shared.kernel.instant import SECOND, Duration
from shared.wire.work_reasons import WorkReason

IMPORT_POLL_S: Final = 1
"""Seconds between two looks for an import: somebody sits before it."""

IMPORT_BATCH: Final = 200
"""Lines in one transaction: on SQLite gates wait for it, for some 20 ms."""
IMPORT_SLICE: Final[Duration] = 30 * SECOND
"""How long one worker goes on before it gives the import back: well within a job's lease."""

__all__ = ["ImportLine"]
"""The rows that other domains read."""

KIND: Final = "tickets.import"
_UNDER_WAY: Final = ("placing", "telling", "cancelling", "undoing")
_MEGABYTE: Final = 1_000_000
_OPEN: Final = ("uploaded", "checking", "checked", *_UNDER_WAY)
_BROKEN: Final = WorkReason("list.broken")
BROUGHT: Final = ("new", "again")
"""Outcomes of lines whose tickets an import has brought."""
_REPORTED_AT_ONCE: Final = 1_000
_NOT_WRONG: Final = ImportLine.outcome != "wrong"


def open_list(body: bytes) -> tuple[Sheet, list[SheetRow], int, bytes]:
    """Read a file; returns its sheet, a sample, its size in lines, and the file packed.

    Raises:
        Problem: if nothing is in it, or nobody can read it.
    """
    sheet = recognize(body)
    rows = read_sample(body, sheet)
    if not rows:
        raise for_reason("bad-request", WorkReason("list.empty"))
    # A spreadsheet's own word of its size is often wrong; its reading tells.
    size = body.count(b"\n") if sheet.form == CSV_FORM else 0
    return sheet, [_short(row) for row in rows], size, zlib.compress(body, 1)


def _short(row: SheetRow) -> SheetRow:
    return SheetRow(row.line, [cell[:200].replace("\0", "") for cell in row.cells])


async def create_import(
    unit: Unit, event_id: EventId, body: bytes, sheet: Sheet, rows: Sequence[SheetRow], size: int
) -> TicketImport:
    """Keep a list until it is taken or given up.

    Args:
        unit: A writing one.
        event_id: For which event.
        body: The file, compressed.
        sheet: What it is.
        rows: Its first rows, the columns' names in front.
        size: About how many lines it has; 0 if nobody knows.

    Raises:
        Problem: `not-found`; `conflict` or `forbidden` if the event takes nothing in;
            `quota-exceeded`.
    """
    await get_event_in(unit, event_id, EDITABLE, "nothing is imported any more.")
    of_event = select(func.count()).select_from(TicketImport)
    open_ones = of_event.where(TicketImport.event_id == event_id, TicketImport.state.in_(_OPEN))
    count = (await unit.session.execute(open_ones)).scalar_one()
    quotas.check(count, quotas.IMPORTS_MAX, "imports that wait; cancel some")
    kept = select(func.coalesce(func.sum(func.length(ImportFile.body)), 0))
    size_kept = int((await unit.session.execute(kept)).scalar_one())
    quotas.check(
        size_kept // _MEGABYTE,
        quotas.IMPORTS_MEGABYTES_MAX,
        "MB of lists that wait; take or cancel some",
    )
    columns = [cell.strip() for cell in rows[0].cells]
    found = TicketImport(
        id=ids.new_id(ids.IMPORT, unit.entropy),
        event_id=event_id,
        state="uploaded",
        form=sheet.form,
        encoding=sheet.encoding,
        separator=sheet.separator,
        columns=columns,
        sample=[row.cells for row in rows[1:]],
        mapping=msgspec.to_builtins(guess_mapping(columns)),
        salt=None,
        turn="",
        position=0,
        size=size,
        lines=0,
        added=0,
        again=0,
        known=0,
        wrong=0,
        named=0,
        hidden=0,
        alike=0,
        types=[],
        said="",
        created_at=unit.now,
        ended_at=None,
    )
    await unit.add(found)
    await unit.add(
        ImportFile(
            event_id=event_id,
            import_id=found.id,
            body=body,
        )
    )
    return found


async def get_import(
    unit: Unit, event_id: EventId, import_id: str, *, is_locked: bool = False
) -> TicketImport:
    """Return an import.

    Raises:
        Problem: `not-found`.
    """
    query = select(TicketImport).where(
        TicketImport.event_id == event_id, TicketImport.id == import_id
    )
    if is_locked:
        query = locked(query)
    return await unit.get(query, "import")


IMPORT_ORDER: Final = RowOrder(
    TicketImport.id, fields={"state": TicketImport.state, "created_at": TicketImport.created_at}
)


def select_imports(event_id: EventId, state: str | None) -> Select[TicketImport]:
    """Ask for an event's imports, those in a state or all."""
    query = select(TicketImport).where(TicketImport.event_id == event_id)
    return query if state is None else query.where(TicketImport.state == state)


async def list_lines(
    unit: Unit,
    event_id: EventId,
    import_id: str,
    *,
    outcome: str | None,
    limit: int,
    after: int,
) -> Sequence[ImportLine]:
    """Return what became of an import's lines after one, in their order, one more than `limit`."""
    await get_import(unit, event_id, import_id)
    query = select(ImportLine).where(
        ImportLine.event_id == event_id, ImportLine.import_id == import_id, ImportLine.line > after
    )
    if outcome is not None:
        query = query.where(ImportLine.outcome == outcome)
    return await unit.all(query.order_by(ImportLine.line).limit(limit + 1))


async def read_outcomes(
    unit: Unit, event_id: EventId, import_id: str, *, after: int
) -> Sequence[Row[int, str, str, str, TicketId | None]]:
    """Return what became of the next lines after one: line, outcome, field, message, ticket.

    Without the mapper, whose objects for some thousands of lines keep claims waiting.
    """
    of = ImportLine
    query = (
        select(of.line, of.outcome, of.field, of.message, of.ticket_id)
        .where(of.event_id == event_id, of.import_id == import_id, of.line > after)
        .order_by(of.line)
        .limit(_REPORTED_AT_ONCE)
    )
    return (await unit.session.execute(query)).all()


async def check_import(
    unit: Unit, event_id: EventId, import_id: str, mapping: Mapping
) -> TicketImport:
    """Have every line looked at by a mapping; nothing is taken.

    Raises:
        Problem: `not-found`; `conflict` once it was started; `invalid-fields` for the mapping.
    """
    found = await get_import(unit, event_id, import_id, is_locked=True)
    said = msgspec.to_builtins(mapping)
    if found.state in {"checking", "checked"} and found.mapping == said:
        return found  # the same once more
    if found.state not in {"uploaded", "checking", "checked"}:
        raise Problem("conflict", f"The import is {found.state}; bring the list again.")
    kinds = await read_kinds(unit, event_id)
    LineReader(event_id, list(found.columns), mapping, kinds)
    found.state, found.mapping = "checking", said
    found.salt = await _find_salt(unit, event_id) if mapping.makes_codes else None
    say_why(found)
    found.position, found.turn = 0, ""
    await _enqueue(unit, found)
    return found


async def _find_salt(unit: Unit, event_id: EventId) -> bytes | None:
    """Return what an earlier version drew for an event's lists; others go by the vault's key."""
    known = select(TicketImport.salt).where(
        TicketImport.event_id == event_id, TicketImport.salt.is_not(None)
    )
    return await unit.find(known.limit(1))


async def start_import(
    unit: Unit, event_id: EventId, import_id: str, *, leaves_out_wrong: bool
) -> TicketImport:
    """Take what a check found: all of it or, in the end, nothing.

    Raises:
        Problem: `not-found`; `conflict` if it is not checked, lines are wrong and not to be left
            out, or another import of the event is under way; `sold-out`.
    """
    await _lock_imports(unit, event_id)
    await get_event_in(unit, event_id, EDITABLE, "nothing is imported any more.")
    found = await get_import(unit, event_id, import_id, is_locked=True)
    if found.state in {"placing", "telling", "done"}:
        return found
    if found.state != "checked":
        raise Problem("conflict", f"The import is {found.state}; only a checked one is started.")
    if found.wrong and not leaves_out_wrong:
        raise refuse("conflict", "import.wrong_lines", count=found.wrong)
    if found.said:
        raise Problem("sold-out", found.said)
    await _refuse_two(unit, event_id)
    found.state, found.position, found.turn = "placing", 0, ""
    await _enqueue(unit, found)
    return found


async def cancel_import(
    unit: Unit, event_id: EventId, import_id: str, *why: WorkReason
) -> TicketImport:
    """Take nothing of a list: what was placed goes, and the file. Idempotent.

    A long one goes by a job, batch by batch.

    Args:
        unit: A writing one.
        event_id: Of which event.
        import_id: Which.
        why: Why it failed, where nobody gave it up.

    Raises:
        Problem: `not-found`; `conflict` once its tickets begin to admit.
    """
    found = await get_import(unit, event_id, import_id, is_locked=True)
    if found.state in {"cancelling", "cancelled", "failed"}:
        return found
    if found.state not in {"uploaded", "checking", "checked", "placing"}:
        raise Problem("conflict", f"The import is {found.state}; it can be undone.")
    say_why(found, *why)
    is_placed = found.state == "placing"
    if is_placed or found.position > IMPORT_BATCH:
        found.state, found.turn = "cancelling", ""
        found.position = found.position if is_placed else 0
        await _enqueue(unit, found)
    else:
        await end_import(unit, found, "failed" if why else "cancelled")
    return found


def say_why(found: TicketImport, *reasons: WorkReason | Problem) -> None:
    """Keep why a list failed, or what stands in its way; without a reason, nothing does."""
    found.said = " ".join(str(one) for one in reasons)
    known = [_reason_of(one) for one in reasons]
    # By halves it would tell less than the sentence does.
    found.because = msgspec.to_builtins([] if None in known else known)


def _reason_of(why: WorkReason | Problem) -> WorkReason | None:
    if isinstance(why, WorkReason):
        return why
    return WorkReason("list.sold_out") if why.slug == "sold-out" else why.because


async def give_up_import(unit: Unit, event_id: EventId, import_id: str) -> None:
    """End what no worker brings to its end, as long as its tickets do not admit.

    Raises:
        Problem: `not-found`.
    """
    found = await get_import(unit, event_id, import_id, is_locked=True)
    if found.state in {"checking", "placing"}:
        await cancel_import(unit, event_id, import_id, _BROKEN)


async def count_used(unit: Unit, usage: UsageLookup, event_id: EventId, import_id: str) -> int:
    """Count the tickets of an import on which somebody has come in.

    Raises:
        Problem: `not-found`.
    """
    found = await get_import(unit, event_id, import_id)
    after, used = 0, 0
    while lines := await read_lines(unit, found, after=after, outcomes=BROUGHT):
        tickets = [TicketId(line.ticket_id) for line in lines if line.ticket_id is not None]
        used += len(await usage.used(unit.session, event_id, tickets))
        after = lines[-1].line
        unit.session.expunge_all()
    return used


async def undo_import(unit: Unit, event_id: EventId, import_id: str, used: int) -> TicketImport:
    """Cancel the tickets that an import has brought and nobody has come in on. Idempotent.

    Args:
        unit: A writing one.
        event_id: Of which event.
        import_id: Which.
        used: What `count_used` has found, which takes too long for a transaction that writes; 0
            where these may stay: who has come in keeps the ticket (`cancel_codes`).

    Raises:
        Problem: `not-found`; `conflict` if it is not done, or somebody has come in on one.
    """
    await _lock_imports(unit, event_id)
    found = await get_import(unit, event_id, import_id, is_locked=True)
    if found.state in {"undoing", "undone"}:
        return found
    if found.state != "done":
        raise Problem("conflict", f"The import is {found.state}; only one that is done is undone.")
    await _refuse_two(unit, event_id)
    if used:
        raise refuse("conflict", "import.used", count=used)
    found.state, found.position, found.turn = "undoing", 0, ""
    await _enqueue(unit, found)
    return found


async def end_import(unit: Unit, found: TicketImport, state: str) -> None:
    """End an import: its file goes, and the names that its lines still hold."""
    found.state, found.turn, found.ended_at = state, "", unit.now
    found.sample = []  # it showed the list's first lines
    await unit.session.flush()
    mine = (ImportFile.event_id == found.event_id, ImportFile.import_id == found.id)
    await unit.change(delete(ImportFile).where(*mine))
    if state in {"cancelled", "failed"}:
        # Nothing came of its lines; the wrong ones stay to be read.
        await unit.change(delete(ImportLine).where(*_of(found), _NOT_WRONG))
    await forget_names(unit, found, after=0)


async def forget_names(
    unit: Unit, found: TicketImport, *, after: int, up_to: int | None = None
) -> None:
    """Let the lines after one, up to another or all, name nobody any more."""
    mine = (*_of(found), ImportLine.line > after)
    await unit.change(
        update(ImportLine)
        .where(*mine if up_to is None else (*mine, ImportLine.line <= up_to))
        .where(ImportLine.name.is_not(None) | ImportLine.email.is_not(None))
        .values(name=None, email=None)
    )


async def drop_lines(unit: Unit, found: TicketImport, *, keep_wrong: bool = False) -> bool:
    """Delete the next batch of an import's lines; False where none was left."""
    those = (*_of(found), _NOT_WRONG) if keep_wrong else _of(found)
    query = select(ImportLine.line).where(*those).order_by(ImportLine.line)
    lines = (await unit.session.execute(query.limit(IMPORT_BATCH))).scalars()
    last = max(lines, default=None)
    if last is not None:
        await unit.change(delete(ImportLine).where(*those, ImportLine.line <= last))
    return last is not None


def _of(found: TicketImport) -> tuple[ColumnElement[bool], ...]:
    return (ImportLine.event_id == found.event_id, ImportLine.import_id == found.id)


async def read_file(unit: Unit, found: TicketImport) -> bytes:
    """Return an import's file as it came.

    Raises:
        Problem: `not-found` once it has ended.
    """
    query = select(ImportFile.body).where(
        ImportFile.event_id == found.event_id, ImportFile.import_id == found.id
    )
    body = await unit.get(query, "import")
    return zlib.decompress(body)


async def read_lines(
    unit: Unit, found: TicketImport, *, after: int, outcomes: Sequence[str]
) -> Sequence[ImportLine]:
    """Return the next batch of an import's lines with some outcomes."""
    query = (
        select(ImportLine)
        .where(
            ImportLine.event_id == found.event_id,
            ImportLine.import_id == found.id,
            ImportLine.line > after,
            ImportLine.outcome.in_(outcomes),
        )
        .order_by(ImportLine.line)
        .limit(IMPORT_BATCH)
    )
    return await unit.all(query)


async def read_kinds(unit: Unit, event_id: EventId) -> Map[TicketTypeId, TicketType]:
    """Return an event's ticket types by id."""
    return {kind.id: kind for kind in await list_ticket_types(unit, event_id)}


async def find_staged(unit: Unit, event_id: EventId | None = None) -> Sequence[TicketImport]:
    """Return the lists that wait with their files, of one event or of all, in order of ids."""
    query = select(TicketImport).where(TicketImport.state.in_(_OPEN))
    if event_id is not None:
        query = query.where(TicketImport.event_id == event_id)
    return await unit.all(query.order_by(TicketImport.event_id, TicketImport.id))


async def give_up_staged(unit: Unit, event_id: EventId, import_id: str) -> bool:
    """Give a list up that nobody has taken yet, with its file; False where it has ended since.

    Raises:
        Problem: `conflict` while it is being taken or taken back.
    """
    found = await get_import(unit, event_id, import_id, is_locked=True)
    if found.state in _UNDER_WAY:
        raise Problem(
            "conflict", "A list of guests that names them is being taken; ask again in a minute."
        )
    if found.state not in _OPEN:
        return False
    await end_import(unit, found, "cancelled")
    return True


async def end_lists_of_copy(unit: Unit) -> None:
    """Let no list of a copy that was put back bring a name, since whose may be erased by now.

    Those that wait are given up, and one that is being taken, unless its tickets admit already:
    of that one only the names that no ticket has yet are left out.
    """
    for found in await find_staged(unit):
        if found.state in {"uploaded", "checking", "checked", "placing"}:
            await cancel_import(unit, EventId(found.event_id), found.id)
        of_list = (ImportLine.event_id == found.event_id) & (ImportLine.import_id == found.id)
        nameless = update(ImportLine).where(of_list).values(name=None, email=None)
        await unit.change(nameless)


async def _lock_imports(unit: Unit, event_id: EventId) -> None:
    """Let nobody else begin with a list of the event: each would find the other not under way."""
    query = select(TicketImport.id).where(TicketImport.event_id == event_id)
    await unit.session.execute(query.order_by(TicketImport.id).with_for_update())


async def _refuse_two(unit: Unit, event_id: EventId) -> None:
    query = select(TicketImport.id).where(
        TicketImport.event_id == event_id, TicketImport.state.in_(_UNDER_WAY)
    )
    if (await unit.session.execute(query.limit(1))).first() is not None:
        raise refuse("conflict", "import.other")


async def _enqueue(unit: Unit, found: TicketImport) -> None:
    await unit.session.flush()
    await enqueue(unit, KIND, {"event_id": found.event_id, "import_id": found.id})
