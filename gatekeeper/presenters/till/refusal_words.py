"""What a till says where something was refused, each with what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gatekeeper.boxoffice.answers import TillAnswer
from gatekeeper.boxoffice.payment_ports import Doubt
from gatekeeper.boxoffice.shift_requests import ShiftReason
from gatekeeper.wording.texts import TEXTS
from shared.admission.reasons import Reason
from shared.sales.sale_refusals import SaleReason
from shared.sales.tenders import VOUCHER
from shared.wire.voucher import VoucherNo

_SALES: Final = {
    SaleReason.NO_SHIFT: "till.refused.no_shift",
    SaleReason.NOT_ALLOWED: "till.refused.not_allowed",
    SaleReason.GRANT_USED_UP: "till.refused.used_up",
    SaleReason.SEAT_TAKEN: "till.refused.seat_taken",
    SaleReason.WRONG_SEATS: "till.refused.seat_taken",
    SaleReason.NOT_ON_SALE: "till.refused.not_on_sale",
    SaleReason.NOT_SOLD_HERE: "till.refused.not_on_sale",
    SaleReason.EVENT_CLOSED: "till.refused.not_on_sale",
    SaleReason.TOO_MANY: "till.refused.too_many",
    SaleReason.TOO_FEW: "till.refused.too_few",
    SaleReason.PAYMENT_DECLINED: "till.refused.declined",
    SaleReason.PAYMENT_UNKNOWN: "till.refused.unknown",
    SaleReason.NO_TERMINAL: "till.refused.no_terminal",
    SaleReason.NO_EVENT: "till.refused.sync",
    SaleReason.NO_KEY: "till.refused.sync",
    SaleReason.REVOKED: "till.refused.revoked",
    SaleReason.UNKNOWN_CODE: "till.refused.unknown_code",
    SaleReason.CODE_USED_UP: "till.refused.unknown_code",
    SaleReason.CODES_DO_NOT_COMBINE: "till.refused.unknown_code",
    SaleReason.NO_VOUCHERS: "till.refused.no_vouchers",
    SaleReason.SUM_DIFFERS: "till.refused.sum_differs",
    SaleReason.LESS_BACK: "till.refused.less_back",
    SaleReason.WRONG_TENDER: "till.refused.wrong_tender",
    SaleReason.TWO_CURRENCIES: "till.refused.two_currencies",
    SaleReason.UNKNOWN_SALE: "till.refused.unknown_sale",
    SaleReason.UNKNOWN_TICKET: "till.refused.unknown_ticket",
    SaleReason.UNKNOWN_ORDER: "till.refused.no_buyers",
    SaleReason.CHECK_ID: "till.refused.check_id",
    SaleReason.NO_SIGNER: "till.refused.no_signer",
}
_VOUCHERS: Final = {
    VoucherNo.UNKNOWN: "till.voucher_no.unknown",
    VoucherNo.WITHDRAWN: "till.voucher_no.withdrawn",
    VoucherNo.ENDED: "till.voucher_no.ended",
    VoucherNo.OTHER_CURRENCY: "till.voucher_no.other_currency",
}
_WITHDRAWALS: Final = {
    Reason.CANCELLED: "till.refused.gone",
    Reason.SUPERSEDED: "till.refused.superseded",
    Reason.UNPAID: "till.refused.unpaid",
    Reason.BLOCKED: "till.refused.blocked",
    Reason.EXPIRED: "till.refused.event_over",
    Reason.OFFLINE_POLICY: "till.refused.cut_off",
    Reason.UNKNOWN_TICKET: "till.refused.unknown_ticket",
    Reason.SUPERVISOR: "till.refused.not_allowed",
    Reason.RULES_DENIED: "till.refused.not_replaced",
}
_DRAWER: Final = {
    ShiftReason.NOT_ALLOWED: "till.refused.not_allowed",
    ShiftReason.REVOKED: "till.refused.revoked",
    ShiftReason.NO_SHIFT: "till.refused.no_shift",
    ShiftReason.SHIFT_OPEN: "till.drawer.open",
    ShiftReason.NOT_COUNTED: "till.drawer.not_counted",
    ShiftReason.NO_CURRENCY: "till.refused.sync",
    ShiftReason.OPEN_SALES: "till.drawer.open_sales",
    ShiftReason.WRONG_AMOUNT: "till.drawer.wrong_amount",
    ShiftReason.FAR_BEYOND: "till.drawer.far_beyond",
    ShiftReason.WRONG_TENDER: "till.refused.wrong_tender",
    ShiftReason.UNKNOWN_CASHIER: "till.drawer.unknown_cashier",
    ShiftReason.TWO_CURRENCIES: "till.refused.two_currencies",
}


def spell_refusal(reason: SaleReason) -> str:
    """Say why a sale was refused, and what to do."""
    return TEXTS.say(_SALES.get(reason, "till.refused.other"))


def spell_unsold(answer: TillAnswer, left_minor: int, spell: Callable[[int], str]) -> str:
    """Say why a sale was not made, and what to do; of a voucher, what the ledger said of it.

    Args:
        answer: The till's no.
        left_minor: What the voucher was to pay, in minor units.
        spell: Spells an amount.
    """
    no, sale = answer.voucher, answer.open_sale
    if no is not None and no.why is VoucherNo.TOO_LITTLE and no.left_minor is not None:
        rest = spell(max(0, left_minor - no.left_minor))
        return TEXTS.say("till.voucher_no.too_little", left=spell(no.left_minor), rest=rest)
    if no is not None:
        return TEXTS.say(_VOUCHERS.get(no.why or VoucherNo.UNKNOWN, "till.refused.declined"))
    unknown = None if sale is None else sale.unknown
    is_unknown = answer.reason is SaleReason.PAYMENT_UNKNOWN
    if is_unknown and unknown is not None and unknown.payment.kind == VOUCHER:
        return TEXTS.say("till.refused.unknown_voucher")
    is_back = unknown is not None and unknown.is_going_back
    if is_unknown and is_back and answer.doubt not in {Doubt.BUSY, Doubt.NOT_BACK}:
        return TEXTS.say("till.doubt.back")
    if answer.doubt is not None and (is_unknown or answer.doubt is Doubt.LATE):
        receipts = "" if unknown is None else unknown.payment.reference
        return TEXTS.say(f"till.doubt.{answer.doubt.value}", receipts=receipts)
    return spell_refusal(answer.reason)


def spell_withdrawal(reason: str) -> str:
    """Say why a ticket was not taken back or printed again, and what to do."""
    keys: dict[str, str] = {key.value: said for key, said in _SALES.items()}
    keys |= {key.value: said for key, said in _WITHDRAWALS.items()}
    return TEXTS.say(keys.get(reason, "till.refused.other"))


def spell_lookup(reason: str) -> str:
    """Say why nobody can be looked up, and what to do."""
    if reason == SaleReason.NOT_ALLOWED:
        return TEXTS.say("till.refused.no_find")
    return spell_withdrawal(reason)


def spell_drawer_refusal(reason: ShiftReason) -> str:
    """Say why something at the drawer was refused, and what to do."""
    return TEXTS.say(_DRAWER.get(reason, "till.refused.other"))
