"""Badges of supervisors and stewards: another one is drawn, and one that was lost is withdrawn."""

from __future__ import annotations

from typing import Final

from server.db.hot_path_statements import statement
from server.db.unit import Unit
from server.events.events_and_dates import touch_all_plans
from server.supervisors.former_badges import add_former
from server.supervisors.models import WITHDRAWN, Supervisor
from server.supervisors.supervisors_and_pins import get_supervisor
from shared.credential.badges_and_pins import hash_badge, new_badge
from shared.manifest.badge_signatures import badge_key
from shared.manifest.sealed_names_for_search import badge_public_key, badge_seed

READ_BADGES: Final = statement(
    "SELECT id, sign_key, created_at, removed_at, former_badges FROM supervisor"
    " WHERE organization_id = $1 AND (sign_key IS NOT NULL OR former_badges IS NOT NULL)"
    " ORDER BY id"
)
"""Who is, or was, a supervisor whose badge signs, or did: id, public key, since and until when."""


async def renew_badge(unit: Unit, supervisor_id: str) -> tuple[Supervisor, str]:
    """Draw a supervisor another badge; the one before unlocks nothing from the next sync on.

    It opens names and signs, whatever the one before was. Id and PIN stay. What that one
    has signed until now counts, however late its journal comes; if it was withdrawn, nothing does.

    Raises:
        Problem: `not-found`.
    """
    found = await get_supervisor(unit, supervisor_id)
    if found.sign_key is not None:
        found.former_badges = add_former(
            found.former_badges, found.sign_key, created_at=found.created_at, now=unit.now
        )
    code, org = new_badge(unit.entropy), unit.organization_id
    found.badge_hash = hash_badge(code, org)
    found.name_key = badge_public_key(badge_seed(code, org))
    found.sign_key = None if found.is_steward else badge_key(code, org).public_key
    await unit.session.flush()
    await touch_all_plans(unit)
    return found, code


async def withdraw_badge(unit: Unit, supervisor_id: str) -> Supervisor:
    """Let a badge unlock and sign nothing any more, as soon as each gate has heard of it.

    Id and PIN stay for the next badge. What it signed and nobody has uploaded yet waits for the
    organizer: whoever has a copy of it can sign as well.

    Raises:
        Problem: `not-found`.
    """
    found = await get_supervisor(unit, supervisor_id)
    found.badge_hash = WITHDRAWN + found.id
    found.name_key = found.sign_key = None
    await unit.session.flush()
    await touch_all_plans(unit)
    return found
