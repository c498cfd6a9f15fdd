"""A room reads and changes an organization's rows by one of these units: one transaction each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Delete, Result, Select, Update
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.database_connections import Database
from server.db.model import Model
from server.db.organization_shares import OrganizationShares
from server.problem_answers import not_found
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import Instant
from shared.kernel.ports import Clock, Entropy

T = TypeVar("T")
R = TypeVar("R", bound=Model)


def for_change(query: Select[T]) -> Select[T]:
    """Lock what a query finds for a change that leaves its ids as they are.

    Gates, whose tickets and feeds refer to an event, then do not wait for its edit. Each would
    else wait for the other: they hold the event's feed by then, and the edit wants to tell it.
    What is about to be removed is locked as a whole instead.
    """
    return query.with_for_update(key_share=True)


def locked(query: Select[T]) -> Select[T]:
    """Have a query find rows as they are now, locked until the commit."""
    return query.with_for_update().execution_options(populate_existing=True)


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

    async def find(self, query: Select[T]) -> T | None:
        """Return the only row that a query finds, or None."""
        return (await self.session.execute(query)).scalar_one_or_none()

    async def get(self, query: Select[T], name: str) -> T:
        """Return the only row that a query finds.

        Raises:
            Problem: `not-found`, by the name that the API has for it.
        """
        found = await self.find(query)
        if found is None:
            raise not_found(name)
        return found

    async def add(self, row: R) -> R:
        """Write a new row at once: what it may not break is seen here, and not at the end."""
        self.session.add(row)
        await self.session.flush()
        return row

    async def lock(self, row: R) -> R:
        """Read a row again as it is now, and keep others from changing it until the end.

        Those who write what refers to it do not wait: see `for_change`.
        """
        await self.session.refresh(row, with_for_update={"key_share": True})
        return row

    async def change(self, statement: Update | Delete) -> Result[Any]:
        """Change or remove rows where they lie; objects that were read before are left alone."""
        return await self.session.execute(statement.execution_options(synchronize_session=False))

    async def all(self, query: Select[T]) -> Sequence[T]:
        """Return the rows that a query finds, in its order."""
        return (await self.session.execute(query)).scalars().all()


class Context(msgspec.Struct, frozen=True):
    """What every route may use: the database, the clock, randomness.

    Attributes:
        shares: Of an organization in the connections; None where nobody is answered.
    """

    database: Database
    clock: Clock
    entropy: Entropy
    shares: OrganizationShares | None = None

    @asynccontextmanager
    async def write(
        self, organization_id: OrganizationId, *, is_audited: bool = True
    ) -> AsyncIterator[Unit]:
        """Open a unit that changes rows; committed at the end.

        Args:
            organization_id: Whose rows.
            is_audited: See `Database.write`.
        """
        # On SQLite writers stand in a line of their own.
        shares = None if self.database.is_sqlite else self.shares
        turn = nullcontext() if shares is None else shares.held(organization_id)
        opening = self.database.write(org=organization_id, is_audited=is_audited)
        async with turn, opening as session:
            yield Unit(session, organization_id, self.clock.wall(), self.entropy)

    @asynccontextmanager
    async def read(self, organization_id: OrganizationId) -> AsyncIterator[Unit]:
        """Open a unit that only reads."""
        turn = nullcontext() if self.shares is None else self.shares.held(organization_id)
        async with turn, self.database.read(org=organization_id) as session:
            yield Unit(session, organization_id, self.clock.wall(), self.entropy)


class Units(msgspec.Struct, frozen=True):
    """Opens units of the one organization that a request's path names.

    Attributes:
        actor: Who asks: a person or an API key, by id.
    """

    context: Context
    organization_id: OrganizationId
    actor: str

    def write(self) -> AbstractAsyncContextManager[Unit]:
        """Open a unit that changes rows; committed at the end."""
        return self.context.write(self.organization_id)

    def read(self) -> AbstractAsyncContextManager[Unit]:
        """Open a unit that only reads."""
        return self.context.read(self.organization_id)
