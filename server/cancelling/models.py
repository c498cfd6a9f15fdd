"""Tables of the refunds of a cancelled event: the run, and what became of each order."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.personal_columns import TYPED
from server.db.tenancy import Scoped, refers
from shared.kernel.id_types import EventId, OrderId
from shared.kernel.instant import Instant


class RefundRun(Scoped, Model):
    """The giving back of all that an event took, or a date of it; one to each.

    Attributes:
        occurrence_id: The date; "" for the whole event.
        state: `working`, `stopped` by a person until another says to go on, or `done`; done again
            after orders that tills bring later.
        reason: Why the event was cancelled.
        started_by: Whose authorisation stands for all tickets, used ones too.
        round: Counts the jobs that were written for it.
        turn: The lease of the job that works on it: another job's work ends there.
        position: The number of the last order that is settled.
    """

    __table_args__ = (
        refers("event_id", to="event"),
        CheckConstraint("state IN ('working', 'stopped', 'done')", name="state"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    occurrence_id: Mapped[str] = mapped_column(primary_key=True, server_default="")
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(info=TYPED)
    started_by: Mapped[str]
    round: Mapped[int]
    turn: Mapped[str]
    position: Mapped[int]
    created_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class RefundRunOrder(Scoped, Model):
    """What became of one order's money; amounts in minor units.

    Attributes:
        number: The order's.
        outcome: `back`: sent to where it came from; `at_till`: a till pays it against each ticket;
            `left`: a person has to look; `none`: there was nothing to give.
        back_minor: Sent to the tenders that it came by.
        at_till_minor: Owed in cash at a till.
        left_minor: Owed, and not on its way.
        said: What a person has to look at, in a sentence without names; else "".
        taken_minor: What the order's payments had brought by then without what disputes took or
            may take, and payouts that failed; None where nobody has noted it.
        void_tickets: How many of the order's tickets were not good by then: a till that holds one
            may give it back, having paid nothing. None where nobody has noted it.
    """

    __table_args__ = (
        ForeignKeyConstraint(
            ["event_id", "occurrence_id"], ["refund_run.event_id", "refund_run.occurrence_id"]
        ),
        Index(None, "event_id", "number"),
        CheckConstraint("outcome IN ('back', 'at_till', 'left', 'none')", name="outcome"),
        CheckConstraint(
            "back_minor >= 0 AND at_till_minor >= 0 AND left_minor >= 0", name="amounts"
        ),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    occurrence_id: Mapped[str] = mapped_column(primary_key=True, server_default="")
    order_id: Mapped[OrderId] = mapped_column(primary_key=True)
    number: Mapped[int]
    outcome: Mapped[str]
    back_minor: Mapped[int]
    at_till_minor: Mapped[int]
    left_minor: Mapped[int]
    said: Mapped[str]
    at: Mapped[Instant]
    taken_minor: Mapped[int | None]
    void_tickets: Mapped[int | None]
