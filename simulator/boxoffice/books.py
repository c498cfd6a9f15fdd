"""The office's books of one event, read from the server's database as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from gatekeeper.boxoffice.answers import OpenSale
from gatekeeper.boxoffice.till_requests import SellRequest
from shared.kernel.id_types import ClaimId
from simulator.boxoffice.money import Line
from simulator.boxoffice.record import BoxOfficeRecord
from simulator.nodes.server_node import ServerNode
from simulator.venue import Venue

ID_OFFSET: Final = 1 << 63
"""What a ticket's id is less in the database."""
_WITHDRAWAL: Final = (
    "claim_id",
    "ticket_id",
    "purpose",
    "generation",
    "becomes",
    "device_id",
    "mode",
    "source",
    "seq",
    "knew",
    "head",
    "is_annulled",
    "is_confirmed",
    "amount",
    "tender",
    "reference",
)


class BookedPayment(msgspec.Struct, frozen=True):
    """A payment of an order, and what of it went back."""

    tender: str
    amount: int
    reference: str
    state: str
    refunded: int = 0


class BookedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order.

    Attributes:
        order_id: Which.
        key: The client's key; a till's sale has one that names it.
        number: From 1, without gaps, in the organization.
        state: `pending`, `paid`, `cancelled` or `expired`.
        total: What is due.
        rounding: What rounding of cash adds.
        currency: ISO 4217.
        lines: In order.
        sums: What each line is said to come to.
        payments: In order.
        tickets: Ids of its tickets, with their states.
        owed: What was noted as owed back, by ticket's id.
        created_at: By the server's clock.
        buyer: Who it is for, or "".
    """

    order_id: str
    key: str
    number: int
    state: str
    total: int
    rounding: int
    currency: str
    lines: tuple[Line, ...]
    sums: tuple[int, ...]
    payments: tuple[BookedPayment, ...]
    tickets: dict[int, str]
    owed: dict[int, int]
    created_at: int
    buyer: str


class BookedWithdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """A withdrawal of a ticket's right as the ledger has it."""

    claim_id: str
    ticket_id: int
    purpose: str
    generation: int
    becomes: int | None
    device_id: str
    mode: str
    source: str
    seq: int
    knew: int
    head: int
    is_annulled: bool
    is_confirmed: bool
    amount: int
    tender: str
    reference: str


class BookedShift(msgspec.Struct, frozen=True, kw_only=True):
    """A shift as the office lists it."""

    device_id: str
    shift_id: str
    state: str
    z_number: int
    counted: int
    expected: int
    left: int
    is_doubted: bool


class Stock(msgspec.Struct, frozen=True):
    """How many tickets of a type there are, and where they are."""

    code: int
    limit: int | None
    sold: int
    held: int
    allotted: int


class Charge(msgspec.Struct, frozen=True):
    """What a till was charged of a voucher.

    Attributes:
        device_id: The till.
        state: `paid`, `reversed` or `void`.
        amount: Minor units.
        voucher_id: Of which, or "".
        order_id: The sale that it paid, or "".
    """

    device_id: str
    state: str
    amount: int
    voucher_id: str
    order_id: str


class NotPutBack(msgspec.Struct, frozen=True):
    """What a till gave back on a voucher, and the office has not put there; minor units.

    Attributes:
        claim_id: Of the withdrawal that says so.
        charge_id: What the voucher had paid; "" where the ticket was got in exchange.
        amount: How much.
    """

    claim_id: ClaimId
    charge_id: str
    amount: int


