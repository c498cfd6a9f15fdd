"""Request and answer bodies of organizations and members."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

import msgspec

from server.http.body_and_answer_types import Answer, Body, Currency, Name, TimeZoneName
from server.http.etags import Tagged
from shared.code_lifetimes import INVITATION_HOURS, INVITATION_HOURS_MAX
from shared.field_limits import ADDRESS_SIZE_MAX, NAME_SIZE_MAX, TAX_NUMBER_SIZE_MAX
from shared.kernel.id_types import OrganizationId, UserId

Slug = Annotated[
    str,
    msgspec.Meta(
        pattern="^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        max_length=63,
        description=(
            "1 to 63 small letters a to z, digits and hyphens, with no hyphen at either end, such"
            " as summer-fair"
        ),
    ),
]
RoleName = Literal["owner", "manager", "box_office", "staff", "reader"]
LegalName = Annotated[str, msgspec.Meta(max_length=NAME_SIZE_MAX)]
Address = Annotated[str, msgspec.Meta(max_length=ADDRESS_SIZE_MAX)]
TaxNumber = Annotated[str, msgspec.Meta(max_length=TAX_NUMBER_SIZE_MAX)]
InvitationCode = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class NewOrganization(Body):
    """Make an organization; whoever asks becomes its owner."""

    name: Name
    slug: Slug
    currency: Currency = "EUR"
    timezone: TimeZoneName = "UTC"


class OrganizationChange(Body):
    """Change what is given.

    Attributes:
        legal_name: Stands on receipts and drawers' reports; empty for the name.
        address: Lines under it on receipts.
        tax_number: Stands on receipts below the address.
    """

    name: Name | None = None
    currency: Currency | None = None
    timezone: TimeZoneName | None = None
    legal_name: LegalName | None = None
    address: Address | None = None
    tax_number: TaxNumber | None = None


class OrganizationAnswer(Tagged, kw_only=True):
    """An organization, and one's role in it where that matters."""

    BY_ITSELF: ClassVar[frozenset[str]] = frozenset({"role"})

    id: OrganizationId
    name: str
    slug: str
    currency: str
    timezone: str
    needs_approval: bool
    created_at: datetime
    role: str | None = None
    asks_second_factor: bool = False
    legal_name: str = ""
    address: str = ""
    tax_number: str = ""


class FactorSetting(Body):
    """Whether owners and managers need a second factor."""

    asks_second_factor: bool


class ApprovalSetting(Body):
    """Whether a platform admin must approve the organization's events."""

    needs_approval: bool


class NewInvitation(Body):
    """Invite somebody by a code that you hand over."""

    role: RoleName
    hours: Annotated[int, msgspec.Meta(ge=1, le=INVITATION_HOURS_MAX)] = INVITATION_HOURS


class InvitationAnswer(Answer):
    """An invitation, without its code."""

    id: str
    role: str
    created_by: UserId
    created_at: datetime
    expires_at: datetime
    used_by: str | None
    used_at: datetime | None
    revoked_at: datetime | None


class CreatedInvitation(Answer):
    """An invitation with its code, which is shown this once."""

    code: str
    invitation: InvitationAnswer


class Acceptance(Body):
    """Become a member by an invitation's code."""

    code: InvitationCode


class AcceptedInvitation(Answer):
    """What one has become a member of, and as what."""

    organization_id: OrganizationId
    role: str


class MemberChange(Body):
    """Change a member's role."""

    role: RoleName


class MemberAnswer(Tagged, kw_only=True):
    """A member."""

    BY_ITSELF: ClassVar[frozenset[str]] = frozenset({"name", "email", "has_second_factor"})

    user_id: UserId
    name: str
    email: str
    role: str
    created_at: datetime
    has_second_factor: bool = False
