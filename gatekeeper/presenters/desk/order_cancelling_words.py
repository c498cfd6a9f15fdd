"""What the desk says of an order that is cancelled as a whole, before and after."""

from __future__ import annotations

from typing import Final

from gatekeeper.organizer.during.order_cancelling_client import EndedOrder, EndedTicket, Ending
from gatekeeper.presenters.desk.event_cancelling_words import spell_tender
from gatekeeper.wording.texts import TEXTS
from shared.kernel.money import Money

ORDER_TICKETS_NAMED: Final = 6
"""Tickets that the desk names before an order is cancelled; of a larger one more are counted."""


def spell_ending(ending: Ending) -> str:
    """Say what cancelling an order would mean: its tickets, its money, who has come in."""
    said = [TEXTS.say("ending.ask", number=ending.number, count=len(ending.tickets))]
    # Those that were used come first: they are what a person has to think about.
    tickets = sorted(ending.tickets, key=lambda one: not one.is_used)
    said += [_spell_ticket(one, ending) for one in tickets[:ORDER_TICKETS_NAMED]]
    if len(tickets) > ORDER_TICKETS_NAMED:
        said.append(TEXTS.say("ending.more", count=len(tickets) - ORDER_TICKETS_NAMED))
    price, back = (
        TEXTS.money(Money(minor, ending.currency))
        for minor in (ending.price_minor, ending.back_minor)
    )
    if not ending.price_minor:
        said.append(TEXTS.say("ending.unpaid"))
    else:
        key = "all" if ending.back_minor == ending.price_minor else "part"
        said.append(TEXTS.say(f"orders.refund.{key}", price=price, back=back))
        said.append(_spell_tenders(ending.by_tender, ending.currency))
    if ending.used:
        said.append(TEXTS.say("ending.used", count=ending.used))
    return "\n".join(said)


def spell_ended(ended: EndedOrder) -> str:
    """Say what came of it, and what is owed."""
    words = {"number": ended.number, "count": ended.tickets}
    if not ended.owed_minor:
        return TEXTS.say("ending.done_nothing", **words)
    owed = TEXTS.money(Money(ended.owed_minor, ended.currency))
    said = TEXTS.say("ending.done", back=owed, **words)
    return f"{said} {_spell_tenders(ended.by_tender, ended.currency)}"


def _spell_ticket(ticket: EndedTicket, ending: Ending) -> str:
    parts = [ticket.code, ticket.kind]
    if ticket.price_minor:
        price, back = (
            TEXTS.money(Money(minor, ending.currency))
            for minor in (ticket.price_minor, ticket.back_minor)
        )
        same = ticket.price_minor == ticket.back_minor
        parts.append(back if same else TEXTS.say("ending.of", back=back, price=price))
    if ticket.is_used:
        parts.append(TEXTS.say("orders.ticket.validated"))
    return TEXTS.beside(*parts)


def _spell_tenders(by_tender: dict[str, int], currency: str) -> str:
    if not by_tender:
        return TEXTS.say("ending.no_payment")
    paid = TEXTS.list(
        f"{spell_tender(tender)} {TEXTS.isolate(TEXTS.money(Money(minor, currency)))}"
        for tender, minor in by_tender.items()
    )
    return TEXTS.say("ending.paid_by", tenders=paid)
