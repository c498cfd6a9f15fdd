"""What the desk says of tickets that are kept back."""

from __future__ import annotations

from gatekeeper.organizer.prepare.holds_client import KeptBack, StockHold, TypeInventory
from gatekeeper.organizer.server_api import Refused
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_gone
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import VENUE_CLOCK


def spell_hold(hold: StockHold, kept: KeptBack) -> tuple[str, str, str, str]:
    """Say a hold: for whom, what it keeps, why, and until when."""
    until = VENUE_CLOCK.stamp(hold.ends_at) if hold.ends_at else TEXTS.say("holds.released_only")
    return hold.name, spell_what(hold, kept), hold.reason or "–", until


def spell_what(hold: StockHold, kept: KeptBack) -> str:
    """Say what a hold keeps: so many tickets of a type, or so many seats."""
    if hold.ticket_type_id is None:
        return TEXTS.say("holds.seats", count=len(hold.seats))
    kind = kept.find_type(hold.ticket_type_id)
    name = hold.ticket_type_id if kind is None else kind.name
    return f"{TEXTS.number(hold.quantity)} × {TEXTS.isolate(name)}"


def spell_stock(stock: TypeInventory) -> str:
    """Say how many of a type are sold, kept back, with tills, and left."""
    values = {
        "sold": TEXTS.number(stock.sold),
        "held": TEXTS.number(stock.held),
        "tills": TEXTS.number(stock.allotted),
    }
    if stock.available is None or stock.quantity_limit is None:
        return TEXTS.say("holds.stock_unlimited", **values)
    left, limit = TEXTS.number(stock.available), TEXTS.number(stock.quantity_limit)
    return TEXTS.say("holds.stock", left=left, limit=limit, **values)


def spell_hold_refusal(fault: Refused) -> str:
    """Say what the server refused; "" for the usual words."""
    if fault.problem == "sold-out":
        return TEXTS.say("holds.too_many")
    if any(one.field == "ends_at" for one in fault.fields):
        return TEXTS.say("holds.past")
    return spell_gone("holds.gone", fault)
