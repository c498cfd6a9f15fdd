"""What is promised of seats, judged by who was sold which, and by what can be bought in the end.

Nobody is sold a seat that somebody certainly has just then, whoever sells it and whatever is cut
off. When all is quiet a seat is sold where somebody has it, and else can be bought: at the office,
or at the till that it was granted to. Whoever watches the map sees it as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Final

import msgspec

from shared.journal.sale import SaleBody
from shared.journal.withdrawal import WithdrawalBody
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant
from simulator.accused import OF_CLOCKS
from simulator.evidence import Violation
from simulator.seated.evening import Seated
from simulator.seated.record import OFFICE, Guest
from simulator.views import LedgerView, view_ledger

FREE: Final = "free"
GRANTED: Final = "granted"
SOLD: Final = "sold"
TWICE: Final = frozenset({"paid_out_twice", "payout_mismatch"})
"""What conflicts say of a ticket that the office and a till have both taken back."""
NEVER: Final = Instant(1 << 62)


class SeatedEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        guests: Everybody who was ever seated.
        sold: Ticket ids and seats of tills' sales, by their journals.
        back: Ids of tickets that tills have taken back, by their journals.
        states: The map in the end, read whole.
        watched: The map as it was seen by asking for changes.
        own: What each till would sell alone.
        bought: Whether each seat could be bought at the office, when all else had been read.
        ledger: The ledger.
        wrong: What was answered to the organizer and should not have been.
        has_true_server: The server's clock was right all evening.
    """

    guests: list[Guest]
    sold: dict[str, str]
    back: set[str]
    states: dict[str, str]
    watched: dict[str, str]
    own: dict[str, set[str]]
    bought: dict[str, bool]
    ledger: LedgerView
    wrong: list[str]
    has_true_server: bool

    def has_seat(self, guest: Guest) -> bool:
        """Tell whether somebody has their seat in the end."""
        if guest.seller != OFFICE and guest.ticket_id not in self.sold:
            return False
        return not guest.is_gone and guest.ticket_id not in self.back

    def taken(self) -> dict[str, Guest]:
        """Return who has which seat in the end."""
        return {one.seat: one for one in self.guests if self.has_seat(one)}


def check_once(evidence: SeatedEvidence) -> Iterator[str]:
    """Yield each two who were given the same seat at the same time."""
    seen = [one for one in evidence.guests if one.shown is not None]
    for one, other in combinations(seen, 2):
        if one.seat != other.seat:
            continue
        begins = max(one.shown or NEVER, other.shown or NEVER)
        if begins < min(one.ends or NEVER, other.ends or NEVER):
            yield f"{one} and {other} have one seat"


def check_sold(evidence: SeatedEvidence) -> Iterator[str]:
    """Yield each seat that is sold and nobody has, or the reverse."""
    taken = evidence.taken()
    for seat, state in evidence.states.items():
        if (state == SOLD) != (seat in taken):
            yield f"{seat} is {state}, and {taken.get(seat, 'nobody')} has it"


def check_bought(evidence: SeatedEvidence) -> Iterator[str]:
    """Yield each seat that nobody has and nobody can buy, and each that two have in the end."""
    taken = evidence.taken()
    for seat, state in evidence.states.items():
        is_bought = evidence.bought[seat]
        if is_bought != (seat not in taken and state != GRANTED):
            yield f"{seat} is {state}, and {'is' if is_bought else 'cannot be'} sold at the office"
    granted = {seat for seat, state in evidence.states.items() if state == GRANTED}
    own = set[str]().union(*evidence.own.values())
    for seat in sorted(granted ^ own):
        yield f"{seat}: the tills would sell {sorted(own)}, and were granted {sorted(granted)}"


def check_watched(evidence: SeatedEvidence) -> Iterator[str]:
    """Yield each seat that looks otherwise to whoever asks for changes."""
    for seat, state in evidence.states.items():
        if evidence.watched.get(seat) != state:
            yield f"{seat} is {state}, and looks {evidence.watched.get(seat)}"


def check_shown(evidence: SeatedEvidence) -> Iterator[str]:
    """Yield each ticket whose till knows another seat of it, and what is named for nothing."""
    for one in evidence.guests:
        if one.seller != OFFICE and evidence.sold.get(one.ticket_id) != one.seat:
            yield f"{one}: by the journal it is {evidence.sold.get(one.ticket_id)}"
    doubly = {one.ticket_id for one in evidence.guests if len(one.asked) > 1}
    for conflict in evidence.ledger.conflicts:
        if conflict.kind in OF_CLOCKS and not evidence.has_true_server:
            continue  # by a wrong clock of the server others seem wrong
        name = None if conflict.ticket_id is None else format_ticket_id(conflict.ticket_id)
        if conflict.kind in TWICE and name in doubly:
            continue
        yield f"conflict {conflict.kind} of {name} {conflict.device_id}, for nothing"
    yield from evidence.wrong


SEATED_CHECKS: Final[dict[str, Callable[[SeatedEvidence], Iterator[str]]]] = {
    "once": check_once,
    "sold": check_sold,
    "bought": check_bought,
    "watched": check_watched,
    "shown": check_shown,
}


async def judge_seated(seated: Seated) -> list[Violation]:
    """Let orders that were never paid go, read everything, buy all seats, and run every check."""
    sold, back = _read_tills(seated)
    for ticket_id, (seller, seat) in sold.items():
        seated.hall.seat(Guest(ticket_id=ticket_id, seat=seat, seller=seller))
    await seated.settle_orders()
    await seated.look()
    states = await seated.read_map()
    own = {node.name: await seated.own_of(node) for node in seated.nodes}
    ledger = await view_ledger(seated.server, seated.event_id)
    before = list(seated.hall.guests.values())
    evidence = SeatedEvidence(
        guests=before,
        sold={ticket_id: seat for ticket_id, (_, seat) in sold.items()},
        back=back,
        states=states,
        watched=dict(seated.watched),
        own=own,
        bought={seat: await seated.buy(1, [seat]) for seat in states},
        ledger=ledger,
        wrong=seated.owner.refused,
        has_true_server=seated.scenario.has_true_server,
    )
    return [
        Violation(f"seats {name}", text)
        for name, check in SEATED_CHECKS.items()
        for text in check(evidence)
    ]


def _read_tills(seated: Seated) -> tuple[dict[str, tuple[str, str]], set[str]]:
    """Return what tills have sold and taken back, by their journals."""
    sold: dict[str, tuple[str, str]] = {}
    back: set[str] = set()
    for (node, _), held in seated.read_journals().items():
        if isinstance(held.body, SaleBody):
            sold |= {
                format_ticket_id(one.ticket_id): (node, one.seat) for one in held.body.tickets
            }
        elif isinstance(held.body, WithdrawalBody):
            back.add(format_ticket_id(held.body.ticket_id))
    return sold, back
