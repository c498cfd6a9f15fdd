"""What of a ticket's price goes back when it is refunded: full, a part, less a fee, or nothing.

The organizer says it by date, for the whole event; tills know it by the plan, cut off as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from shared.kernel.instant import INSTANT_MAX, Duration, Instant
from shared.manifest.price_plan import PricePlan, RefundTerm
from shared.sales.dividing_money import share_of

TERMS_MAX: Final = 20
"""Of one event: server and desk take as many rules by date."""


def money_back(terms: Sequence[RefundTerm], price_minor: int, at: Instant) -> int:
    """Return what goes back of a price, in minor units.

    Args:
        terms: The event's, in order of date; none at all give everything back.
        price_minor: What the ticket cost.
        at: When it is refunded, in server time as well as it is known.
    """
    if not terms:
        return price_minor
    for term in terms:
        if term.until is None or at < term.until:
            return max(0, share_of(price_minor, term.percent_points) - term.fee_minor)
    return 0


def most_back(
    plans: Iterable[PricePlan], price_minor: int, at: Instant, error: Duration | None
) -> int:
    """Return the most that any of the plans gives back, within the error of a clock."""
    first = Instant(0) if error is None else Instant(max(0, at - error))
    last = INSTANT_MAX if error is None else Instant(min(INSTANT_MAX, at + error))
    most = 0
    for plan in plans:
        turns = {term.until for term in plan.refunds if term.until is not None}
        instants = {first, last, *(turn for turn in turns if first <= turn <= last)}
        most = max(most, *(money_back(plan.refunds, price_minor, one) for one in instants))
    return most
