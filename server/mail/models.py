"""Tables of what all buyers are told at once: the notice, and what became of each order's."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import JsonValue
from server.db.model import Model
from server.db.personal_columns import TYPED
from server.db.tenancy import Scoped, refers
from shared.kernel.id_types import EventId, OrderId
from shared.kernel.instant import Instant


class Notice(Scoped, Model):
    """Something that every buyer of an event, or of some of its dates, is told once.

    Attributes:
        kind: `cancelled` or `moved`.
        dates: The occurrences that it is about; empty for the whole event.
        times: What moved: per date its name, start before, start now and doors now, as JSON.
        words: The organizer's own, or "".
        refund_until: Until when who cannot come gets the money back, or None.
        has_mail: There was a mail server when it was written; without one nobody is written to.
        position: The number of the last order that was looked at.
        ended_at: When the last one was.
    """

    __table_args__ = (
        refers("event_id", to="event"),
        Index(None, "event_id", "created_at"),
        CheckConstraint("kind IN ('cancelled', 'moved')", name="kind"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[EventId]
    kind: Mapped[str]
    dates: Mapped[JsonValue]
    times: Mapped[JsonValue]
    words: Mapped[str] = mapped_column(info=TYPED)
    language: Mapped[str]
    refund_until: Mapped[Instant | None]
    has_mail: Mapped[bool]
    position: Mapped[int]
    created_by: Mapped[str]
    created_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class NoticeOrder(Scoped, Model):
    """What became of a notice for one order's buyer.

    Attributes:
        number: The order's.
        outcome: `waiting`; `handing` to the mail server in this moment; `sent`; `same`: another
            order of this address was written to, or will be; `no_address`; `no_server`; `refused`
            for good, by the mail server or since each try failed; `doubtful`: a process or a line
            died while it was handed over, and it is not sent again.
        behind_id: The order of this address that is written to for this one as well, or None.
    """

    __table_args__ = (
        ForeignKeyConstraint(["notice_id"], ["notice.id"]),
        Index(None, "notice_id", "number"),
        CheckConstraint(
            "outcome IN ('waiting', 'handing', 'sent', 'same', 'no_address', 'no_server',"
            " 'refused', 'doubtful')",
            name="outcome",
        ),
    )

    notice_id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[OrderId] = mapped_column(primary_key=True)
    number: Mapped[int]
    outcome: Mapped[str]
    behind_id: Mapped[OrderId | None]
    at: Mapped[Instant]