class Books(msgspec.Struct, frozen=True):
    """All of them.

    Attributes:
        orders: Of the event, in order of number.
        numbers: Of all orders of the organization.
        withdrawals: By claim id.
        shifts: Of its tills.
        stock: By the type's code.
        granted: Tickets granted to tills and not counted as sold, by the type's code.
        types: The type's code of each ticket.
        charges: Of vouchers, by id.
        spent: What is off each voucher, by its id.
        not_put_back: What tills gave back on vouchers, and is not there.
        taken: How much of each counted price is gone: used, or given to tills.
        out: What of that tills have and have not used.
    """

    orders: list[BookedOrder]
    numbers: list[int]
    withdrawals: dict[str, BookedWithdrawal]
    shifts: list[BookedShift]
    stock: dict[int, Stock]
    granted: dict[int, int]
    types: dict[int, int]
    charges: dict[str, Charge]
    spent: dict[str, int]
    not_put_back: list[NotPutBack]
    taken: dict[str, int]
    out: dict[str, int]


class OfficeEvidence(msgspec.Struct, frozen=True):
    """What was seen at the box office, and what stands in the books when all is quiet.

    Attributes:
        record: What was seen.
        books: The server's.
        open_sales: What tills say is not finished.
        parked: Baskets that are put aside at each till, with their ids.
        untold: How many names of guests wait at each till.
    """

    record: BoxOfficeRecord
    books: Books
    open_sales: dict[str, list[OpenSale]]
    parked: dict[str, list[tuple[str, SellRequest]]]
    untold: dict[str, int]


async def read_books(server: ServerNode, venue: Venue) -> Books:
    """Read the books of a venue's event."""
    inline = server.context.database.inline
    assert inline is not None
    async with inline.reading():

        def ask(sql: str) -> Sequence[Any]:
            return inline.connection.execute(sql, (venue.event_id,)).fetchall()

        return Books(
            orders=_orders(ask),
            numbers=[
                row[0]
                for row in inline.connection.execute(
                    "SELECT number FROM ticket_order WHERE organization_id=? ORDER BY number",
                    (venue.organization_id,),
                )
            ],
            withdrawals=_withdrawals(ask),
            shifts=[
                BookedShift(
                    device_id=row[0],
                    shift_id=row[1],
                    state=row[2],
                    z_number=row[3],
                    counted=row[4],
                    expected=row[5],
                    left=row[6],
                    is_doubted=bool(row[7]),
                )
                for row in ask(
                    "SELECT device_id, shift_id, state, z_number, counted_minor, expected_minor,"
                    " left_minor, is_doubted FROM till_shift WHERE event_id=?"
                    " ORDER BY device_id, opened_seq"
                )
            ],
            stock={
                row[0]: Stock(*row)
                for row in ask(
                    "SELECT t.code, i.quantity_limit, i.sold, i.held, i.allotted FROM inventory i"
                    " JOIN ticket_type t ON t.id = i.ticket_type_id WHERE i.event_id=?"
                )
            },
            granted=dict(
                ask(
                    "SELECT t.code, sum(a.granted - a.returned - a.sold) FROM allotment a"
                    " JOIN ticket_type t ON t.id = a.ticket_type_id WHERE a.event_id=? GROUP BY 1"
                )
            ),
            types={
                row[0] + ID_OFFSET: row[1]
                for row in ask(
                    "SELECT x.ticket_id, t.code FROM ticket x"
                    " JOIN ticket_type t ON t.id = x.ticket_type_id WHERE x.event_id=?"
                )
            },
            **_beside(ask, inline.connection, venue),
        )


Ask = Any


