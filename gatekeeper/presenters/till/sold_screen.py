"""The screen of a sale that is done: ticket, receipt, and the money that is looked at last."""

from __future__ import annotations

from typing import Final

from gatekeeper.boxoffice.answers import Sale
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.till.screen_parts import spell_payback, spell_tender, to_hand_out
from gatekeeper.presenters.till.selling_screens import services, spell_count
from gatekeeper.presenters.till.state import TillScreen, TillState
from gatekeeper.presenters.till.tiles import tiles
from gatekeeper.wording.texts import TEXTS
from shared.sales.price_check import REVERSED
from shared.sales.shift_totals import PAID
from shared.sales.tenders import CASH, COMP

_SEVERAL: Final = 2


def show_done(state: TillState) -> TillScreen:
    """Show the sale that was just made, until the next one begins."""
    sale = state.sale
    assert sale is not None
    ticket = sale.tickets[state.shown] if sale.tickets else None
    count = len(sale.tickets)
    foot = [
        Option("menu", TEXTS.say("till.menu"), hint="F8"),
        Option("last", TEXTS.say("till.this_sale"), hint="T"),
    ]
    if count >= _SEVERAL:
        where = TEXTS.say("till.ticket_of", number=state.shown + 1, count=count)
        foot.append(Option("turn", TEXTS.say("till.next_ticket"), hint=TEXTS.beside(where, "→")))
    pieces = [f"{one.count} × {state.spell(one.value_minor)}" for one in sale.change]
    pieces = [one.replace(" ", "\N{NO-BREAK SPACE}") for one in pieces]  # each on one line
    # What goes back by which tender comes first: on a small panel the rest is beyond its edge.
    said = _back_by_tender(state)
    if ticket is not None:
        said.append(TEXTS.beside(ticket.ticket_type, ticket.manual_code))
    if ticket is not None and ticket.seat_name:
        said.append(ticket.seat_name)
    total = state.spell(sale.total.minor_units)
    receipt = TEXTS.say("till.receipt", number=sale.receipt_number)
    said.append(f"{receipt} · {TEXTS.say('till.total')} {total}")
    if pieces:
        said.append(" + ".join(pieces))
    label, amount = _ended_with(state, sale)
    return TillScreen(
        title=spell_count(state) or TEXTS.say("till.done_title"),
        ways=(*tiles(state), *services(state)),
        label=label,
        amount=amount,
        foot=tuple(foot),
        code="" if ticket is None else ticket.digits,
        code_text="\n".join(said),
    )


def _back_by_tender(state: TillState) -> list[str]:
    """Say what an exchange gives back by each tender, where it is by several."""
    if len(state.back_by) < _SEVERAL:
        return []
    parts = state.back_by.items()
    return [
        TEXTS.list(
            f"{spell_tender(one)}\N{NO-BREAK SPACE}{state.spell(amount)}" for one, amount in parts
        )
    ]


def _ended_with(state: TillState, sale: Sale) -> tuple[str, str]:
    """Say which money the cashier looks at last: what goes back, else what was paid, and how."""
    if handed := to_hand_out(state.back_by):
        return spell_payback(handed), state.spell(sum(handed.values()))
    paid = [one for one in sale.payments if one.state != REVERSED]
    kinds = dict.fromkeys(one.kind for one in paid if one.kind == COMP or one.amount_minor)
    if sale.change_minor or [*kinds] == [CASH]:
        return TEXTS.say("till.change"), state.spell(sale.change_minor)
    if not kinds or any(one.state != PAID for one in paid):
        said = TEXTS.say("till.total")  # nothing was due, or nobody knows what was paid
    else:
        said = TEXTS.say("till.paid_by", tender=TEXTS.list(map(spell_tender, kinds)))
    return said, state.spell(sale.total.minor_units)
