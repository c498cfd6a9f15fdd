"""Tables of alarms: those that were raised, each event's limits, and who is mailed."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import JsonValue
from server.db.model import Model, index_where
from server.db.personal_columns import TYPED
from server.db.tenancy import Scoped
from shared.kernel.id_types import EventId, OrganizationId, UserId
from shared.kernel.instant import Instant


class Alarm(Scoped, Model):
    """Something that an organizer must hear of at once.

    Attributes:
        kind: An `AlarmKind`.
        subject: A gate, a zone or a device; "" for the event.
        count, out_of: What was measured last while it stood; see `Standing`.
        stood_at: When what raised it was last so.
        ended_at: When it was over; None while it stands, of which there is one for each subject.
        seen_by: The person who has taken notice of it; None before.
    """

    __table_args__ = (
        index_where(
            "ended_at IS NULL", "event_id", "kind", "subject", name="ix_alarm_open", is_unique=True
        ),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    count: Mapped[int]
    out_of: Mapped[int]
    raised_at: Mapped[Instant]
    stood_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    seen_by: Mapped[UserId | None]
    seen_at: Mapped[Instant | None]
    note: Mapped[str] = mapped_column(info=TYPED)


class AlarmLimits(Scoped, Model):
    """From where on an event's alarms are raised, where somebody has said so.

    Attributes:
        limits: `server.alarms.alarm_thresholds.Limits` as JSON.
    """

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    limits: Mapped[JsonValue]


class AlarmReader(Scoped, Model):
    """A member who is mailed when an alarm is raised.

    Attributes:
        language: Of the mails.
    """

    organization_id: Mapped[OrganizationId] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    language: Mapped[str]
