"""Tables of the devices' journals, as signed."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model, index_where
from server.db.personal_columns import TYPED
from server.db.tenancy import Scoped
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import Instant


class JournalEntry(Scoped, Model):
    """A device's entry, verbatim.

    Attributes:
        status: `stored`, or `unconfirmed` from a revoked device until somebody rules on it:
            then `accepted` or `dismissed`.
        effect: `none`, `pending` (it is yet to be booked), `waiting` (for the sale that it speaks
            of) or `done`.
    """

    __table_args__ = (
        index_where("effect = 'pending'", "effect", "device_id", "kind"),
        index_where("effect = 'waiting'", "device_id", name="ix_journal_entry_waiting"),
        index_where("status = 'unconfirmed'", "device_id"),
        index_where("kind = 'note'", "device_id", name="ix_journal_entry_notes"),
    )

    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    boot: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    dseq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[EventId]
    seq: Mapped[int]
    kind: Mapped[str]
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str]
    effect: Mapped[str]
    received_at: Mapped[Instant]


class JournalBoot(Scoped, Model):
    """How far one boot of a device's journal is held.

    Attributes:
        number: The boot's place among the device's, in order of arrival, from 1.
        previous_boot: The one that it continues; empty for a first one, and for one that gives
            the boot before it up as damaged.
        dseq, head: The last entry held, and its hash.
    """

    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    boot: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    number: Mapped[int]
    previous_boot: Mapped[bytes] = mapped_column(LargeBinary)
    dseq: Mapped[int]
    head: Mapped[bytes] = mapped_column(LargeBinary)


class JournalSpan(Scoped, Model):
    """What a boot of a device holds of one event.

    Attributes:
        entries: How many.
        last_dseq: Number of the last of them.
        last_received_at: When it arrived.
    """

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(primary_key=True)
    boot: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    entries: Mapped[int]
    last_dseq: Mapped[int]
    last_received_at: Mapped[Instant]


class JournalRuling(Scoped, Model):
    """What somebody decided about an entry that a revoked device brought; never changed.

    Attributes:
        ruling: `accepted` (it took effect then) or `dismissed` (it stays evidence).
    """

    __table_args__ = (CheckConstraint("ruling IN ('accepted', 'dismissed')", name="ruling"),)

    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    boot: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    dseq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[EventId]
    ruling: Mapped[str]
    ruled_by: Mapped[str]
    ruled_at: Mapped[Instant]
    note: Mapped[str] = mapped_column(info=TYPED)


class JournalFork(Scoped, Model):
    """A validly signed entry at a number where another one stands, or on another link.

    Attributes:
        effect: See `JournalEntry`; `none` of what came while nothing of forks was booked.
    """

    __table_args__ = (index_where("effect = 'pending'", "effect"),)

    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    boot: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    dseq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    event_id: Mapped[EventId]
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    effect: Mapped[str] = mapped_column(default="none")
    received_at: Mapped[Instant]


class JournalRefusal(Scoped, Model):
    """An entry that could not be taken: altered, or of no form; kept for the report."""

    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    problem: Mapped[str]
    received_at: Mapped[Instant]
