"""The job that does an import, batch by batch; whoever takes it up goes on where it stands.

Death anywhere leaves a list that is not taken yet, or one that the next worker takes to its end:
tickets are placed where they admit nobody, and are opened, batch by batch as well, once all are.
Its own turn is written first; a worker whose turn another has taken stops at its next batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any, Final

import msgspec
from sqlalchemy import func, insert, select, update

from server.db.model import metadata
from server.db.unit import Context, Unit
from server.events.event_states import EDITABLE
from server.events.events_and_dates import get_event_in
from server.feed.appending import read_feed_state
from server.imports.columns_and_lines import LineReader, Mapping, StagedLine, WrongLine
from server.imports.import_acts import (
    BROUGHT,
    IMPORT_BATCH,
    IMPORT_SLICE,
    drop_lines,
    end_import,
    forget_names,
    get_import,
    give_up_import,
    read_file,
    read_kinds,
    read_lines,
    say_why,
)
from server.imports.models import ImportLine, TicketImport
from server.imports.reading_csv_and_xlsx import Sheet, read_list
from server.jobs.job_outcomes import Continued, Done, Outcome
from server.jobs.runner import LeasedJob
from server.problem_answers import Problem, for_reason
from server.ticketing.finding_and_changing_tickets import make_manual_code_by_key
from server.ticketing.inventory import available, read_stock
from server.ticketing.placing_imported_codes import (
    KnownCode,
    PlacedCode,
    find_codes,
    find_ours,
    keep_digests,
    name_codes,
    open_codes,
    place_codes,
    take_away,
    tell_codes,
)
from server.ticketing.ports import ChangeFeed, UsageLookup
from server.ticketing.undoing_imported_codes import cancel_codes
from server.ticketing.words_of_wrong_lines import OTHER_TYPE, OURS, REMOVED, stands_already
from shared.admission.facts import TicketState
from shared.field_limits import IMPORT_LINES_MAX
from shared.kernel.id_types import EventId, TicketId
from shared.wire.work_reasons import WorkReason


class _TurnLost(Exception):
    """Somebody cancelled it, or another worker has it now."""


_Tools = tuple[Context, ChangeFeed, UsageLookup, bytes]


class Importer:
    """Does the jobs of this kind."""

    def __init__(
        self, context: Context, changes: ChangeFeed, usage: UsageLookup, key: bytes
    ) -> None:
        """Read and write by `context`, tell gates by `changes`, make tickets by `key`."""
        self._context, self._tools = context, (context, changes, usage, key)

    async def do(self, job: LeasedJob) -> Outcome:
        """Do what is left of an import, for as long as one turn may last."""
        work = _Work(job, self._tools)
        steps = {
            "placing": work.place,
            "telling": work.tell,
            "cancelling": work.take_away,
            "undoing": work.undo,
        }
        ends = self._context.clock.wall() + IMPORT_SLICE
        try:
            state = await work.begin()
            if state == "checking":
                state = await work.check()
            while state in steps:
                state = await steps[state](state)
                if self._context.clock.wall() > ends:
                    return Continued("goes on")
        except _TurnLost:
            return Done("ended by another")
        return Done(state)

    async def give_up(self, job: LeasedJob) -> None:
        """Take nothing of a list that fails each time, or ends whoever reads or takes it."""
        event_id, import_id = EventId(job.subject["event_id"]), str(job.subject["import_id"])
        async with self._context.write(job.organization_id) as unit:
            await give_up_import(unit, event_id, import_id)


class _Work:
    """One import in the hands of one worker."""

    def __init__(self, job: LeasedJob, tools: _Tools) -> None:
        self._context, self._changes, self._usage, self._key = tools
        self._organization_id, self._turn = job.organization_id, job.lease
        self._event_id = EventId(job.subject["event_id"])
        self._import_id = str(job.subject["import_id"])

    async def begin(self) -> str:
        """Take the turn; returns the import's state."""
        async with self._context.write(self._organization_id) as unit:
            found = await get_import(unit, self._event_id, self._import_id, is_locked=True)
            found.turn = self._turn
            return found.state

    @asynccontextmanager
    async def _batch(self, state: str) -> AsyncIterator[tuple[Unit, TicketImport]]:
        """Open a transaction in which the import is in a state, and ours."""
        async with self._context.write(self._organization_id) as unit:
            found = await get_import(unit, self._event_id, self._import_id, is_locked=True)
            if found.state != state or found.turn != self._turn:
                raise _TurnLost
            yield unit, found

    # ---- looking at each line

    async def check(self) -> str:
        """Look at each line; what is wrong with the file itself ends the import."""
        is_dropped = False  # what an earlier look has left
        while not is_dropped:
            async with self._batch("checking") as (unit, found):
                is_dropped = not await drop_lines(unit, found)
        async with self._batch("checking") as (unit, found):
            body = await read_file(unit, found)
            mapping = msgspec.convert(found.mapping, Mapping)
            kinds = await read_kinds(unit, self._event_id)
            columns, salt = list(found.columns), found.salt or self._key
            sheet = Sheet(found.form, found.encoding, found.separator)
        try:
            reader = LineReader(self._event_id, columns, mapping, kinds, salt)
            return await self._stage(_Lines(body, sheet, reader))
        except Problem as problem:
            async with self._batch("checking") as (_unit, found):
                found.state, found.position = "cancelling", 0  # nothing is placed yet
                say_why(found, problem)
                return found.state

    async def _stage(self, lines: _Lines) -> str:
        # A spreadsheet's reading takes the processor: beside the loop, so that gates are answered.
        while batch := await asyncio.to_thread(lines.next_batch):
            async with self._batch("checking") as (unit, found):
                await self._write_lines(unit, batch)
                found.position = batch[-1].line
                found.size = max(found.size, found.position)
        async with self._batch("checking") as (unit, found):
            await _count(unit, found)
            say_why(found, *await _missing_places(unit, found))
            found.hidden, found.alike = lines.hidden, lines.reader.alike
            found.size, found.state, found.turn = found.position, "checked", ""
            return found.state

    async def _write_lines(self, unit: Unit, batch: Sequence[StagedLine | WrongLine]) -> None:
        staged = [line for line in batch if isinstance(line, StagedLine)]
        twice = await self._earlier(unit, staged)
        batch = [
            _twice(one, twice[one.ticket_id])
            if isinstance(one, StagedLine) and one.ticket_id in twice
            else one
            for one in batch
        ]
        staged = [line for line in batch if isinstance(line, StagedLine)]
        verdicts = await _judge(unit, self._event_id, staged)
        printed = {one.ticket_id: one.manual_code for one in staged}
        ours = await find_ours(unit, self._event_id, printed)
        verdicts |= dict.fromkeys(ours, _OURS)
        common = {
            "event_id": self._event_id,
            "import_id": self._import_id,
            "organization_id": unit.organization_id,
        }
        rows = [
            common | (_wrong(line) if isinstance(line, WrongLine) else _staged(line, verdicts))
            for line in batch
        ]
        # Past the mapper, which costs more than all the rest; each row names its organization.
        connection = await unit.session.connection()
        await connection.execute(insert(metadata.tables[ImportLine.__tablename__]), rows)

    async def _earlier(self, unit: Unit, staged: Sequence[StagedLine]) -> dict[TicketId, int]:
        """Find which lines of former batches mean the same tickets."""
        query = select(ImportLine.ticket_id, ImportLine.line).where(
            ImportLine.event_id == self._event_id,
            ImportLine.import_id == self._import_id,
            ImportLine.ticket_id.in_([one.ticket_id for one in staged]),
        )
        rows = (await unit.session.execute(query)).all()
        return {TicketId(row[0]): row[1] for row in rows if row[0] is not None}

    # ---- taking

    async def place(self, state: str) -> str:
        """Place the next lines' tickets; after the last, begin to open them."""
        try:
            async with self._batch(state) as (unit, found):
                # Known ones too: what was there at the look may have been taken back since.
                outcomes = ("known", *BROUGHT)
                lines = await read_lines(unit, found, after=found.position, outcomes=outcomes)
                if not lines:
                    await self._begin_telling(unit, found)
                    return found.state
                await self._place(unit, lines)
                found.position = lines[-1].line
                return state
        except Problem as problem:
            async with self._batch(state) as (_unit, found):
                found.state = "cancelling"
                say_why(found, problem)
                return found.state

    async def _place(self, unit: Unit, lines: Sequence[ImportLine]) -> None:
        verdicts = await _judge(unit, self._event_id, lines)
        for line in lines:  # another request may have brought the code since the check
            outcome, message = verdicts[TicketId(line.ticket_id or 0)]
            if (line.outcome, line.message) != (outcome, message):
                line.outcome, line.message = outcome, message
                line.field = "code" if message else ""
        new = [_new_code(line, self._key) for line in lines if line.outcome == "new"]
        again = [TicketId(one.ticket_id or 0) for one in lines if one.outcome == "again"]
        kinds = await read_kinds(unit, self._event_id)
        await place_codes(unit, self._changes, kinds, self._event_id, new=new, again=again)
        digests = {
            one.ticket_id: one.digest
            for one in lines
            if one.outcome != "wrong" and one.ticket_id is not None and one.digest is not None
        }
        await keep_digests(unit, self._event_id, digests)
        await unit.session.flush()

    async def _begin_telling(self, unit: Unit, found: TicketImport) -> None:
        """Take the list: from here on all that is placed will admit."""
        await get_event_in(unit, self._event_id, EDITABLE, "nothing is imported any more.")
        await _count(unit, found)
        found.state, found.position = "telling", 0

    async def tell(self, state: str) -> str:
        """Let the next lines' tickets admit, say whose they are, and tell gates of them."""
        async with self._batch(state) as (unit, found):
            outcomes = ("known", *BROUGHT)
            lines = await read_lines(unit, found, after=found.position, outcomes=outcomes)
            if not lines:
                found.position = found.size
                await end_import(unit, found, "done")
                return found.state
            await self._open(unit, lines)
            # A known ticket of ours was made by this line's name: who has it by now keeps it.
            names = {
                TicketId(line.ticket_id or 0): (line.name, line.email)
                for line in lines
                if line.name
                and (line.outcome == "again" or (line.outcome == "known" and line.digest))
            }
            there = await find_codes(unit, self._event_id, list(names))
            await name_codes(
                unit, self._event_id, {one: names[one] for one in names if one in there}
            )
            await forget_names(unit, found, after=found.position, up_to=lines[-1].line)
            found.position = lines[-1].line
            feed = await read_feed_state(unit.session, self._event_id)
            if feed is not None and feed.is_active:  # else they come with the first manifest
                brought = [TicketId(one.ticket_id or 0) for one in lines if one.outcome in BROUGHT]
                await tell_codes(unit, self._changes, self._event_id, brought)
            return state

    async def _open(self, unit: Unit, lines: Sequence[ImportLine]) -> None:
        brought = [TicketId(one.ticket_id or 0) for one in lines if one.outcome in BROUGHT]
        again = [TicketId(one.ticket_id or 0) for one in lines if one.outcome == "again"]
        await open_codes(unit, self._event_id, brought)
        if again:
            await self._replace_undone(unit, again)

    async def _replace_undone(self, unit: Unit, tickets: Sequence[TicketId]) -> None:
        """Let the undone lines of earlier imports stand for nothing: their tickets are back."""
        await unit.change(
            update(ImportLine)
            .where(
                ImportLine.event_id == self._event_id,
                ImportLine.import_id != self._import_id,
                ImportLine.outcome == "undone",
                ImportLine.ticket_id.in_(tickets),
            )
            .values(outcome="replaced")
        )

    # ---- taking back

    async def take_away(self, state: str) -> str:
        """Take the last placed lines away, from the end on; after the first it is cancelled."""
        async with self._batch(state) as (unit, found):
            query = (
                select(ImportLine)
                .where(ImportLine.event_id == self._event_id)
                .where(ImportLine.import_id == self._import_id)
                .where(ImportLine.line <= found.position, ImportLine.outcome.in_(BROUGHT))
                .order_by(ImportLine.line.desc())
                .limit(IMPORT_BATCH)
            )
            lines = await unit.all(query)
            if not lines:
                if not await drop_lines(unit, found, keep_wrong=True):
                    await end_import(unit, found, "failed" if found.said else "cancelled")
                return found.state
            new = [TicketId(one.ticket_id or 0) for one in lines if one.outcome == "new"]
            again = [TicketId(one.ticket_id or 0) for one in lines if one.outcome == "again"]
            await take_away(unit, self._event_id, new=new, again=again)
            found.position = lines[-1].line - 1
            return state

    async def undo(self, state: str) -> str:
        """Cancel the next brought tickets; after the last it is undone."""
        async with self._batch(state) as (unit, found):
            lines = await read_lines(unit, found, after=found.position, outcomes=BROUGHT)
            if not lines:
                await _count(unit, found)
                await end_import(unit, found, "undone")
                return found.state
            tickets = [TicketId(line.ticket_id or 0) for line in lines]
            event_id = self._event_id
            kept = await cancel_codes(unit, self._changes, self._usage, event_id, tickets)
            for line in lines:
                line.outcome = "kept" if line.ticket_id in kept else "undone"
            found.position = lines[-1].line
            return state


