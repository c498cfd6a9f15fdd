"""Every sale costs what the organizer's prices say, is paid exactly, and is whole or open.

Prices are those of the plan that a sale names, at the till's own instant within its error, and no
older than what the till had been told; of a sale that waited for a terminal, those of the first
question. What a terminal holds of a till is what its sales and its open sales say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.journal.sale_body import SaleBody
from shared.kernel.instant import SECOND, Instant
from simulator.boxoffice.books import OfficeEvidence
from simulator.boxoffice.cashiers import OFFS
from simulator.boxoffice.money import GIFT, Line, Off, price_lines, prices_of, round_cash
from simulator.boxoffice.offers import PriceList
from simulator.boxoffice.record import Sold
from simulator.checkers.books import line_of
from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import HeldEntry

WAITED: Final = {"card", "voucher"}
"""Whoever pays so may wait for somebody else's yes."""


def check_prices(evidence: Evidence) -> Iterator[str]:
    """Yield each sale that costs something else, or is paid by something else."""
    office = evidence.till_office
    if office is None:
        return
    shown = {(one.node, one.sale_id): one for one in office.record.sold}
    for node, held, sale in evidence.sales:
        name = f"{node} receipt {sale.receipt_number}"
        told = shown.get((node, sale.sale_id))
        yield from (f"{name}: {one}" for one in _sums(sale))
        prices = office.record.prices_of(sale.plan)
        if not sale.plan and evidence.history.restores:
            continue  # the ledger that was put back has not told its till of any yet
        if prices is None or not sale.plan:
            yield f"{name}: names plan {sale.plan}, that nobody has made"
            continue
        yield from (f"{name}: {one}" for one in _priced(prices, held, sale, told))
        yield from (f"{name}: {one}" for one in _rounded(prices, sale))
        is_at_once = all(one.kind not in WAITED for one in sale.payments)
        newest = _newest_told(evidence, held)
        if is_at_once and (told is None or not told.was_open) and sale.plan < newest:
            yield f"{name}: by plan {sale.plan}, and the till had been told of {newest}"
        if told is not None:
            yield from (f"{name}: {one}" for one in _asked(told, sale))
    yield from _terminals(evidence, office)


def _sums(sale: SaleBody) -> Iterator[str]:
    gross = [one.gross_minor for one in sale.lines]
    paid = sum(one.amount_minor for one in sale.payments)
    if sum(gross) != sale.total_minor:
        yield f"{sale.total_minor} is not the sum of its lines"
    if paid != sale.total_minor + sale.rounding_minor:
        yield f"{paid} was paid of {sale.total_minor} and {sale.rounding_minor} of rounding"
    for place, line in enumerate(sale.lines):
        ours = [one.price_minor for one in sale.tickets if one.line == place]
        if ours != prices_of(line.gross_minor, line.count):
            yield f"line {place} of {line.gross_minor} for {line.count} is parted as {ours}"
    for part in sale.payments:
        if part.given_minor and part.given_minor - part.change_minor != part.amount_minor:
            yield f"{part.given_minor} given, {part.change_minor} back, {part.amount_minor} paid"
        if part.change_minor and part.kind != "cash":
            yield f"change from {part.kind}"
        if part.state != "paid":
            yield f"a payment is {part.state}"


def _priced(
    prices: PriceList, held: HeldEntry, sale: SaleBody, told: Sold | None
) -> Iterator[str]:
    """Look for an instant and a discount of the cashier's at which the lines are the model's."""
    own = [line_of(one) for one in sale.lines]
    wanted = [(one.code, one.count) for one in own]
    ids = {name for one in sale.lines for name in one.promo.split(",")}
    words = [one.word for one in prices.deals if one.word and one.id in ids]
    offs = [GIFT] if sale.tender == "comp" else [Off(*one) for one in OFFS]
    first: list[Line] | None = None
    for at in _instants(prices, held, sale, told):
        for off in offs:
            lines = price_lines(prices, wanted, at, words=words, off=off)
            if lines == own:
                return
            first = first or lines
    yield f"its lines are {own}, should be such as {first}"


