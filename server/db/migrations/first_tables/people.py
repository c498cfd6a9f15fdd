"""Create the tables of the ledger, organizations, people and limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from server.db.migrations.column_helpers import flags, numbers, octets, texts


def create() -> None:
    """Create them, in the order of their references."""
    op.create_table(
        "ledger",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        *numbers("epoch"),
        *flags("open"),
        *texts("reason"),
        *numbers("changed_at"),
        *texts("cluster"),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_single")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table("rate_limit", *texts("key"), *numbers("tat"), sa.PrimaryKeyConstraint("key"))
    op.create_index(op.f("ix_rate_limit_tat"), "rate_limit", ["tat"])
    op.create_table(
        "organization",
        *texts("name", "slug", "currency", "timezone"),
        *flags("needs_approval"),
        *numbers("created_at"),
        *texts("id"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "user_account",
        *texts("id", "email", "email_key", "name"),
        *texts("password_hash", nullable=True),
        *flags("is_platform_admin"),
        *texts("state"),
        *numbers("created_at", "password_changed_at"),
        sa.CheckConstraint("state IN ('active', 'disabled')", name=op.f("ck_user_account_state")),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email_key"),
    )
    op.create_table(
        "membership",
        *texts("organization_id", "user_id", "role"),
        *numbers("created_at"),
        sa.CheckConstraint(
            "role IN ('owner', 'manager', 'staff')", name=op.f("ck_membership_role")
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("organization_id", "user_id"),
    )
    op.create_index(op.f("ix_membership_user_id"), "membership", ["user_id"])
    op.create_table(
        "organization_counter",
        *texts("organization_id", "name"),
        *numbers("value"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("organization_id", "name"),
    )
    op.create_table(
        "login_session",
        *texts("id", "user_id"),
        *numbers("created_at", "last_used_at", "expires_at"),
        *numbers("revoked_at", nullable=True),
        *texts("revoked_because", nullable=True),
        *texts("client"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_login_session_user_id"), "login_session", ["user_id"])
    op.create_table(
        "refresh_token",
        *octets("hash"),
        *texts("session_id"),
        *numbers("issued_at", "expires_at"),
        *numbers("used_at", nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["login_session.id"]),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index(op.f("ix_refresh_token_session_id"), "refresh_token", ["session_id"])
    op.create_table(
        "api_key",
        *texts("id", "organization_id", "name"),
        *octets("hash"),
        *texts("shown"),
        sa.Column(
            "scopes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        *texts("created_by"),
        *numbers("created_at"),
        *numbers("expires_at", "revoked_at", "last_used_at", nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index(op.f("ix_api_key_organization_id"), "api_key", ["organization_id"])
    if op.get_context().dialect.name == "postgresql":
        # Counters need no log: after a crash everybody may try again.
        op.execute("ALTER TABLE rate_limit SET UNLOGGED")