class _Lines:
    """Reads a list's lines, a batch at a time, in whichever thread asks."""

    def __init__(self, body: bytes, sheet: Sheet, reader: LineReader) -> None:
        self._rows = islice(read_list(body, sheet), 1, None)
        self.reader, self._count, self.hidden = reader, 0, 0

    def next_batch(self) -> list[StagedLine | WrongLine]:
        """Return the next lines; none at the end.

        Raises:
            Problem: where the file cannot be read on, or has too many lines.
        """
        self.reader.forget()
        return list(self._next())

    def _next(self) -> Iterator[StagedLine | WrongLine]:
        for row in islice(self._rows, IMPORT_BATCH):
            self._count += 1
            self.hidden += row.is_hidden
            if self._count > IMPORT_LINES_MAX:
                reason = WorkReason("list.too_long", {"count": IMPORT_LINES_MAX})
                raise for_reason("too-large", reason)
            yield self.reader.read(row)


_Verdict = tuple[str, str]
"""A line's outcome, and why it is wrong."""
_OURS: Final = ("wrong", OURS)


async def _judge(
    unit: Unit, event_id: EventId, lines: Sequence[StagedLine | ImportLine]
) -> dict[TicketId, _Verdict]:
    """Say what lines' tickets are to the event now."""
    asked = {TicketId(line.ticket_id or 0): line for line in lines}
    found = await find_codes(unit, event_id, list(asked))
    gone = [one for one, code in found.items() if code.state == TicketState.CANCELLED]
    undone = set(
        await unit.all(
            select(ImportLine.ticket_id).where(
                ImportLine.event_id == event_id,
                ImportLine.ticket_id.in_(gone),
                ImportLine.outcome == "undone",
            )
        )
    )
    return {one: _verdict(found.get(one), asked[one], one in undone) for one in asked}


