"""What a till has of prices that can run out: quantity tiers, promotions of so many uses."""

from __future__ import annotations

from gatekeeper.store.store import Store
from gatekeeper.store.till_stock import PriceStock
from shared.kernel.id_types import EventId


def free_prices(store: Store, event_id: EventId) -> list[tuple[PriceStock, int]]:
    """Return what there is of counted prices, and how much of it no open sale holds."""
    held = store.open_sales.held_prices(event_id)
    return [
        (one, max(0, one.left - held.get(one.id, 0))) for one in store.till.list_prices(event_id)
    ]


def prices_left(store: Store, event_id: EventId) -> dict[str, int]:
    """Return how much is left of each counted price, by id."""
    return {one.id: left for one, left in free_prices(store, event_id)}
