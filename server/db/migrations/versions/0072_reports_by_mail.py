"""Keep reports that are mailed by themselves, each time of them, their mails and addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from server.db.migrations.column_helpers import numbers, texts
from server.db.migrations.index_helpers import index_where

revision = "0072"
down_revision = "0071"

_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_ACTIVE = "state = 'active'"
_BY_ITSELF = "asked_by = ''"
_OUTCOMES = "outcome IN ('waiting', 'handing', 'sent', 'refused', 'gone', 'doubtful')"


def upgrade() -> None:
    op.create_table(
        "report_schedule",
        *texts("id", "name", "kind"),
        sa.Column("event_ids", _JSON, nullable=False),
        *texts("form", "language"),
        sa.Column("recipients", _JSON, nullable=False),
        *texts("every"),
        *numbers("weekday", "month_day", "minute"),
        *texts("timezone", "state"),
        *numbers("next_at", "last_at", nullable=True),
        *texts("covered_until", "created_by"),
        *numbers("created_at"),
        *texts("organization_id"),
        sa.CheckConstraint("kind IN ('event', 'period')", name=op.f("ck_report_schedule_kind")),
        sa.CheckConstraint("form IN ('csv', 'xlsx', 'pdf')", name=op.f("ck_report_schedule_form")),
        sa.CheckConstraint(
            "every IN ('day', 'week', 'month')", name=op.f("ck_report_schedule_every")
        ),
        sa.CheckConstraint("state IN ('active', 'paused')", name=op.f("ck_report_schedule_state")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_report_schedule_organization_id"), "report_schedule", ["organization_id"]
    )
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
    op.create_index(
        op.f("ix_report_run_schedule_id_created_at"), "report_run", ["schedule_id", "created_at"]
    )
    index_where(
        _BY_ITSELF, "ix_report_run_once", "report_run", ["schedule_id", "due_at"], is_unique=True
    )
    op.create_table(
        "report_mail",
        *texts("id", "run_id", "email", "outcome"),
        *numbers("at"),
        *texts("organization_id"),
        sa.CheckConstraint(_OUTCOMES, name=op.f("ck_report_mail_outcome")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["report_run.id"], name=op.f("fk_report_mail_run_id_report_run")
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_report_mail_run_id"), "report_mail", ["run_id"])
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
