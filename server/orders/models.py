"""Tables of orders, order lines and refunds."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Connection, Index, LargeBinary, UniqueConstraint
from sqlalchemy.event import listens_for
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from server.db.column_types import JsonValue
from server.db.model import Model, index_where
from server.db.personal_columns import CALLERS_KEY, OF_A_PERSON, TYPED
from server.db.tenancy import Scoped, refers
from shared.kernel.id_types import EventId, OccurrenceId, OrderId, TicketTypeId, UserId
from shared.kernel.instant import Instant
from shared.kernel.list_search_folding import fold_text


class Order(Scoped, Model):
    """What a buyer has ordered, at the desk, by the API or at a till.

    Attributes:
        number: Without gaps within the organization, from 1.
        state: `pending`, `paid`, `cancelled` or `expired`.
        channel: Where it was sold: `web`, `api`, `box_office`, `comp`, `import`.
        client_key: The caller's idempotency key, if it gave one.
        client_digest: SHA-256 of what it asked for with that key.
        buyer_email, buyer_name, buyer_phone: Personal; erased without touching the rest.
        buyer_folded: These three without case and accents, by which a search finds them; made
            anew whenever the row is written, so that it goes when they go.
        price_uses: How much it took of each counted tier and promotion, by id; None of an order
            of before that was kept: what its lines say.
        rounding_minor: What cash rounding added to what was due, or took off it.
        expires_at: Until when a pending order withholds its tickets.
        database_ahead: By how much the database's clock, by which that is judged, was ahead of the
            server's that placed it, µs.
    """

    __tablename__ = "ticket_order"
    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("organization_id", "number"),
        UniqueConstraint("organization_id", "client_key"),
        refers("event_id", to="event"),
        Index(None, "event_id", "number"),
        index_where("state = 'pending' AND expires_at IS NOT NULL", "expires_at"),
        CheckConstraint("state IN ('pending', 'paid', 'cancelled', 'expired')", name="state"),
        CheckConstraint("total_minor >= 0", name="total"),
    )

    id: Mapped[OrderId] = mapped_column(primary_key=True)
    event_id: Mapped[EventId]
    number: Mapped[int]
    state: Mapped[str]
    channel: Mapped[str]
    client_key: Mapped[str | None] = mapped_column(info=CALLERS_KEY)
    client_digest: Mapped[bytes | None] = mapped_column(LargeBinary, info=OF_A_PERSON)
    currency: Mapped[str]
    total_minor: Mapped[int]
    rounding_minor: Mapped[int] = mapped_column(server_default="0", default=0)
    buyer_email: Mapped[str | None] = mapped_column(info=OF_A_PERSON)
    buyer_name: Mapped[str | None] = mapped_column(info=OF_A_PERSON)
    buyer_phone: Mapped[str | None] = mapped_column(default=None, info=OF_A_PERSON)
    buyer_folded: Mapped[str] = mapped_column(server_default="", default="", info=OF_A_PERSON)
    comp_reason: Mapped[str | None] = mapped_column(info=TYPED)
    created_by: Mapped[UserId | None]
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant | None]
    database_ahead: Mapped[int] = mapped_column(default=0, server_default="0")
    paid_at: Mapped[Instant | None]
    cancelled_at: Mapped[Instant | None]
    price_uses: Mapped[JsonValue | None] = mapped_column(default=None)


@listens_for(Order, "before_insert")
@listens_for(Order, "before_update")
def _fold_buyer(_mapper: Mapper[Order], _connection: Connection, order: Order) -> None:
    said = (order.buyer_name, order.buyer_email, order.buyer_phone)
    order.buyer_folded = fold_text("\n".join(filter(None, said)))


class OrderLine(Scoped, Model):
    """Some tickets of one type at one price within an order; amounts in minor units.

    Attributes:
        unit_price_minor: Of one ticket, before discount and fee.
        discount_minor: Off the line.
        fee_minor: Upon the line.
        rounding_minor: What the line moved by so that net prices and tax hold on the order's sum.
        total_minor: What is due for the line, tax included.
        tax_basis_points: The rate: 1,900 are 19 %.
        tax_minor: Contained in the total.
        tier: The tier whose price it is, or "".
        promotion: The promotions that codes gave, or "".
    """

    __table_args__ = (
        refers("order_id", to="ticket_order"),
        refers("ticket_type_id", to="ticket_type"),
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint(
            "total_minor = quantity * unit_price_minor - discount_minor + fee_minor"
            " + rounding_minor",
            name="total",
        ),
        CheckConstraint("total_minor >= 0 AND unit_price_minor >= 0", name="price"),
        CheckConstraint(
            "discount_minor BETWEEN 0 AND quantity * unit_price_minor", name="discount"
        ),
        CheckConstraint("fee_minor >= 0", name="fee"),
        CheckConstraint("tax_minor BETWEEN 0 AND total_minor", name="tax"),
    )

    order_id: Mapped[OrderId] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ticket_type_id: Mapped[TicketTypeId]
    occurrence_id: Mapped[OccurrenceId | None]
    quantity: Mapped[int]
    unit_price_minor: Mapped[int]
    discount_minor: Mapped[int] = mapped_column(server_default="0")
    fee_minor: Mapped[int] = mapped_column(server_default="0")
    rounding_minor: Mapped[int] = mapped_column(server_default="0")
    total_minor: Mapped[int]
    tax_basis_points: Mapped[int] = mapped_column(server_default="0")
    tax_minor: Mapped[int] = mapped_column(server_default="0")
    tier: Mapped[str] = mapped_column(server_default="")
    promotion: Mapped[str] = mapped_column(server_default="")


class Refund(Scoped, Model):
    """Money owed back for a ticket; append-only, but for what a till paid of it beyond the books.

    Attributes:
        place: 0; of what was less than the ticket's price, the rest is noted later as 1.
        beyond_minor: What a till has paid out for it that was open in no payment just then; it is
            owed no more, whatever becomes of the payment later.
        tax_basis_points, tax_minor: The rate of the ticket's line, and its tax in the amount.
    """

    __table_args__ = (
        UniqueConstraint("event_id", "ticket_id", "place"),
        refers("order_id", to="ticket_order"),
        Index(None, "order_id"),
        CheckConstraint("amount_minor >= 0", name="amount"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[EventId]
    order_id: Mapped[OrderId]
    ticket_id: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[str] = mapped_column(info=TYPED)
    created_by: Mapped[UserId | None]
    created_at: Mapped[Instant]
    beyond_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    tax_basis_points: Mapped[int] = mapped_column(server_default="0")
    tax_minor: Mapped[int] = mapped_column(server_default="0")
    place: Mapped[int] = mapped_column(default=0, server_default="0")


class OrderClock(Model):
    """When unpaid orders were looked at last, by whichever worker; one row.

    Attributes:
        looked_at: By the database's clock, which on SQLite is that worker's.
    """

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    looked_at: Mapped[Instant]
