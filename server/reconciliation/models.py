"""Tables of conflicts and their sides."""

from __future__ import annotations

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import TicketIdColumn
from server.db.model import Model, index_where
from server.db.personal_columns import TYPED
from server.db.tenancy import Scoped
from shared.kernel.id_types import (
    ConflictId,
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import Duration, Instant


class Conflict(Scoped, Model):
    """Facts that cannot all stand.

    Attributes:
        kind: `double_use`, `admitted_after_void`, `sold_twice`, `over_capacity`, `oversold`,
            `forked_journal`, `admitted_against_rules`, …
        subject: What it is about, unique per event and kind: ticket, occurrence and zone of a
            double use; so that later sides join it.
        is_ordered: Whether the order of the first two sides is certain.
        detail: A sentence for people.
        disposition: Empty while open; `removed`, `let_stay`, `our_error`, `fraud`, or
            `withdrawn` where an undo or a release took the excess away.
    """

    __table_args__ = (
        UniqueConstraint("event_id", "kind", "subject"),
        index_where("disposition = ''", "event_id"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    id: Mapped[ConflictId] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    ticket_id: Mapped[TicketId | None] = mapped_column(TicketIdColumn)
    occurrence_id: Mapped[OccurrenceId]
    zone_id: Mapped[ZoneId]
    device_id: Mapped[DeviceId]
    is_ordered: Mapped[bool]
    detail: Mapped[str]
    disposition: Mapped[str]
    disposed_by: Mapped[str | None]
    disposed_at: Mapped[Instant | None]
    note: Mapped[str] = mapped_column(info=TYPED)
    opened_at: Mapped[Instant]
    updated_at: Mapped[Instant]


class ConflictSide(Scoped, Model):
    """One side: a passage, a sale or a fork, with its signed entry once it has arrived.

    Attributes:
        side: The claim id, the sale id, or `boot/dseq` of a forked entry.
        entry, signature: The device's entry, verbatim; None for a claim without one.
    """

    __table_args__ = (Index(None, "event_id", "side"),)

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    conflict_id: Mapped[ConflictId] = mapped_column(primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId]
    gate_id: Mapped[GateId]
    at: Mapped[Instant]
    at_error: Mapped[Duration | None]
    count: Mapped[int]
    mode: Mapped[str]
    reason: Mapped[str]
    boot: Mapped[bytes | None] = mapped_column(LargeBinary)
    dseq: Mapped[int | None]
    entry: Mapped[bytes | None] = mapped_column(LargeBinary)
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)


class ConflictDisposition(Scoped, Model):
    """What was decided about a conflict, each time; never changed.

    Attributes:
        number: From 1, in the order of arrival.
        said_by: An account, or `PERSON@DEVICE`; empty where an undo or release withdrew it.
        device_id, boot, dseq: The gate's signed entry, where a gate said it.
    """

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    conflict_id: Mapped[ConflictId] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    disposition: Mapped[str]
    said_by: Mapped[str]
    said_at: Mapped[Instant]
    note: Mapped[str] = mapped_column(info=TYPED)
    device_id: Mapped[DeviceId | None]
    boot: Mapped[bytes | None] = mapped_column(LargeBinary)
    dseq: Mapped[int | None]
