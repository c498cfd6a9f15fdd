"""The table of tills' allotments."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.tenancy import Scoped, refers
from shared.kernel.id_types import DeviceId, EventId, TicketTypeId


class Allotment(Scoped, Model):
    """How many tickets of a type a till may sell on its own; only its return frees them.

    Attributes:
        granted: Ever given to it.
        returned: Ever taken back: by its signed total, because it was declared lost, or because
            somebody else had it when a ledger that was put back learned of it.
        sold: Of its sales that are booked, those that were within the rest.
        size: How many unsold ones it is to hold, as the organizer set it; None for the server's
            own rule.
        low_mark: It is refilled when no more are unsold; None for half of the size.
        lost: What of that was taken back without its word, and it may still have sold: less what
            has come as sold, and 0 once it has heard of it and told all.
    """

    __table_args__ = (
        refers("ticket_type_id", to="ticket_type"),
        CheckConstraint("granted >= 0 AND sold >= 0 AND returned >= 0", name="counts"),
        CheckConstraint("sold + returned <= granted", name="within"),
        CheckConstraint("size >= 0 AND low_mark >= 0", name="size"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    ticket_type_id: Mapped[TicketTypeId] = mapped_column(primary_key=True)
    granted: Mapped[int]
    sold: Mapped[int]
    returned: Mapped[int] = mapped_column(server_default="0")
    size: Mapped[int | None]
    low_mark: Mapped[int | None]
    lost: Mapped[int] = mapped_column(server_default="0")

    @property
    def unsold(self) -> int:
        """Return how many it may still sell, as far as is known here."""
        return self.granted - self.returned - self.sold


class PriceAllotment(Scoped, Model):
    """What a till may use of a counted price on its own; totals, as of tickets.

    Attributes:
        price_id: The tier's or the promotion's in the event's plan of prices.
        used: By its sales that are booked; what was beyond the rest counts as granted, too.
        lost: What was freed without its word, the last time that it was; 0 once it was given more.
    """

    __table_args__ = (
        CheckConstraint("used >= 0 AND returned >= 0", name="counts"),
        CheckConstraint("used + returned <= granted", name="within"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    price_id: Mapped[str] = mapped_column(primary_key=True)
    granted: Mapped[int]
    used: Mapped[int]
    returned: Mapped[int]
    lost: Mapped[int] = mapped_column(server_default="0")

    @property
    def unused(self) -> int:
        """Return how many uses it may still make, as far as is known here."""
        return self.granted - self.returned - self.used


class TillGrant(Scoped, Model):
    """A till's grant of an event as a whole.

    Attributes:
        serial: Of the newest one: raised with every change of what it says.
        returns_at_close: Whether what is unsold goes back when a shift is closed.
    """

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    serial: Mapped[int]
    returns_at_close: Mapped[bool]


class TillKnowledge(Scoped, Model):
    """Up to where a till had heard of an event, by the latest of its sales that is booked.

    Attributes:
        epoch, cursor: The highest that a sale of it has said; numbers of one epoch compare.
        seq: The number of the latest sale's entry.
    """

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    epoch: Mapped[int]
    cursor: Mapped[int]
    seq: Mapped[int]
