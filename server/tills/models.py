"""The tables of tills' allotments, and of what their sales say they had heard."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.tenancy import Scoped
from shared.kernel.id_types import DeviceId, EventId, OrganizationId, TicketTypeId


class Allotment(Scoped, Model):
    """How many tickets of a type a till may sell on its own; only its return frees them."""

    __tablename__ = "allotment"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "ticket_type_id"],
            ["ticket_type.organization_id", "ticket_type.id"],
        ),
        CheckConstraint("granted >= 0 AND sold >= 0", name="counts"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    ticket_type_id: Mapped[TicketTypeId] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId]
    granted: Mapped[int]
    sold: Mapped[int]


class TillKnowledge(Scoped, Model):
    """Up to where a till had heard of an event, by the latest of its sales that is booked.

    Attributes:
        epoch, cursor: The highest that a sale of it has said; numbers of one epoch compare.
        seq: The number of the latest sale's entry.
    """

    __tablename__ = "till_knowledge"

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("device.id"), primary_key=True)
    organization_id: Mapped[OrganizationId]
    epoch: Mapped[int]
    cursor: Mapped[int]
    seq: Mapped[int]
