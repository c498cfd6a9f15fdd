"""Request and answer bodies of organizations and members."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from server.http.schema import Answer, Body, Currency, Email, Name, TimeZoneName

Slug = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", max_length=63)]
RoleName = Literal["owner", "manager", "staff"]


class NewOrganization(Body):
    """Make an organization; whoever asks becomes its owner."""

    name: Name
    slug: Slug
    currency: Currency = "EUR"
    timezone: TimeZoneName = "UTC"


class OrganizationChange(Body):
    """Change what is given."""

    name: Name | None = None
    currency: Currency | None = None
    timezone: TimeZoneName | None = None


class OrganizationAnswer(Answer):
    """An organization, and one's role in it where that matters."""

    id: str
    name: str
    slug: str
    currency: str
    timezone: str
    needs_approval: bool
    created_at: datetime
    role: str | None = None


class ApprovalSetting(Body):
    """Whether a platform admin must approve the organization's events."""

    needs_approval: bool


class NewMember(Body):
    """Add somebody who has an account."""

    email: Email
    role: RoleName


class MemberChange(Body):
    """Change a member's role."""

    role: RoleName


class MemberAnswer(Answer):
    """A member."""

    user_id: str
    name: str
    email: str
    role: str
    created_at: datetime
