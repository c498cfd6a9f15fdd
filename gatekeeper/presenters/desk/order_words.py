"""What the desk says of orders, their tickets, and what was done about them."""

from __future__ import annotations

from typing import Final

from gatekeeper.organizer.during.orders_client import (
    FoundOrders,
    Order,
    OrderMail,
    OrderTicket,
    Passage,
    Refund,
)
from gatekeeper.organizer.prepare.refund_rules import TermsFor
from gatekeeper.presenters.desk.refund_words import spell_terms
from gatekeeper.presenters.desk.work_reason_words import spell_reasons
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_stamp
from shared.kernel.money import Money

_OF_ADDRESS: Final = frozenset({"mail.recipient_refused", "mail.no_address"})
"""Why a mail failed that a buyer can help with."""


def spell_order(order: Order) -> str:
    """Say an order in a list: first what tells it from others of the same buyer, then who."""
    who = order.buyer_name or order.buyer_email or TEXTS.say("orders.nobody")
    state = TEXTS.say(f"orders.state.{order.state}")
    total = _money(order.total_minor, order.currency)
    first = TEXTS.beside(_name(order), state, total, spell_stamp(order.created_at))
    return f"{first}\n{TEXTS.isolate(who)}"


def spell_found_ticket(ticket: OrderTicket) -> str:
    """Say a ticket in a list: first what tells it from others of the same holder, then whose."""
    who = ticket.holder_name or TEXTS.say("orders.nobody")
    first = TEXTS.beside(ticket.code, spell_ticket_state(ticket), spell_ticket_kind(ticket))
    return f"{first}\n{TEXTS.isolate(who)}"


def spell_found(found: FoundOrders) -> str:
    """Say how much was found."""
    if not found.orders and not found.tickets:
        return TEXTS.say("orders.none")
    counts = {"orders": len(found.orders), "tickets": len(found.tickets)}
    return TEXTS.say("orders.found" if found.is_all else "orders.more", **counts)


def spell_title(order: Order | None, tickets: tuple[OrderTicket, ...]) -> str:
    """Say what is looked at: an order, or a ticket without one."""
    if order is not None:
        return TEXTS.beside(_name(order), TEXTS.say(f"orders.state.{order.state}"))
    return TEXTS.say("orders.no_order", code=tickets[0].code)


def spell_order_facts(order: Order, count: int) -> str:
    """Say who bought what, for how much, when and where."""
    phone = (order.buyer_phone or "").replace(" ", "\N{NO-BREAK SPACE}")
    who = TEXTS.beside(order.buyer_name, order.buyer_email, phone)
    at = spell_stamp(order.created_at)
    facts = (
        TEXTS.say("orders.count", count=count),
        TEXTS.isolate(_money(order.total_minor, order.currency)),
        TEXTS.isolate(at),
        TEXTS.say(f"orders.channel.{order.channel}"),
    )
    return f"{who or TEXTS.say('orders.nobody')}\n{' · '.join(facts)}"


def spell_mail(mail: OrderMail | None) -> tuple[str, str]:
    """Say what became of the last mail of an order's tickets, and in which role it is shown."""
    if mail is None:
        return "", "lead"
    is_put_off = mail.outcome == "waiting" and bool(mail.said)
    key = "put_off" if is_put_off else mail.outcome
    codes = {one.code for one in mail.because}
    if mail.outcome == "refused" and codes and not codes & _OF_ADDRESS:
        key = "failed"
    role = "bad" if mail.outcome == "refused" else "warn" if is_put_off else "lead"
    said = TEXTS.say(f"orders.mailed.{key}", time=spell_stamp(mail.asked_at))
    is_open = mail.outcome in {"waiting", "refused"}
    why = spell_reasons(mail.because, "") if is_open else ""
    return f"{said} {why}".strip(), role


def spell_ticket_kind(ticket: OrderTicket) -> str:
    """Say what a ticket is of, and its seat where it has one."""
    return TEXTS.beside(ticket.kind, ticket.seat_id)


def spell_ticket_state(ticket: OrderTicket) -> str:
    """Say how a ticket stands, and whether gates are told to deny it."""
    said = TEXTS.say(f"orders.ticket.{ticket.state}")
    return TEXTS.beside(said, TEXTS.say("orders.blocked")) if ticket.blocked else said


def spell_passages(passages: tuple[Passage, ...]) -> str:
    """Say when and where people passed on a ticket, a line each."""
    return "\n".join(
        TEXTS.say(
            "orders.passage.in" if one.is_entry else "orders.passage.out",
            time=spell_stamp(one.at),
            gate=one.gate or TEXTS.say("orders.passage.gone"),
            count=one.count,
        )
        for one in passages
    )


def spell_refund(refund: Refund) -> str:
    """Say what a refund would give back now, of what was paid."""
    rows = []
    if refund.noted_minor is not None and refund.currency is not None:
        noted = _money(refund.noted_minor, refund.currency)
        if refund.rest_minor:
            rest = _money(refund.rest_minor, refund.currency)
            return TEXTS.say("orders.refund.rest", back=noted, rest=rest)
        rows.append(TEXTS.say("orders.refund.noted", back=noted))
    elif not refund.price_minor or refund.currency is None:
        rows.append(TEXTS.say("orders.refund.unpaid"))
    else:
        key = "all" if refund.back_minor == refund.price_minor else "part"
        rows.append(
            TEXTS.say(
                f"orders.refund.{key}",
                price=_money(refund.price_minor, refund.currency),
                back=_money(refund.back_minor, refund.currency),
            )
        )
        if refund.rules:
            said_for = TermsFor(
                timezone=refund.timezone,
                currency=refund.currency,
                price_minor=refund.price_minor,
            )
            rows.append(spell_terms(refund.rules, said_for))
    if refund.is_used:
        rows.append(TEXTS.say("orders.refund.used"))
    return "\n".join(rows)


def spell_refunded(refund: Refund, *, is_rest: bool = False) -> str:
    """Say what was noted as owed back, and what follows at the gates.

    Args:
        refund: What is noted now.
        is_rest: It was cancelled before, and is owed with the rest now.
    """
    if not refund.noted_minor or refund.currency is None:
        return TEXTS.say("orders.refunded.nothing")
    amount = _money(refund.noted_minor, refund.currency)
    return TEXTS.say(f"orders.refunded.{'whole' if is_rest else 'owed'}", back=amount)


def _name(order: Order) -> str:
    return TEXTS.say("orders.name", number=order.number)


def _money(minor_units: int, currency: str) -> str:
    return TEXTS.money(Money(minor_units, currency))
