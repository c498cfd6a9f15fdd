"""Tables of organizations and memberships."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.tenancy import Scoped, ScopedByOwnId
from shared.kernel.id_types import OrganizationId, UserId
from shared.kernel.instant import Instant

_ROLES: Final = "role IN ('owner', 'manager', 'box_office', 'staff', 'reader')"


class Organization(ScopedByOwnId, Model):
    """A tenant: whoever puts events on.

    Attributes:
        needs_approval: Its events are published by a platform admin only.
        asks_second_factor: Owners and managers may do nothing in it without one.
        legal_name: Stands on receipts and drawers' reports; "" for the name.
        address: Lines under it on receipts; "" for none.
        tax_number: Stands on receipts too; "" for none.
    """

    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    timezone: Mapped[str]
    needs_approval: Mapped[bool]
    created_at: Mapped[Instant]
    asks_second_factor: Mapped[bool]
    legal_name: Mapped[str]
    address: Mapped[str]
    tax_number: Mapped[str]


class Membership(Scoped, Model):
    """A user's role in an organization."""

    __table_args__ = (
        CheckConstraint(_ROLES, name="role"),
        Index(None, "user_id"),
    )

    organization_id: Mapped[OrganizationId] = mapped_column(
        ForeignKey("organization.id"), primary_key=True
    )
    user_id: Mapped[UserId] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    role: Mapped[str]
    created_at: Mapped[Instant]


class Invitation(Scoped, Model):
    """A one-time code that makes whoever has it a member; only its SHA-256 is kept.

    Attributes:
        registered_id: The account that was made by it, where registration is closed; then only
            that account may use it.
        used_by: Who became a member by it.
    """

    __table_args__ = (
        CheckConstraint(_ROLES, name="role"),
        Index(None, "organization_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    role: Mapped[str]
    created_by: Mapped[UserId]
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    registered_id: Mapped[str | None]
    used_by: Mapped[str | None]
    used_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]


class OrganizationCounter(Scoped, Model):
    """Numbers that an organization gives without gaps, such as its orders'."""

    organization_id: Mapped[OrganizationId] = mapped_column(
        ForeignKey("organization.id"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