def _beside(ask: Ask, connection: Any, venue: Venue) -> dict[str, Any]:
    """Read what vouchers were charged, and what is gone of counted prices."""
    return {
        "charges": {
            row[0]: Charge(row[1], row[2], row[3], row[4] or "", row[5] or "")
            for row in ask(
                "SELECT id, device_id, state, amount_minor, voucher_id, order_id"
                " FROM voucher_spend WHERE event_id=?"
            )
        },
        "not_put_back": [
            NotPutBack(
                ClaimId(row[0].rpartition(":")[2]), (row[1] or "").partition(".")[0], row[2]
            )
            for row in ask(
                "SELECT o.client_key, CASE WHEN p.tender='voucher' THEN p.reference END,"
                " o.amount_minor FROM payout o JOIN payment p ON p.id = o.payment_id"
                " WHERE o.event_id=? AND o.state='failed' AND o.tender='voucher'"
                " AND o.client_key LIKE 'till:payout:%'"
            )
        ],
        "taken": dict(ask("SELECT id, taken FROM price_count WHERE event_id=?")),
        "out": dict(
            ask(
                "SELECT price_id, sum(granted - returned - used) FROM price_allotment"
                " WHERE event_id=? GROUP BY 1"
            )
        ),
        "spent": dict(
            connection.execute(
                "SELECT id, spent_minor FROM voucher WHERE organization_id=?",
                (venue.organization_id,),
            ).fetchall()
        ),
    }


def _orders(ask: Ask) -> list[BookedOrder]:
    lines: dict[str, list[tuple[Line, int]]] = {}
    for row in ask(
        "SELECT l.order_id, t.code, l.quantity, l.unit_price_minor, l.discount_minor, l.fee_minor,"
        " l.tax_basis_points, l.tax_minor, l.rounding_minor, l.total_minor FROM order_line l"
        " JOIN ticket_type t ON t.id = l.ticket_type_id WHERE t.event_id=?"
        " ORDER BY l.order_id, l.line"
    ):
        names = ("code", "count", "unit", "off", "fee", "rate", "tax", "moved")
        line = Line(**dict(zip(names, row[1:9], strict=True)))
        lines.setdefault(row[0], []).append((line, row[9]))
    payments: dict[str, list[BookedPayment]] = {}
    for row in ask(
        "SELECT order_id, tender, amount_minor, reference, state, refunded_minor FROM payment"
        " WHERE event_id=?"
        " ORDER BY order_id, client_key, id"
    ):
        payments.setdefault(row[0], []).append(BookedPayment(*row[1:]))
    tickets: dict[str, dict[int, str]] = {}
    for order_id, ticket_id, state in ask(
        "SELECT order_id, ticket_id, state FROM ticket WHERE event_id=? AND order_id IS NOT NULL"
    ):
        tickets.setdefault(order_id, {})[ticket_id + ID_OFFSET] = state
    owed: dict[str, dict[int, int]] = {}
    for order_id, ticket_id, amount in ask(
        "SELECT order_id, ticket_id, amount_minor FROM refund WHERE event_id=?"
    ):
        owed.setdefault(order_id, {})[int(ticket_id, 16)] = amount
    return [
        BookedOrder(
            order_id=row[0],
            key=row[1] or "",
            number=row[2],
            state=row[3],
            total=row[4],
            rounding=row[5],
            currency=row[6],
            lines=tuple(line for line, _ in lines.get(row[0], [])),
            sums=tuple(total for _, total in lines.get(row[0], [])),
            payments=tuple(payments.get(row[0], [])),
            tickets=tickets.get(row[0], {}),
            owed=owed.get(row[0], {}),
            created_at=row[7],
            buyer=row[8] or "",
        )
        for row in ask(
            "SELECT id, client_key, number, state, total_minor, rounding_minor, currency,"
            " created_at, buyer_name FROM ticket_order WHERE event_id=? ORDER BY number"
        )
    ]


def _withdrawals(ask: Ask) -> dict[str, BookedWithdrawal]:
    names = _WITHDRAWAL
    columns = ", ".join("amount_minor" if name == "amount" else name for name in names)
    found = {}
    for row in ask(f"SELECT {columns} FROM ticket_withdrawal WHERE event_id=?"):  # noqa: S608 - names of ours
        fields = dict(zip(names, row, strict=True))
        fields["ticket_id"] += ID_OFFSET
        fields["is_annulled"] = bool(fields["is_annulled"])
        fields["is_confirmed"] = bool(fields["is_confirmed"])
        found[row[0]] = BookedWithdrawal(**fields)
    return found
