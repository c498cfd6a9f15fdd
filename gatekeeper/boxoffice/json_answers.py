"""What a till by lines answers, spelled as JSON's own kinds of values."""

from __future__ import annotations

from typing import Any

import msgspec

from gatekeeper.boxoffice.answers import OpenSale, PrintedTicket, Sale, StockLine, TicketOutcome
from gatekeeper.boxoffice.last_sale_before_start import LastSale
from gatekeeper.boxoffice.order_search_at_till import FoundOrder
from shared.kernel.instant import Instant, format_instant
from shared.sales.tenders import SPLIT


def spell_sale(sale: Sale) -> dict[str, Any]:
    """Spell a sale, with its tickets' codes."""
    spelled: dict[str, Any] = {
        "sale_id": sale.sale_id,
        "receipt_number": sale.receipt_number,
        "total_minor": sale.total.minor_units,
        "currency": sale.total.currency,
        "change_minor": sale.change_minor,
        "tickets": [spell_ticket(ticket) for ticket in sale.tickets],
        "payments": [
            {"kind": one.kind, "amount_minor": one.amount_minor, "reference": one.reference}
            for one in sale.payments
        ],
    }
    if sale.rounding_minor:
        spelled["rounding_minor"] = sale.rounding_minor
    if sale.change:
        spelled["change"] = [
            {"value_minor": one.value_minor, "count": one.count} for one in sale.change
        ]
    return spelled


def spell_order(order: FoundOrder) -> dict[str, Any]:
    """Spell an order that was found."""
    spelled: dict[str, Any] = msgspec.to_builtins(order)
    for ticket in spelled["tickets"]:
        at = ticket["handed_at"]
        ticket["handed_at"] = None if at is None else format_instant(Instant(at))
    return spelled


def spell_outcome(one: TicketOutcome) -> dict[str, Any]:
    """Spell what became of a ticket that was taken back or replaced."""
    spelled: dict[str, Any] = {"ticket_id": one.ticket_id, "reason": one.reason}
    if one.is_copy:
        spelled["is_copy"] = True
    if one.amount_minor:
        spelled["amount_minor"] = one.amount_minor
    if one.digits:
        spelled |= {"digits": one.digits, "manual_code": one.manual_code}
    return spelled


def spell_ticket(ticket: PrintedTicket) -> dict[str, Any]:
    """Spell a ticket that was sold, with its code."""
    spelled: dict[str, Any] = {
        "ticket_id": ticket.ticket_id,
        "digits": ticket.digits,
        "manual_code": ticket.manual_code,
        "type": ticket.ticket_type,
        "price_minor": ticket.price.minor_units,
    }
    if ticket.seat:
        spelled["seat"] = ticket.seat
        spelled["seat_name"] = ticket.seat_name
    if ticket.home_gate:
        spelled["gate"] = ticket.home_gate
    return spelled


def spell_open(sale: OpenSale) -> dict[str, Any]:
    """Spell a sale that is not finished."""
    return {
        "sale_id": sale.sale_id,
        "reason": sale.reason.value,
        "total_minor": sale.basket.total_minor,
        "paid_minor": sale.paid_minor,
        "left_minor": sale.left_minor,
        "currency": sale.basket.currency,
        "held": [
            {"type": line.ticket_type_code, "count": line.count} for line in sale.basket.lines
        ],
    }


def spell_stock(one: StockLine) -> dict[str, Any]:
    """Spell what is left of a type."""
    return {
        "type": one.code,
        "name": one.name,
        "left": one.left,
        "held": one.held,
        "price_minor": one.price_minor,
        "currency": one.currency,
    }


def spell_last(last: LastSale) -> dict[str, Any]:
    """Spell what was sold or paid back last; a ticket's code is had again by a reprint only."""
    sale, gone = last.sale, dict(last.back)
    spelled: dict[str, Any] = {
        "is_refund": last.is_refund,
        "sale_id": sale.sale_id,
        "receipt_number": sale.receipt_number,
        "total_minor": sale.total_minor,
        "change_minor": 0 if last.is_refund else last.change_minor,
        "paid_by": sale.tender,
        "sold_at": None if sale.sold_at is None else format_instant(sale.sold_at),
        "tickets": [
            {
                "ticket_id": one.ticket_id,
                "type": one.ticket_type,
                "price_minor": one.price_minor,
                "is_gone": one.is_gone,
            }
            | ({"seat_name": one.seat} if one.seat else {})
            | ({"amount_minor": gone[one.ticket_id]} if one.ticket_id in gone else {})
            for one in sale.tickets
        ],
    }
    if last.back:
        spelled |= {"paid_out_minor": last.back_minor, "tender": last.tender}
    if last.tender == SPLIT:
        spelled["paid_out_by"] = dict(last.back_by)
    if last.moved is not None:
        act, amount = last.moved
        spelled["moved"] = {"shift": act, "amount_minor": amount}
    return spelled
