"""What follows an erasure: names anew for gates, no bytes left, the list beside the database.

Done by a job, so that a death in between leaves it to another worker; it is harmless twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import select

from server.db.database_connections import Database
from server.db.model import metadata
from server.db.personal_columns import Personal, declared
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.erasures.erasure_list import TICKET, get_erasure
from server.erasures.models import Erasure
from server.http.logs import log
from server.jobs.job_outcomes import Done, Failed, Outcome
from server.jobs.runner import LeasedJob
from server.persons.erased_persons_beside_database import ERASURES, listed
from server.persons.erasing import RECORDS_AT_ONCE, forget_all_of
from server.problem_answers import Problem
from server.publishing.publisher import Publisher
from server.ticketing.finding_and_changing_tickets import announce, lock_tickets
from server.ticketing.ports import ChangeFeed
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.ids import parse_ticket_id

_TRIES: Final = 20
_PAUSE_S: Final = 0.05
_STILL_READ: Final = "The database's log is still being read; its bytes go with the next try."


class AfterErasure:
    """Ends erasures, for one worker."""

    def __init__(
        self, context: Context, publisher: Publisher, changes: ChangeFeed, folder: Path
    ) -> None:
        """Publish by `publisher`, tell gates by `changes`; the list lies in `folder`."""
        self._context = context
        self._changes = changes
        self._publisher = publisher
        self._folder = folder

    async def do(self, job: LeasedJob) -> Outcome:
        """End one erasure."""
        await keep_list(self._context.database, self._folder)
        async with self._context.read(job.organization_id) as unit:
            erasure = await get_erasure(unit, job.subject["erasure_id"])
            events, whole = _events_of(erasure), erasure.event_id
        if whole is not None:
            try:
                gone = await forget_all_of(self._context, job.organization_id, whole)
            except Problem as problem:
                return Failed(str(problem))
            await self._count(job.organization_id, erasure.id, *gone)
        for event_id, tickets in sorted(job.subject.get("tickets", {}).items()):
            await self._tell(job.organization_id, EventId(event_id), tickets)
        for event_id in sorted(events | set(job.subject.get("published", ()))):
            await self._publisher.renew(job.organization_id, event_id)
        if not await self._clean():
            return Failed(_STILL_READ)
        async with self._context.write(job.organization_id) as unit:
            erasure = await get_erasure(unit, erasure.id, is_locked=True)
            erasure.state, erasure.ended_at = "done", unit.now
            await unit.session.flush()
        log().info("person.erased", kind=erasure.scope)
        return Done()

    async def _tell(
        self, organization_id: OrganizationId, event_id: EventId, tickets: Sequence[str]
    ) -> None:
        """Tell gates of tickets whose variant has named the person, some at a time."""
        for start in range(0, len(tickets), RECORDS_AT_ONCE):
            some = map(parse_ticket_id, tickets[start : start + RECORDS_AT_ONCE])
            async with self._context.write(organization_id) as unit:
                rows = await lock_tickets(unit, event_id, some)
                await announce(unit, self._changes, event_id, rows)

    async def _count(
        self, organization_id: OrganizationId, erasure_id: str, orders: int, holders: int
    ) -> None:
        async with self._context.write(organization_id) as unit:
            erasure = await get_erasure(unit, erasure_id, is_locked=True)
            erasure.orders += orders
            erasure.holders += holders
            await unit.session.flush()

    async def _clean(self) -> bool:
        """Have nothing of it left in the database's files; False while somebody reads there."""
        database = self._context.database
        tables = sorted({table.name for table, _ in declared(metadata, Personal.ROW)})
        await database.vacuum(tables)
        for _ in range(_TRIES):
            if await database.empty_log():
                return True
            await asyncio.sleep(_PAUSE_S)
        return False


def _events_of(erasure: Erasure) -> set[EventId]:
    if erasure.event_id is not None:
        return {erasure.event_id}
    return {EventId(event_id) for kind, event_id, _ in erasure.records if kind == TICKET}


async def keep_list(database: Database, folder: Path) -> None:
    """Have the list beside the database hold every erasure that the database holds.

    Raises:
        StoreFault: if the list is damaged.
        OSError: if the disk refuses.
    """
    async with database.read(org=SYSTEM) as session:
        rows = [listed(row) for row in (await session.execute(select(Erasure))).scalars().all()]
    await asyncio.to_thread(ERASURES.add, folder, rows)
