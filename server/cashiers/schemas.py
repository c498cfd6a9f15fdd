"""Request and answer bodies of cashiers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from server.http.body_and_answer_types import Answer, Body, MinorUnits, Name
from server.http.etags import Tagged
from shared.sales.cashier_rights import PERCENT_MAX

Percent = Annotated[int, msgspec.Meta(ge=0, le=PERCENT_MAX)]


class RightsBody(Body):
    """What a cashier may do without a supervisor; nothing of what is not given.

    Attributes:
        sell: Open a shift and sell.
        discount_percent: Give discounts up to this part of a line, in percent.
        comp: Give tickets for nothing.
        refund_minor: Pay back or void up to this amount at once, in minor units.
        paid_out: Take cash out of the drawer for something.
        open_drawer: Open the drawer without a sale.
        find: Find orders by a buyer's name, e-mail or phone.
        see_expected: Read what the drawer must hold before having counted it.
    """

    sell: bool = False
    discount_percent: Percent = 0
    comp: bool = False
    refund_minor: MinorUnits = 0
    paid_out: bool = False
    open_drawer: bool = False
    find: bool = False
    see_expected: bool = False


class NewCashier(Body):
    """Let somebody work at the tills.

    Attributes:
        name: Shown at the till while they are at work there.
        rights: What they may do; nothing if it is not given.
    """

    name: Name
    rights: RightsBody = msgspec.field(default_factory=RightsBody)


class CashierChange(Body):
    """Change what is given.

    Attributes:
        name: Another name.
        rights: All rights anew: what is not named in them is taken away.
    """

    name: Name | None = None
    rights: RightsBody | None = None


class RightsAnswer(Answer):
    """What a cashier may do without a supervisor."""

    sell: bool
    discount_percent: int
    comp: bool
    refund_minor: int
    paid_out: bool
    open_drawer: bool
    find: bool
    see_expected: bool


class CashierAnswer(Tagged, kw_only=True):
    """A cashier; the badge cannot be read again.

    Attributes:
        has_badge: False after it was withdrawn, until another one is drawn.
    """

    id: str
    name: str
    created_at: datetime
    has_badge: bool
    rights: RightsAnswer


class CashierMade(Answer):
    """A new cashier, and the code to print on the badge: shown this once."""

    cashier: CashierAnswer
    badge: str
