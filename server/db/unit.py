"""One unit of work: what a service needs to change an organization's rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.engine import Database
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import Instant
from shared.kernel.ports import Clock, Entropy


class Unit(msgspec.Struct, frozen=True):
    """A transaction of one organization, at one instant.

    Attributes:
        session: Scoped to the organization.
        organization_id: Whose rows.
        now: The server's time when the unit began, µs.
        entropy: For new ids and codes.
    """

    session: AsyncSession
    organization_id: OrganizationId
    now: Instant
    entropy: Entropy


class Context(msgspec.Struct, frozen=True):
    """What every route may use: the database, the clock, randomness."""

    database: Database
    clock: Clock
    entropy: Entropy

    @asynccontextmanager
    async def write(self, organization_id: OrganizationId) -> AsyncIterator[Unit]:
        """Open a unit that changes rows; committed at the end."""
        async with self.database.write(org=organization_id) as session:
            yield Unit(session, organization_id, self.clock.wall(), self.entropy)

    @asynccontextmanager
    async def read(self, organization_id: OrganizationId) -> AsyncIterator[Unit]:
        """Open a unit that only reads."""
        async with self.database.read(org=organization_id) as session:
            yield Unit(session, organization_id, self.clock.wall(), self.entropy)
