"""The office's books are what tills' journals and the shop's buyers say, to the minor unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator

from shared.journal.sale_body import SaleBody, SaleLine
from shared.journal.shift_body import ShiftBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.instant import Instant
from simulator.boxoffice.books import BookedOrder, BookedPayment, OfficeEvidence
from simulator.boxoffice.money import Line, price_lines
from simulator.boxoffice.paid_in_parts import CREDIT, Part, parts_of
from simulator.checkers.vouchers import VOUCHER
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evidence import Evidence

HONEST = frozenset(
    {
        "sold_twice",
        "sold_out_of_range",
        "sold_unknown_type",
        "sale_id_reused",
        "price_mismatch",
        "oversold",
        "payout_mismatch",
        "act_unsigned",
    }
)
"""What the office must not say of a till that does as it should."""


def check_books(evidence: Evidence) -> Iterator[str]:
    """Yield each sale or order that the books have otherwise, and each seat sold twice."""
    office = evidence.till_office
    if office is None:
        return
    orders = {one.key: one for one in office.books.orders if one.key.startswith("till:")}
    gone, moved = paid_out(evidence, office), moved_by_sale(evidence, office)
    for node, _, sale in evidence.sales:
        key = f"till:{office.record.device_ids[node]}:{sale.sale_id}"
        order = orders.pop(key, None)
        name = f"{node} receipt {sale.receipt_number}"
        if order is None:
            yield f"{name}: no order was booked"
        else:
            moves = moved.get((node, sale.sale_id))
            yield from (f"{name}: {one}" for one in _unlike(order, sale, gone, moves))
    for order in orders.values():
        yield f"order {order.number} is of no till's sale"
    yield from _shop(evidence, office)
    yield from _stock(evidence, office)
    yield from _accused(evidence, {one.claim_id for one in office.books.not_put_back})
    if office.books.numbers != list(range(1, len(office.books.numbers) + 1)):
        yield f"orders are not numbered 1 to {len(office.books.numbers)}"


Backs = dict[int, list[Part]]


def paid_out(evidence: Evidence, office: OfficeEvidence) -> Backs:
    """Return by what, and how much, went back for each ticket, in order by the tills' journals.

    What a till gave back on a voucher that is worth nothing has not gone back: see
    `check_vouchers`.
    """
    unpaid = Counter[str]()
    for one in office.books.not_put_back:
        unpaid[one.claim_id] += one.amount
    return {
        held.body.ticket_id: [
            (kind, amount - (unpaid[held.body.claim_id] if kind == VOUCHER else 0))
            for kind, amount in parts_of(held.body)
        ]
        for device in evidence.devices
        if device.node in office.record.terminals
        for held in device.entries
        if isinstance(held.body, WithdrawalBody)
        and held.body.amount_minor > unpaid[held.body.claim_id]
    }


def moved_by_sale(
    evidence: Evidence, office: OfficeEvidence
) -> dict[tuple[str, str], Counter[str]]:
    """Return by sale what tills have moved to each tender, negative for from it."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for device in evidence.devices:
        if device.node not in office.record.terminals:
            continue
        for held in device.entries:
            body = held.body
            if isinstance(body, ShiftBody) and str(body.act) == "tender_moved":
                sums = found.setdefault((device.node, body.sale_id), Counter())
                sums[body.tender] -= body.amount_minor
                sums[body.tender_to] += body.amount_minor
    return found


def _unlike(
    order: BookedOrder,
    sale: SaleBody,
    gone: Backs,
    moves: Counter[str] | None,
) -> Iterator[str]:
    figures = (sale.total_minor, sale.rounding_minor, sale.currency)
    if (order.total, order.rounding, order.currency) != figures:
        yield f"booked as {order.total} and {order.rounding} {order.currency}, not {figures}"
    lines = tuple(line_of(one) for one in sale.lines)
    if order.lines != lines or order.sums != tuple(one.gross for one in lines):
        yield f"booked with lines {order.lines}, not {lines}"
    ours = {one.ticket_id for one in sale.tickets}
    backs = [part for ticket_id, parts in gone.items() if ticket_id in ours for part in parts]
    paid = _less(sale, backs)
    is_exchanged = any(one.kind == CREDIT for one in sale.payments) or any(
        tender == CREDIT for tender, _ in backs
    )
    # Which payment bears what depends on how earlier tickets were paid, and in what order it came.
    if is_exchanged or moves is not None:
        went = sum(one.refunded for one in order.payments)
        if went != sum(amount for _, amount in backs):
            yield f"{went} are booked as gone back, not {backs}"
        due = _by_tender(paid)
        due.update(moves or Counter())
        is_alike = [one.amount for one in order.payments] == [one.amount for one in paid]
        if moves is not None:  # a part that was moved is a payment of its own
            is_alike = _by_tender(order.payments) == +due
        if not is_alike:
            yield f"booked as paid by {order.payments}, not {paid} with {moves} moved"
    elif sorted(map(_key, order.payments)) != sorted(map(_key, paid)):
        yield f"booked as paid by {order.payments}, not {paid}"
    if order.tickets.keys() != ours:
        yield f"booked with {len(order.tickets)} tickets, not {len(sale.tickets)}"


