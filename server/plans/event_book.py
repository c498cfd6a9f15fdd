"""An event as the ledger decides by it, compiled once and kept by each worker.

What makes a book outdated is counted in the database: the plan's version and the keyring's.
Each claim's transaction reads both, so that no worker decides by an old book.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec
from cachetools import LRUCache

from server.db.unit import Context, Unit
from server.devices.finding_devices import list_devices
from server.events.events_and_dates import get_event
from server.feed.appending import read_feed_state
from server.feed.rows import Status
from server.keys.home_ask_codes import HomeAskCodes
from server.keys.organization_keys import read_keyring
from server.plans.compiling_plans import read_event_config
from server.plans.earlier_plans import PlanHistory, read_history
from server.plans.open_times import OpenTimes
from server.problem_answers import Problem, not_found
from server.venues_and_gates.venues_zones_and_gates import find_gate_event
from shared.credential.keyring import Keyring, TicketKey
from shared.journal.entry import GiveBody
from shared.kernel.id_types import DeviceId, EventId, GateId, OrganizationId, TicketTypeId
from shared.manifest.fact_building import EventIndex
from shared.manifest.home_spreading import uses_homes
from shared.wire.device_feed import HomeRequest

Books = TypeVar("Books")
Done = TypeVar("Done")

BOOKS_MAX: Final = 2_000
BOOKS_SIZE_MAX: Final = 256_000_000
"""Bytes of the plans, present and past, of all the books that a worker keeps: each organization
may have thousands of events, and each of these some hundred large plans."""
KEYS_MAX: Final = 20_000
LIVE: Final = "live"
GATES_MAX: Final = 20_000


BOOK_TRIES: Final = 5
"""A plan that is changed more often while one transaction is tried is left for a later request."""


class Outdated(Exception):
    """The book, or what was locked, is older than the database; nothing was decided by it."""


class Version(msgspec.Struct, frozen=True):
    """What a book was compiled from."""

    plan: int
    keyring: int


def version_of(status: Status) -> Version:
    """Return what a book would be compiled from now."""
    return Version(status.plan_version, status.keyring_version)


class EventBook(msgspec.Struct, frozen=True, kw_only=True):
    """An event's parsed configuration and the ticket keys that it knows.

    Attributes:
        version: To be compared with the database's before deciding.
        index: Rules, gates, zones, types.
        keyring: The ticket keys of the event and of those near it.
        codes: The ticket types' numbers by their ids.
        homes: Each device's gate, if it has one; empty without the policy `home`.
        history: The plans that held before, and this one.
        open_times: When people come.
        profile: `live`, `rehearsal` or `test`: what devices of the latter two do elsewhere has no
            effect.
        home_asks: By which the ledger knows again what it has asked homes for; None for who asks
            none.
        size: Bytes of its plans.
    """

    organization_id: OrganizationId
    event_id: EventId
    version: Version
    index: EventIndex
    keyring: Keyring
    codes: dict[TicketTypeId, int]
    homes: dict[DeviceId, GateId | None]
    history: PlanHistory
    open_times: OpenTimes
    profile: str = LIVE
    home_asks: HomeAskCodes | None = None
    size: int = 0

    def coded(self, ask: HomeRequest) -> HomeRequest:
        """Return a question to a home as the ledger knows it again."""
        if self.home_asks is None:
            return ask
        return self.home_asks.with_code(self.organization_id, self.event_id, ask)

    def has_asked(self, home: DeviceId, given: GiveBody) -> bool:
        """Tell whether a home's answer is one to a question of the ledger's, by its code."""
        asks = self.home_asks
        return asks is not None and asks.has_asked(
            self.organization_id, self.event_id, home, given
        )

    def counts(self, profile: str) -> bool:
        """Tell whether what a device of a profile does has effect at this event."""
        return profile in {LIVE, self.profile}


class _Renewal:
    """Lets all who need an event's book anew at once have one compiled together.

    Attributes:
        turn: Held by whoever compiles.
        begun: How often somebody has begun to.
        done: Which of these was the last that ended well.
    """

    def __init__(self) -> None:
        self.turn, self.begun, self.done = asyncio.Lock(), 0, 0


class EventBooks:
    """The books of one worker, each of an event."""

    def __init__(self, context: Context, home_asks: HomeAskCodes | None = None) -> None:
        self._context, self._home_asks = context, home_asks
        self._books: LRUCache[str, EventBook] = LRUCache(BOOKS_SIZE_MAX, _share_of_room)
        # The same key is known to many events: each book refers to one copy of it.
        self._keys: LRUCache[bytes, TicketKey] = LRUCache(KEYS_MAX)
        self._events_of_gates: dict[tuple[str, str], str] = {}
        self._renewals: LRUCache[tuple[str, str], _Renewal] = LRUCache(BOOKS_MAX)

    async def of_gate(self, organization_id: OrganizationId, gate_id: GateId) -> EventBook:
        """Return the book of the event that a gate belongs to.

        Raises:
            Problem: `not-found` if the organization has no such gate.
        """
        key = (organization_id, gate_id)
        event_id = self._events_of_gates.get(key)
        if event_id is None:
            book = await self._found(organization_id, gate_id)
            if len(self._events_of_gates) >= GATES_MAX:
                self._events_of_gates.clear()
            self._events_of_gates[key] = event_id = book.event_id
        else:
            book = await self.of_event(organization_id, EventId(event_id))
        if gate_id not in book.index.gates:
            # New since the book was compiled, or removed since it was looked up.
            book = await self.renewed(organization_id, EventId(event_id))
            if gate_id not in book.index.gates:
                del self._events_of_gates[key]
                raise not_found("gate")
        return book

    async def of_event(self, organization_id: OrganizationId, event_id: EventId) -> EventBook:
        """Return an event's book, perhaps an outdated one.

        Raises:
            Problem: `not-found`.
        """
        book = self._books.get(event_id)
        if book is None:
            return await self.renewed(organization_id, event_id)
        if book.organization_id != organization_id:
            raise not_found("event")
        return book

    async def renewed(self, organization_id: OrganizationId, event_id: EventId) -> EventBook:
        """Return an event's book as it is compiled after this was asked.

        After a change every gate of the event asks at once, and each would compile the same.

        Raises:
            Problem: `not-found`.
        """
        key = (organization_id, event_id)
        renewal = self._renewals.setdefault(key, _Renewal())
        asked_at = renewal.begun
        async with renewal.turn:
            book = self._books.get(event_id)
            if book is not None and renewal.done > asked_at:
                return book
            renewal.begun = number = renewal.begun + 1
            async with self._context.read(organization_id) as unit:
                book = await self._compile(unit, event_id)
            renewal.done = number
        return book

    async def _compile(self, unit: Unit, event_id: EventId) -> EventBook:
        # Versions are read first: a change in between makes the book look older.
        state = await read_feed_state(unit.session, event_id)
        keyring = await self._keyring(unit, event_id)
        config = await read_event_config(unit, event_id)
        devices = await list_devices(unit) if uses_homes(config) else ()
        index = EventIndex(config)
        history = await read_history(unit, index)
        book = EventBook(
            organization_id=unit.organization_id,
            event_id=event_id,
            version=Version(config.sequence, 0 if state is None else state.keyring_version),
            index=index,
            keyring=keyring,
            codes={kind.id: kind.code for kind in config.ticket_types},
            homes={device.id: device.gate_id for device in devices},
            history=history,
            open_times=OpenTimes(config.occurrences),
            profile=(await get_event(unit, event_id)).profile,
            home_asks=self._home_asks,
            size=history.size + len(msgspec.msgpack.encode(config)),
        )
        self._books[event_id] = book
        return book

    async def _keyring(self, unit: Unit, event_id: EventId) -> Keyring:
        """Return an event's keyring; what it has in common with others' is kept once."""
        shared = []
        for key in await read_keyring(unit, event_id):
            known = self._keys.get(key.public_key)
            if known != key:
                self._keys[key.public_key] = key
                known = key
            shared.append(known)
        return Keyring(shared)

    async def _found(self, organization_id: OrganizationId, gate_id: GateId) -> EventBook:
        """Return the book of the event whose gate was never asked for, in one transaction."""
        async with self._context.read(organization_id) as unit:
            event_id = await find_gate_event(unit, gate_id)
            if event_id is None:
                raise not_found("gate")
            return self._books.get(event_id) or await self._compile(unit, EventId(event_id))


def _share_of_room(book: EventBook) -> int:
    return max(book.size, BOOKS_SIZE_MAX // BOOKS_MAX)


async def by_current_books(
    books: Books,
    renew: Callable[[], Awaitable[Books]],
    work: Callable[[Books], Awaitable[Done]],
) -> Done:
    """Do a transaction's work; where it finds its books outdated, again by renewed ones.

    Args:
        books: As they are known; perhaps outdated.
        renew: Compiles them anew.
        work: One transaction; raises `Outdated`, with nothing done, if a book is.

    Raises:
        Problem: `unavailable` if an event is being changed all the time.
    """
    for _ in range(BOOK_TRIES):
        try:
            return await work(books)
        except Outdated:
            books = await renew()
    raise Problem("unavailable", "The event is being changed; try again.", retry_after_s=1)
