"""A ticket's values in words of a language, as the drawing that all share wants them."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.printing.documents import TicketPaper
from gatekeeper.printing.roll_ticket import (
    ticket_moment,
    ticket_persons,
    ticket_price,
    ticket_references,
    ticket_validity,
)
from gatekeeper.wording.texts import Texts
from shared.paper.ticket_words import TicketWords


def word_ticket(
    ticket: TicketPaper, bands: Sequence[str], texts: Texts, *, has_hint: bool
) -> TicketWords:
    """Say what a ticket says.

    Args:
        ticket: Its values, each isolated in its direction.
        bands: Practice, a copy.
        texts: The language.
        has_hint: The manual code is explained.
    """
    return TicketWords(
        digits=ticket.digits,
        manual_code=texts.isolate(ticket.manual_code),
        code_hint=texts.say("paper.type_code") if has_hint else "",
        event=ticket.event,
        ticket_type=ticket.ticket_type,
        moment=ticket_moment(ticket, texts),
        validity=ticket_validity(ticket, texts),
        venue=ticket.venue,
        zone=ticket.zone,
        seat=ticket.seat,
        persons=ticket_persons(ticket),
        holder=ticket.holder,
        organization=ticket.organization,
        price=ticket_price(ticket, texts),
        order=texts.say("paper.order", order=ticket.order) if ticket.order else "",
        references=tuple(ticket_references(ticket, texts)[bool(ticket.order) :]),
        home_gate=texts.say("paper.home_gate", gate=ticket.home_gate) if ticket.home_gate else "",
        bands=tuple(bands),
    )
