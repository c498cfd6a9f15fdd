"""Whose a verb's work is: the option that says it, and the organization that is meant."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from shared.kernel.errors import BadInput
from shared.kernel.id_types import OrganizationId

if TYPE_CHECKING:
    from server.db.unit import Context


def add_organization_option(parser: argparse.ArgumentParser) -> None:
    """Let an organization be named."""
    parser.add_argument(
        "--organization", metavar="ID", help="which organization; not needed if there is only one"
    )


async def whose(context: Context, named: str | None) -> OrganizationId:
    """Return the organization that was named, or the only one.

    Raises:
        BadInput: if there is none of that name, or it has to be said which.
    """
    from sqlalchemy import select

    from server.db.tenancy import SYSTEM
    from server.organizations.models import Organization

    query = select(Organization.id).limit(2)
    if named is not None:
        query = query.where(Organization.id == named)
    async with context.database.read(org=SYSTEM) as session:
        found = (await session.execute(query)).scalars().all()
    if named is not None and not found:
        raise BadInput("there is no organization of this id (--organization)")
    if len(found) != 1:
        raise BadInput("say whose: --organization ID" if found else "there is no organization yet")
    return OrganizationId(found[0])
