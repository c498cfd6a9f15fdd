"""Tables of payments, of what was heard of them, and of what goes back."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model, index_where
from server.db.personal_columns import CALLERS_KEY, TYPED, Personal, holds_behind
from server.db.tenancy import Scoped, refers
from shared.kernel.id_types import DeviceId, EventId, OrderId
from shared.kernel.instant import Instant
from shared.sales.tenders import EXCHANGE


class Payment(Scoped, Model):
    """A part of what was paid for an order, with one tender.

    Attributes:
        tender: `cash`, `card`, `transfer`, `online`, `voucher`, `comp`, `exchange` (paid by
            tickets that were given back) or `other`.
        reference: The terminal's, bank's or provider's own word for it, or "".
        state: Folded from its facts and from what went back; `server/payments/payment_states.py`.
        refunded_minor: What went back for certain.
        disputed_minor, lost_minor: What is in dispute of it, and what disputes took back for
            good, of which a provider may take more than had not gone back.
        client_key: The caller's idempotency key; a till's begins with `till:`.
        client_digest: SHA-256 of what was asked for with it.
        device_id: The till that took it, or "".
        voucher_id: The voucher that it was spent from, or None.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "client_key"),
        refers("order_id", to="ticket_order"),
        Index(None, "order_id"),
        index_where("lost_minor > 0", "event_id", name="ix_payment_lost"),
        index_where("reference <> ''", "event_id", "reference", name="ix_payment_reference"),
        CheckConstraint(
            "tender IN ('cash', 'card', 'transfer', 'online', 'voucher', 'comp', 'exchange',"
            " 'other')",
            name="tender",
        ),
        CheckConstraint(
            "state IN ('pending', 'unknown', 'authorised', 'failed', 'paid', 'partly_refunded',"
            " 'refunded', 'disputed')",
            name="state",
        ),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refunded"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[EventId]
    order_id: Mapped[OrderId]
    tender: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    reference: Mapped[str] = mapped_column(info=TYPED)
    state: Mapped[str]
    refunded_minor: Mapped[int]
    client_key: Mapped[str | None] = mapped_column(info=CALLERS_KEY)
    client_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    device_id: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[Instant]
    voucher_id: Mapped[str | None] = mapped_column(default=None)
    disputed_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    lost_minor: Mapped[int] = mapped_column(default=0, server_default="0")


class PaymentFact(Scoped, Model):
    """What was heard of a payment, once.

    Attributes:
        amount_minor: Of a dispute: how much it is about, of all the payment's disputes together;
            None while nobody has said. It becomes exact, and only ever more.
    """

    __table_args__ = (refers("payment_id", to="payment"),)

    payment_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[Instant]
    told_by: Mapped[str]
    amount_minor: Mapped[int | None] = mapped_column(default=None)


class Payout(Scoped, Model):
    """Money of a payment that goes back; what is pending or unknown counts as gone.

    Attributes:
        tender: With what; the payment's own, unless somebody authorised another one.
        authorized_by: The supervisor who allowed another tender, or "".
        client_key: The caller's idempotency key, if it gave one; one request may make several
            payouts.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "client_key", "place"),
        index_where("tender = 'exchange'", "reason", name="ix_payout_credit"),
        refers("payment_id", to="payment"),
        Index(None, "order_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("state IN ('pending', 'unknown', 'failed', 'done')", name="state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[EventId]
    order_id: Mapped[OrderId]
    payment_id: Mapped[str]
    place: Mapped[int]
    tender: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(info=holds_behind(Personal.WORDS, f"{EXCHANGE} "))
    authorized_by: Mapped[str]
    client_key: Mapped[str | None] = mapped_column(info=CALLERS_KEY)
    client_digest: Mapped[bytes] = mapped_column(LargeBinary)
    created_by: Mapped[str]
    created_at: Mapped[Instant]


class PayoutFactRow(Scoped, Model):
    """What was heard of money that goes back, once; append-only."""

    __tablename__ = "payout_fact"
    __table_args__ = (refers("payout_id", to="payout"),)

    payout_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[Instant]
    told_by: Mapped[str]


class Voucher(Scoped, Model):
    """What somebody may pay with; changed by guarded updates only.

    Attributes:
        code_hash: `hash_voucher_code`; the code itself is nowhere.
        spent_minor: What was paid with it, less what went back onto it.
        note: For the organizer.
        ends_at: From when on nothing is spent of it.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "code_hash"),
        CheckConstraint("value_minor > 0", name="value"),
        CheckConstraint("spent_minor BETWEEN 0 AND value_minor", name="spent"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    currency: Mapped[str]
    value_minor: Mapped[int]
    spent_minor: Mapped[int]
    note: Mapped[str] = mapped_column(info=TYPED)
    ends_at: Mapped[Instant | None]
    created_by: Mapped[str]
    created_at: Mapped[Instant]
    withdrawn_at: Mapped[Instant | None]


class VoucherSpend(Scoped, Model):
    """A payment by voucher that a till has asked for, before the sale that it pays has come.

    Attributes:
        id: What the sale's payment says as its reference.
        device_id: The till.
        name: Of the payment, the till's own; one name is charged once.
        digest: SHA-256 of what was asked for; empty where it was asked about before it was made.
        state: `paid`; `reversed`: on the voucher again; `void`: never paid, and never will be.
        voucher_id: None for a void one.
        order_id: The sale that has come, or None.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "device_id", "name"),
        refers("voucher_id", to="voucher"),
        Index(None, "voucher_id"),
        CheckConstraint("state IN ('paid', 'reversed', 'void')", name="state"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("(state = 'void') = (voucher_id IS NULL)", name="voucher"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId]
    name: Mapped[str]
    event_id: Mapped[EventId]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    voucher_id: Mapped[str | None]
    order_id: Mapped[OrderId | None]
    created_at: Mapped[Instant]
