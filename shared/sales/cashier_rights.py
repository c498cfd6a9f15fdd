"""What a cashier may do at a till alone; whoever is given nothing may do nothing."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from shared.field_limits import AMOUNT_MAX
from shared.journal.shift_body import ShiftAct

PERCENT_MAX: Final = 100


class CashierRights(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Rights of one cashier; what is beyond them takes a supervisor, and is an entry of theirs.

    Attributes:
        sell: Sell tickets, and open a shift to do so.
        discount_percent: Give discounts up to this part of a line.
        comp: Give tickets for nothing.
        refund_minor: Pay back or void up to this amount at once, in minor units.
        paid_out: Take cash out of the drawer for something.
        open_drawer: Open the drawer without a sale.
        find: Find orders by a buyer's name, e-mail or phone.
        see_expected: Read what the drawer must hold before having counted it.
    """

    sell: bool = False
    discount_percent: Annotated[int, msgspec.Meta(ge=0, le=PERCENT_MAX)] = 0
    comp: bool = False
    refund_minor: Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MAX)] = 0
    paid_out: bool = False
    open_drawer: bool = False
    find: bool = False
    see_expected: bool = False

    def allows_discount(self, discount_minor: int, full_minor: int) -> bool:
        """Tell whether a discount off a full price is within the right; exact, without rounding.

        Args:
            discount_minor: What is given.
            full_minor: Price before it.
        """
        return discount_minor * PERCENT_MAX <= full_minor * self.discount_percent

    def allows_payout(self, amount_minor: int) -> bool:
        """Tell whether a refund, void or exchange that gives so much back is within the rights.

        Where nothing goes back a ticket still ends: that takes the right to sell, or to refund.
        """
        return (self.sell or self.refund_minor > 0) and self.refund_minor >= amount_minor

    def allows_shift_act(self, act: ShiftAct, amount_minor: int) -> bool:
        """Tell whether an act at the drawer is within the rights.

        Args:
            act: What is done; a report after a count takes no more than the right to sell.
            amount_minor: What it moves from one tender to another.
        """
        match act:
            case ShiftAct.PAID_OUT:
                return self.paid_out
            case ShiftAct.NO_SALE:
                return self.open_drawer
            case ShiftAct.TENDER_MOVED:
                return self.allows_payout(amount_minor)
            case ShiftAct.X_REPORT:
                return self.see_expected
            case _:
                return self.sell


NO_RIGHTS: Final = CashierRights()
"""Of whoever is no cashier of this organization."""
EVERY_RIGHT: Final = CashierRights(
    sell=True,
    discount_percent=PERCENT_MAX,
    comp=True,
    refund_minor=AMOUNT_MAX,
    paid_out=True,
    open_drawer=True,
    find=True,
    see_expected=True,
)
"""Of a supervisor who allows something."""
