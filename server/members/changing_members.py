"""Changing an organization's members, with all that follows from it in other rooms."""

from __future__ import annotations

from server.accounts import api_keys
from server.accounts.principal import RANKS, Role
from server.accounts.second_factor import having_factor
from server.accounts.users import name_users
from server.db.unit import Unit
from server.devices.enrolment_codes import withdraw_codes
from server.http.body_and_answer_types import moment_of
from server.members.schemas import (
    MemberAnswer,
    MemberChange,
)
from server.organizations import members_and_last_owner as members
from server.organizations.invitations import revoke_invitations_of
from server.organizations.organizations_and_numbers import Membership
from server.webhooks.webhook_setup import hold_unanswered
from shared.kernel.id_types import UserId


async def list_members(unit: Unit) -> list[MemberAnswer]:
    """Return the members by name."""
    return await _named(unit, list(await members.list_members(unit)))


async def lock_member(unit: Unit, user_id: UserId) -> MemberAnswer:
    """Return a member as it is now, locked until the commit."""
    row = await unit.lock(await members.get_member(unit, user_id))
    return (await _named(unit, [row]))[0]


async def change_member(unit: Unit, user_id: UserId, said: MemberChange) -> MemberAnswer:
    """Give a member another role; what only a higher one may hand out is taken back."""
    await members.get_member(unit, user_id)
    row = await members.set_member(unit, user_id, said.role)
    if RANKS[Role(said.role)] < RANKS[Role.MANAGER]:
        await _end_managers_acts(unit, [user_id, *await api_keys.ids_of_keys_of(unit, user_id)])
    if said.role != Role.OWNER.value:
        await revoke_invitations_of(unit, user_id)  # owners alone invite
    return (await _named(unit, [row]))[0]


async def remove_member(unit: Unit, user_id: UserId) -> None:
    """Remove a member: their API keys and their unused codes end with what they may do.

    What goes to webhooks that they answered for waits.
    """
    await members.remove_member(unit, user_id)
    await revoke_invitations_of(unit, user_id)
    key_ids = await api_keys.revoke_keys_of(unit, user_id)
    await _end_managers_acts(unit, [user_id, *key_ids])


async def revoke_api_key(unit: Unit, key_id: str) -> None:
    """Stop an API key at once, with its unused codes; what goes to its webhooks waits.

    Raises:
        Problem: `not-found`.
    """
    await api_keys.revoke_api_key(unit, key_id)
    await _end_managers_acts(unit, [key_id])


async def _end_managers_acts(unit: Unit, actors: list[str]) -> None:
    """End what managers alone may give out, of people and keys who may not any more."""
    await withdraw_codes(unit, actors)
    await hold_unanswered(unit, actors)


async def _named(unit: Unit, rows: list[Membership]) -> list[MemberAnswer]:
    user_ids = [row.user_id for row in rows]
    names = await name_users(unit.session, user_ids)
    protected = await having_factor(unit.session, user_ids)
    return [
        MemberAnswer(
            user_id=row.user_id,
            name=names[row.user_id][0],
            email=names[row.user_id][1],
            role=row.role,
            created_at=moment_of(row.created_at),
            has_second_factor=row.user_id in protected,
        )
        for row in rows
    ]
