"""Tables of the ledger: its feeds, uses, claims and the devices' journals, as signed."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, FetchedValue, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.tenancy import Scoped
from server.db.types import TicketId


class EventFeed(Scoped, Model):
    """An event's counter: the last lock that any transaction of the ledger takes.

    Attributes:
        seq: The newest number; the feed holds 1 to `seq` without a gap.
        is_active: A manifest was published, so that ticket changes are told by the feed.
        first_use_seq: The first item that is no ticket or configuration; None before. A device
            that begins from a manifest reads on from the item before it.
        manifest_sequence: The newest publication.
        keyring_version: Raised when a ticket key is added or changed.
        plan_version: The newest plan that the feed has told.
        stopped: Zones that are being evacuated; see `server/sync/stops.py`.
        emptied: When everybody had last left a zone; likewise.
    """

    __tablename__ = "event_feed"
    # Half-empty pages let the counter's new versions stay where the old ones were.
    __table_args__ = ({"postgresql_with": {"fillfactor": "20"}},)

    event_id: Mapped[str] = mapped_column(ForeignKey("event.id"), primary_key=True)
    organization_id: Mapped[str]
    seq: Mapped[int]
    is_active: Mapped[bool]
    first_use_seq: Mapped[int | None]
    manifest_sequence: Mapped[int]
    keyring_version: Mapped[int]
    plan_version: Mapped[int]
    stopped: Mapped[str] = mapped_column(server_default="")
    emptied: Mapped[str] = mapped_column(server_default="")


class FeedRow(Scoped, Model):
    """One numbered change, encoded once.

    Attributes:
        kind: A `shared.wire.feed.ItemKind`; `void` where a newer item of the same subject
            has taken its place.
        subject: Signed ticket id (as in SQL) of a ticket item, 0 of a configuration, else None.
        lot: A number that the database draws when it writes the item, and never changes; 0 for
            an item of before there were lots (docs/decisions/0022).
    """

    __tablename__ = "feed"
    __table_args__ = (
        Index(
            None,
            "subject",
            "event_id",
            postgresql_where=text("subject IS NOT NULL"),
            sqlite_where=text("subject IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    event_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[int | None]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    lot: Mapped[int] = mapped_column(server_default=FetchedValue())


class TicketUse(Scoped, Model):
    """One accepted passage, by claim or by journal.

    Attributes:
        at, at_error: Server time as well as it is known; None for an unknown error.
        mode: `online`, `lan` or `offline`.
        is_annulled: Undone or released; counts no more.
        is_confirmed: The device's journal holds it, at (boot, dseq).
        source: `claim`, `journal`, `gift` (of a home, over the venue's network), or `awaited`: a
            claimed exit whose place is free when the device's journal holds it.
        seq: The feed's number of it.
        epoch, content, remaining: Of the claim's answer, so that a retry gets the same.
    """

    __tablename__ = "ticket_use"
    __table_args__ = (
        # The ticket leads: by the event alone the planner would not know this from the key.
        Index(None, "ticket_id", "event_id"),
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        CheckConstraint("count >= 1", name="count"),
    )

    event_id: Mapped[str] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[str]
    ticket_id: Mapped[int] = mapped_column(TicketId)
    zone_id: Mapped[str]
    occurrence_id: Mapped[str]
    direction: Mapped[str]
    at: Mapped[int]
    at_error: Mapped[int | None]
    count: Mapped[int]
    gate_id: Mapped[str]
    device_id: Mapped[str]
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


class ClaimMark(Scoped, Model):
    """A claim id under which nobody passes.

    Attributes:
        why: `denied` (the ledger's answer, kept for retries), `released` (its holder signed that
            nobody was admitted; it is refused if it arrives later) or `undone`.
        content, answer: Of a denied claim.
    """

    __tablename__ = "claim_mark"
    __table_args__ = (
        CheckConstraint("why IN ('denied', 'released', 'undone')", name="why"),
        Index(
            None,
            "marked_at",
            postgresql_where=text("why = 'denied'"),
            sqlite_where=text("why = 'denied'"),
        ),
    )

    event_id: Mapped[str] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[str]
    device_id: Mapped[str]
    why: Mapped[str]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    marked_at: Mapped[int]


class ZonePresence(Scoped, Model):
    """How many persons are inside a zone whose capacity is limited."""

    __tablename__ = "zone_presence"

    event_id: Mapped[str] = mapped_column(primary_key=True)
    zone_id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[str]
    inside: Mapped[int]


class ZoneShare(Scoped, Model):
    """A device's share of a zone's capacity, which it may fill without asking anybody.

    Attributes:
        granted: Persons ever granted.
        returned: Persons ever given back, by its signed word.
        spent: Persons that it let in on its share, less those that it let out.
        lost_at: Since when the organizer counts it as lost: nothing more is granted to it.
    """

    __tablename__ = "zone_share"

    event_id: Mapped[str] = mapped_column(primary_key=True)
    zone_id: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[str]
    granted: Mapped[int]
    returned: Mapped[int]
    spent: Mapped[int]
    lost_at: Mapped[int | None]


class EvacuationWord(Scoped, Model):
    """What a supervisor at a gate, or the organizer, said of an evacuation; see `Word`."""

    __tablename__ = "evacuation_word"

    event_id: Mapped[str] = mapped_column(primary_key=True)
    evacuation_id: Mapped[str] = mapped_column(primary_key=True)
    zone_id: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[str]
    gate_id: Mapped[str]
    begun_at: Mapped[int]
    emptied_at: Mapped[int | None]
    person: Mapped[str]
    said_at: Mapped[int]
    standing: Mapped[str]
    why: Mapped[str]


class JournalEntry(Scoped, Model):
    """A device's entry, verbatim.

    Attributes:
        status: `stored`, or `unconfirmed` from a revoked device until somebody rules on it:
            then `accepted` or `dismissed`.
        effect: `none`, `pending` (a sale that is yet to be booked) or `done`.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index(
            None,
            "effect",
            postgresql_where=text("effect = 'pending'"),
            sqlite_where=text("effect = 'pending'"),
        ),
        Index(
            None,
            "device_id",
            postgresql_where=text("status = 'unconfirmed'"),
            sqlite_where=text("status = 'unconfirmed'"),
        ),
    )

    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"), primary_key=True)
    boot: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    dseq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[str]
    event_id: Mapped[str]
    seq: Mapped[int]
    kind: Mapped[str]
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str]
    effect: Mapped[str]
    received_at: Mapped[int]


