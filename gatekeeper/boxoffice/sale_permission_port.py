"""What a sale needs to know of the shift: whether one is open, and what its cashier may."""

from __future__ import annotations

from typing import Protocol

import msgspec

from gatekeeper.boxoffice.requests import SellRequest
from shared.sales.basket import Basket
from shared.sales.sale_refusals import Refusal


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


class SalePermission(Protocol):
    """Lets a sale be made, or says why not."""

    def shift_for(self, act: SaleAct) -> str | Refusal:
        """Return the id of the open shift if the sale is allowed, else why not."""
        ...

    def refuse_settling(self, person: str) -> Refusal | None:
        """Return why somebody may not say what became of a payment, nor give a sale up."""
        ...
