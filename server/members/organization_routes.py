"""`/api/v1/organizations`: made, shown, and what is said of each."""

from __future__ import annotations

from litestar import get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from server.accounts.guards import platform_admin, requires, signed_in
from server.accounts.principal import Principal, Role
from server.db.audit_line import note_organization
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit, Units
from server.events.events_and_dates import check_time_zone
from server.http.body_and_answer_types import answer_of
from server.http.etags import Expected
from server.http.list_search_and_filters import Listing
from server.http.retrying import look_again
from server.members import organization_settings as settings
from server.members.schemas import (
    ApprovalSetting,
    FactorSetting,
    NewOrganization,
    OrganizationAnswer,
    OrganizationChange,
)
from server.organizations import organizations_and_numbers as organizations
from server.organizations.organizations_and_numbers import Organization
from shared.kernel.id_types import OrganizationId

ONE = "/organizations/{organization_id:str}"


@post("/organizations", tags=["organizations"], guards=[signed_in()])
@look_again
async def create_organization(
    data: JSONBody[NewOrganization],
    principal: NamedDependency[Principal],
    context: NamedDependency[Context],
) -> OrganizationAnswer:
    """Make an organization; whoever asks becomes its owner."""
    check_time_zone(data.timezone)
    async with context.database.write(org=SYSTEM) as session:
        made = await organizations.create_organization(
            session,
            context.entropy,
            context.clock.wall(),
            name=data.name,
            slug=data.slug,
            currency=data.currency,
            timezone=data.timezone,
            owner_id=principal.user_id,
        )
        note_organization(OrganizationId(made.id))
    return _answer(made, Role.OWNER)


@get("/organizations", tags=["organizations"], guards=[signed_in()])
async def list_organizations(
    listing: NamedDependency[Listing],
    principal: NamedDependency[Principal],
    context: NamedDependency[Context],
) -> list[OrganizationAnswer]:
    """List the organizations that one belongs to."""
    async with context.database.read(org=SYSTEM) as session:
        found = await organizations.organizations_of(session, principal.user_id)
    answers = [_answer(row, role) for row, role in found]
    return listing.arrange(answers, OrganizationAnswer)


@get(ONE, tags=["organizations"], guards=[requires(Role.READER, "organization:read")])
async def get_organization(
    principal: NamedDependency[Principal], units: NamedDependency[Units]
) -> OrganizationAnswer:
    """Return an organization."""
    async with units.read() as unit:
        return _answer(await organizations.get_organization(unit), principal.role)


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
        await expected.check(unit, units.organization_id, _locked)
        return _answer(await settings.change_organization(unit, data), None)


@put(ONE + "/approval", tags=["organizations"], guards=[platform_admin()])
async def set_approval(
    data: JSONBody[ApprovalSetting],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
) -> OrganizationAnswer:
    """Say whether a platform admin must approve the organization's events."""
    async with units.write() as unit:
        await expected.check(unit, units.organization_id, _locked)
        return _answer(await settings.set_approval(unit, data), None)


@put(ONE + "/second-factor", tags=["organizations"], guards=[requires(Role.OWNER)])
async def ask_for_second_factor(
    data: JSONBody[FactorSetting],
    expected: NamedDependency[Expected],
    principal: NamedDependency[Principal],
    units: NamedDependency[Units],
) -> OrganizationAnswer:
    """Say whether owners and managers need a second factor; who asks for it has one."""
    asker = principal.user_id
    async with units.write() as unit:
        await expected.check(unit, units.organization_id, _locked)
        return _answer(await settings.ask_for_second_factor(unit, data, asker), None)


async def _locked(unit: Unit) -> OrganizationAnswer:
    return _answer(await unit.lock(await organizations.get_organization(unit)), None)


def _answer(row: Organization, role: str | None) -> OrganizationAnswer:
    return answer_of(OrganizationAnswer, row, role=role)
