"""What several screens of the till are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.state import BasketRow, TillScreen, TillState
from gatekeeper.wording.texts import TEXTS
from shared.sales.tenders import VOUCHER, Tender

_TAIL: Final = 4


def spell_tender(tender: str) -> str:
    """Name a tender, such as cash, for the cashier."""
    return TEXTS.say(f"till.tender.{tender}")


def to_hand_out(parts: Mapping[str, int]) -> dict[str, int]:
    """Return what of a payback the cashier hands out, by tender; that of a voucher if it is all.

    The ledger puts a voucher's part back by itself: in a sum of all it would be counted out too.
    """
    return {one: amount for one, amount in parts.items() if one != VOUCHER} or dict(parts)


def spell_payback(tenders: Collection[str]) -> str:
    """Say by which tenders money goes back, now that it is recorded."""
    if set(tenders) == {VOUCHER}:
        return TEXTS.say("till.onto_voucher")
    return TEXTS.say("till.paid_back", tender=TEXTS.list(map(spell_tender, tenders)))


def back() -> Option:
    """Return the button that leads a step back."""
    return Option("back", TEXTS.say("till.back"), hint="Esc")


def show_amount(
    state: TillState, title: str, label: str, foot: Sequence[Option], ways: Sequence[Option] = ()
) -> TillScreen:
    """Make a screen of a till on which the cashier keys in an amount."""
    return TillScreen(
        title=title,
        has_digits=True,
        ways=tuple(ways),
        label=label,
        amount=state.spell(state.amount),
        foot=tuple(foot),
    )


def spell_code(printed: str, ticket_id: str) -> str:
    """Say which of several tickets: by the code on its paper, or its id where none is known."""
    return f"…{printed or ticket_id[-_TAIL:]}"


def given_rows(state: TillState) -> tuple[BasketRow, ...]:
    """Return what is given back in an exchange, and pays as much of what is taken instead."""
    if not state.giving:
        return ()
    said = TEXTS.say("till.given_back", count=len(state.giving))
    return (BasketRow(said, state.spell(-state.credit)),)


def part_rows(state: TillState) -> tuple[BasketRow, ...]:
    """Return what is paid already; pressed, it is given back."""
    rows = (spell_part(state, part) for part in state.parts)
    return tuple(
        row._replace(key=f"unpart:{number}", spoken=TEXTS.say("till.part_undo", what=row.text))
        for number, row in enumerate(rows)
    )


def spell_part(state: TillState, part: Tender) -> BasketRow:
    """Return the line of a part that lies on the counter."""
    said = TEXTS.say("till.part_paid", tender=spell_tender(part.kind))
    return BasketRow(said, state.spell(part.amount_minor or 0))


def spell_types(names: Iterable[str]) -> str:
    """Say how many tickets of each type there are, by the types' names; "" for none."""
    counts = Counter(names)
    return TEXTS.list(f"{count} × {TEXTS.isolate(name)}" for name, count in counts.items())
