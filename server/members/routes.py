"""`/api/v1/organizations` and their members."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.api_keys import revoke_keys_of
from server.accounts.guards import platform_admin, principal_of, requires, signed_in
from server.accounts.principal import RANKS, Role
from server.accounts.second_factor import having_factor
from server.accounts.users import name_users
from server.db.audit import note_organization
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit, Units
from server.devices.service import withdraw_codes
from server.events.service import check_time_zone, touch_all_plans
from server.http.etags import Expected
from server.http.listing import Listing
from server.http.logs import log
from server.http.retrying import look_again
from server.http.schema import answer_of, moment_of
from server.members.schemas import (
    ApprovalSetting,
    FactorSetting,
    MemberAnswer,
    MemberChange,
    NewOrganization,
    OrganizationAnswer,
    OrganizationChange,
)
from server.organizations import service
from server.organizations.invitations import revoke_invitations_of
from server.organizations.service import Membership, Organization
from server.problems import Problem
from shared.kernel.id_types import OrganizationId, UserId

AnyRequest = Request[Any, Any, Any]
ONE = "/organizations/{organization_id:str}"
MEMBERS = ONE + "/members"
MEMBER = MEMBERS + "/{user_id:str}"


@post("/organizations", tags=["organizations"], guards=[signed_in()])
@look_again
async def create_organization(
    data: JSONBody[NewOrganization], request: AnyRequest, context: NamedDependency[Context]
) -> OrganizationAnswer:
    """Make an organization; whoever asks becomes its owner."""
    check_time_zone(data.timezone)
    async with context.database.write(org=SYSTEM) as session:
        made = await service.create_organization(
            session,
            context.entropy,
            context.clock.wall(),
            name=data.name,
            slug=data.slug,
            currency=data.currency,
            timezone=data.timezone,
            owner_id=principal_of(request).user_id,
        )
        note_organization(OrganizationId(made.id))
    return _answer(made, Role.OWNER)


@get("/organizations", tags=["organizations"], guards=[signed_in()])
async def list_organizations(
    listing: NamedDependency[Listing],
    request: AnyRequest,
    context: NamedDependency[Context],
) -> list[OrganizationAnswer]:
    """List the organizations that one belongs to."""
    async with context.database.read(org=SYSTEM) as session:
        found = await service.organizations_of(session, principal_of(request).user_id)
    answers = [_answer(row, role) for row, role in found]
    return listing.arrange(answers, OrganizationAnswer)


@get(ONE, tags=["organizations"], guards=[requires(Role.READER, "organization:read")])
async def get_organization(
    request: AnyRequest, units: NamedDependency[Units]
) -> OrganizationAnswer:
    """Return an organization."""
    async with units.read() as unit:
        return _answer(await service.get_organization(unit), principal_of(request).role)


@patch(ONE, tags=["organizations"], guards=[requires(Role.OWNER, "organization:write")])
async def change_organization(
    data: JSONBody[OrganizationChange],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
) -> OrganizationAnswer:
    """Change an organization's name, currency, time zone, or what stands on its receipts."""
    if data.timezone is not None:
        check_time_zone(data.timezone)
    async with units.write() as unit:
        await expected.check(unit, units.organization_id, partial(_locked, unit))
        row = await service.get_organization(unit)
        row.currency = data.currency or row.currency
        row.timezone = data.timezone or row.timezone
        before = _on_paper(row)
        row.name = data.name or row.name
        row.legal_name = row.legal_name if data.legal_name is None else data.legal_name.strip()
        row.address = row.address if data.address is None else data.address.strip()
        row.tax_number = row.tax_number if data.tax_number is None else data.tax_number.strip()
        await unit.session.flush()
        if _on_paper(row) != before:
            await touch_all_plans(unit)
        return _answer(row, None)


@put(ONE + "/approval", tags=["organizations"], guards=[platform_admin()])
async def set_approval(
    data: JSONBody[ApprovalSetting],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
) -> OrganizationAnswer:
    """Say whether a platform admin must approve the organization's events."""
    async with units.write() as unit:
        await expected.check(unit, units.organization_id, partial(_locked, unit))
        row = await service.get_organization(unit)
        row.needs_approval = data.needs_approval
        await unit.session.flush()
        return _answer(row, None)


@put(ONE + "/second-factor", tags=["organizations"], guards=[requires(Role.OWNER)])
async def ask_for_second_factor(
    data: JSONBody[FactorSetting],
    expected: NamedDependency[Expected],
    request: AnyRequest,
    units: NamedDependency[Units],
) -> OrganizationAnswer:
    """Say whether owners and managers need a second factor; who asks for it has one."""
    async with units.write() as unit:
        await expected.check(unit, units.organization_id, partial(_locked, unit))
        row = await service.get_organization(unit)
        asker = principal_of(request).user_id
        if data.asks_second_factor and not await having_factor(unit.session, [asker]):
            raise Problem("conflict", "Make a second factor of your own first.")
        row.asks_second_factor = data.asks_second_factor
        await unit.session.flush()
        return _answer(row, None)


@get(MEMBERS, tags=["members"], guards=[requires(Role.MANAGER, "members:read")])
async def list_members(
    listing: NamedDependency[Listing], units: NamedDependency[Units]
) -> list[MemberAnswer]:
    """List the members."""
    async with units.read() as unit:
        found = await _named(unit, list(await service.list_members(unit)))
    return listing.arrange(found, MemberAnswer)


@put(MEMBER, tags=["members"], guards=[requires(Role.OWNER)])
@look_again
async def change_member(
    data: JSONBody[MemberChange],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    user_id: FromPath[UserId],
) -> MemberAnswer:
    """Change a member's role."""
    async with units.write() as unit:
        await expected.check(unit, user_id, partial(_locked_member, unit, user_id))
        await service.get_member(unit, user_id)
        row = await service.set_member(unit, user_id, data.role)
        if RANKS[Role(data.role)] < RANKS[Role.MANAGER]:
            await withdraw_codes(unit, [user_id])  # managers enrol devices
        if data.role != Role.OWNER.value:
            await revoke_invitations_of(unit, user_id)  # owners alone invite
        return (await _named(unit, [row]))[0]


@delete(MEMBER, status_code=204, tags=["members"], guards=[requires(Role.OWNER)])
@look_again
async def remove_member(
    expected: NamedDependency[Expected],
    request: AnyRequest,
    units: NamedDependency[Units],
    user_id: FromPath[UserId],
) -> None:
    """Remove a member: what they may do, their API keys and their unused codes end at once."""
    async with units.write() as unit:
        await expected.check(unit, user_id, partial(_locked_member, unit, user_id))
        await service.remove_member(unit, user_id)
        await revoke_invitations_of(unit, user_id)
        key_ids = await revoke_keys_of(unit, user_id)
        await withdraw_codes(unit, [user_id, *key_ids])
    log().info("member.removed", actor=principal_of(request).actor)


async def _locked(unit: Unit) -> OrganizationAnswer:
    return _answer(await unit.lock(await service.get_organization(unit)), None)


async def _locked_member(unit: Unit, user_id: UserId) -> MemberAnswer:
    row = await unit.lock(await service.get_member(unit, user_id))
    return (await _named(unit, [row]))[0]


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


def _on_paper(row: Organization) -> tuple[str, ...]:
    """Return what tills print, who hear of it with the plan."""
    return row.name, row.legal_name, row.address, row.tax_number


def _answer(row: Organization, role: str | None) -> OrganizationAnswer:
    return answer_of(OrganizationAnswer, row, role=role)
