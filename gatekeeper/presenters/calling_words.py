"""What the desk says of an event that is called off, before and after."""

from __future__ import annotations

from gatekeeper.organizer.calling_off import Calling, LeftOrder, Preview, Standing
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
    return TEXTS.say("calloff.done" if not standing.left else "calloff.done_left", **counts)


def spell_preview(preview: Preview, currency: str) -> Rows:
    """Say what calling off would mean: tickets, who is inside, money by tender."""
    rows = [
        (
            TEXTS.beside(one.name, TEXTS.say(f"calloff.ticket.{one.state}")),
            str(one.count),
        )
        for one in preview.tickets
    ]
    rows.append((TEXTS.say("calloff.inside"), str(preview.inside_persons)))
    rows.append((TEXTS.say("calloff.orders"), str(preview.orders)))
    rows += [
        (
            TEXTS.say("calloff.goes_back", tender=spell_tender(one.tender)),
            _money(one.amount_minor, currency),
        )
        for one in preview.by_tender
    ]
    if preview.at_till_minor:
        rows.append((TEXTS.say("calloff.of_it_tills"), _money(preview.at_till_minor, currency)))
    if preview.left_minor:
        said = TEXTS.say("calloff.left", count=preview.left_orders)
        rows.append((said, _money(preview.left_minor, currency)))
    return tuple(rows)


def spell_standing(standing: Standing, currency: str) -> Rows:
    """Say what the refunds have come to."""
    rows = [
        (
            TEXTS.say(f"calloff.sent.{one.state}", tender=spell_tender(one.tender)),
            _money(one.amount_minor, currency),
        )
        for one in standing.sent
    ]
    if standing.at_till_minor:
        rows.append((TEXTS.say("calloff.tills_owe"), _money(standing.at_till_minor, currency)))
        paid = _money(standing.at_till_paid_minor, currency)
        rows.append((TEXTS.say("calloff.tills_paid"), paid))
    if standing.left:
        said = TEXTS.say("calloff.left", count=standing.left)
        rows.append((said, _money(standing.left_minor, currency)))
    if standing.none:
        rows.append((TEXTS.say("calloff.nothing"), str(standing.none)))
    return tuple(rows)


def spell_left(order: LeftOrder, currency: str) -> tuple[str, str, str, str]:
    """Say of an order whose it is, how to reach them, what is owed, and what to do."""
    who = order.buyer_name or TEXTS.say("orders.nobody")
    phone = (order.buyer_phone or "").replace(" ", "\N{NO-BREAK SPACE}")
    reach = TEXTS.beside(order.buyer_email, phone)
    what = " ".join(
        order.said if why == "refused" else TEXTS.say(f"calloff.why.{why}") for why in order.whys
    )
    owed = _money(order.left_minor, currency) if order.left_minor else ""
    name = TEXTS.beside(TEXTS.say("orders.name", number=order.number), who)
    return name, reach, owed, what


def spell_tender(tender: str) -> str:
    """Say how something was paid."""
    return TEXTS.say(f"calloff.tender.{tender if tender in _KNOWN_TENDERS else 'other'}")


def _money(minor_units: int, currency: str) -> str:
    return TEXTS.money(Money(minor_units, currency))
