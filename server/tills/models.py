"""The table of tills' allotments."""

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
