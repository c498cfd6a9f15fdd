"""The table of jobs."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import JsonValue
from server.db.model import Model, index_where
from server.db.personal_columns import CALLERS_KEY, TYPED
from server.db.tenancy import Scoped
from shared.kernel.instant import Instant


class Job(Scoped, Model):
    """Something to be done for an organization after its transaction is committed.

    Attributes:
        kind: Which handler does it, such as `mail.order`.
        key: The same key of the same kind again is the same job.
        subject: Whom or what it is about, by ids alone: what names a person is read when the job
            is done, so that erasing it there is enough.
        state: `waiting`, `done` or `dead`.
        due_at: Not before; moved on by each failed attempt.
        written_at: When `due_at` was written: a later clock than the present one was wrong.
        attempts: Tries that failed for a reason that counts.
        lease_by: The worker that has it, or "".
        lease_until: When another may take it.
        said: Why the last try failed, or what was done, in a sentence without names.
        because: The same as `WorkReason`s, where it has a code; at most one.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "kind", "key"),
        CheckConstraint("state IN ('waiting', 'done', 'dead')", name="state"),
        CheckConstraint("attempts >= 0", name="attempts"),
        index_where("state = 'waiting'", "due_at", name="ix_job_due"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(info=CALLERS_KEY)
    subject: Mapped[JsonValue]
    state: Mapped[str]
    created_at: Mapped[Instant]
    due_at: Mapped[Instant]
    written_at: Mapped[Instant]
    attempts: Mapped[int]
    lease_by: Mapped[str]
    lease_until: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    said: Mapped[str] = mapped_column(info=TYPED)
    because: Mapped[JsonValue] = mapped_column(server_default="[]", default=list)
