"""Tables of ticket types, inventory and tickets."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import JsonValue, TicketIdColumn
from server.db.model import Model, index_where
from server.db.personal_columns import OF_A_PERSON, TYPED, Personal, holds_once_ended
from server.db.tenancy import Scoped, refers
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EventId,
    OccurrenceId,
    OrderId,
    SeatId,
    TicketId,
    TicketTypeId,
    UserId,
)
from shared.kernel.instant import Duration, Instant


class TicketType(Scoped, Model):
    """What is sold, at which price, and what it admits to.

    Attributes:
        code: 1 to 65535, unique within the event; credentials carry it. Never given twice.
        occurrence_id: The occurrence it admits to; None for any of the event.
        persons: How many one ticket admits.
        offline_policy: Goes before the event's own; None to follow the event.
        check_id: The holder's identity or entitlement is looked at on the way in.
        questions: What staff ask there; `server/ticketing/door_question_fields.py` as JSON.
        valid_from, valid_until: The window that new tickets get; both ends belong to it.
        selling: Tiers, fee, tax and bounds; `server/ticketing/selling_terms.py` as JSON.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("event_id", "code"),
        refers("event_id", to="event"),
        refers("occurrence_id", to="occurrence"),
        CheckConstraint("code BETWEEN 1 AND 65535", name="code"),
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("persons >= 1", name="persons"),
    )

    id: Mapped[TicketTypeId] = mapped_column(primary_key=True)
    event_id: Mapped[EventId]
    code: Mapped[int]
    name: Mapped[str]
    price_minor: Mapped[int]
    currency: Mapped[str]
    occurrence_id: Mapped[OccurrenceId | None]
    persons: Mapped[int]
    offline_policy: Mapped[str | None]
    check_id: Mapped[bool]
    questions: Mapped[JsonValue] = mapped_column(server_default="[]")
    sales_from: Mapped[Instant | None]
    sales_until: Mapped[Instant | None]
    valid_from: Mapped[Instant | None]
    valid_until: Mapped[Instant | None]
    selling: Mapped[JsonValue] = mapped_column(server_default="{}")
    created_at: Mapped[Instant]


