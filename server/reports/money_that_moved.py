"""What of payments and payouts is money that changed hands, for reports.

What a ticket pays that is given in exchange is none: the drawer and the bank never see it. It is
booked as a payment of the new order, and as a payout of the old one, by a tender of its own.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import exists

from server.orders.models import Order
from server.payments.models import Payment, Payout
from server.payments.states import TAKEN
from shared.sales.tenders import EXCHANGE

CAME: Final = Payment.state.in_(TAKEN) & (Payment.tender != EXCHANGE)
WENT: Final = (Payout.state == "done") & (Payout.tender != EXCHANGE)
EXCHANGED: Final = (Payout.state == "done") & (Payout.tender == EXCHANGE)
"""What was owed for tickets and paid others, so that it is owed no more."""
UNBOOKED: Final = (
    Order.paid_at.is_not(None)
    & (Order.total_minor > 0)
    & ~exists().where(Payment.order_id == Order.id, Payment.state.in_(TAKEN))
)
"""Orders that somebody has called paid, of whose money nothing is booked here."""
