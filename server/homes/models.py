"""Tables of homes: ranges of tills' ids, moves, and what homes are asked."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import TicketIdColumn
from server.db.model import Model
from server.db.personal_columns import TYPED
from server.db.tenancy import Scoped
from shared.kernel.id_types import ClaimId, DeviceId, EventId, GateId, TicketId
from shared.kernel.instant import Instant


class HomeMove(Scoped, Model):
    """An organizer's order to move a device's tickets to other homes.

    Attributes:
        to_device_id: Whose they become; None to spread them.
        number: Assignments up to this one are moved.
        ticket_ids: Eight bytes each, big-endian; none for all that the device has.
        state: `asked` until the device's signed surrender is here, then `surrendered`; `lost`
            where the organizer declared the device lost instead.
        freed_at: When it was surrendered or declared lost.
        done_at: When the last of its tickets had another home.
    """

    __table_args__ = (CheckConstraint("state IN ('asked', 'surrendered', 'lost')", name="state"),)

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    from_device_id: Mapped[DeviceId]
    to_device_id: Mapped[DeviceId | None]
    number: Mapped[int]
    ticket_ids: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str]
    because: Mapped[str] = mapped_column(info=TYPED)
    asked_by: Mapped[str]
    asked_at: Mapped[Instant]
    freed_at: Mapped[Instant | None]
    done_at: Mapped[Instant | None]


class HomeAsk(Scoped, Model):
    """One entry that a device asked a ticket's home for.

    Attributes:
        claim_id: Of the device that asks.
        state: `asked`; `given` or `kept` by the home's signed answer; `ended` where nobody waits
            for it any more: what is given after that goes back.
        reason: The home's.
        seq: The feed's number of the question; 0 where the home was asked without the ledger.
    """

    __table_args__ = (
        CheckConstraint("state IN ('asked', 'given', 'kept', 'ended')", name="state"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    claim_id: Mapped[ClaimId] = mapped_column(primary_key=True)
    ticket_id: Mapped[TicketId] = mapped_column(TicketIdColumn)
    home_device_id: Mapped[DeviceId]
    device_id: Mapped[DeviceId]
    gate_id: Mapped[GateId]
    count: Mapped[int]
    state: Mapped[str]
    reason: Mapped[str]
    asked_at: Mapped[Instant]
    seq: Mapped[int]