class JournalBoot(Scoped, Model):
    """How far one boot of a device's journal is held.

    Attributes:
        number: The boot's place among the device's, in order of arrival, from 1.
        previous_boot: The one that it continues; empty for a first one, and for one that gives
            the boot before it up as damaged.
        dseq, head: The last entry held, and its hash.
    """

    __tablename__ = "journal_boot"

    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"), primary_key=True)
    boot: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    organization_id: Mapped[str]
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

    __tablename__ = "journal_span"

    event_id: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(primary_key=True)
    boot: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    organization_id: Mapped[str]
    entries: Mapped[int]
    last_dseq: Mapped[int]
    last_received_at: Mapped[int]


class JournalRuling(Scoped, Model):
    """What somebody decided about an entry that a revoked device brought; never changed.

    Attributes:
        ruling: `accepted` (it took effect then) or `dismissed` (it stays evidence).
    """

    __tablename__ = "journal_ruling"
    __table_args__ = (CheckConstraint("ruling IN ('accepted', 'dismissed')", name="ruling"),)

    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"), primary_key=True)
    boot: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    dseq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[str]
    event_id: Mapped[str]
    ruling: Mapped[str]
    ruled_by: Mapped[str]
    ruled_at: Mapped[int]
    note: Mapped[str]


class JournalFork(Scoped, Model):
    """A validly signed entry at a number where another one stands, or on another link."""

    __tablename__ = "journal_fork"

    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"), primary_key=True)
    boot: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    dseq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    organization_id: Mapped[str]
    event_id: Mapped[str]
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[int]


class JournalRefusal(Scoped, Model):
    """An entry that could not be taken: altered, or of no form; kept for the report."""

    __tablename__ = "journal_refusal"

    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"), primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    organization_id: Mapped[str]
    problem: Mapped[str]
    received_at: Mapped[int]


class Reoffer(Scoped, Model):
    """A device that must offer its whole journal again before an epoch grants claims.

    Attributes:
        event_id: The device's event; empty where it serves any of the organization's.
        asked_at: When it was first told.
        done_at: When it had offered all.
        absent_because: An operator's words, where the device will not come.
    """

    __tablename__ = "reoffer"

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    device_id: Mapped[str] = mapped_column(ForeignKey("device.id"), primary_key=True)
    organization_id: Mapped[str]
    event_id: Mapped[str]
    asked_at: Mapped[int | None]
    done_at: Mapped[int | None]
    absent_because: Mapped[str | None]
