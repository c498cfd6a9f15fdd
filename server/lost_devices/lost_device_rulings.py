"""What a revoked device brought waits for a person: accepted it takes effect, once; or not at all.

An entry is ruled on once. Accepting posts it by the very code that posts uploads, in the
transaction that notes the ruling, at the time at which the entry was received.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import msgspec
from sqlalchemy import select, tuple_

from server.db.hot_path_connections import Driver, Row, Transaction
from server.db.unit import Context, Unit
from server.entries.checking_uploaded_entries import CheckedEntry, check_entry
from server.entries.journal_reading import JournalEntry
from server.entries.rows import (
    ACCEPTED,
    ADD_RULINGS,
    COUNT_WAITING,
    READ_WAITING,
    READ_WAITING_ACTS,
    READ_WAITING_ONE,
    SET_STATUS,
    UNCONFIRMED,
    JournalOwner,
    is_booked,
    lock_journal,
)
from server.feed.push_hub import Poke
from server.http.logs import log
from server.journals.event_poster import EventPoster
from server.journals.snapshot_and_postings import Ingest
from server.journals.till_entry_booking import NotedEntries
from server.plans.event_book import EventBook, EventBooks, Outdated, by_current_books
from server.problem_answers import Problem
from server.reconciliation.conflicts_and_sides import record_findings
from server.shifts.booking import book_shifts
from shared.journal.chain import SignedEntry
from shared.journal.shift_body import ShiftBody
from shared.kernel.id_types import DeviceId, EventId, OrganizationId
from shared.kernel.instant import Instant

RULED_AT_ONCE: Final = 500
_EARLIER_ACTS: Final = (
    "Acts at this till's drawer that came before those wait still. Rule on them first, or with"
    " these: their numbers would be called missing, and then given twice."
)


class Ruling(msgspec.Struct, frozen=True):
    """What somebody decides about a device's waiting entries.

    Attributes:
        ruling: `accepted` or `dismissed`.
        wanted: Boots and numbers; None for the oldest that wait, `RULED_AT_ONCE` at most.
    """

    owner: JournalOwner
    ruling: str
    wanted: Sequence[tuple[bytes, int]] | None
    actor: str
    note: str


class Ruled(msgspec.Struct, frozen=True):
    """What was done.

    Attributes:
        ruled: Entries that were ruled on now; those that were before stay as they are.
        remaining: Entries of the device that still wait.
    """

    ruled: int
    remaining: int


class _Waiting(msgspec.Struct, frozen=True):
    checked: CheckedEntry
    received_at: Instant

    @property
    def is_act(self) -> bool:
        """Whether it is an act at a drawer."""
        return isinstance(self.checked.body, ShiftBody)

    @property
    def turn(self) -> tuple[Instant, int]:
        """When it came, and its place in its device's journal."""
        return self.received_at, 0 if self.checked.entry is None else self.checked.entry.seq


