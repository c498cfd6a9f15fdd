"""Supervisors of an organization; each change reaches the gates of all its events."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import func, select

from server import quotas
from server.db.unit import Context, Unit
from server.events.events_and_dates import touch_all_plans
from server.organizations.staff_names import check_staff_name
from server.problem_answers import refuse, wrong_field
from server.supervisors.models import Supervisor
from shared.credential.badges_and_pins import (
    check_pin,
    hash_badge,
    hash_pin,
    is_cashiers,
    new_badge,
    new_pin,
)
from shared.kernel import ids
from shared.kernel.errors import BadInput
from shared.kernel.id_types import OrganizationId
from shared.kernel.ports import Entropy
from shared.manifest.badge_signatures import badge_key
from shared.manifest.event_config import StewardConfig, SupervisorConfig
from shared.manifest.pin_seal import seal_pin
from shared.manifest.sealed_names_for_search import badge_public_key, badge_seed

__all__ = ["Supervisor"]
"""The rows that other domains read."""


def config_of(row: Supervisor) -> SupervisorConfig:
    """Say a supervisor as gates need them; the PIN lies under the badge where that is random."""
    name_key = row.name_key or b""
    return SupervisorConfig(
        id=row.id,
        name=row.name,
        pin_hash=row.pin_hash if row.has_badge and not name_key else "",
        badge_hash=row.badge_hash if row.has_badge else "",
        sign_key=row.sign_key or b"",
        pin_box=seal_pin(row.pin_hash, row.id, name_key) if name_key else b"",
    )


def steward_of(row: Supervisor) -> StewardConfig:
    """Say a steward as gates need them."""
    return StewardConfig(row.id, row.name, row.badge_hash)


async def prepare_pin(pin: str, entropy: Entropy) -> str:
    """Hash a PIN beside the loop, before a transaction begins.

    Raises:
        Problem: if it is one that anybody tries first.
    """
    try:
        check_pin(pin)
    except BadInput as fault:
        raise wrong_field("pin", str(fault)) from None
    return await asyncio.to_thread(hash_pin, pin, entropy)


async def add_supervisor(
    unit: Unit, *, name: str, pin_hash: str, badge: str | None, is_steward: bool = False
) -> tuple[Supervisor, str]:
    """Add a supervisor or steward; returns them and their badge's code.

    Raises:
        Problem: `conflict` if the badge is somebody's already, or there are too many; a field's
            if it is a cashier's: theirs unlock no gate; or if the name is a badge's code.
    """
    check_staff_name(name)
    if badge is not None and is_cashiers(badge):
        raise wrong_field("badge", "is a cashier's, which unlocks no gate; leave it out")
    count = select(func.count()).select_from(Supervisor).where(Supervisor.removed_at.is_(None))
    there = (await unit.session.execute(count)).scalar_one()
    quotas.check(there, quotas.SUPERVISORS_MAX, "supervisors; remove one first")
    code = badge or new_badge(unit.entropy)
    org = unit.organization_id
    hashed = hash_badge(code, org)
    holder = select(Supervisor.id).where(Supervisor.badge_hash == hashed)
    if await unit.find(holder) is not None:
        raise refuse("conflict", "badge.taken")
    made = Supervisor(
        id=ids.new_id(ids.SUPERVISOR, unit.entropy),
        organization_id=org,
        name=name,
        pin_hash=pin_hash,
        badge_hash=hashed,
        created_at=unit.now,
        removed_at=None,
        name_key=badge_public_key(badge_seed(code, org)) if not badge else None,
        sign_key=badge_key(code, org).public_key if not badge and not is_steward else None,
        is_steward=is_steward,
    )
    await unit.add(made)
    await touch_all_plans(unit)
    return made, code


async def list_supervisors(unit: Unit) -> Sequence[Supervisor]:
    """Return the supervisors in order of name."""
    return [row for row in await list_staff(unit) if not row.is_steward]


async def list_staff(unit: Unit) -> Sequence[Supervisor]:
    """Return the supervisors, then the stewards, each in order of name."""
    query = (
        select(Supervisor)
        .where(Supervisor.removed_at.is_(None))
        .order_by(Supervisor.is_steward, Supervisor.name, Supervisor.id)
        .limit(quotas.SUPERVISORS_MAX)
    )
    return await unit.all(query)


async def change_supervisor(
    unit: Unit, supervisor_id: str, *, name: str | None, pin_hash: str | None
) -> Supervisor:
    """Change what is given.

    Raises:
        Problem: `not-found`.
    """
    found = await get_supervisor(unit, supervisor_id)
    if pin_hash is not None and found.is_steward:
        raise wrong_field("pin", "a steward has none")
    check_staff_name(name or "")
    found.name = name or found.name
    found.pin_hash = pin_hash or found.pin_hash
    await unit.session.flush()
    await touch_all_plans(unit)
    return found


async def change_all_pins(
    context: Context, organization_id: OrganizationId
) -> list[tuple[Supervisor, str]]:
    """Draw every supervisor another PIN; those before unlock nothing any more.

    The hashes are made before the transaction begins, 0.15 s each.

    Returns:
        The supervisors, each with the PIN, which nobody can read again.

    Raises:
        Problem: `conflict` if somebody was added meanwhile, whose PIN would stay.
    """
    async with context.read(organization_id) as unit:
        held = [row.id for row in await list_supervisors(unit)]
    pins = {one: new_pin(context.entropy) for one in held}
    hashed = {one: await prepare_pin(pin, context.entropy) for one, pin in pins.items()}
    async with context.write(organization_id) as unit:
        rows = await list_supervisors(unit)
        if any(row.id not in pins for row in rows):
            raise refuse("conflict", "badge.pins_meanwhile")
        for row in rows:
            row.pin_hash = hashed[row.id]
        await unit.session.flush()
        await touch_all_plans(unit)
    return [(row, pins[row.id]) for row in rows]


async def remove_supervisor(unit: Unit, supervisor_id: str) -> None:
    """Let somebody unlock nothing any more, as soon as each gate has synced.

    Raises:
        Problem: `not-found`.
    """
    found = await get_supervisor(unit, supervisor_id)
    found.removed_at = unit.now
    await unit.session.flush()
    await touch_all_plans(unit)


async def get_supervisor(unit: Unit, supervisor_id: str) -> Supervisor:
    """Return a supervisor or steward who was not removed.

    Raises:
        Problem: `not-found`.
    """
    query = select(Supervisor).where(
        Supervisor.id == supervisor_id, Supervisor.removed_at.is_(None)
    )
    return await unit.get(query, "supervisor")


async def check_supervisor(unit: Unit, supervisor_id: str, field: str) -> None:
    """See that somebody is a supervisor now; a steward decides nothing.

    Args:
        unit: May read.
        supervisor_id: Who is said to have allowed something.
        field: Of the request, which names them.

    Raises:
        Problem: `not-found`, or a field's if it is a steward.
    """
    if (await get_supervisor(unit, supervisor_id)).is_steward:
        raise wrong_field(field, "is a steward, who allows nothing; name a supervisor")
