"""What the desk says of an event that is called off, before and after."""

from __future__ import annotations

from gatekeeper.organizer.before_doors.event_cancelling_client import (
    Calling,
    CallingOffPreview,
    Forecast,
    LeftOrder,
    Refunded,
    RefundsStanding,
)
from gatekeeper.wording.texts import TEXTS
from shared.kernel.money import Money

Rows = tuple[tuple[str, str], ...]
"""What, and how much."""
_KNOWN_TENDERS = {
    "cash",
    "card",
    "comp",
    "voucher",
    "exchange",
    "account",
    "transfer",
    "online",
    "other",
}


def spell_calling(calling: Calling) -> str:
    """Say how the event stands, in a sentence."""
    standing = calling.standing
    if standing is None:
        key = "before" if calling.preview is not None else "over"
        key = "unpaid_back" if calling.preview and calling.state == "cancelled" else key
        return TEXTS.say(f"calloff.{key}", name=calling.name)
    counts = {"settled": standing.settled, "orders": standing.orders}
    if standing.state == "stopped":
        return TEXTS.say("calloff.stopped", **counts)
    if standing.is_stuck:
        return TEXTS.say("calloff.stuck", **counts)
    if standing.state == "working":
        return TEXTS.say("calloff.working", **counts)
    if standing.settled < standing.orders:
        return TEXTS.say("calloff.more", count=standing.orders - standing.settled)
    if standing.late:
        return TEXTS.say("calloff.late", count=standing.late)
    return TEXTS.say("calloff.done" if not standing.left else "calloff.done_left", **counts)


def spell_preview(preview: CallingOffPreview) -> Rows:
    """Say what calling off would mean: tickets, who is inside, each currency's money by tender."""
    rows = [
        (
            TEXTS.beside(one.name, TEXTS.say(f"calloff.ticket.{one.state}")),
            TEXTS.number(one.count),
        )
        for one in preview.tickets
    ]
    rows.append((TEXTS.say("calloff.inside"), TEXTS.number(preview.inside_persons)))
    rows.append((TEXTS.say("calloff.orders"), TEXTS.number(preview.orders)))
    for money in preview.by_currency:
        rows += _spell_forecast(money)
    return tuple(rows)


def _spell_forecast(money: Forecast) -> Rows:
    rows = [
        (
            TEXTS.say("calloff.goes_back", tender=spell_tender(one.tender)),
            _money(one.amount_minor, money.currency),
        )
        for one in money.by_tender
    ]
    if money.at_till_minor:
        said = TEXTS.say("calloff.of_it_tills")
        rows.append((said, _money(money.at_till_minor, money.currency)))
    if money.left_minor:
        said = TEXTS.say("calloff.left", count=money.left_orders)
        rows.append((said, _money(money.left_minor, money.currency)))
    return tuple(rows)


def spell_standing(standing: RefundsStanding) -> Rows:
    """Say what the refunds have come to, each currency by itself."""
    rows = [row for money in standing.by_currency for row in _spell_refunded(money)]
    if standing.none:
        rows.append((TEXTS.say("calloff.nothing"), TEXTS.number(standing.none)))
    return tuple(rows)


def _spell_refunded(money: Refunded) -> Rows:
    rows = [
        (
            TEXTS.say(f"calloff.sent.{one.state}", tender=spell_tender(one.tender)),
            _money(one.amount_minor, money.currency),
        )
        for one in money.sent
    ]
    if money.at_till_minor:
        said = TEXTS.say("calloff.tills_owe")
        rows.append((said, _money(money.at_till_minor, money.currency)))
        paid = _money(money.at_till_paid_minor, money.currency)
        rows.append((TEXTS.say("calloff.tills_paid"), paid))
    if money.left:
        said = TEXTS.say("calloff.left", count=money.left)
        rows.append((said, _money(money.left_minor, money.currency)))
    return tuple(rows)


def spell_left(order: LeftOrder) -> tuple[str, str, str, str]:
    """Say of an order whose it is, how to reach them, what is owed, and what to do."""
    who = order.buyer_name or TEXTS.say("orders.nobody")
    phone = (order.buyer_phone or "").replace(" ", "\N{NO-BREAK SPACE}")
    reach = TEXTS.beside(order.buyer_email, phone)
    what = " ".join(TEXTS.say(f"calloff.why.{why}", said=order.said) for why in order.whys)
    owed = _money(order.left_minor, order.currency) if order.left_minor else ""
    name = TEXTS.beside(TEXTS.say("orders.name", number=order.number), who)
    return name, reach, owed, what


def spell_tender(tender: str) -> str:
    """Say how something was paid."""
    return TEXTS.say(f"calloff.tender.{tender if tender in _KNOWN_TENDERS else 'other'}")


def _money(minor_units: int, currency: str) -> str:
    return TEXTS.money(Money(minor_units, currency))
