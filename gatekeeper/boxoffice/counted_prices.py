"""What a till has of prices that can run out: quantity tiers, promotions of so many uses."""

from __future__ import annotations

from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.store.store import Store
from gatekeeper.store.till_stock_table import PriceStock
from shared.kernel.id_types import EventId
from shared.sales.price_check import prices_of
from shared.sales.promotion_code import hash_promotion_code


def free_prices(store: Store, event_id: EventId) -> list[tuple[PriceStock, int]]:
    """Return what there is of counted prices, and how much of it no open sale holds."""
    held = store.open_sales.held_prices(event_id)
    return [
        (one, max(0, one.left - held.get(one.id, 0))) for one in store.till.list_prices(event_id)
    ]


def codes_of(event: EventKnowledge, request: SellRequest) -> list[bytes]:
    """Return the hashes of the codes that the guest shows."""
    return [hash_promotion_code(event.event_id, request.promo)] if request.promo else []


def left_for(store: Store, event: EventKnowledge, request: SellRequest) -> dict[str, int]:
    """Return how much a sale may use of each counted price, by id."""
    if request.is_comp:  # what is given away uses nothing up
        return {}
    return {one.id: left for one, left in free_prices(store, event.event_id)}


def counts_at(store: Store, event: EventKnowledge | None, *, can_ask: bool) -> dict[str, int]:
    """Return how much of each counted price the next sale may use, by id.

    Args:
        store: The till's.
        event: The present one; None for none.
        can_ask: The server can be asked for one use more of a code that is used up here.
    """
    if event is None:
        return {}
    left = {one.id: count for one, count in free_prices(store, event.event_id)}
    if can_ask:
        coded = [one for one in prices_of(event.config).promotions if one.code_hash]
        left |= {one.id: max(1, left.get(one.id, 0)) for one in coded if one.uses is not None}
    return left


def used_up(store: Store, event: EventKnowledge, request: SellRequest) -> tuple[str, ...]:
    """Return the promotions of a request's codes of which the till has no use left, by id."""
    if request.is_comp:
        return ()
    codes, left = codes_of(event, request), left_for(store, event, request)
    return tuple(
        one.id
        for one in prices_of(event.config).promotions
        if one.uses is not None and one.code_hash in codes and left.get(one.id, 0) < 1
    )
