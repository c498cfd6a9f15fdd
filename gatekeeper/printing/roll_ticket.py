"""What a ticket says on a slip, item by item, in a language."""

from __future__ import annotations

import msgspec

from gatekeeper.printing.common_slip_lines import amount_of, centred, small
from gatekeeper.printing.documents import TicketPaper
from gatekeeper.printing.slip_items import Height, Item, Logo, Rule, SlipCode, SlipText
from gatekeeper.wording.texts import Texts
from gatekeeper.wording.tills_and_places import call_till
from gatekeeper.wording.wall_clocks import spell_printed_moment
from shared.manifest.ticket_design import PLAIN, TicketDesign


def compose_ticket(ticket: TicketPaper, texts: Texts) -> list[Item]:
    """Return what a ticket says, but for what its design hides."""
    design = ticket.design or PLAIN
    ticket = _without(ticket, design)
    persons = ticket_persons(ticket)
    places = [one for one in (persons, ticket.zone, ticket.seat, ticket.holder) if one]
    items: list[Item] = [
        *([] if design.logo is None else [Logo(design.logo.digest)]),
        *centred(texts.isolate(ticket.organization), height=Height.SMALL),
        *centred(texts.isolate(ticket.event), height=Height.LARGE, is_bold=True),
        *centred(ticket_moment(ticket, texts)),
        *centred(ticket_validity(ticket, texts), is_bold=True),
        *centred(texts.isolate(ticket.venue)),
        Rule(),
        *centred(texts.isolate(ticket.ticket_type), height=Height.LARGE, is_bold=True),
        *(SlipText(texts.isolate(place), is_bold=True, is_centred=True) for place in places),
        SlipCode(ticket.digits),
        *centred(texts.isolate(ticket.manual_code), height=Height.LARGE, is_bold=True),
    ]
    if ticket.home_gate:
        said = texts.say("paper.home_gate", gate=ticket.home_gate)
        items.append(SlipText(said, is_bold=True, is_centred=True))
    items += centred(ticket_price(ticket, texts))
    items.append(Rule())
    if references := ticket_references(ticket, texts):
        items += centred(" · ".join(references), height=Height.SMALL)
    return items + small(design.note.splitlines(), texts)


def ticket_references(ticket: TicketPaper, texts: Texts) -> list[str]:
    """Return order, receipt and till, as far as the ticket has them."""
    said = []
    if ticket.order:
        said.append(texts.say("paper.order", order=ticket.order))
    if ticket.receipt_number:
        said.append(texts.say("paper.receipt", number=ticket.receipt_number))
    if ticket.till:
        said.append(call_till(texts, ticket.till))
    return said


def ticket_price(ticket: TicketPaper, texts: Texts) -> str:
    """Return what the ticket cost, or "" where none is to stand there."""
    if ticket.price_minor is None or not ticket.currency:
        return ""
    return amount_of(ticket.price_minor, ticket.currency, texts)


def ticket_persons(ticket: TicketPaper) -> str:
    """Return how many a ticket lets in, where they are several."""
    return f"× {ticket.persons}" if ticket.persons > 1 else ""


def ticket_moment(ticket: TicketPaper, texts: Texts) -> str:
    """Return day and time of the beginning, or "" where the ticket names none."""
    if ticket.starts_at is None:
        return ""
    return spell_printed_moment(ticket.starts_at, ticket.time_zone, texts)


def ticket_validity(ticket: TicketPaper, texts: Texts) -> str:
    """Return from when until when it lets in, or "" where it always does."""
    return texts.beside(
        *(
            texts.say(key, time=spell_printed_moment(at, ticket.time_zone, texts))
            for key, at in (
                ("paper.valid_from", ticket.valid_from),
                ("paper.valid_until", ticket.valid_until),
            )
            if at is not None
        )
    )


def _without(ticket: TicketPaper, design: TicketDesign) -> TicketPaper:
    """Leave out what a design hides of a ticket."""
    texts = ("organization", "venue", "zone", "seat", "holder", "order")
    hidden: dict[str, object] = {name: "" for name in texts if not design.shows(name)}
    if not design.shows("price"):
        hidden["price_minor"] = None
    return msgspec.structs.replace(ticket, **hidden) if hidden else ticket
