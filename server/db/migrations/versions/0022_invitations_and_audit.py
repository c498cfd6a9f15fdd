"""Create the tables of invitations and of the audit, to which lines are only added."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, numbers, octets, texts
from server.db.migrations.index_helpers import index

revision = "0022"
down_revision = "0021"

_SQLITE = (
    "CREATE TRIGGER audit_line_no_{verb} BEFORE {verb} ON audit_line"
    " BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END"
)
_POSTGRES = (
    (
        "CREATE OR REPLACE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the audit is only added to'; END $$"
    ),
    (
        "CREATE TRIGGER audit_line_only_added_to BEFORE UPDATE OR DELETE ON audit_line"
        " FOR EACH ROW EXECUTE FUNCTION keep_audit()"
    ),
)


def upgrade() -> None:
    op.create_table(
        "invitation",
        *texts("id", "organization_id"),
        *octets("hash"),
        *texts("role", "created_by"),
        *numbers("created_at", "expires_at"),
        *texts("registered_id", "used_by", nullable=True),
        *numbers("used_at", "revoked_at", nullable=True),
        *checks("invitation", role="role IN ('owner', 'manager', 'staff')"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    index("invitation", "organization_id")
    op.create_table(
        "audit_line",
        *texts("organization_id"),
        *numbers("at"),
        *texts("id", "actor", "method", "route", "targets", "request_id"),
        sa.PrimaryKeyConstraint("organization_id", "at", "id"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for statement in _POSTGRES:
            op.execute(statement)
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(verb=verb))
