"""Tables of organizations and memberships."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.tenancy import Scoped, ScopedByOwnId


class Organization(ScopedByOwnId, Model):
    """A tenant: whoever puts events on.

    Attributes:
        needs_approval: Its events are published by a platform admin only.
    """

    __tablename__ = "organization"

    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    timezone: Mapped[str]
    needs_approval: Mapped[bool]
    created_at: Mapped[int]


class Membership(Scoped, Model):
    """A user's role in an organization."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'manager', 'staff')", name="role"),
        Index(None, "user_id"),
    )

    organization_id: Mapped[str] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    role: Mapped[str]
    created_at: Mapped[int]


class OrganizationCounter(Scoped, Model):
    """Numbers that an organization gives without gaps, such as its orders'."""

    __tablename__ = "organization_counter"

    organization_id: Mapped[str] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
