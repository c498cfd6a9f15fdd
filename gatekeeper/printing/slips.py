"""What tickets, receipts, reports and badges say, item by item, in a language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from gatekeeper.printing.documents import Document, DrawerReport, NameBadge, TicketPaper
from gatekeeper.printing.slip import (
    Band,
    Gap,
    Height,
    Item,
    Logo,
    Pair,
    Rule,
    Slip,
    SlipCode,
    SlipText,
)
from gatekeeper.wording.called import call_till
from gatekeeper.wording.texts import Texts
from gatekeeper.wording.times import spell_moment
from shared.kernel.money import Money
from shared.manifest.ticket_design import PLAIN, TicketDesign
from shared.sales.receipt import Receipt, ReceiptKind, ReceiptLine, ReceiptPayment, ReceiptTax

_CARD: Final = "card"
_MARKS: Final = "\u200e\u200f\u061c"
"""Marks of direction that CLDR puts into amounts; here each amount has a direction of its own."""

_EMPTY: Final = "\u2066\u2067\u2068\u2069 "


def compose(document: Document, copy: int, texts: Texts) -> Slip:
    """Return what a document says.

    Args:
        document: The values.
        copy: 0 for the first print; else it is marked as such a copy.
        texts: The language.
    """
    said: list[Item]
    match document:
        case TicketPaper():
            said = _ticket(document, texts)
        case Receipt():
            said = _receipt(document, texts)
        case DrawerReport():
            said = _report(document, texts)
        case NameBadge():
            said = _badge(document, texts)
    bands = marks(copy, texts, is_practice=document.is_practice)
    return (*bands, *([Gap()] if bands else []), *said)


def marks(copy: int, texts: Texts, *, is_practice: bool) -> list[Band]:
    """Return what nobody must overlook: a copy is one, practice is no ticket and no money."""
    bands = [Band(texts.say("paper.practice"))] if is_practice else []
    return bands + ([Band(texts.say("paper.copy", number=copy))] if copy else [])


def amount_of(minor: int, currency: str, texts: Texts) -> str:
    """Spell an amount as one unit from left to right, its sign before it in every language."""
    spelt = texts.money(Money(minor, currency))
    return texts.isolate("".join(one for one in spelt if one not in _MARKS))


def ticket_references(ticket: TicketPaper, texts: Texts) -> list[str]:
    """Return order, receipt and till, as far as the ticket has them."""
    said = []
    if ticket.order:
        said.append(texts.say("paper.order", order=ticket.order))
    if ticket.receipt_number:
        said.append(texts.say("paper.receipt", number=ticket.receipt_number))
    if ticket.till:
        said.append(call_till(texts, ticket.till))
    return said


def ticket_price(ticket: TicketPaper, texts: Texts) -> str:
    """Return what the ticket cost, or "" where none is to stand there."""
    if ticket.price_minor is None or not ticket.currency:
        return ""
    return amount_of(ticket.price_minor, ticket.currency, texts)


def ticket_moment(ticket: TicketPaper, texts: Texts) -> str:
    """Return day and time of the beginning, or "" where the ticket names none."""
    if ticket.starts_at is None:
        return ""
    return spell_moment(ticket.starts_at, ZoneInfo(ticket.time_zone), texts)


def _ticket(ticket: TicketPaper, texts: Texts) -> list[Item]:
    design = ticket.design or PLAIN
    ticket = _without(ticket, design)
    places = [one for one in (ticket.zone, ticket.seat, ticket.holder) if one]
    items: list[Item] = [
        *([] if design.logo is None else [Logo(design.logo.digest)]),
        *_centred(texts.isolate(ticket.organization), height=Height.SMALL),
        *_centred(texts.isolate(ticket.event), height=Height.LARGE, is_bold=True),
        *_centred(ticket_moment(ticket, texts)),
        *_centred(texts.isolate(ticket.venue)),
        Rule(),
        *_centred(texts.isolate(ticket.ticket_type), height=Height.LARGE, is_bold=True),
        *(SlipText(texts.isolate(place), is_bold=True, is_centred=True) for place in places),
        SlipCode(ticket.digits),
        *_centred(texts.isolate(ticket.manual_code), height=Height.LARGE, is_bold=True),
    ]
    if ticket.home_gate:
        said = texts.say("paper.home_gate", gate=ticket.home_gate)
        items.append(SlipText(said, is_bold=True, is_centred=True))
    items += _centred(ticket_price(ticket, texts))
    items.append(Rule())
    if references := ticket_references(ticket, texts):
        items += _centred(" · ".join(references), height=Height.SMALL)
    return items + _small((*ticket.hints, *design.note.splitlines()), texts)


def _without(ticket: TicketPaper, design: TicketDesign) -> TicketPaper:
    """Leave out what a design hides of a ticket."""
    texts = ("organization", "venue", "zone", "seat", "holder", "order")
    hidden: dict[str, object] = {name: "" for name in texts if not design.shows(name)}
    if not design.shows("price"):
        hidden["price_minor"] = None
    return msgspec.structs.replace(ticket, **hidden) if hidden else ticket


def _receipt(receipt: Receipt, texts: Texts) -> list[Item]:
    def money(minor: int) -> str:
        return amount_of(minor, receipt.currency, texts)

    zone = ZoneInfo(receipt.time_zone)
    items: list[Item] = [
        *_centred(texts.isolate(receipt.organization), is_bold=True),
        *_small(receipt.address, texts),
        Gap(),
        *_centred(_title(receipt, texts), height=Height.LARGE, is_bold=True),
        *_centred(spell_moment(receipt.at, zone, texts)),
        *_centred(texts.isolate(receipt.event)),
    ]
    if receipt.kind is not ReceiptKind.SALE and receipt.of_number:
        items += _centred(texts.say("paper.of_receipt", number=receipt.of_number))
    items.append(Rule())
    for line in receipt.lines:
        items += _line(line, texts, receipt.currency)
    items.append(Rule())
    items.append(Pair(texts.say("paper.total"), money(receipt.total_minor), True, Height.LARGE))
    if receipt.rounding_minor:
        items.append(Pair(texts.say("paper.rounding"), money(receipt.rounding_minor)))
    for payment in receipt.payments:
        items += _payment(payment, texts, receipt.currency)
    if any(tax.basis_points for tax in receipt.taxes):
        items += [Rule(), *_taxes(receipt.taxes, texts, receipt.currency)]
    items += [Rule(), *_centred(" · ".join(_whose(receipt, texts)), height=Height.SMALL)]
    items += _small(receipt.fiscal_lines, texts)
    if receipt.fiscal_code:
        items.append(SlipCode(receipt.fiscal_code, is_small=True))
    return items


def _title(receipt: Receipt, texts: Texts) -> str:
    keys = {
        ReceiptKind.SALE: "paper.receipt",
        ReceiptKind.REFUND: "paper.refund",
        ReceiptKind.VOID: "paper.void",
    }
    return texts.say(keys[receipt.kind], number=receipt.number)


def _line(line: ReceiptLine, texts: Texts, currency: str) -> list[Item]:
    def money(minor: int) -> str:
        return amount_of(minor, currency, texts)

    items: list[Item] = [Pair(texts.isolate(line.text), money(line.unit_minor * line.count))]
    if line.count != 1:
        said = texts.say("paper.each", number=line.count, price=money(line.unit_minor))
        items.append(SlipText(said, Height.SMALL))
    if line.note:
        items.append(SlipText(texts.isolate(line.note), Height.SMALL))
    if line.discount_minor:
        items.append(Pair(texts.say("paper.discount"), money(-line.discount_minor)))
    if line.fee_minor:
        items.append(Pair(texts.say("paper.fee"), money(line.fee_minor)))
    return items


def _payment(payment: ReceiptPayment, texts: Texts, currency: str) -> list[Item]:
    def money(minor: int) -> str:
        return amount_of(minor, currency, texts)

    kind = tender_name(payment.kind, texts)
    if not payment.given_minor:
        items: list[Item] = [Pair(kind, money(payment.amount_minor))]
    else:
        items = [
            Pair(texts.say("paper.given", tender=kind), money(payment.given_minor)),
            Pair(texts.say("paper.change"), money(payment.change_minor)),
        ]
    if payment.reference:
        items.append(SlipText(texts.isolate(payment.reference), Height.SMALL))
    if payment.state == "unknown":
        items.append(SlipText(texts.say("paper.payment_unknown"), is_bold=True))
    if payment.state == "reversed":
        items.append(SlipText(texts.say("paper.payment_reversed"), is_bold=True))
    return items


def tender_name(kind: str, texts: Texts) -> str:
    """Name a kind of payment; one of a newer program stands as it is called there."""
    known = {"cash", "card", "comp", "voucher", "account", "exchange"}
    return texts.say(f"paper.tender.{kind}") if kind in known else kind


def _taxes(taxes: tuple[ReceiptTax, ...], texts: Texts, currency: str) -> list[Item]:
    items: list[Item] = []
    for tax in taxes:
        rate = texts.percent(tax.basis_points)
        gross = amount_of(tax.gross_minor, currency, texts)
        said = texts.say("paper.tax", rate=rate, gross=gross)
        items.append(Pair(said, amount_of(tax.tax_minor, currency, texts)))
    return items


def _whose(receipt: Receipt, texts: Texts) -> list[str]:
    said = [call_till(texts, receipt.till)]
    if receipt.shift:
        said.append(texts.say("paper.shift", number=receipt.shift))
    if receipt.cashier:
        said.append(texts.say("paper.cashier", cashier=receipt.cashier))
    if receipt.order:
        said.append(texts.say("paper.order", order=receipt.order))
    return said


def _report(report: DrawerReport, texts: Texts) -> list[Item]:
    zone = ZoneInfo(report.time_zone)
    key = "paper.z_report" if report.number else "paper.x_report"
    opened = texts.say("paper.opened", time=spell_moment(report.opened_at, zone, texts))
    closed_key = "paper.closed" if report.number else "paper.made"
    closed = texts.say(closed_key, time=spell_moment(report.made_at, zone, texts))
    whose = [call_till(texts, report.till)]
    if report.shift:
        whose.append(texts.say("paper.shift", number=report.shift))
    if report.cashier:
        whose.append(texts.say("paper.cashier", cashier=report.cashier))
    return [
        *_centred(texts.isolate(report.organization), is_bold=True),
        Gap(),
        *_centred(texts.say(key, number=report.number), height=Height.LARGE, is_bold=True),
        *_centred(" · ".join(whose)),
        *_centred(opened, height=Height.SMALL),
        *_centred(closed, height=Height.SMALL),
        Rule(),
        *_sold(report, texts),
        Rule(),
        *_drawer(report, texts),
        *_entry(report, texts),
        *_small(report.fiscal_lines, texts),
        *(_signature(texts) if report.number else []),
    ]


def _sold(report: DrawerReport, texts: Texts) -> list[Item]:
    def money(minor: int) -> str:
        return amount_of(minor, report.currency, texts)

    def counted(key: str, count: int) -> str:
        return texts.say("paper.counted", what=texts.say(key), number=count)

    items: list[Item] = []
    if report.first_receipt:
        series = f"{report.first_receipt}–{report.last_receipt}"
        items.append(Pair(texts.say("paper.receipts"), texts.isolate(series)))
    items.append(Pair(counted("paper.sales", report.sales_count), money(report.sales_minor)))
    refunds = counted("paper.refunds", report.refunds_count)
    items.append(Pair(refunds, money(-report.refunds_minor)))
    if report.discounts_minor:
        items.append(Pair(texts.say("paper.discounts"), money(-report.discounts_minor)))
    if report.rounding_minor:
        items.append(Pair(texts.say("paper.rounding"), money(report.rounding_minor)))
    items.append(Gap())
    for tender in report.tenders:
        said = texts.say(
            "paper.counted", what=tender_name(tender.kind, texts), number=tender.count
        )
        items.append(Pair(said, money(tender.amount_minor)))
        if tender.unknown_minor:
            unknown = texts.say("paper.payment_unknown")
            items.append(Pair(unknown, money(tender.unknown_minor), is_bold=True))
    if report.terminal_minor is not None:
        items.append(Pair(texts.say("paper.terminal"), money(report.terminal_minor)))
        over = report.terminal_minor - sum(
            tender.amount_minor for tender in report.tenders if tender.kind == _CARD
        )
        if over:
            differs = texts.say("paper.terminal_differs")
            items.append(Pair(differs, money(over), is_bold=True))
    if any(tax.basis_points for tax in report.taxes):
        items += [Gap(), *_taxes(report.taxes, texts, report.currency)]
    return items


def _drawer(report: DrawerReport, texts: Texts) -> list[Item]:
    def money(minor: int) -> str:
        return amount_of(minor, report.currency, texts)

    moves = (
        ("paper.float", report.float_minor),
        ("paper.paid_in", report.paid_in_minor),
        ("paper.paid_out", -report.paid_out_minor),
        ("paper.dropped", -report.dropped_minor),
    )
    items: list[Item] = [Pair(texts.say(key), money(minor)) for key, minor in moves if minor]
    if report.no_sales:
        items.append(Pair(texts.say("paper.no_sales"), str(report.no_sales)))
    items.append(Pair(texts.say("paper.expected"), money(report.expected_minor), is_bold=True))
    if report.counted_minor is None:
        return items
    items.append(Pair(texts.say("paper.cash_counted"), money(report.counted_minor), is_bold=True))
    over = report.counted_minor - report.expected_minor
    key = "paper.exact" if over == 0 else "paper.over" if over > 0 else "paper.short"
    items.append(Pair(texts.say(key), money(over), True, Height.LARGE))
    return items


def _badge(badge: NameBadge, texts: Texts) -> list[Item]:
    items: list[Item] = [
        *_centred(texts.isolate(badge.event)),
        Gap(),
        *_centred(texts.isolate(badge.name), height=Height.LARGE, is_bold=True),
        *_centred(texts.isolate(badge.company)),
        *_centred(texts.isolate(badge.role), is_bold=True),
    ]
    if badge.digits:
        items.append(SlipCode(badge.digits))
    items += _centred(badge.manual_code)
    return items


def _entry(report: DrawerReport, texts: Texts) -> list[Item]:
    """Name the signed entry, so that the paper can be held against the journal."""
    if not report.entry_hash:
        return []
    named = texts.say("paper.entry", number=report.entry_seq)
    half = len(report.entry_hash) // 2
    return [Rule(), *_small([named, report.entry_hash[:half], report.entry_hash[half:]], texts)]


def _signature(texts: Texts) -> list[Item]:
    """Return room for a name under a Z report."""
    said = _centred(texts.say("paper.signature"), height=Height.SMALL)
    return [Gap(), Gap(), Gap(), Rule(), *said]


def _small(lines: Sequence[str], texts: Texts) -> list[Item]:
    return [item for line in lines for item in _centred(texts.isolate(line), height=Height.SMALL)]


def _centred(text: str, *, height: Height = Height.NORMAL, is_bold: bool = False) -> list[Item]:
    """Return a text in the middle; nothing for an empty one."""
    return [SlipText(text, height, is_bold=is_bold, is_centred=True)] if text.strip(_EMPTY) else []
