"""Create the tables of the ledger, organizations, people and limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, documents, flags, numbers, octets, texts
from server.db.migrations.index_helpers import index


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
        *checks("ledger", single="id = 1"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table("rate_limit", *texts("key"), *numbers("tat"), sa.PrimaryKeyConstraint("key"))
    index("rate_limit", "tat")
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
        *checks("user_account", state="state IN ('active', 'disabled')"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email_key"),
    )
    op.create_table(
        "membership",
        *texts("organization_id", "user_id", "role"),
        *numbers("created_at"),
        *checks("membership", role="role IN ('owner', 'manager', 'staff')"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("organization_id", "user_id"),
    )
    index("membership", "user_id")
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
    index("login_session", "user_id")
    op.create_table(
        "refresh_token",
        *octets("hash"),
        *texts("session_id"),
        *numbers("issued_at", "expires_at"),
        *numbers("used_at", nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["login_session.id"]),
        sa.PrimaryKeyConstraint("hash"),
    )
    index("refresh_token", "session_id")
    op.create_table(
        "api_key",
        *texts("id", "organization_id", "name"),
        *octets("hash"),
        *texts("shown"),
        *documents("scopes"),
        *texts("created_by"),
        *numbers("created_at"),
        *numbers("expires_at", "revoked_at", "last_used_at", nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    index("api_key", "organization_id")
    if op.get_context().dialect.name == "postgresql":
        # Counters need no log: after a crash everybody may try again.
        op.execute("ALTER TABLE rate_limit SET UNLOGGED")