def _verdict(known: KnownCode | None, line: StagedLine | ImportLine, is_undone: bool) -> _Verdict:  # noqa: FBT001 - one of three facts
    if known is None:
        return "new", ""
    if known.is_imported is not (line.digest is not None):
        return _OURS
    if known.ticket_type_id != line.ticket_type_id:
        return "wrong", OTHER_TYPE
    if known.state != TicketState.CANCELLED:
        return "known", ""
    return ("again", "") if is_undone else ("wrong", REMOVED)


def _twice(line: StagedLine, earlier: int) -> WrongLine:
    return WrongLine(line.line, line.field, stands_already(earlier), line.ticket_type_id)


def _staged(line: StagedLine, verdicts: dict[TicketId, _Verdict]) -> dict[str, Any]:
    outcome, message = verdicts[line.ticket_id]
    is_wrong = outcome == "wrong"
    return {
        "line": line.line,
        "outcome": outcome,
        "ticket_id": None if is_wrong else line.ticket_id,
        "ticket_type_id": line.ticket_type_id,
        "digest": None if is_wrong else line.digest,
        "name": None if is_wrong else line.name or None,
        "email": None if is_wrong else line.email or None,
        "field": "code" if is_wrong else "",
        "message": message,
    }


def _wrong(line: WrongLine) -> dict[str, Any]:
    empty = dict.fromkeys(("ticket_id", "digest", "name", "email"))
    return {**empty, "outcome": "wrong", **msgspec.structs.asdict(line)}


