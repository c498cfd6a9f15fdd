"""What a till's ticket says: its type, its date, its zone and its seat, as it is printed."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.boxoffice.answers import PrintedTicket
from gatekeeper.boxoffice.name_and_tax_number_on_papers import PaperIssuer, named
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.printing.documents import TicketPaper
from shared.journal.sale_body import SaleBody, SoldTicket
from shared.kernel.instant import Instant
from shared.manifest.event_config import TicketTypeConfig
from shared.manifest.times_of_dates import taking_place

_ZONES_NAMED_MAX: Final = 2
"""A ticket for more zones names none: it is for everywhere."""


def make_ticket(
    printed: PrintedTicket,
    sold: SoldTicket,
    sale: SaleBody,
    event: EventKnowledge,
    issuer: PaperIssuer,
) -> TicketPaper:
    """Return a sold ticket as it is printed.

    Args:
        printed: Its digits and codes.
        sold: As the journal has it.
        sale: Its sale.
        event: What it is for.
        issuer: Whose it is.
    """
    kind = event.index.types_by_code.get(sold.ticket_type_code)
    gate = event.index.gates.get(printed.home_gate)
    return msgspec.structs.replace(
        make_replacement(printed.digits, printed.manual_code, kind, event, issuer),
        ticket_type=printed.ticket_type,
        seat=printed.seat_name or printed.seat,
        price_minor=sold.price_minor,
        currency=sale.currency,
        receipt_number=sale.receipt_number,
        home_gate=printed.home_gate if gate is None else gate.name,
    )


def make_replacement(
    digits: str,
    manual_code: str,
    kind: TicketTypeConfig | None,
    event: EventKnowledge,
    issuer: PaperIssuer,
) -> TicketPaper:
    """Return the ticket that takes the place of another one, as it is printed.

    Args:
        digits: The new credential.
        manual_code: And its manual code.
        kind: Its type, where it is known.
        event: What it is for.
        issuer: Whose it is.
    """
    issuer = named(event, issuer)
    return TicketPaper(
        digits=digits,
        manual_code=manual_code,
        event=event.config.name,
        ticket_type="" if kind is None else kind.name,
        starts_at=_starts_at(event, kind),
        time_zone=event.config.timezone,
        zone=_zones(event, kind),
        organization=issuer.organization,
        till=issuer.till,
        is_practice=issuer.is_practice,
        design=event.config.design,
        persons=1 if kind is None else kind.persons,
        valid_from=None if kind is None else kind.valid_from,
        valid_until=None if kind is None else kind.valid_until,
    )


def _starts_at(event: EventKnowledge, kind: TicketTypeConfig | None) -> Instant | None:
    """Return when its occurrence begins; None where it is for any of several, as at the desk.

    One that was called off is no date for any; a type that is for it says it all the same.
    """
    dates = taking_place(event.config.occurrences)
    if kind is not None and kind.occurrence_id is not None:
        every = event.config.occurrences
        dates = tuple(one for one in every if one.id == kind.occurrence_id)
    return dates[0].starts_at if len(dates) == 1 else None


def _zones(event: EventKnowledge, kind: TicketTypeConfig | None) -> str:
    names = [
        zone.name
        for zone in event.config.zones
        if kind is not None
        and (zone.ticket_type_ids is None or kind.id in zone.ticket_type_ids)
        and (kind.occurrence_id is None or zone.occurrence_id in {None, kind.occurrence_id})
    ]
    return " · ".join(names) if len(names) <= _ZONES_NAMED_MAX else ""
