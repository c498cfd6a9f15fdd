"""Keep reports that are mailed by themselves, each time of them, their mails and addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0072"
down_revision = "0071"

_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_ACTIVE = sa.text("state = 'active'")
_BY_ITSELF = sa.text("asked_by = ''")
_OUTCOMES = "outcome IN ('waiting', 'handing', 'sent', 'refused', 'gone', 'doubtful')"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "report_schedule",
        _text("id"),
        _text("name"),
        _text("kind"),
        sa.Column("event_ids", _JSON, nullable=False),
        _text("form"),
        _text("language"),
        sa.Column("recipients", _JSON, nullable=False),
        _text("every"),
        sa.Column("weekday", sa.BigInteger(), nullable=False),
        sa.Column("month_day", sa.BigInteger(), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        _text("timezone"),
        _text("state"),
        _instant("next_at", nullable=True),
        _instant("last_at", nullable=True),
        _text("covered_until"),
        _text("created_by"),
        _instant("created_at"),
        _text("organization_id"),
        sa.CheckConstraint("kind IN ('event', 'period')", name=op.f("ck_report_schedule_kind")),
        sa.CheckConstraint("form IN ('csv', 'xlsx', 'pdf')", name=op.f("ck_report_schedule_form")),
        sa.CheckConstraint(
            "every IN ('day', 'week', 'month')", name=op.f("ck_report_schedule_every")
        ),
        sa.CheckConstraint("state IN ('active', 'paused')", name=op.f("ck_report_schedule_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_schedule")),
    )
    op.create_index(
        op.f("ix_report_schedule_organization_id"), "report_schedule", ["organization_id"]
    )
    op.create_index(
        "ix_report_schedule_due",
        "report_schedule",
        ["next_at"],
        postgresql_where=_ACTIVE,
        sqlite_where=_ACTIVE,
    )
    op.create_table(
        "report_run",
        _text("id"),
        _text("schedule_id"),
        _instant("due_at"),
        _text("asked_by"),
        _text("since"),
        _text("until"),
        _instant("created_at"),
        _text("organization_id"),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["report_schedule.id"],
            name=op.f("fk_report_run_schedule_id_report_schedule"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_run")),
    )
    op.create_index(
        op.f("ix_report_run_schedule_id_created_at"), "report_run", ["schedule_id", "created_at"]
    )
    op.create_index(
        "ix_report_run_once",
        "report_run",
        ["schedule_id", "due_at"],
        unique=True,
        postgresql_where=_BY_ITSELF,
        sqlite_where=_BY_ITSELF,
    )
    op.create_table(
        "report_mail",
        _text("id"),
        _text("run_id"),
        _text("email"),
        _text("outcome"),
        _instant("at"),
        _text("organization_id"),
        sa.CheckConstraint(_OUTCOMES, name=op.f("ck_report_mail_outcome")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["report_run.id"], name=op.f("fk_report_mail_run_id_report_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_mail")),
    )
    op.create_index(op.f("ix_report_mail_run_id"), "report_mail", ["run_id"])
    op.create_table(
        "report_address",
        _text("id"),
        _text("email"),
        _text("email_key"),
        _text("code_hash"),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        _instant("confirmed_at", nullable=True),
        _text("created_by"),
        _instant("created_at"),
        _text("organization_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_address")),
        sa.UniqueConstraint(
            "organization_id",
            "email_key",
            name=op.f("uq_report_address_organization_id_email_key"),
        ),
    )
