"""Tables of the ledger: its feeds, uses, claims and the devices' journals, as signed."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import TicketIdColumn
from server.db.model import Model, index_where
from server.db.tenancy import Scoped
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EvacuationId,
    EventId,
    GateId,
    OccurrenceId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import Duration, Instant

_IS_AWAITED = "source = 'awaited' AND NOT is_confirmed AND NOT is_annulled"


class TicketUse(Scoped, Model):
    """One accepted passage, by claim or by journal.

    Attributes:
        at, at_error: Server time as well as it is known; None for an unknown error.
        mode: `online`, `lan` or `offline`.
        is_annulled: Undone or released; counts no more.
        is_confirmed: The device's journal holds it, at (boot, dseq).
        source: `claim`, `journal`, `gift` (of a home, over the venue's network), `paper` (keyed in
            from a list), or `awaited`: a claimed exit whose place is free when the device's
            journal holds it.
        seq: The feed's number of it.
        epoch, content, remaining: Of the claim's answer, so that a retry gets the same.
        knew: The feed's number up to which its journal's author had been told when it was written:
            it follows all of those; 0 if unknown, and for what the ledger granted.
        generation: Of the credential that was shown; None where nobody knows it.
        moved: By how much `at` was moved from what the journal's author said, to its place among
            those on record then; `at_error` is as much wider. 0 for what the ledger granted.
    """

    __table_args__ = (
        # The ticket leads: by the event alone the planner would not know this from the key.
        Index(None, "ticket_id", "event_id"),
        index_where(_IS_AWAITED, "event_id", "zone_id", name="ix_ticket_use_awaited"),
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        CheckConstraint("count >= 1", name="count"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    claim_id: Mapped[ClaimId] = mapped_column(primary_key=True)
    ticket_id: Mapped[TicketId] = mapped_column(TicketIdColumn)
    zone_id: Mapped[ZoneId]
    occurrence_id: Mapped[OccurrenceId]
    direction: Mapped[str]
    at: Mapped[Instant]
    at_error: Mapped[Duration | None]
    count: Mapped[int]
    gate_id: Mapped[GateId]
    device_id: Mapped[DeviceId]
    mode: Mapped[str]
    reason: Mapped[str]
    is_annulled: Mapped[bool]
    is_confirmed: Mapped[bool]
    source: Mapped[str]
    boot: Mapped[bytes | None] = mapped_column(LargeBinary)
    dseq: Mapped[int | None]
    seq: Mapped[int]
    epoch: Mapped[int]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    remaining: Mapped[int | None]
    allotted: Mapped[int] = mapped_column(default=0)
    knew: Mapped[int] = mapped_column(default=0)
    generation: Mapped[int | None] = mapped_column(default=None)
    moved: Mapped[Duration] = mapped_column(server_default="0", default=0)


class DoorAnswerRow(Scoped, Model):
    """What a ticket's holder answered on a way in: one row for each question and use.

    It counts as long as its use does, or one for which nobody was asked because of it. What a
    journal says stands here as it says so, be the question known or not: the sale of the ticket
    may come later than its use.

    Attributes:
        answer: The number of the answer, from 0.
        at: The use's.
    """

    __tablename__ = "door_answer"
    __table_args__ = (CheckConstraint("answer >= 0", name="answer"),)

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    claim_id: Mapped[ClaimId] = mapped_column(primary_key=True)
    question_id: Mapped[str] = mapped_column(primary_key=True)
    answer: Mapped[int]
    ticket_id: Mapped[TicketId] = mapped_column(TicketIdColumn)
    gate_id: Mapped[GateId]
    at: Mapped[Instant]


class ClaimMark(Scoped, Model):
    """A claim id under which nobody passes.

    Attributes:
        why: `denied` (the ledger's answer, kept for retries), `released` (its holder signed that
            nobody was admitted; it is refused if it arrives later), `undone`, or `withdrawn` (a
            ticket's right was taken away under it).
        content, answer: Of a denied claim, and of a withdrawal.
    """

    __table_args__ = (
        CheckConstraint("why IN ('denied', 'released', 'undone', 'withdrawn')", name="why"),
        index_where("why = 'denied'", "marked_at"),
        index_where("why = 'released'", "claim_id", name="ix_claim_mark_released"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    claim_id: Mapped[ClaimId] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId]
    why: Mapped[str]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    marked_at: Mapped[Instant]


class ZonePresence(Scoped, Model):
    """How many persons are inside a zone whose capacity is limited.

    Attributes:
        changes: How often journals have said something of who passed; it only grows.
        judged: How many of these changes were looked at over all that is known of the zone.
        kept_until: Until when devices are granted none of its room, since places were called back
            from them; None where that never was.
    """

    __table_args__ = (
        index_where("changes > judged", "event_id", name="ix_zone_presence_unjudged"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    zone_id: Mapped[ZoneId] = mapped_column(primary_key=True)
    inside: Mapped[int]
    changes: Mapped[int] = mapped_column(server_default="1", default=1)
    judged: Mapped[int] = mapped_column(server_default="0", default=0)
    kept_until: Mapped[Instant | None]


class ZoneShare(Scoped, Model):
    """A device's share of a zone's capacity, which it may fill without asking anybody.

    Attributes:
        granted: Persons ever granted.
        returned: Persons ever given back, by its signed word.
        spent: Persons that it let in on its share, less those that it let out.
        lost_at: Since when the organizer counts it as lost: nothing more is granted to it.
    """

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    zone_id: Mapped[ZoneId] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(primary_key=True)
    granted: Mapped[int]
    returned: Mapped[int]
    spent: Mapped[int]
    lost_at: Mapped[Instant | None]


class CheckinCursor(Scoped, Model):
    """Up to which number of its feed an event's check-ins were told to other programs."""

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    seq: Mapped[int]


class EvacuationWord(Scoped, Model):
    """What a supervisor at a gate, or the organizer, said of an evacuation; see `Word`."""

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    evacuation_id: Mapped[EvacuationId] = mapped_column(primary_key=True)
    zone_id: Mapped[ZoneId] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(primary_key=True)
    gate_id: Mapped[GateId]
    begun_at: Mapped[Instant]
    emptied_at: Mapped[Instant | None]
    person: Mapped[str]
    said_at: Mapped[Instant]
    standing: Mapped[str]
    why: Mapped[str]