def _new_code(line: ImportLine, key: bytes) -> PlacedCode:
    assert line.ticket_id is not None, "a line that is taken means a ticket"
    assert line.ticket_type_id is not None
    return PlacedCode(
        ticket_id=line.ticket_id,
        ticket_type_id=line.ticket_type_id,
        name=line.name or "",
        email=line.email or "",
        manual_code=make_manual_code_by_key(line.ticket_id, key) if line.digest is None else None,
    )


async def _count(unit: Unit, found: TicketImport) -> None:
    await unit.session.flush()
    query = (
        select(
            ImportLine.outcome,
            ImportLine.ticket_type_id,
            func.count(),
            func.count(ImportLine.name).filter(
                ImportLine.outcome.in_(BROUGHT) | ImportLine.digest.is_not(None)
            ),
        )
        .where(ImportLine.event_id == found.event_id, ImportLine.import_id == found.id)
        .group_by(ImportLine.outcome, ImportLine.ticket_type_id)
    )
    rows = (await unit.session.execute(query)).all()
    found.lines = sum(row[2] for row in rows)
    if found.state in {"checking", "placing"}:
        found.named = sum(row[3] for row in rows)
    counts = {(row[0], row[1]): row[2] for row in rows}
    order = [*await read_kinds(unit, found.event_id)]  # one may be removed; its lines are wrong
    kinds = sorted({row[1] for row in rows}, key=lambda kind: [*order, kind].index(kind))
    found.types = types = [
        {"ticket_type_id": kind}
        | {name: counts.get((outcome, kind), 0) for name, outcome in _COUNTED.items()}
        for kind in kinds
    ]
    for name in _COUNTED.keys() - {"kept"}:
        setattr(found, name, sum(one[name] for one in types))


_COUNTED: Final = {"added": "new", **{one: one for one in ("again", "known", "wrong", "kept")}}
"""How many lines of which outcome an import says, of each type and of all."""


async def _missing_places(unit: Unit, found: TicketImport) -> list[WorkReason]:
    """Say which types have too few places for what the list brings."""
    query = (
        select(ImportLine.ticket_type_id, func.count())
        .where(
            ImportLine.event_id == found.event_id,
            ImportLine.import_id == found.id,
            ImportLine.outcome.in_(BROUGHT),
        )
        .group_by(ImportLine.ticket_type_id)
    )
    stock = await read_stock(unit, found.event_id)
    kinds = await read_kinds(unit, found.event_id)
    short = []
    for kind, count in (await unit.session.execute(query)).all():
        assert kind is not None, "a line that is taken has a type"
        left = available(stock[kind])
        if left is not None and count > left:
            values: dict[str, int | str] = {"name": kinds[kind].name, "count": count - left}
            short.append(WorkReason("list.places", values))
    return sorted(short, key=str)
