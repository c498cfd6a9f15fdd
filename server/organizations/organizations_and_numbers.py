"""Makes and finds organizations, and draws their gap-free numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from server import quotas
from server.db.hot_path_connections import Transaction
from server.db.hot_path_statements import statement
from server.db.unit import Unit, for_change
from server.organizations.models import Membership, Organization
from server.problem_answers import refuse
from shared.kernel import ids
from shared.kernel.id_types import OrganizationId, UserId
from shared.kernel.instant import Instant
from shared.kernel.ports import Entropy

ORGANIZATIONS_LISTED_MAX: Final = 500
"""Organizations that one person's list has: others may take them in beyond their own."""

__all__ = ["Membership", "Organization"]
"""The rows that other domains read."""

OWNER: Final = "owner"

_NEXT_NUMBER: Final = text(
    "INSERT INTO organization_counter (organization_id, name, value)"
    " VALUES (:organization_id, :name, 1) ON CONFLICT (organization_id, name)"
    " DO UPDATE SET value = organization_counter.value + 1 RETURNING value"
)
_LAST_NUMBER: Final = statement(
    "SELECT value FROM organization_counter WHERE organization_id = $1 AND name = $2"
)
_SKIP_NUMBERS: Final = statement(
    "INSERT INTO organization_counter (organization_id, name, value)"
    " VALUES ($1, $2, $3::bigint) ON CONFLICT (organization_id, name) DO UPDATE"
    " SET value = excluded.value WHERE organization_counter.value < excluded.value"
    " RETURNING value"
)


async def create_organization(
    session: AsyncSession,
    entropy: Entropy,
    now: Instant,
    *,
    name: str,
    slug: str,
    currency: str,
    timezone: str,
    owner_id: UserId,
) -> Organization:
    """Make an organization with its first owner; the session is in the system's scope.

    Raises:
        Problem: `conflict` if the slug is taken, `quota-exceeded` if its owner has too many.
    """
    taken = select(Organization.id).where(Organization.slug == slug)
    if (await session.execute(taken)).scalar_one_or_none() is not None:
        raise refuse("conflict", "organization.name_taken")
    query = select(func.count()).select_from(Membership).where(Membership.user_id == owner_id)
    count = (await session.execute(query)).scalar_one()
    quotas.check(count, quotas.ORGANIZATIONS_MAX, "organizations that one person belongs to")
    organization = Organization(
        id=ids.new_id(ids.ORGANIZATION, entropy),
        name=name,
        slug=slug,
        currency=currency,
        timezone=timezone,
        needs_approval=False,
        created_at=now,
        asks_second_factor=False,
        legal_name="",
        address="",
        tax_number="",
    )
    session.add(organization)
    await session.flush()
    session.add(
        Membership(organization_id=organization.id, user_id=owner_id, role=OWNER, created_at=now)
    )
    await session.flush()
    return organization


async def list_ids(session: AsyncSession) -> Sequence[OrganizationId]:
    """Return the ids of all organizations; in the system's scope."""
    found = (await session.execute(select(Organization.id).order_by(Organization.id))).scalars()
    return [OrganizationId(one) for one in found]


async def organizations_of(
    session: AsyncSession, user_id: UserId
) -> Sequence[tuple[Organization, str]]:
    """Return a user's organizations with their roles; the system's scope."""
    query = (
        select(Organization, Membership.role)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == user_id)
        .order_by(Organization.id)
        .limit(ORGANIZATIONS_LISTED_MAX)
    )
    return [(row[0], row[1]) for row in (await session.execute(query)).all()]


async def get_organization(unit: Unit) -> Organization:
    """Return the unit's own organization.

    Raises:
        Problem: `not-found`.
    """
    return await unit.get(select(Organization), "organization")


async def next_number(unit: Unit, name: str) -> int:
    """Give the next number of a gap-free series, from 1.

    Its row stays locked until the transaction ends; one that fails gives its number back.
    """
    return await count_up(unit.session, unit.organization_id, name)


async def count_up(session: AsyncSession, organization_id: OrganizationId, name: str) -> int:
    """Return the next number of an organization's series; as `next_number`, without a unit."""
    # Past the scoping of queries: the organization is named in the statement.
    connection = await session.connection()
    asked = {"organization_id": organization_id, "name": name}
    return int((await connection.execute(_NEXT_NUMBER, asked)).scalar_one())


async def skip_numbers(
    transaction: Transaction, organization_id: OrganizationId, name: str, number: int
) -> None:
    """Let a series give no number up to this one, where it has not given it already."""
    given = await transaction.fetch(_LAST_NUMBER, organization_id, name)
    if not given or given[0][0] < number:
        await transaction.fetch(_SKIP_NUMBERS, organization_id, name, number)


async def read_beginning(session: AsyncSession, organization_id: OrganizationId) -> Instant:
    """Return since when an organization exists."""
    since = select(Organization.created_at).where(Organization.id == organization_id)
    return (await session.execute(since)).scalar_one()


async def lock_organization(unit: Unit) -> None:
    """Let nobody else who locks it go on before this transaction ends."""
    await unit.session.execute(for_change(select(Organization.id)))
