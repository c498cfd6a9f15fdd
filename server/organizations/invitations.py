"""Invitations: the only way into an organization that one has not made oneself.

An owner hands a one-time code over. An e-mail address would prove nothing, for no address is
verified here: whoever registered it first would be the member.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Update, case, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from server import quotas
from server.access_keys import hash_token, is_well_formed_key, new_key
from server.db.audit_line import note_organization
from server.db.rate_limit_over_workers import SERVERS_APART
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit
from server.organizations.models import Invitation, Membership
from server.problem_answers import refuse
from shared.kernel import ids
from shared.kernel.id_types import UserId
from shared.kernel.instant import Duration, Instant

CODE_PREFIX: Final = "gki"


_OPEN: Final = (Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))


async def invite(unit: Unit, role: str, *, by: str, lifetime: Duration) -> tuple[Invitation, str]:
    """Make an invitation; returns it with its code, which is kept nowhere.

    Those whose time is over end for good now, whatever the clock does later.

    Raises:
        Problem: `quota-exceeded` if too many are open.
    """
    await unit.session.execute(_end(unit.now, unit.now))
    count = len(await list_invitations(unit, is_open=True))
    quotas.check(count, quotas.INVITATIONS_MAX, "open invitations; revoke some first")
    code = new_key(CODE_PREFIX, unit.entropy)
    made = Invitation(
        id=ids.new_id(ids.INVITATION, unit.entropy),
        hash=hash_token(code),
        role=role,
        created_by=by,
        created_at=unit.now,
        expires_at=unit.now + lifetime,
        registered_id=None,
        used_by=None,
        used_at=None,
        revoked_at=None,
    )
    await unit.add(made)
    return made, code


async def end_all_invitations(session: AsyncSession, now: Instant) -> None:
    """End everybody's invitations; needs the system's scope.

    An older copy of the database holds those that were used or taken back since.
    """
    await session.execute(_revoke(true(), at=now))


async def end_invitations(context: Context, due_by: Instant) -> int:
    """End invitations of all organizations for good whose time was over by then.

    So do those end that were drawn by a clock that was ahead: else they would be good again when
    that time comes.

    Returns:
        How many.
    """
    now = context.clock.wall()
    async with context.database.read(org=SYSTEM) as session:
        ended = select(Invitation.id).where(_has_ended(now, due_by), *_OPEN).limit(1)
        if (await session.execute(ended)).first() is None:
            return 0
    async with context.database.write(org=SYSTEM) as session:
        done = await session.execute(_end(now, due_by).returning(Invitation.id))
        return len(done.all())


def _has_ended(now: Instant, due_by: Instant) -> ColumnElement[bool]:
    is_ahead = Invitation.created_at > now + SERVERS_APART
    return or_(Invitation.expires_at <= due_by, is_ahead)


def _end(now: Instant, due_by: Instant) -> Update:
    at = case((Invitation.expires_at <= now, Invitation.expires_at), else_=now)
    return _revoke(_has_ended(now, due_by), at=at)


def _revoke(which: ColumnElement[bool], *, at: Any) -> Update:
    """Let invitations that nobody has used be good no more: for good, whatever clocks do."""
    revoked = update(Invitation).where(which, *_OPEN).values(revoked_at=at)
    return revoked.execution_options(synchronize_session=False)


async def list_invitations(unit: Unit, *, is_open: bool = False) -> Sequence[Invitation]:
    """Return invitations, the newest first."""
    query = select(Invitation).order_by(Invitation.created_at.desc(), Invitation.id)
    if is_open:
        query = query.where(
            Invitation.used_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > unit.now,
        )
    return await unit.all(query.limit(quotas.INVITATIONS_MAX))


async def revoke_invitation(unit: Unit, invitation_id: str) -> None:
    """Take an invitation back; one that was used has made its member already.

    Raises:
        Problem: `not-found`.
    """
    query = select(Invitation).where(Invitation.id == invitation_id)
    found = await unit.get(query, "invitation")
    if found.revoked_at is None:
        found.revoked_at = unit.now
    await unit.session.flush()


async def revoke_invitations_of(unit: Unit, user_id: UserId) -> None:
    """Take back what somebody has handed out who may not invite any more."""
    await unit.session.execute(_revoke(Invitation.created_by == user_id, at=unit.now))


async def check_open(session: AsyncSession, code: str, now: Instant) -> None:
    """Refuse a code by which no account can be made (any more); the system's scope.

    Raises:
        Problem: `forbidden`.
    """
    query = select(Invitation.id).where(*_is_good(code, now), Invitation.registered_id.is_(None))
    if (await session.execute(query)).scalar_one_or_none() is None:
        raise refuse("forbidden", "invitation.unusable")


async def bind(session: AsyncSession, code: str, user_id: UserId, now: Instant) -> None:
    """Bind an invitation to the account that is made by it; the system's scope.

    Raises:
        Problem: `forbidden` if it has made an account already.
    """
    bound = (
        update(Invitation)
        .where(*_is_good(code, now), Invitation.registered_id.is_(None))
        .values(registered_id=user_id)
        .returning(Invitation.organization_id)
    )
    organization_id = (await session.execute(bound)).scalar_one_or_none()
    if organization_id is None:
        raise refuse("forbidden", "invitation.unusable")
    note_organization(organization_id)


async def accept(session: AsyncSession, code: str, user_id: UserId, now: Instant) -> Membership:
    """Make a member by an invitation, which is used up; the system's scope.

    Raises:
        Problem: `forbidden` if it is no good invitation or another's; `conflict` for a member.
    """
    used = (
        update(Invitation)
        .where(
            *_is_good(code, now),
            Invitation.registered_id.is_(None) | (Invitation.registered_id == user_id),
        )
        .values(used_by=user_id, used_at=now)
        .returning(Invitation.organization_id, Invitation.role)
    )
    found = (await session.execute(used)).one_or_none()
    if found is None:
        raise refuse("forbidden", "invitation.unusable")
    organization_id, role = found
    known = select(Membership.role).where(
        Membership.organization_id == organization_id, Membership.user_id == user_id
    )
    if (await session.execute(known)).scalar_one_or_none() is not None:
        raise refuse("conflict", "member.already")
    made = Membership(organization_id=organization_id, user_id=user_id, role=role, created_at=now)
    session.add(made)
    await session.flush()
    return made


def _is_good(code: str, now: Instant) -> list[ColumnElement[bool]]:
    if not is_well_formed_key(code, CODE_PREFIX):
        raise refuse("forbidden", "invitation.unusable")
    return [
        Invitation.hash == hash_token(code),
        Invitation.used_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > now,
        Invitation.created_at <= now + SERVERS_APART,
    ]