def line_of(line: SaleLine) -> Line:
    """Return a line of a till's sale as the model has it."""
    return Line(
        code=line.ticket_type_code,
        count=line.count,
        unit=line.unit_minor,
        off=line.discount_minor,
        fee=line.fee_minor,
        rate=line.tax_basis_points,
        tax=line.tax_minor,
    )


def _less(sale: SaleBody, backs: list[Part]) -> list[BookedPayment]:
    """Take what went back off the payments: of its own tender first, and the newest first."""
    left = [one.amount_minor for one in sale.payments]
    for tender, amount in backs:
        own = [n for n, one in enumerate(sale.payments) if one.kind == tender]
        others = [n for n in range(len(left)) if n not in own]
        over = amount
        for place in [*reversed(own), *reversed(others)]:
            part = min(over, left[place])
            left[place] -= part
            over -= part
    states = {True: "refunded", False: "partly_refunded"}
    return [
        BookedPayment(
            one.kind,
            one.amount_minor,
            one.reference,
            states[rest == 0] if rest < one.amount_minor else "paid",
            one.amount_minor - rest,
        )
        for one, rest in zip(sale.payments, left, strict=True)
    ]


def _by_tender(payments: Iterable[BookedPayment]) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in payments:
        found[one.tender] += one.amount
    return found


def _key(one: BookedPayment) -> tuple[str, int, str, str, int]:
    return one.tender, one.amount, one.reference, one.state, one.refunded


def _shop(evidence: Evidence, office: OfficeEvidence) -> Iterator[str]:
    """Orders by the web cost what the model says at the server's instant."""
    booked = {one.order_id: one for one in office.books.orders}
    for one in office.record.orders:
        order = booked.get(one.order_id)
        prices = office.record.prices_of(one.plan)
        if order is None or prices is None:
            if not evidence.history.restores:
                yield f"the order {one.order_id} was placed and is not in the books"
            continue
        lines = price_lines(
            prices, one.lines, Instant(order.created_at), words=one.words, is_order=True
        )
        if lines is None or list(order.lines) != lines:
            yield f"order {order.number} has {order.lines}, should have {lines}"
        elif order.total != sum(line.gross for line in lines):
            yield f"order {order.number} is {order.total}, not the sum of {lines}"


def _stock(evidence: Evidence, office: OfficeEvidence) -> Iterator[str]:
    """Of no type more are out than there are, counted ticket by ticket and by the counters."""
    if evidence.history.restores:
        return  # a ledger that was put back has forgotten what it granted
    states: dict[int, dict[str, int]] = {}
    for ticket_id, ticket in evidence.ledger.tickets.items():
        held = states.setdefault(office.books.types[ticket_id], {})
        held[ticket.state] = held.get(ticket.state, 0) + 1
    for code, stock in office.books.stock.items():
        if stock.limit is None:
            continue
        live = {one: n for one, n in states.get(code, {}).items() if not _is_gone(one)}
        if sum(live.values()) > stock.limit:
            yield f"of type {code} {live} are out, of {stock.limit}"
        if stock.sold + stock.held + stock.allotted > stock.limit:
            yield f"of type {code} {stock} are counted"
        if stock.sold != live.get("paid", 0):
            yield f"of type {code} {stock.sold} are counted as sold, {live} are"
        if stock.allotted != office.books.granted.get(code, 0):
            granted = office.books.granted.get(code, 0)
            yield f"of type {code} {stock.allotted} are counted as allotted, {granted} are"


def _is_gone(state: str) -> bool:
    return state in {"cancelled", "payment_expired"}


def _accused(evidence: Evidence, unpaid: Container[str]) -> Iterator[str]:
    """Nobody is named who sold as it should; a clock that jumped may have sold another tier.

    Of what a till gave back on a voucher that is worth nothing the organizer has to hear.
    """
    wrong = {one.device_id for one in evidence.devices if one.steps}
    for conflict in evidence.ledger.conflicts:
        if conflict.kind not in HONEST or conflict.device_id == evidence.hostile_id:
            continue
        if conflict.kind == "price_mismatch" and (
            conflict.device_id in wrong or not evidence.scenario.has_true_server
        ):
            continue
        if conflict.kind == "payout_mismatch" and conflict.subject.rpartition("/")[2] in unpaid:
            continue
        if conflict.kind in OF_CLOCKS and not evidence.scenario.has_true_server:
            continue
        if evidence.history.restores and conflict.kind != "price_mismatch":
            continue
        yield f"{conflict.device_id} is named as {conflict.kind}: {conflict.subject}"
