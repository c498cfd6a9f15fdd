"""An event as the ledger decides by it, compiled once and kept by each worker.

What makes a book outdated is counted in the database: the plan's version and the keyring's.
Each claim's transaction reads both, so that no worker decides by an old book.
"""

from __future__ import annotations

from typing import Final

import msgspec

from server.db.unit import Context, Unit
from server.devices.service import list_devices
from server.organizations.service import read_number
from server.problems import not_found
from server.publishing.history import PlanHistory, read_history
from server.publishing.keys import read_keyring
from server.publishing.plan import read_event_config
from server.publishing.recent import Recent
from server.sync.feed import KEYRING_SERIES, read_feed_state
from server.venues.service import find_gate_event
from shared.credential.keyring import Keyring
from shared.manifest.facts import EventIndex
from shared.manifest.homes import uses_homes

BOOKS_MAX: Final = 2_000
KEYRINGS_MAX: Final = 200
GATES_MAX: Final = 20_000


class Version(msgspec.Struct, frozen=True):
    """What a book was compiled from."""

    plan: int
    keyring: int


class EventBook(msgspec.Struct, frozen=True):
    """An event's parsed configuration and its organization's ticket keys.

    Attributes:
        version: To be compared with the database's before deciding.
        index: Rules, gates, zones, types.
        keyring: All ticket keys of the organization, shared with its other events' books.
        codes: The ticket types' numbers by their ids.
        homes: Each device's gate, if it has one; empty without the policy `home`.
        history: The plans that held before, and this one.
    """

    organization_id: str
    event_id: str
    version: Version
    index: EventIndex
    keyring: Keyring
    codes: dict[str, int]
    homes: dict[str, str | None]
    history: PlanHistory


class Bookshelf:
    """The books of one worker."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._books: Recent[str, EventBook] = Recent(BOOKS_MAX)
        # An organization's keys, and how many changes they had seen: read once for all its events.
        self._keyrings: Recent[str, tuple[int, Keyring]] = Recent(KEYRINGS_MAX)
        self._events_of_gates: dict[tuple[str, str], str] = {}

    async def of_gate(self, organization_id: str, gate_id: str) -> EventBook:
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
            book = await self.of_event(organization_id, event_id)
        if gate_id not in book.index.gates:
            # New since the book was compiled, or removed since it was looked up.
            book = await self.renewed(organization_id, event_id)
            if gate_id not in book.index.gates:
                del self._events_of_gates[key]
                raise not_found("gate")
        return book

    async def of_event(self, organization_id: str, event_id: str) -> EventBook:
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

    async def renewed(self, organization_id: str, event_id: str) -> EventBook:
        """Compile an event's book anew.

        Raises:
            Problem: `not-found`.
        """
        async with self._context.read(organization_id) as unit:
            return await self._compile(unit, event_id)

    async def _compile(self, unit: Unit, event_id: str) -> EventBook:
        # Versions are read first: a change in between makes the book look older.
        state = await read_feed_state(unit.session, event_id)
        keyring = await self._keyring(unit)
        config = await read_event_config(unit, event_id)
        devices = await list_devices(unit) if uses_homes(config) else ()
        index = EventIndex(config)
        book = EventBook(
            organization_id=unit.organization_id,
            event_id=event_id,
            version=Version(config.sequence, 0 if state is None else state.keyring_version),
            index=index,
            keyring=keyring,
            codes={kind.id: kind.code for kind in config.ticket_types},
            homes={device.id: device.gate_id for device in devices},
            history=await read_history(unit, index),
        )
        self._books.put(event_id, book)
        return book

    async def _keyring(self, unit: Unit) -> Keyring:
        """Return the organization's keyring, read anew only if it has changed.

        Reading all keys takes the longest by far for whoever has many events.
        """
        changes = await read_number(unit, KEYRING_SERIES)
        known = self._keyrings.get(unit.organization_id)
        if known is None or known[0] != changes:
            known = (changes, Keyring(await read_keyring(unit)))
            self._keyrings.put(unit.organization_id, known)
        return known[1]

    async def _found(self, organization_id: str, gate_id: str) -> EventBook:
        """Return the book of the event whose gate was never asked for, in one transaction."""
        async with self._context.read(organization_id) as unit:
            event_id = await find_gate_event(unit, gate_id)
            if event_id is None:
                raise not_found("gate")
            return self._books.get(event_id) or await self._compile(unit, event_id)
