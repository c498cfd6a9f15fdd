"""The organization itself: its name, clock and currency, and what stands on its receipts."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.organizer.edit_clashes import save_over
from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.server_api import ServerApi
from shared.field_limits import ADDRESS_SIZE_MAX, NAME_SIZE_MAX, TAX_NUMBER_SIZE_MAX
from shared.kernel.id_types import OrganizationId

TEXTS_MAX: Final = {
    "name": NAME_SIZE_MAX,
    "legal_name": NAME_SIZE_MAX,
    "tax_number": TAX_NUMBER_SIZE_MAX,
    "address": ADDRESS_SIZE_MAX,
}
"""What is typed freely, and how long each may be."""
FIELDS: Final = ("name", "timezone", "currency", "legal_name", "address", "tax_number")


class OrganizationDetails(msgspec.Struct, frozen=True, kw_only=True):
    """An organization, as the server's `OrganizationAnswer` says.

    Attributes:
        timezone: Of whatever is no event's.
        currency: ISO 4217; new events begin with it.
        legal_name: On receipts and drawers' reports; "" for the name.
        address: Lines under it.
        tax_number: Below them.
    """

    id: OrganizationId
    name: str
    timezone: str
    currency: str
    legal_name: str
    address: str
    tax_number: str
    etag: str

    @property
    def fields(self) -> Fields:
        """What an edit sets."""
        return {name: getattr(self, name) for name in FIELDS}


async def read_organization(
    api: ServerApi, organization_id: OrganizationId
) -> OrganizationDetails:
    """Read an organization."""
    return await api.read(OrganizationDetails, f"/organizations/{organization_id}")


async def save_organization(
    api: ServerApi, details: OrganizationDetails, fields: Fields, etag: str = ""
) -> Clash | None:
    """Change an organization.

    Args:
        api: Somebody signed in, an owner.
        details: As it was read.
        fields: As `OrganizationDetails.fields`, as they shall be.
        etag: Of what was looked at last; "" for the one of `details`.

    Returns:
        What somebody else changed of it meanwhile; then nothing was written.

    Raises:
        Refused: if this needs an owner, or a zone or currency does not exist.
    """

    async def write(etag: str) -> None:
        await api.patch(f"/organizations/{details.id}", fields, etag)

    return await save_over(
        details, fields, lambda: read_organization(api, details.id), write, etag
    )
