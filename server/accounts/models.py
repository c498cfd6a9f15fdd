"""Tables of users, their sessions and tokens, and API keys."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import JsonValue
from server.db.model import Model
from server.db.personal_columns import OF_STAFF
from server.db.tenancy import Scoped
from shared.kernel.id_types import OrganizationId, UserId
from shared.kernel.instant import Instant


class User(Model):
    """A person with an account: staff of organizations, platform admin, or attendee.

    Users belong to no organization; memberships say where they work.
    """

    __tablename__ = "user_account"
    __table_args__ = (CheckConstraint("state IN ('active', 'disabled')", name="state"),)

    id: Mapped[UserId] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(info=OF_STAFF)
    email_key: Mapped[str] = mapped_column(unique=True, info=OF_STAFF)
    name: Mapped[str] = mapped_column(info=OF_STAFF)
    password_hash: Mapped[str | None]
    is_platform_admin: Mapped[bool]
    state: Mapped[str]
    created_at: Mapped[Instant]
    password_changed_at: Mapped[Instant]


class LoginSession(Model):
    """One sign-in: the family of its refresh tokens."""

    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[Instant]
    last_used_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    revoked_because: Mapped[str | None]
    client: Mapped[str] = mapped_column(info=OF_STAFF)


class RefreshToken(Model):
    """A single-use token; only its SHA-256 is kept."""

    __table_args__ = (Index(None, "session_id"),)

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("login_session.id"))
    issued_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]


class SecondFactor(Model):
    """A person's phone, which shows a code besides the password.

    Attributes:
        sealed: Its secret, sealed under one of the data folder.
        confirmed_at: None before a right code was typed; until then nothing is asked for.
        last_step: The time step of the last code that was taken; -1 before the first.
    """

    user_id: Mapped[UserId] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    begun_at: Mapped[Instant]
    confirmed_at: Mapped[Instant | None]
    last_step: Mapped[int]


class FactorCode(Model):
    """A recovery code, good for one sign-in without the phone; only its SHA-256 is kept."""

    __tablename__ = "second_factor_code"

    user_id: Mapped[UserId] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[Instant | None]


class ApiKey(Scoped, Model):
    """A server-to-server key of an organization; only its SHA-256 is kept."""

    __table_args__ = (Index(None, "organization_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(info=OF_STAFF)
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    shown: Mapped[str]
    scopes: Mapped[JsonValue]
    created_by: Mapped[UserId] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]
    last_used_at: Mapped[Instant | None]