def _instants(
    prices: PriceList, held: HeldEntry, sale: SaleBody, told: Sold | None
) -> list[Instant]:
    """Give one instant of each stretch in which the till may have priced."""
    entry = held.entry
    turns = sorted(
        at
        for offer in prices.offers
        for tier in offer.tiers
        for at in (tier.begins, tier.ends)
        if at is not None
    )
    every = [*turns, *(Instant(at - 1) for at in turns)] or [Instant(0)]
    waited = 0
    if any(one.kind in WAITED for one in sale.payments):
        if told is None or told.was_open:
            return every
        waited = told.ended - told.began + SECOND
    if entry.offset is None or entry.offset_error is None:
        return every
    now = entry.wall + entry.offset
    low, high = now - entry.offset_error - waited, now + entry.offset_error
    within = [at for at in every if low <= at <= high]
    return [Instant(max(0, low)), Instant(now), Instant(high), *within]


def _rounded(prices: PriceList, sale: SaleBody) -> Iterator[str]:
    cash = [one for one in sale.payments if one.kind == "cash"]
    others = sum(one.amount_minor for one in sale.payments if one.kind != "cash")
    due = sale.total_minor - others
    if not cash or sale.payments[-1].kind != "cash":
        if sale.rounding_minor:
            yield f"{sale.rounding_minor} of rounding, and the last was no cash"
        return
    is_exact = sum(one.given_minor for one in cash) == due
    if len(cash) == 1 and not is_exact:
        rounded = round_cash(due, prices.step)
        if cash[0].amount_minor != rounded:
            yield f"{cash[0].amount_minor} in cash for {due}, should be {rounded}"


def _newest_told(evidence: Evidence, held: HeldEntry) -> int:
    """Return the newest plan that the till had read when it made an entry."""
    if evidence.history.restores:
        return 0
    told = [
        one.config.sequence
        for one in evidence.history.plans
        if one.config.event_id == evidence.venue.event_id
        and (one.sequence or 0) <= held.entry.cursor
    ]
    return max(told, default=0)


def _asked(told: Sold, sale: SaleBody) -> Iterator[str]:
    wanted: dict[int, int] = {}
    for line in told.request.lines:
        wanted[line.ticket_type_code] = wanted.get(line.ticket_type_code, 0) + line.count
    sold: dict[int, int] = {}
    for ticket in sale.tickets:
        sold[ticket.ticket_type_code] = sold.get(ticket.ticket_type_code, 0) + 1
    if wanted != sold:
        yield f"{wanted} was asked for, {sold} sold"


def _terminals(evidence: Evidence, office: OfficeEvidence) -> Iterator[str]:
    """What a terminal has booked and not given back is what sales and open sales say of it."""
    for node, terminal in office.record.terminals.items():
        yield from (f"{node}: {one} was asked with two amounts" for one in terminal.twice)
        booked = {name: one for name, one in terminal.payments.items() if one.state == "booked"}
        by_sale: dict[str, int] = {}
        for name, one in booked.items():
            sale_id = name.partition("-")[0]
            by_sale[sale_id] = by_sale.get(sale_id, 0) + one.amount
        for owner, _, sale in evidence.sales:
            if owner != node:
                continue
            cards = [one for one in sale.payments if one.kind == "card"]
            asked = [one for one in cards if not one.reference.startswith("S")]
            said = sum(one.amount_minor for one in asked)
            charged = by_sale.pop(sale.sale_id, 0)
            if said != charged:
                yield (
                    f"{node} receipt {sale.receipt_number}: {charged} were charged to cards,"
                    f" the sale says {said}"
                )
        for waiting in office.open_sales[node]:
            by_sale.pop(waiting.sale_id, None)
        for sale_id, amount in by_sale.items():
            yield f"{node}: {amount} were charged for {sale_id}, of which nobody knows"
