"""What a till says where something was refused, each with what to do."""

from __future__ import annotations

from typing import Final

from gatekeeper.boxoffice.shift_requests import ShiftReason
from gatekeeper.wording.texts import TEXTS
from shared.sales.reasons import SaleReason

_SALES: Final = {
    SaleReason.NO_SHIFT: "till.refused.no_shift",
    SaleReason.NOT_ALLOWED: "till.refused.not_allowed",
    SaleReason.GRANT_USED_UP: "till.refused.used_up",
    SaleReason.NOT_ON_SALE: "till.refused.not_on_sale",
    SaleReason.NOT_SOLD_HERE: "till.refused.not_on_sale",
    SaleReason.EVENT_CLOSED: "till.refused.not_on_sale",
    SaleReason.TOO_MANY: "till.refused.too_many",
    SaleReason.TOO_FEW: "till.refused.too_few",
    SaleReason.PAYMENT_DECLINED: "till.refused.declined",
    SaleReason.PAYMENT_UNKNOWN: "till.refused.unknown",
    SaleReason.NO_TERMINAL: "till.refused.no_terminal",
    SaleReason.NOT_RECORDED: "till.refused.not_recorded",
    SaleReason.NO_EVENT: "till.refused.sync",
    SaleReason.NO_KEY: "till.refused.sync",
    SaleReason.REVOKED: "till.refused.revoked",
}
_DRAWER: Final = {
    ShiftReason.NOT_ALLOWED: "till.refused.not_allowed",
    ShiftReason.NOT_RECORDED: "till.refused.not_recorded",
    ShiftReason.NO_SHIFT: "till.refused.no_shift",
    ShiftReason.SHIFT_OPEN: "till.drawer.open",
    ShiftReason.NOT_COUNTED: "till.drawer.not_counted",
    ShiftReason.NO_CURRENCY: "till.refused.sync",
}


def spell_refusal(reason: SaleReason) -> str:
    """Say why a sale was refused, and what to do."""
    return TEXTS.say(_SALES.get(reason, "till.refused.other"))


def spell_drawer_refusal(reason: ShiftReason) -> str:
    """Say why something at the drawer was refused, and what to do."""
    return TEXTS.say(_DRAWER.get(reason, "till.refused.other"))
