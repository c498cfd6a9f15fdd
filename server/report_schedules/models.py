"""Tables of reports by mail: what comes when, to whom, each time, and what became of each mail."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import JsonValue
from server.db.model import Model, index_where
from server.db.personal_columns import OF_STAFF
from server.db.tenancy import Scoped
from shared.kernel.instant import Instant


class ReportSchedule(Scoped, Model):
    """A report that is mailed by itself.

    Attributes:
        kind: `event` for each event's own report, `period` for one over several events.
        event_ids: Which events; empty for all that are published or on.
        form: `csv`, `xlsx` or `pdf`.
        recipients: Addresses of members, or such as were confirmed.
        every, weekday, month_day, minute, timezone: See `server.report_schedules.calendar.Rule`.
        state: `active` or `paused`.
        next_at: When it comes next; None while it is paused.
        last_at: When it came last by itself.
        covered_until: The last day that a report of it was about, as ISO 8601; "" before one.
    """

    __table_args__ = (
        CheckConstraint("kind IN ('event', 'period')", name="kind"),
        CheckConstraint("form IN ('csv', 'xlsx', 'pdf')", name="form"),
        CheckConstraint("every IN ('day', 'week', 'month')", name="every"),
        CheckConstraint("state IN ('active', 'paused')", name="state"),
        Index(None, "organization_id"),
        index_where("state = 'active'", "next_at", name="ix_report_schedule_due"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(info=OF_STAFF)
    kind: Mapped[str]
    event_ids: Mapped[JsonValue]
    form: Mapped[str]
    language: Mapped[str]
    recipients: Mapped[JsonValue] = mapped_column(info=OF_STAFF)
    every: Mapped[str]
    weekday: Mapped[int]
    month_day: Mapped[int]
    minute: Mapped[int]
    timezone: Mapped[str]
    state: Mapped[str]
    next_at: Mapped[Instant | None]
    last_at: Mapped[Instant | None]
    covered_until: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[Instant]


class ReportRun(Scoped, Model):
    """One time that a report is mailed.

    Attributes:
        due_at: When it was to come; of one that a person asked for, when they did.
        asked_by: That person, or "".
        since, until: The days that it is about, as ISO 8601.
    """

    __table_args__ = (
        ForeignKeyConstraint(["schedule_id"], ["report_schedule.id"]),
        Index(None, "schedule_id", "created_at"),
        index_where(
            "asked_by = ''", "schedule_id", "due_at", name="ix_report_run_once", is_unique=True
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    schedule_id: Mapped[str]
    due_at: Mapped[Instant]
    asked_by: Mapped[str]
    since: Mapped[str]
    until: Mapped[str]
    created_at: Mapped[Instant]


class ReportMail(Scoped, Model):
    """One mail of such a time, to one address.

    Attributes:
        outcome: `waiting`; `handing` to the mail server in this moment; `sent`; `refused` for
            good, by the mail server or since each try failed; `gone`: whose address it was is no
            member any more, or it was taken off; `doubtful`: a process or a line died while it
            was handed over, and it is not sent again.
    """

    __table_args__ = (
        ForeignKeyConstraint(["run_id"], ["report_run.id"]),
        CheckConstraint(
            "outcome IN ('waiting', 'handing', 'sent', 'refused', 'gone', 'doubtful')",
            name="outcome",
        ),
        Index(None, "run_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str]
    email: Mapped[str] = mapped_column(info=OF_STAFF)
    outcome: Mapped[str]
    at: Mapped[Instant]


class ReportAddress(Scoped, Model):
    """An address of nobody's account here, to which reports may be mailed once it is confirmed.

    Attributes:
        code_hash: SHA-256 of the code that was mailed there last; "" for none.
        tries: Wrong codes since it was mailed.
        confirmed_at: Since when; None before.
    """

    __table_args__ = (UniqueConstraint("organization_id", "email_key"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(info=OF_STAFF)
    email_key: Mapped[str] = mapped_column(info=OF_STAFF)
    code_hash: Mapped[str]
    tries: Mapped[int]
    confirmed_at: Mapped[Instant | None]
    created_by: Mapped[str]
    created_at: Mapped[Instant]
