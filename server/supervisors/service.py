"""Supervisors of an organization; each change reaches the gates of all its events."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select

from server.db.unit import Unit
from server.events.service import touch_all_plans
from server.problems import Problem, not_found, wrong_field
from server.supervisors.models import Supervisor
from shared.credential.staff_secrets import check_pin, hash_badge, hash_pin, new_badge
from shared.kernel import ids
from shared.kernel.errors import BadInput
from shared.kernel.ports import Entropy
from shared.manifest.badge_words import badge_key
from shared.manifest.names import badge_public_key, badge_seed

__all__ = ["Supervisor"]
"""The rows that other domains read."""

SUPERVISORS_MAX: Final = 200


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
    unit: Unit, *, name: str, pin_hash: str, badge: str | None
) -> tuple[Supervisor, str]:
    """Add a supervisor; returns them and their badge's code.

    Raises:
        Problem: `conflict` if the badge is somebody's already, or there are too many.
    """
    count = select(func.count()).select_from(Supervisor).where(Supervisor.removed_at.is_(None))
    if (await unit.session.execute(count)).scalar_one() >= SUPERVISORS_MAX:
        raise Problem("conflict", f"There are {SUPERVISORS_MAX} supervisors already.")
    code = badge or new_badge(unit.entropy)
    org = unit.organization_id
    hashed = hash_badge(code, org)
    holder = select(Supervisor.id).where(Supervisor.badge_hash == hashed)
    if (await unit.session.execute(holder)).scalar_one_or_none() is not None:
        raise Problem("conflict", "This badge was given to somebody already.")
    made = Supervisor(
        id=ids.new_id(ids.SUPERVISOR, unit.entropy),
        organization_id=org,
        name=name,
        pin_hash=pin_hash,
        badge_hash=hashed,
        created_at=unit.now,
        removed_at=None,
        name_key=badge_public_key(badge_seed(code, org)) if not badge else None,
        sign_key=badge_key(code, org).public_key if not badge else None,
    )
    unit.session.add(made)
    await unit.session.flush()
    await touch_all_plans(unit)
    return made, code


async def list_supervisors(unit: Unit) -> Sequence[Supervisor]:
    """Return the supervisors in order of name."""
    query = (
        select(Supervisor)
        .where(Supervisor.removed_at.is_(None))
        .order_by(Supervisor.name, Supervisor.id)
        .limit(SUPERVISORS_MAX)
    )
    return (await unit.session.execute(query)).scalars().all()


async def change_supervisor(
    unit: Unit, supervisor_id: str, *, name: str | None, pin_hash: str | None
) -> Supervisor:
    """Change what is given.

    Raises:
        Problem: `not-found`.
    """
    found = await _get(unit, supervisor_id)
    found.name = name or found.name
    found.pin_hash = pin_hash or found.pin_hash
    await unit.session.flush()
    await touch_all_plans(unit)
    return found


async def renew_badge(unit: Unit, supervisor_id: str) -> tuple[Supervisor, str]:
    """Draw a supervisor another badge; the one before unlocks nothing from the next sync on.

    It opens names and signs, whatever the one before was. Id and PIN stay.

    Raises:
        Problem: `not-found`.
    """
    found = await _get(unit, supervisor_id)
    code, org = new_badge(unit.entropy), unit.organization_id
    found.badge_hash = hash_badge(code, org)
    found.name_key = badge_public_key(badge_seed(code, org))
    found.sign_key = badge_key(code, org).public_key
    await unit.session.flush()
    await touch_all_plans(unit)
    return found, code


async def remove_supervisor(unit: Unit, supervisor_id: str) -> None:
    """Let somebody unlock nothing any more, as soon as each gate has synced.

    Raises:
        Problem: `not-found`.
    """
    found = await _get(unit, supervisor_id)
    found.removed_at = unit.now
    await unit.session.flush()
    await touch_all_plans(unit)


async def _get(unit: Unit, supervisor_id: str) -> Supervisor:
    query = select(Supervisor).where(
        Supervisor.id == supervisor_id, Supervisor.removed_at.is_(None)
    )
    found = (await unit.session.execute(query)).scalar_one_or_none()
    if found is None:
        raise not_found("supervisor")
    return found
