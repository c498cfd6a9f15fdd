"""What is promised of seats that were freed while a till may have sold them.

By the tills' own journals and the office's answers: of one seat one guest comes in, however many
were sold it. Each ticket that the lost till had sold unheard is named, and lets nobody in; every
other one does, and is not named.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from shared.journal.sale_body import SaleBody
from shared.kernel.ids import format_ticket_id
from simulator.further_events.freed_seats.evening import FreedSeats
from simulator.further_events.reserved_seats.record import OFFICE, Guest
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evidence import make_judge
from simulator.judging.ledger_and_device_views import LedgerView, view_ledger
from simulator.judging.seen_visits import Card, Visit

TWICE: Final = "seat_twice"


class FreedEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        sold: Ticket ids and seats of all tills' sales, by their journals.
        unheard: Those of the lost till of which the office had not heard before it freed seats.
        office: Those who hold tickets of the office.
        visits: Who came in the end, in order.
        ledger: The ledger.
        wrong: What was answered to the organizer and should not have been.
        has_true_server: The server's clock was right all evening.
    """

    sold: dict[str, str]
    unheard: set[str]
    office: list[Guest]
    visits: list[Visit[Card]]
    ledger: LedgerView
    wrong: list[str]
    has_true_server: bool

    @property
    def seats(self) -> dict[str, str]:
        """By ticket, its seat."""
        return self.sold | {one.ticket_id: one.seat for one in self.office}


def check_once(evidence: FreedEvidence) -> Iterator[str]:
    """Yield each seat for which more than one came in."""
    came: dict[str, str] = {}
    for visit in evidence.visits:
        name = format_ticket_id(visit.card.ticket_id)
        seat = evidence.seats.get(name, "")
        if visit.is_entry and came.setdefault(seat, name) != name:
            yield f"{visit}: came in for {seat}, and so did {came[seat]}"


def check_good(evidence: FreedEvidence) -> Iterator[str]:
    """Yield each who is turned away with a good ticket, or comes in by one that nobody knew of."""
    for visit in evidence.visits:
        name = format_ticket_id(visit.card.ticket_id)
        if name in evidence.seats and visit.is_entry == (name in evidence.unheard):
            yield f"{visit}: of {evidence.seats[name]}, {name in evidence.unheard}"


def check_named(evidence: FreedEvidence) -> Iterator[str]:
    """Yield each ticket that was sold unheard and is not named, and each other that is."""
    named = set[str]()
    for one in evidence.ledger.conflicts:
        if one.kind == TWICE and one.ticket_id is not None:
            named.add(format_ticket_id(one.ticket_id))
        elif one.kind not in OF_CLOCKS or evidence.has_true_server:
            yield f"conflict {one.kind} of {one.ticket_id} {one.device_id}, for nothing"
    for name in sorted(named ^ evidence.unheard):
        yield f"{name} of {evidence.seats.get(name)}: named {name in named}"
    yield from evidence.wrong


async def gather_freed(evening: FreedSeats) -> FreedEvidence:
    """Read everything."""
    sold: dict[str, str] = {}
    unheard = set[str]()
    for (node, _), held in evening.read_journals(*evening.tills).items():
        if isinstance(held.body, SaleBody):
            for one in held.body.tickets:
                name = format_ticket_id(one.ticket_id)
                sold[name] = one.seat
                if node == evening.tills[0].name and name not in evening.heard:
                    unheard.add(name)
    guests = evening.hall.guests.values()
    return FreedEvidence(
        sold=sold,
        unheard=unheard,
        office=[one for one in guests if one.seller == OFFICE and not one.is_gone],
        visits=evening.visits,
        ledger=await view_ledger(evening.server, evening.event_id),
        wrong=evening.owner.refused,
        has_true_server=evening.scenario.has_true_server,
    )


judge_freed: Final = make_judge("freed", gather_freed, check_once, check_good, check_named)
