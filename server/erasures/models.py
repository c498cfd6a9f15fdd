"""The table of erasures: ids and keyed hashes, never a name."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import JsonValue
from server.db.model import Model
from server.db.tenancy import Scoped
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.instant import Instant


class Erasure(Scoped, Model):
    """A person, or all of an event, whose names are gone.

    Attributes:
        scope: `person` or `event`.
        asked_by: Who asked for it; "" for the organization's rule.
        event_id: Of `event`: whose.
        words: Keyed hashes of the person's e-mail, name and phone (`erasures.hashed_words`).
        records: `[kind, event id, id]` of each record that named the person.
        orders, holders, lists, texts: How many buyers and holders were forgotten, lists given
            up, and texts from which words were cut.
        state: `working` until gates are given names anew and the files' bytes are gone.
        ended_at: When all was gone.
    """

    __table_args__ = (
        CheckConstraint("scope IN ('person', 'event')", name="scope"),
        CheckConstraint("state IN ('working', 'done')", name="state"),
        CheckConstraint("(scope = 'event') = (event_id IS NOT NULL)", name="event"),
        Index(None, "organization_id", "at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    at: Mapped[Instant]
    scope: Mapped[str]
    asked_by: Mapped[str]
    event_id: Mapped[EventId | None]
    words: Mapped[JsonValue]
    records: Mapped[JsonValue]
    orders: Mapped[int]
    holders: Mapped[int]
    lists: Mapped[int]
    texts: Mapped[int]
    state: Mapped[str]
    ended_at: Mapped[Instant | None]


class RetentionRule(Scoped, Model):
    """For how long an organization keeps its guests' names; none without a row.

    Attributes:
        days: After the end of an event's last date.
        looked_at: When it was last looked whose names are due, by the server's clock.
        steady_since: Since when that clock has made no leap; None before the first look.
    """

    __table_args__ = (CheckConstraint("days BETWEEN 1 AND 3650", name="days"),)

    organization_id: Mapped[OrganizationId] = mapped_column(
        ForeignKey("organization.id"), primary_key=True
    )
    days: Mapped[int]
    set_by: Mapped[str]
    set_at: Mapped[Instant]
    looked_at: Mapped[Instant | None] = mapped_column(default=None)
    steady_since: Mapped[Instant | None] = mapped_column(default=None)
