"""The table of the plans that gates were told."""

from __future__ import annotations

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.tenancy import Scoped
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant


class ToldPlan(Scoped, Model):
    """A plan that gates were told, for judging what passed while it held.

    Attributes:
        since: When the event's plan became this.
        config: The configuration, without people and places.
        told_seq: The number of the feed's item that told it first; None where that is not known.
    """

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    plan_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[Instant]
    config: Mapped[bytes] = mapped_column(LargeBinary)
    told_seq: Mapped[int | None]
