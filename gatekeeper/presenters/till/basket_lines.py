"""What the till says of its basket: a line for each type, and the sum with what was taken off."""

from __future__ import annotations

from collections import Counter

from gatekeeper.presenters.seat_picture import spell_seats
from gatekeeper.presenters.till.state import BasketRow, TillState
from gatekeeper.wording.texts import TEXTS
from shared.sales.till_basket import Basket


def basket_rows(
    state: TillState, basket: Basket | None, *, is_less: bool = True
) -> tuple[BasketRow, ...]:
    """Return what is bought, a line for each type; pressed, it is one less."""
    if basket is None:
        return tuple(
            _line(state, code, count, "", is_less=is_less) for code, count in state.counts.items()
        )
    rows, seen = list[BasketRow](), Counter[int]()
    for line in basket.lines:
        code = line.ticket_type_code
        row = _line(state, code, line.count, state.spell(line.gross_minor), is_less=is_less)
        if row.key and seen[code]:  # of a price that has run out: its buttons need keys apart
            row = row._replace(key=f"{row.key}:{seen[code]}")
        seen[code] += 1
        rows.append(row)
    return tuple(rows)


def total_label(state: TillState, basket: Basket | None) -> str:
    """Return what stands over the sum: also how much was taken off the prices on the tiles."""
    off = 0 if basket is None else sum(line.discount_minor for line in basket.lines)
    return (
        TEXTS.say("till.total_less", amount=state.spell(off)) if off else TEXTS.say("till.total")
    )


def _line(state: TillState, code: int, count: int, amount: str, *, is_less: bool) -> BasketRow:
    name = next((one.name for one in state.facts.stock if one.code == code), str(code))
    text = f"{count} × {name}"
    if seats := spell_seats(state.facts.seats, state.seats.get(code, ())):
        text = TEXTS.about(text, seats)
    if not is_less:
        return BasketRow(text, amount)
    spoken = TEXTS.say("till.less", what=text)
    return BasketRow(TEXTS.say("till.less_line", what=text), amount, f"less:{code}", spoken)
