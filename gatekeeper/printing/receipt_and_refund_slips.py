"""What a receipt says on a slip, item by item, in a language."""

from __future__ import annotations

from gatekeeper.printing.common_slip_lines import (
    amount_of,
    centred,
    small,
    tax_lines,
    tender_name,
)
from gatekeeper.printing.slip_items import Gap, Height, Item, Pair, Rule, SlipCode, SlipText
from gatekeeper.wording.texts import Texts
from gatekeeper.wording.tills_and_places import call_till
from gatekeeper.wording.wall_clocks import spell_printed_moment
from shared.sales.receipt import Receipt, ReceiptKind, ReceiptLine, ReceiptPayment


def compose_receipt(receipt: Receipt, texts: Texts) -> list[Item]:
    """Return what a receipt says: whose it is, its lines, how it was paid, its taxes."""

    def money(minor: int) -> str:
        return amount_of(minor, receipt.currency, texts)

    items: list[Item] = [
        *centred(texts.isolate(receipt.organization), is_bold=True),
        *small(receipt.address, texts),
        Gap(),
        *centred(name_receipt(receipt, texts), height=Height.LARGE, is_bold=True),
        *centred(spell_printed_moment(receipt.at, receipt.time_zone, texts)),
        *centred(texts.isolate(receipt.event)),
    ]
    if receipt.kind is not ReceiptKind.SALE and receipt.of_number:
        items += centred(texts.say("paper.of_receipt", number=receipt.of_number))
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
        items += [Rule(), *tax_lines(receipt.taxes, texts, receipt.currency)]
    items += [Rule(), *centred(" · ".join(_whose(receipt, texts)), height=Height.SMALL)]
    items += small(receipt.fiscal_lines, texts)
    if receipt.fiscal_code:
        items.append(SlipCode(receipt.fiscal_code, is_small=True))
    return items


def name_receipt(receipt: Receipt, texts: Texts) -> str:
    """Say which receipt it is: of a sale, of a refund, or of a void, and its number."""
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


def _whose(receipt: Receipt, texts: Texts) -> list[str]:
    said = [call_till(texts, receipt.till)]
    if receipt.shift:
        said.append(texts.say("paper.shift", number=receipt.shift))
    if receipt.cashier:
        said.append(texts.say("paper.cashier", cashier=receipt.cashier))
    if receipt.order:
        said.append(texts.say("paper.order", order=receipt.order))
    return said