class Promotion(Scoped, Model):
    """A discount; `shared.manifest.price_plan.Promotion` says what each field means.

    Attributes:
        code_hash: `hash_promotion_code`; None for one that holds by itself.
        removed_at: From when on no new plan has it.
    """

    __table_args__ = (
        refers("event_id", to="event"),
        Index(None, "event_id"),
        CheckConstraint("kind IN ('percent', 'fixed', 'buy_get')", name="kind"),
        CheckConstraint("percent_points BETWEEN 0 AND 10000", name="percent"),
        CheckConstraint("fixed_minor >= 0 AND buy >= 0 AND free >= 0", name="amounts"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[EventId]
    name: Mapped[str] = mapped_column(info=holds_once_ended(Personal.WORDS, "removed_at"))
    kind: Mapped[str]
    percent_points: Mapped[int]
    fixed_minor: Mapped[int]
    buy: Mapped[int]
    free: Mapped[int]
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    ticket_type_ids: Mapped[JsonValue | None]
    starts_at: Mapped[Instant | None]
    ends_at: Mapped[Instant | None]
    uses: Mapped[int | None]
    combinable: Mapped[bool]
    created_at: Mapped[Instant]
    removed_at: Mapped[Instant | None]


class PriceCount(Scoped, Model):
    """How much of a quantity tier or a limited promotion is gone; guarded updates only.

    Attributes:
        id: The tier's or the promotion's in the event's plan of prices, which says the limit.
        taken: Sold, held, or given to tills to sell on their own.
    """

    __table_args__ = (
        refers("event_id", to="event"),
        CheckConstraint("taken >= 0", name="taken"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    taken: Mapped[int]


class Inventory(Scoped, Model):
    """How much of a ticket type is gone; changed by guarded updates only.

    Attributes:
        quantity_limit: The most that may ever be sold; None for no limit.
        sold: Tickets issued and not cancelled.
        held: Withheld for orders that await payment.
        allotted: Given to tills and cut-off zones to sell on their own.
        beyond: Tickets that a till has sold where none was left, in no other count: the first that
            come back are these, and they are sold ones once there are more.
    """

    __table_args__ = (
        refers("ticket_type_id", to="ticket_type"),
        CheckConstraint("sold >= 0 AND held >= 0 AND allotted >= 0", name="counts"),
        CheckConstraint(
            "quantity_limit IS NULL OR sold + held + allotted <= quantity_limit",
            name="never_oversold",
        ),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    ticket_type_id: Mapped[TicketTypeId] = mapped_column(primary_key=True)
    quantity_limit: Mapped[int | None]
    sold: Mapped[int]
    held: Mapped[int]
    allotted: Mapped[int]
    beyond: Mapped[int] = mapped_column(server_default="0")


class StockHold(Scoped, Model):
    """Seats, or so many tickets of a type, that an organizer keeps from sale by name.

    Attributes:
        ticket_type_id: Of a hold of tickets; None for one of seats, whose rows name the hold.
        quantity: How many tickets of the type it keeps now; 0 for one of seats.
        ends_at: From when on it is due to end; None for until it is released.
        ended_at: When it has ended or was released; None while it holds.
    """

    __table_args__ = (
        refers("event_id", to="event"),
        refers("ticket_type_id", to="ticket_type"),
        index_where("ended_at IS NULL AND ends_at IS NOT NULL", "ends_at"),
        CheckConstraint("quantity >= 0", name="quantity"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(info=TYPED)
    reason: Mapped[str] = mapped_column(info=TYPED)
    ticket_type_id: Mapped[TicketTypeId | None]
    quantity: Mapped[int]
    ends_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    created_by: Mapped[UserId]
    created_at: Mapped[Instant]


class Ticket(Scoped, Model):
    """The right to be admitted. The event leads the key: nothing hot crosses events.

    Only the event is a foreign key, because a million rows are issued at once; the services
    take type, occurrence and order from rows that they have just read.

    Attributes:
        ticket_id: 0 to 2^64-1, random.
        order_line: The line of its order that says what was paid for it; None without an order.
        state: `paid`, `pending`, `pending_admissible`, `pending_approval`, `cancelled` or
            `payment_expired`.
        blocked: Denied both ways for now.
        generation: From 1, of a till's own sales from 0; a higher one supersedes the lower.
        home_device_id: The device whose right it is under the policy `home`.
        home_number: The assignment that gave it that home.
        manual_code: The code's number, of the present generation.
        is_imported: Its code is a foreign one: the id is that code's hash, and no credential of
            ours is good for it.
        updated_seq: The feed's number of the last change; 0 before any.
        seat_id: Its seat in the event's map; None where none is reserved.
        voided_at: When it was first cancelled, blocked or reissued; whoever came in before that
            did so by right.
        price_minor: What its till says that it cost; None where its line's equal parts do.
        sold_boot, sold_dseq: The till's entry that sold it; None where no till did.
    """

    __table_args__ = (
        refers("event_id", to="event"),
        index_where("order_id IS NOT NULL", "event_id", "order_id"),
        index_where("manual_code IS NOT NULL", "event_id", "manual_code", is_unique=True),
        index_where("seat_id IS NOT NULL", "event_id", "seat_id"),
        CheckConstraint(
            "state IN ('paid', 'pending', 'pending_admissible', 'pending_approval',"
            " 'cancelled', 'payment_expired')",
            name="state",
        ),
        CheckConstraint("generation BETWEEN 0 AND 255", name="generation"),
        CheckConstraint("persons >= 1", name="persons"),
        {"sqlite_with_rowid": False},
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    ticket_id: Mapped[TicketId] = mapped_column(
        TicketIdColumn, primary_key=True, autoincrement=False
    )
    order_id: Mapped[OrderId | None]
    ticket_type_id: Mapped[TicketTypeId]
    occurrence_id: Mapped[OccurrenceId | None]
    variant: Mapped[str | None] = mapped_column(info=TYPED)
    state: Mapped[str]
    blocked: Mapped[bool]
    generation: Mapped[int]
    valid_from: Mapped[Instant | None]
    valid_until: Mapped[Instant | None]
    persons: Mapped[int]
    home_device_id: Mapped[DeviceId | None]
    home_number: Mapped[int] = mapped_column(default=0)
    is_imported: Mapped[bool] = mapped_column(default=False)
    manual_code: Mapped[int | None]
    updated_seq: Mapped[int]
    created_at: Mapped[Instant]
    voided_at: Mapped[Instant | None] = mapped_column(default=None)
    order_line: Mapped[int | None] = mapped_column(default=None)
    seat_id: Mapped[SeatId | None] = mapped_column(default=None)
    price_minor: Mapped[int | None] = mapped_column(default=None)
    sold_boot: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    sold_dseq: Mapped[int | None] = mapped_column(default=None)


class ImportedCode(Scoped, Model):
    """More of an imported code's hash than its ticket's id, which every gate knows.

    Attributes:
        digest: `shared.manifest.presenting.foreign_digest`; a ticket without one was imported
            before anybody kept it, and its list not once more.
    """

    __table_args__ = (
        ForeignKeyConstraint(["event_id", "ticket_id"], ["ticket.event_id", "ticket.ticket_id"]),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    ticket_id: Mapped[TicketId] = mapped_column(
        TicketIdColumn, primary_key=True, autoincrement=False
    )
    digest: Mapped[bytes] = mapped_column(LargeBinary)


class TicketHolder(Scoped, Model):
    """Whom a ticket names; apart, so that erasing a person touches nothing else."""

    __table_args__ = (
        ForeignKeyConstraint(["event_id", "ticket_id"], ["ticket.event_id", "ticket.ticket_id"]),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    ticket_id: Mapped[TicketId] = mapped_column(
        TicketIdColumn, primary_key=True, autoincrement=False
    )
    name: Mapped[str] = mapped_column(info=OF_A_PERSON)
    email: Mapped[str | None] = mapped_column(info=OF_A_PERSON)


class TicketWithdrawal(Scoped, Model):
    """A claim that took a ticket's right away from whoever held its credential.

    Attributes:
        purpose: A `Purpose` but `admission`.
        generation: Of the credential that it took away.
        becomes: Of the credential that it made; None where the right has ended.
        at, at_error: Server time as well as it is known; None for an unknown error.
        device_id: The till, or "" for the desk.
        actor: The account or API key, or the cashier's opaque id.
        person: The supervisor who allowed it, or "".
        mode: `online`, `lan` or `offline`.
        source: `desk`, `claim` (of a till that keeps a journal) or `journal`.
        reason: A code word, or "".
        reference: The sale or order, or "".
        currency, amount_minor, tender: Of a payout at the till.
        seq: The feed's number of what gates were told of it; 0 if nothing.
        knew: The feed's number up to which it follows all that is on record.
        head: The feed's newest number when it was recorded.
        is_annulled: Its holder signed that it came to nothing.
        is_confirmed: Its device's journal holds it, at (boot, dseq).
        manual_code: That stood for the ticket until it made another one; None where there was
            none, or nobody kept it yet.
    """

    __table_args__ = (
        Index(None, "ticket_id", "event_id"),
        index_where(
            "NOT is_confirmed AND NOT is_annulled", "event_id", name="ix_ticket_withdrawal_open"
        ),
        CheckConstraint("amount_minor >= 0", name="amount"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    claim_id: Mapped[ClaimId] = mapped_column(primary_key=True)
    ticket_id: Mapped[TicketId] = mapped_column(TicketIdColumn)
    purpose: Mapped[str]
    generation: Mapped[int]
    becomes: Mapped[int | None]
    at: Mapped[Instant]
    at_error: Mapped[Duration | None]
    device_id: Mapped[DeviceId]
    actor: Mapped[str]
    person: Mapped[str]
    mode: Mapped[str]
    source: Mapped[str]
    reason: Mapped[str] = mapped_column(info=TYPED)
    reference: Mapped[str] = mapped_column(info=TYPED)
    currency: Mapped[str]
    amount_minor: Mapped[int]
    tender: Mapped[str]
    seq: Mapped[int]
    knew: Mapped[int]
    head: Mapped[int]
    is_annulled: Mapped[bool]
    is_confirmed: Mapped[bool]
    boot: Mapped[bytes | None] = mapped_column(LargeBinary)
    dseq: Mapped[int | None]
    manual_code: Mapped[int | None] = mapped_column(default=None)
