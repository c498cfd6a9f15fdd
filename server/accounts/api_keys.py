"""Keys of an organization's programs: made, listed and revoked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, or_, select, update

from server import quotas
from server.access_keys import KEY_SHOWN_LENGTH, hash_token, new_key
from server.accounts.models import ApiKey
from server.accounts.tokens import (
    API_KEY_PREFIX,
)
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit
from server.problem_answers import wrong_field
from shared.kernel import ids
from shared.kernel.id_types import UserId
from shared.kernel.instant import Instant
from shared.wire.work_reasons import WorkReason

API_KEY: Final = "ak"


async def create_api_key(
    unit: Unit,
    *,
    name: str,
    scopes: Sequence[str],
    created_by: UserId,
    expires_at: Instant | None,
) -> tuple[ApiKey, str]:
    """Make an API key; the key itself is in the answer and nowhere else.

    Raises:
        Problem: if the organization has too many, or the key would have ended already.
    """
    if expires_at is not None and expires_at <= unit.now:
        message = "has already passed; choose a later time, or none"
        raise wrong_field("expires_at", message, WorkReason("field.date_over"))
    count = len(await list_api_keys(unit))
    quotas.check(count, quotas.API_KEYS_MAX, "keys; revoke one first")
    token = new_key(API_KEY_PREFIX, unit.entropy)
    key = ApiKey(
        id=ids.new_id(API_KEY, unit.entropy),
        name=name,
        hash=hash_token(token),
        shown=token[:KEY_SHOWN_LENGTH],
        scopes=sorted(set(scopes)),
        created_by=created_by,
        created_at=unit.now,
        expires_at=expires_at,
        revoked_at=None,
        last_used_at=None,
    )
    await unit.add(key)
    return key, token


async def list_api_keys(unit: Unit) -> Sequence[ApiKey]:
    """Return the organization's keys that nobody has revoked, those that have ended as well."""
    query = select(ApiKey).where(_unrevoked()).order_by(ApiKey.created_at)
    return await unit.all(query)


async def ids_of_keys_of(unit: Unit, user_id: UserId) -> Sequence[str]:
    """Return the ids of all keys that a person ever made in the organization."""
    return await unit.all(select(ApiKey.id).where(ApiKey.created_by == user_id))


async def revoke_keys_of(unit: Unit, user_id: UserId) -> Sequence[str]:
    """Stop all keys that a person has made in the organization, at once.

    Returns:
        The ids of all that they ever made, revoked before or now.
    """
    query = select(ApiKey).where(ApiKey.created_by == user_id)
    keys = await unit.all(query)
    for key in keys:
        if key.revoked_at is None or key.revoked_at == key.expires_at:
            key.revoked_at = unit.now
    await unit.session.flush()
    return [key.id for key in keys]


async def revoke_api_key(unit: Unit, key_id: str) -> None:
    """Stop a key at once.

    Raises:
        Problem: `not-found`.
    """
    query = select(ApiKey).where(ApiKey.id == key_id, _unrevoked())
    key = await unit.get(query, "API key")
    key.revoked_at = unit.now
    await unit.session.flush()


async def end_api_keys(context: Context, due_by: Instant) -> int:
    """End keys of all organizations for good whose time was over by then, whatever clocks do.

    They stay on the list, as ended, until somebody takes them off it.

    Returns:
        How many.
    """
    has_ended = (ApiKey.expires_at <= due_by) & ApiKey.revoked_at.is_(None)
    async with context.database.read(org=SYSTEM) as session:
        if (await session.execute(select(ApiKey.id).where(has_ended).limit(1))).first() is None:
            return 0
    end = update(ApiKey).where(has_ended).values(revoked_at=ApiKey.expires_at)
    async with context.database.write(org=SYSTEM) as session:
        done = await session.execute(
            end.returning(ApiKey.id).execution_options(synchronize_session=False)
        )
        return len(done.all())


def _unrevoked() -> ColumnElement[bool]:
    """Of keys that nobody has revoked: one that its own time has ended says that very time."""
    return or_(ApiKey.revoked_at.is_(None), ApiKey.revoked_at == ApiKey.expires_at)
