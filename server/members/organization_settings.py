"""What an organization's owners, and the platform, say of it; tills hear of what they print."""

from __future__ import annotations

from server.accounts.second_factor import having_factor
from server.db.unit import Unit
from server.events.events_and_dates import touch_all_plans
from server.members.schemas import ApprovalSetting, FactorSetting, OrganizationChange
from server.organizations import organizations_and_numbers as organizations
from server.organizations.organizations_and_numbers import Organization
from server.problem_answers import refuse
from shared.kernel.id_types import UserId


async def change_organization(unit: Unit, said: OrganizationChange) -> Organization:
    """Change what is said; tills hear with the plan of what they print."""
    row = await organizations.get_organization(unit)
    row.currency = said.currency or row.currency
    row.timezone = said.timezone or row.timezone
    before = _on_paper(row)
    row.name = said.name or row.name
    row.legal_name = row.legal_name if said.legal_name is None else said.legal_name.strip()
    row.address = row.address if said.address is None else said.address.strip()
    row.tax_number = row.tax_number if said.tax_number is None else said.tax_number.strip()
    await unit.session.flush()
    if _on_paper(row) != before:
        await touch_all_plans(unit)
    return row


async def set_approval(unit: Unit, said: ApprovalSetting) -> Organization:
    """Say whether the organization's events must be approved."""
    row = await organizations.get_organization(unit)
    row.needs_approval = said.needs_approval
    await unit.session.flush()
    return row


async def ask_for_second_factor(unit: Unit, said: FactorSetting, asker: UserId) -> Organization:
    """Say whether owners and managers need a second factor.

    Raises:
        Problem: `conflict` if whoever asks for it has none.
    """
    row = await organizations.get_organization(unit)
    if said.asks_second_factor and not await having_factor(unit.session, [asker]):
        raise refuse("conflict", "member.factor")
    row.asks_second_factor = said.asks_second_factor
    await unit.session.flush()
    return row


def _on_paper(row: Organization) -> tuple[str, ...]:
    """Return what tills print, who hear of it with the plan."""
    return row.name, row.legal_name, row.address, row.tax_number
