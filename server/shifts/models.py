"""The table of tills' shifts."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.personal_columns import TYPED
from server.db.tenancy import Scoped
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import Instant


class TillShift(Scoped, Model):
    """A shift as its till's entries say it; its figures are folded from them when asked for.

    Attributes:
        shift_id: The till's own, 32 hex digits.
        event_id: Which event the till served when it opened, or "".
        state: `open` or `closed`.
        last_number: Of the last act of the shift that is on record.
        cashier: Opaque id of whose drawer it is, or was at the close.
        opened_seq, closed_seq: The entries.
        counted_minor, expected_minor: At the close, as folded here.
        closed_by: Opaque id of the supervisor who closed it on behalf or allowed it, or "".
        entry_hash: SHA-256 of the close's bytes: what the till's printout names.
        is_doubted: The till's Z report says something else than its entries.
        approved_by: Opaque id of the supervisor who looked at the report, or "".
        last_receipt: The highest receipt number of its sales; 0 of none, and while it is open.
    """

    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        Index(None, "organization_id", "opened_at"),
    )

    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    shift_id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[EventId]
    state: Mapped[str]
    last_number: Mapped[int]
    currency: Mapped[str]
    cashier: Mapped[str]
    opened_at: Mapped[Instant]
    opened_seq: Mapped[int]
    float_minor: Mapped[int]
    closed_at: Mapped[Instant | None]
    closed_seq: Mapped[int]
    z_number: Mapped[int]
    counted_minor: Mapped[int]
    expected_minor: Mapped[int]
    left_minor: Mapped[int]
    terminal_minor: Mapped[int | None]
    closed_by: Mapped[str]
    why: Mapped[str] = mapped_column(info=TYPED)
    entry_hash: Mapped[str]
    is_doubted: Mapped[bool]
    approved_by: Mapped[str]
    last_receipt: Mapped[int] = mapped_column(server_default="0")
