"""Whether a sale may be made now: a shift is open, and its cashier has the right to it."""

from __future__ import annotations

import msgspec

from gatekeeper.boxoffice.shift_requests import ShiftAnswer
from gatekeeper.boxoffice.shifts import Shifts
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.boxoffice.till_staff import TillStaff
from shared.sales.cashier_rights import CashierRights
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.till_basket import Basket

_NOT_ALLOWED = "this cashier may not do this; a supervisor can allow it with their badge"


class SaleAct(msgspec.Struct, frozen=True, kw_only=True):
    """A sale as rights judge it; amounts in minor units.

    Attributes:
        cashier: Opaque id of who sells.
        currency: ISO 4217.
        authorized_by: Opaque id of who allows it, or "".
        is_comp: It is given away.
        discount_minor: What is taken off by hand.
        full_minor: Of what, fees included.
    """

    cashier: str
    currency: str
    authorized_by: str = ""
    is_comp: bool = False
    discount_minor: int = 0
    full_minor: int = 0


def act_of(request: SellRequest, basket: Basket) -> SaleAct:
    """Say of a sale what rights it takes."""
    full_minor = basket.total_minor + basket.off_minor
    return SaleAct(
        cashier=request.cashier,
        authorized_by=request.authorized_by,
        # What costs nothing was given by the organizer: a guest list has a limit of its own.
        is_comp=request.is_comp and full_minor > 0,
        currency=basket.currency,
        discount_minor=0 if request.is_comp else basket.off_minor,
        full_minor=full_minor,
    )


class ShiftPermission:
    """Lets a sale be made where a shift is open, by whoever may."""

    def __init__(self, shifts: Shifts, staff: TillStaff) -> None:
        """Ask these; nothing is read yet."""
        self._shifts, self._staff = shifts, staff

    def shift_for(self, act: SaleAct) -> str | Refusal:
        """Return the id of the open shift if the sale is allowed, else why not."""
        found = self._shifts.require(act.currency)
        if isinstance(found, ShiftAnswer):
            return Refusal(SaleReason(found.reason.value), found.text)

        def suffices(rights: CashierRights) -> bool:
            return (
                rights.sell
                and (rights.comp or not act.is_comp)
                and rights.allows_discount(act.discount_minor, act.full_minor)
            )

        if not self._staff.may(suffices, act.cashier, act.authorized_by):
            return Refusal(SaleReason.NOT_ALLOWED, _NOT_ALLOWED)
        return found.shift_id

    def refuse_settling(self, person: str) -> Refusal | None:
        """Return why somebody may not say what became of a payment, nor give a sale up."""
        if self._staff.may(lambda rights: rights.sell, person):
            return None
        return Refusal(SaleReason.NOT_ALLOWED, _NOT_ALLOWED)
