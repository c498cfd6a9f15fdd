"""The tiles at a till: which, in their order, by which key, and what stands on each."""

from __future__ import annotations

import itertools
from typing import Final

from gatekeeper.boxoffice.answers import StockLine
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.choosing_seats import count_free
from gatekeeper.presenters.till.state import TillState
from gatekeeper.wording.texts import TEXTS

TILE_KEYS: Final = ("F1", "F2", "F3", "F4", "F5", "F6", "F7", "F9")
"""Which keys are the tiles, in their order; F8 is the drawer."""


def tiles(state: TillState) -> list[Option]:
    """Return one tile for each ticket type that is sold without a guest's name."""
    sold = [one for one in state.facts.stock if not state.facts.host_of(one.code)]
    keys = itertools.chain(TILE_KEYS, itertools.repeat(""))
    return [_tile(state, one, key) for one, key in zip(sold, keys, strict=False)]


def _tile(state: TillState, one: StockLine, key: str) -> Option:
    inside = state.counts.get(one.code, 0)
    seats_left = count_free(state, one.code)
    left = max(0, one.left - inside) if seats_left is None else seats_left
    # Nothing says that the hall is sold out: of its seats this till has none of its own.
    is_cut_off = seats_left == 0 and not _hears_of_seats(state)
    there = TEXTS.say("till.seats_server") if is_cut_off else TEXTS.say("till.left", count=left)
    is_off = state.facts.is_off_sale(one.code)
    there = TEXTS.say("till.refused.not_on_sale") if is_off else there
    hint = TEXTS.beside(state.spell(state.price_of_one(one)), there, key)
    label = one.name if not inside else f"{inside} × {one.name}"
    # Set apart as a whole: a name of the other direction keeps its brackets and its count.
    label = TEXTS.isolate(label)
    is_sold = left > 0 and not is_off
    return Option(f"type:{one.code}", label, hint, is_main=bool(inside), is_enabled=is_sold)


def _hears_of_seats(state: TillState) -> bool:
    return state.facts.seats is not None and state.facts.seats.is_live
