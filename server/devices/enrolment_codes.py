"""One-time codes by which devices enrol: issued, used up, taken back, ended by time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server import quotas
from server.db.rate_limit_over_workers import SERVERS_APART
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit
from server.devices.assigning import check_assignment, check_reachable
from server.devices.models import Device, EnrolmentCode
from server.devices.schemas import AssignmentBody
from server.how_long_records_are_kept import ENROLMENT_CODES_KEPT
from server.problem_answers import Problem, not_found
from shared.code_lifetimes import CODE_LIFETIME, CODE_LIFETIME_MAX
from shared.kernel.instant import Duration, Instant
from shared.wire.enrol import EnrolRequest
from shared.wire.enrol_code import code_keys, draw_code

CODES_EVERY_S: Final = 60.0
"""Seconds between two looks at which codes and invitations have come to their end."""

CODES_LISTED_MAX: Final = 1_000
"""Codes that may still enrol a device, the newest first."""

USED_UP: Final = "This code is wrong, used or expired; ask for a new one."


class IssuedCode(msgspec.Struct, frozen=True):
    """A fresh enrolment code; shown once."""

    id: str
    code: str
    expires_at: Instant


async def issue_code(
    unit: Unit, assignment: AssignmentBody, *, actor: str, lifetime: Duration = CODE_LIFETIME
) -> IssuedCode:
    """Make a one-time code for one device.

    Raises:
        Problem: if the event or gate is not the organization's, or the event is cancelled,
            archived or not approved.
    """
    await check_assignment(unit, assignment)
    await check_reachable(unit, assignment, assignment.profile)
    old = delete(EnrolmentCode).where(EnrolmentCode.expires_at < unit.now - ENROLMENT_CODES_KEPT)
    await unit.change(old)
    await _spend(unit, _has_ended(unit.now, unit.now))
    there = await _count_devices(unit)
    quotas.check(there, quotas.DEVICES_MAX, "devices and open codes; revoke some first")
    code = draw_code(unit.entropy)
    keys = code_keys(code)
    expires_at = unit.now + min(lifetime, CODE_LIFETIME_MAX)
    await unit.add(
        EnrolmentCode(
            hash=keys.code_id,
            signer=keys.signer.public_key,
            secret=keys.secret,
            role=assignment.role,
            profile=assignment.profile,
            event_id=assignment.event_id,
            gate_id=assignment.gate_id,
            admissions_per_minute=assignment.admissions_per_minute,
            created_by=actor,
            created_at=unit.now,
            expires_at=expires_at,
            used_at=None,
            device_id=None,
        )
    )
    return IssuedCode(keys.code_id.hex(), code, expires_at)


async def _count_devices(unit: Unit) -> int:
    """Count the devices that are not revoked, and the codes that may still enrol one."""
    devices = select(func.count()).select_from(Device).where(Device.revoked_at.is_(None))
    codes = select(func.count()).select_from(EnrolmentCode)
    codes = codes.where(*_is_open(unit.now))
    found = [(await unit.session.execute(query)).scalar_one() for query in (devices, codes)]
    return sum(found)


def _is_open(now: Instant) -> tuple[ColumnElement[bool], ...]:
    return EnrolmentCode.used_at.is_(None), EnrolmentCode.expires_at > now


async def list_open_codes(unit: Unit) -> Sequence[EnrolmentCode]:
    """Return the codes that may still enrol a device, the newest first."""
    query = select(EnrolmentCode).where(*_is_open(unit.now))
    query = query.order_by(EnrolmentCode.created_at.desc(), EnrolmentCode.hash)
    return await unit.all(query.limit(CODES_LISTED_MAX))


async def take_code_back(unit: Unit, code_id: str) -> None:
    """Let one open code enrol nothing any more.

    Raises:
        Problem: `not-found`, also for one that has enrolled a device: that is revoked.
    """
    try:
        found = EnrolmentCode.hash == bytes.fromhex(code_id)
    except ValueError:
        raise not_found("open code") from None
    spend = update(EnrolmentCode).where(found, *_is_open(unit.now)).values(used_at=unit.now)
    if (await unit.change(spend.returning(EnrolmentCode.hash))).first() is None:
        raise not_found("open code")


async def use_code(
    session: AsyncSession, request: EnrolRequest, now: Instant
) -> tuple[EnrolmentCode, bool]:
    """Use up the code that a request names; tells whether it was good still.

    Raises:
        Problem: `forbidden` if there is no such code.
    """
    is_it = EnrolmentCode.hash == bytes.fromhex(request.code_id)
    # The guard stands in the update itself, so that two devices cannot share a code.
    used = await session.execute(
        update(EnrolmentCode)
        .where(
            is_it,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now,
            EnrolmentCode.created_at <= now + SERVERS_APART,
        )
        .values(used_at=now)
        .returning(EnrolmentCode)
    )
    if (found := used.scalar_one_or_none()) is not None:
        return found, True
    found = (await session.execute(select(EnrolmentCode).where(is_it))).scalar_one_or_none()
    if found is None:
        raise Problem("forbidden", USED_UP)
    return found, False


async def withdraw_codes(unit: Unit, issued_by: Collection[str]) -> None:
    """Let codes that somebody has issued, and nobody has used yet, enrol nothing any more."""
    await _spend(unit, EnrolmentCode.created_by.in_(issued_by))


async def end_all_codes(session: AsyncSession, now: Instant) -> None:
    """End everybody's codes that nobody has used; needs the system's scope.

    An older copy of the database holds those that were used or taken back since.
    """
    await session.execute(
        update(EnrolmentCode).where(EnrolmentCode.used_at.is_(None)).values(used_at=now)
    )


async def end_codes(context: Context, due_by: Instant) -> int:
    """End codes of all organizations for good whose time was over by then, whatever clocks do.

    So do those end that were drawn by a clock that was ahead: else they would be good again when
    that time comes.

    Returns:
        How many.
    """
    now = context.clock.wall()
    ended = EnrolmentCode.used_at.is_(None) & _has_ended(now, due_by)
    async with context.database.read(org=SYSTEM) as session:
        if (
            await session.execute(select(EnrolmentCode.hash).where(ended).limit(1))
        ).first() is None:
            return 0
    spend = update(EnrolmentCode).where(ended).values(used_at=now).returning(EnrolmentCode.hash)
    async with context.database.write(org=SYSTEM) as session:
        return len((await session.execute(spend)).all())


def _has_ended(now: Instant, due_by: Instant) -> ColumnElement[bool]:
    return or_(EnrolmentCode.expires_at <= due_by, EnrolmentCode.created_at > now + SERVERS_APART)


async def _spend(unit: Unit, which: ColumnElement[bool]) -> None:
    """Let codes that nobody has used be as if they had been: for good, whatever clocks do."""
    await unit.change(
        update(EnrolmentCode)
        .where(which, EnrolmentCode.used_at.is_(None))
        .values(used_at=unit.now)
    )
