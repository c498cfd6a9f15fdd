"""What the customer's display shows: a function of where the till's window stands; without Qt.

It is made of the basket, the sale and the event alone: no name of staff and nothing of the drawer
can stand on it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from gatekeeper.boxoffice.answers import Sale
from gatekeeper.gate.answer import PRACTICE
from gatekeeper.presenters.seat_picture import spell_seats
from gatekeeper.presenters.till.state import TillState, TillStep
from gatekeeper.wording.texts import TEXTS, Texts
from shared.kernel.instant import SECOND, Duration
from shared.kernel.money import Money
from shared.sales.till_basket import Basket

CUSTOMER_CODE_SHOWN: Final[Duration] = 90 * SECOND
"""How long a ticket's code stands on a display that others see, for its guest to take along."""

_STAFF: Final = frozenset(
    {
        TillStep.STARTING,
        TillStep.WHO,
        TillStep.FLOAT,
        TillStep.MENU,
        TillStep.MACHINES,
        TillStep.PRINTERS,
        TillStep.TERMINALS,
        TillStep.AMOUNT,
        TillStep.RECEIVER,
        TillStep.REPORT,
        TillStep.COUNT,
        TillStep.COMPARED,
        TillStep.OPEN,
        TillStep.LAST,
        TillStep.SALES,
        TillStep.SALE,
        TillStep.TICKETS,
        TillStep.TICKET,
        TillStep.ORDERS,
        TillStep.GUESTS,
        TillStep.GUEST,
        TillStep.ORDER,
        TillStep.CONFIRM,
        TillStep.PAID_BACK,
    }
)
"""Where the drawer is seen to: the display stays with the event's name."""
_SEVERAL: Final = 2


class CustomerLine(NamedTuple):
    """Something that is bought.

    Attributes:
        text: How many of what.
        amount: What it comes to.
    """

    text: str
    amount: str


class CustomerScreen(NamedTuple):
    """All that the display shows.

    Attributes:
        kind: `idle`, `basket`, `pay`, `card` or `sold`.
        event: Its name.
        title: What this is, in a line.
        lines: What is bought; none beside a code, which takes the room.
        label, amount: The one number that matters.
        note: What to do, or "".
        code: What a ticket's QR code holds, or "".
        code_text: Its manual code, to be read aloud, or "".
        code_note: Which of how many, and what to do with it.
    """

    kind: str = "idle"
    event: str = ""
    title: str = ""
    lines: tuple[CustomerLine, ...] = ()
    label: str = ""
    amount: str = ""
    note: str = ""
    code: str = ""
    code_text: str = ""
    code_note: str = ""


def show_customer(state: TillState, texts: Texts = TEXTS) -> CustomerScreen:
    """Return what the display shows now.

    Args:
        state: Where the till's window stands.
        texts: In whose language.
    """
    event = state.facts.event
    if state.facts.mode == PRACTICE:
        event = texts.beside(texts.say("till.mode.practice"), event)
    if state.step is TillStep.DONE and state.sale is not None:
        return _show_sold(state, state.sale, texts)._replace(event=event)
    if state.step is TillStep.HANDED and state.handed:
        return _show_handed(state, texts)._replace(event=event)
    basket = None if state.step in _STAFF else state.basket
    if basket is None:
        welcome = texts.say("customer.welcome") if state.facts.shift else ""
        return CustomerScreen(event=event, title=welcome)
    is_cash = state.step is TillStep.CASH
    kind = "pay" if is_cash else "card" if _card_key(state) else "basket"
    due = state.due if is_cash else state.left
    if state.step is TillStep.CARD:
        due = state.card_amount
    is_asked = kind != "basket"
    return CustomerScreen(
        kind=kind,
        event=event,
        title=texts.say("customer.basket"),
        lines=_spell_basket(state, basket, texts),
        label=texts.say("customer.to_pay" if is_asked else "customer.total"),
        amount=_spell(due, basket.currency, texts),
        note=texts.say(_card_key(state)) if kind == "card" and _card_key(state) else "",
    )


def _show_handed(state: TillState, texts: Texts) -> CustomerScreen:
    """Show a ticket that was printed anew, where there is no paper for it yet."""
    title = texts.say("customer.basket")
    count = len(state.handed)
    one = state.handed[min(state.shown, count - 1)]
    if not (_is_without_paper(state, one.ticket_id) and one.digits):
        return CustomerScreen(title=title, note=texts.say("customer.thanks"))
    which = texts.say("till.ticket_of", number=state.shown + 1, count=count)
    return CustomerScreen(
        kind="sold",
        title=title,
        note=texts.say("customer.photograph"),
        code=one.digits,
        code_text=one.manual_code,
        code_note=which if count >= _SEVERAL else "",
    )


def _is_without_paper(state: TillState, about: str) -> bool:
    """Tell whether the paper of a sale or of a ticket cannot be taken yet."""
    return not state.facts.has_printer or about in state.facts.unprinted


def _card_key(state: TillState) -> str:
    """Return the key of what a guest is to do at the card terminal, or ""."""
    if state.card_step:
        return state.card_step
    return "customer.follow_terminal" if state.step is TillStep.CARD else ""


def _show_sold(state: TillState, sale: Sale, texts: Texts) -> CustomerScreen:
    currency = sale.total.currency
    names = {one.code: one.name for one in state.facts.stock}
    lines = tuple(
        CustomerLine(
            f"{line.count} × {names.get(line.ticket_type_code, '')}".rstrip(),
            _spell(line.gross_minor, currency, texts),
        )
        for line in sale.lines
    )
    ticket = None
    if _is_without_paper(state, sale.sale_id) and sale.tickets:
        ticket = sale.tickets[min(state.shown, len(sale.tickets) - 1)]
    note = "customer.thanks" if ticket is None else "customer.photograph"
    count = len(sale.tickets)
    which = ""
    if ticket is not None and count >= _SEVERAL:
        which = texts.say("till.ticket_of", number=state.shown + 1, count=count)
    seat = "" if ticket is None else ticket.seat_name
    is_change = bool(sale.change_minor)
    return CustomerScreen(
        kind="sold",
        event=state.facts.event,
        title=texts.say("customer.sold"),
        lines=() if ticket is not None else lines,
        label=texts.say("till.change" if is_change else "customer.total"),
        amount=_spell(sale.change_minor or sale.total.minor_units, currency, texts),
        note=texts.say(note),
        code="" if ticket is None else ticket.digits,
        code_text="" if ticket is None else ticket.manual_code,
        code_note=texts.beside(seat, which),
    )


def _spell_basket(state: TillState, basket: Basket, texts: Texts) -> tuple[CustomerLine, ...]:
    names = {one.code: one.name for one in state.facts.stock}
    return tuple(
        CustomerLine(
            texts.list(
                part
                for part in (
                    f"{line.count} × {names.get(line.ticket_type_code, '')}".rstrip(),
                    spell_seats(state.facts.seats, state.seats.get(line.ticket_type_code, ())),
                )
                if part
            ),
            _spell(line.gross_minor, basket.currency, texts),
        )
        for line in basket.lines
    )


def _spell(minor: int, currency: str, texts: Texts) -> str:
    return texts.money(Money(minor, currency)) if currency else str(minor)
