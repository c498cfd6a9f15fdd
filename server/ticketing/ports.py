"""What ticketing needs of the rooms above it: homes, who tells gates, uses on record, files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, runtime_checkable

from sqlalchemy.ext.asyncio import AsyncSession

from server.db.unit import Unit
from server.ticketing.models import Ticket, TicketType
from shared.kernel.id_types import DeviceId, EventId, GateId, TicketId, TicketTypeId
from shared.manifest.tickets import TicketRow


@runtime_checkable
class ChangeFeed(Protocol):
    """Takes every change of a ticket, within the transaction that makes it."""

    async def append(
        self, session: AsyncSession, event_id: EventId, changes: Sequence[TicketRow]
    ) -> None:
        """Record `changes`, in order; nothing is announced if the transaction fails.

        Called last in its transaction: the feed's counter is the last lock taken.
        """

    async def give_homes(
        self, unit: Unit, kinds: Mapping[TicketTypeId, TicketType], rows: Sequence[Ticket]
    ) -> None:
        """Give new tickets of one event, not added yet, homes where their policy asks for them.

        Args:
            unit: A writing one.
            kinds: The tickets' types by id.
            rows: Those that have a home keep it.
        """

    def tell_after_commit(self, session: AsyncSession, event_id: EventId) -> None:
        """Let devices hear that an event's feed has grown, once the change is committed."""


@runtime_checkable
class UsageLookup(Protocol):
    """Knows what became of tickets: which were used, and at which gates their homes stand."""

    async def used(
        self, session: AsyncSession, event_id: EventId, ticket_ids: Sequence[TicketId]
    ) -> frozenset[int]:
        """Return those of `ticket_ids` with at least one accepted entry."""

    async def gates_of(
        self, unit: Unit, event_id: EventId, device_ids: Collection[DeviceId]
    ) -> Mapping[DeviceId, tuple[GateId, str]]:
        """Return the gates, by id and name, at which some devices stand."""

    async def zones_of_type(
        self, unit: Unit, event_id: EventId, ticket_type_id: TicketTypeId
    ) -> Sequence[str]:
        """Return the names of the zones that name a ticket type."""

    async def answered(
        self, unit: Unit, event_id: EventId, ticket_type_id: TicketTypeId
    ) -> frozenset[str]:
        """Return the ids of questions to which an answer is noted, by tickets of a type.

        And by tickets whose sale is not known yet: they may be of it.
        """


@runtime_checkable
class NamedFiles(Protocol):
    """Keeps files in which holders are named."""

    async def forget(self, unit: Unit, event_id: EventId) -> None:
        """Delete an event's: somebody in them was erased."""
