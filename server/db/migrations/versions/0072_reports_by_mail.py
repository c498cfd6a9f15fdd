"""Keep reports that are mailed by themselves, each time of them, their mails and addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, documents, numbers, texts
from server.db.migrations.index_helpers import index, index_where

revision = "0072"
down_revision = "0071"

_ACTIVE = "state = 'active'"
_BY_ITSELF = "asked_by = ''"
_OUTCOMES = "outcome IN ('waiting', 'handing', 'sent', 'refused', 'gone', 'doubtful')"


def upgrade() -> None:
    op.create_table(
        "report_schedule",
        *texts("id", "name", "kind"),
        *documents("event_ids"),
        *texts("form", "language"),
        *documents("recipients"),
        *texts("every"),
        *numbers("weekday", "month_day", "minute"),
        *texts("timezone", "state"),
        *numbers("next_at", "last_at", nullable=True),
        *texts("covered_until", "created_by"),
        *numbers("created_at"),
        *texts("organization_id"),
        *checks(
            "report_schedule",
            kind="kind IN ('event', 'period')",
            form="form IN ('csv', 'xlsx', 'pdf')",
            every="every IN ('day', 'week', 'month')",
            state="state IN ('active', 'paused')",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    index("report_schedule", "organization_id")
    index_where(_ACTIVE, "ix_report_schedule_due", "report_schedule", ["next_at"])
    op.create_table(
        "report_run",
        *texts("id", "schedule_id"),
        *numbers("due_at"),
        *texts("asked_by", "since", "until"),
        *numbers("created_at"),
        *texts("organization_id"),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["report_schedule.id"],
            name=op.f("fk_report_run_schedule_id_report_schedule"),
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    index("report_run", "schedule_id", "created_at")
    index_where(
        _BY_ITSELF, "ix_report_run_once", "report_run", ["schedule_id", "due_at"], is_unique=True
    )
    op.create_table(
        "report_mail",
        *texts("id", "run_id", "email", "outcome"),
        *numbers("at"),
        *texts("organization_id"),
        *checks("report_mail", outcome=_OUTCOMES),
        sa.ForeignKeyConstraint(
            ["run_id"], ["report_run.id"], name=op.f("fk_report_mail_run_id_report_run")
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    index("report_mail", "run_id")
    op.create_table(
        "report_address",
        *texts("id", "email", "email_key", "code_hash"),
        *numbers("tries"),
        *numbers("confirmed_at", nullable=True),
        *texts("created_by"),
        *numbers("created_at"),
        *texts("organization_id"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "organization_id",
            "email_key",
            name=op.f("uq_report_address_organization_id_email_key"),
        ),
    )
