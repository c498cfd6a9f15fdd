"""Until when a ticket may be passed on to somebody else: for good, to an instant, or never.

The organizer says it for the whole event; tills know it by the plan of prices, cut off as well.
"""

from __future__ import annotations

from shared.kernel.instant import Instant


def may_be_passed_on(until: Instant | None, at: Instant) -> bool:
    """Tell whether a ticket may get another holder at an instant.

    Args:
        until: `transfers_until` of `shared.manifest.price_plan.PricePlan`; None for good, 0 for
        never. at: In server time as well as it is known.
    """
    return until is None or at < until
