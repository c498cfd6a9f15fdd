"""Supervisors' badges that were drawn since the copy which is put back: what they signed counts.

Whom a supervisor had found by name is inside by their signature alone, and by a badge that nobody
knows the next gate would let the same ticket in. So what the replaced database knows of badges
goes into the copy as badges of before: they unlock nothing, and sign nothing any more. Who may
supervise from now on says the copy.

Source:
    docs/decisions/0178-badges-since-a-copy-vouch-for-what-they-signed.md
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.database_connections import Database
from server.db.tenancy import SYSTEM
from server.organizations.organizations_and_numbers import Organization
from server.settings import Settings
from server.supervisors.former_badges import FormerBadge, put_before, read_former
from server.supervisors.models import WITHDRAWN, Supervisor
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import Instant
from shared.kernel.same_fields import made_of


class KnownBadges(msgspec.Struct, frozen=True, kw_only=True):
    """A supervisor, and the badges by which they have signed; of the last one no end is said."""

    person: str
    organization_id: OrganizationId
    name: str
    created_at: Instant
    removed_at: Instant | None
    badges: tuple[FormerBadge, ...]


async def read_badges(settings: Settings, now: Instant) -> list[KnownBadges]:
    """Return the badges that a database knows which is about to be replaced.

    None of one that cannot be read: it has nothing to add.
    """
    if settings.sqlite_file is not None and not settings.sqlite_file.exists():
        return []
    database = Database(settings.database, pool_size=1)
    try:
        async with database.read(org=SYSTEM) as session:
            query = select(Supervisor).where(Supervisor.is_steward.is_(False))
            rows = (await session.execute(query)).scalars().all()
            return [_known(row, now) for row in rows]
    except DBAPIError:  # damaged, or of a version without such a table
        return []
    finally:
        await database.close()


async def bring_badges(session: AsyncSession, known: Iterable[KnownBadges], now: Instant) -> None:
    """Let a copy know badges that were drawn since, as badges of before."""
    organizations = set((await session.execute(select(Organization.id))).scalars())
    for one in known:
        row = await session.get(Supervisor, one.person)
        if row is not None:
            held = {row.sign_key, *(old.sign_key for old in read_former(row.former_badges))}
            since = [old for old in one.badges if old.sign_key not in held]
            if since:
                row.former_badges = put_before(row.former_badges, since)
        elif one.organization_id in organizations and one.badges:
            session.add(_gone(one, now))


def _known(row: Supervisor, now: Instant) -> KnownBadges:
    badges = read_former(row.former_badges)
    if row.sign_key is not None:
        badges = (*badges, FormerBadge(row.sign_key, row.created_at, row.removed_at or now))
    return made_of(KnownBadges, row, person=row.id, badges=badges)


def _gone(one: KnownBadges, now: Instant) -> Supervisor:
    """Make the row of somebody who is no supervisor any more."""
    return Supervisor(
        id=one.person,
        organization_id=one.organization_id,
        name=one.name,
        pin_hash="",
        badge_hash=WITHDRAWN + one.person,
        created_at=one.created_at,
        removed_at=one.removed_at or now,
        name_key=None,
        sign_key=None,
        former_badges=put_before(None, one.badges),
        is_steward=False,
    )