class Rulings:
    """Rules on entries; one for each worker."""

    def __init__(
        self,
        context: Context,
        driver: Driver,
        event_books: EventBooks,
        sales: NotedEntries,
        poke: Poke,
    ) -> None:
        self._context = context
        self._driver = driver
        self._event_books = event_books
        self._sales = sales
        self._poke = poke

    async def rule(self, ruling: Ruling) -> Ruled:
        """Accept or dismiss entries.

        Raises:
            Problem: `unavailable` if an event is being changed all the time; `conflict` if an act
                at the drawer is accepted before those that came before it.
        """
        org = ruling.owner.organization_id
        heads: dict[EventId, tuple[int, int]] = {}
        waiting: list[_Waiting] = []
        none: dict[EventId, EventBook] = {}
        asked: set[str] = set()

        async def take_and_post(books: dict[EventId, EventBook]) -> Ruled:
            nonlocal heads, waiting
            heads = {}
            async with self._driver.write(org) as transaction:
                waiting = await self._take(transaction, ruling)
                if ruling.ruling == ACCEPTED and _named_in(waiting) - asked:
                    raise Outdated  # fetched below: a book is read in transactions of its own
                if ruling.ruling == ACCEPTED:
                    heads = await self._post(transaction, ruling.owner, waiting, books)
                    await self._book_shifts(transaction, ruling.owner, waiting)
                rows = await transaction.fetch(COUNT_WAITING, ruling.owner.device_id, org)
                return Ruled(len(waiting), int(rows[0][0]))

        async def renew() -> dict[EventId, EventBook]:
            asked.update(_named_in(waiting))
            return await self._books(org, _named_in(waiting))

        done = await by_current_books(none, renew, take_and_post)
        await self._tell(heads, waiting)
        log().info(
            "journal.ruled",
            device_id=ruling.owner.device_id,
            ruling=ruling.ruling,
            count=done.ruled,
            actor=ruling.actor,
        )
        return done

    async def _take(self, transaction: Transaction, ruling: Ruling) -> list[_Waiting]:
        """Mark what waits as ruled on; whoever comes second finds nothing."""
        owner = ruling.owner
        await lock_journal(transaction, owner)
        who = (owner.device_id, owner.organization_id)
        if ruling.wanted is None:
            rows = list(await transaction.fetch(READ_WAITING, *who, RULED_AT_ONCE))
        else:
            rows = []
            for boot, dseq in dict.fromkeys(ruling.wanted):
                rows += await transaction.fetch(READ_WAITING_ONE, *who, boot, dseq)
        found = [(row, _Waiting(_check(row, owner), row[4])) for row in rows]
        if ruling.wanted is not None:  # however they were named, they take effect as they happened
            found.sort(key=lambda one: one[1].turn)
        rows, waiting = [row for row, _ in found], [one for _, one in found]
        if ruling.ruling == ACCEPTED:
            acts = {(row[0], row[1]) for row, one in found if one.is_act}
            first = await transaction.fetch(READ_WAITING_ACTS, *who, len(acts)) if acts else ()
            if acts != {(boot, dseq) for boot, dseq in first}:
                raise Problem("conflict", _EARLIER_ACTS)
        now = self._context.clock.wall()
        is_accepted = ruling.ruling == ACCEPTED
        states, rulings = [], []
        for (boot, dseq, *_), one in zip(rows, waiting, strict=True):
            has_sale = is_accepted and is_booked(one.checked.body)
            effect = "pending" if has_sale else "none"
            states.append((owner.device_id, boot, dseq, ruling.ruling, effect))
            rulings.append(
                (
                    owner.device_id,
                    boot,
                    dseq,
                    owner.organization_id,
                    _event_of(one.checked),
                    ruling.ruling,
                    ruling.actor,
                    now,
                    ruling.note,
                )
            )
        await transaction.run_many(SET_STATUS, states)
        await transaction.run_many(ADD_RULINGS, rulings)
        return waiting

    async def _post(
        self,
        transaction: Transaction,
        owner: JournalOwner,
        waiting: Sequence[_Waiting],
        books: dict[EventId, EventBook],
    ) -> dict[EventId, tuple[int, int]]:
        """Let entries take effect: event by event, so that uploads cannot deadlock."""
        heads: dict[EventId, tuple[int, int]] = {}
        for event_id in sorted({_event_of(one.checked) for one in waiting} & books.keys()):
            own = [one for one in waiting if _event_of(one.checked) == event_id]
            for received_at, group in groupby(own, key=lambda one: one.received_at):
                upload = Ingest(
                    owner=owner,
                    received_at=received_at,
                    entropy=self._context.entropy,
                    book_of=books.get,
                    is_accepted=True,
                )
                poster = EventPoster(transaction, upload, books[event_id])
                head = await poster.post([one.checked for one in group], ())
                if head is not None:
                    heads[event_id] = head
        return heads

    async def _book_shifts(
        self, transaction: Transaction, owner: JournalOwner, waiting: Sequence[_Waiting]
    ) -> None:
        """Book a revoked till's shifts; what is wrong with them is recorded without a feed."""
        for one in waiting:
            found = await book_shifts(transaction, owner, [one.checked], one.received_at)
            for event_id, findings in found.items():
                await record_findings(
                    transaction,
                    owner.organization_id,
                    event_id,
                    findings,
                    now=one.received_at,
                    entropy=self._context.entropy,
                )

    async def _books(
        self, organization_id: OrganizationId, named: set[EventId]
    ) -> dict[EventId, EventBook]:
        """Fetch the books of events; a name that is none of the organization's has none."""
        books: dict[EventId, EventBook] = {}
        for event_id in named:
            try:
                books[event_id] = await self._event_books.renewed(organization_id, event_id)
            except Problem:
                continue
        return books

    async def _tell(
        self, heads: dict[EventId, tuple[int, int]], waiting: Sequence[_Waiting]
    ) -> None:
        for event_id, (epoch, head) in heads.items():
            self._poke(event_id, epoch, head)
        if any(is_booked(one.checked.body) for one in waiting):
            await self._sales.catch_up()


async def list_waiting(
    unit: Unit, device_id: DeviceId, *, limit: int, after: tuple[bytes, int] | None
) -> Sequence[JournalEntry]:
    """Return up to `limit + 1` entries that wait for a ruling, boot by boot."""
    query = (
        select(JournalEntry)
        .where(JournalEntry.device_id == device_id, JournalEntry.status == UNCONFIRMED)
        .order_by(JournalEntry.boot, JournalEntry.dseq)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(tuple_(JournalEntry.boot, JournalEntry.dseq) > after)
    return await unit.all(query)


def _named_in(waiting: Sequence[_Waiting]) -> set[EventId]:
    return {_event_of(one.checked) for one in waiting} - {EventId("")}


def _check(row: Row, owner: JournalOwner) -> CheckedEntry:
    return check_entry(SignedEntry(row[2], row[3]), owner.device_id, is_signed=True)


def _event_of(checked: CheckedEntry) -> EventId:
    return EventId("") if checked.entry is None else checked.entry.event_id
