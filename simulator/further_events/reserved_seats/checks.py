"""What is promised of seats, judged by who was sold which, and by what can be bought in the end.

Nobody is sold a seat that somebody certainly has just then, or that is out of sale, whoever sells
it and whatever is cut off. When all is quiet a seat is sold where somebody has it, and else can be
bought, but for what is out of sale: at the office, or at the till that it was granted to. Whoever
watches the map sees it as it is.

Who comes as a group and takes the best seats sits together. Where the date was called off nobody
who has heard of it sells a seat any more, nobody comes in, and all goes back that was paid. Where
it was moved nobody comes in tonight, everybody keeps their seat, and the office its money. A
group's tickets that are taken back one by one go back one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

import msgspec

from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant
from simulator.further_events.reserved_seats.evening import GROUP, PRICE, Seated
from simulator.further_events.reserved_seats.record import OFFICE, Closed, Guest
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import LedgerView, view_ledger
from simulator.judging.seen_visits import Card, Visit

FREE: Final = "free"
GRANTED: Final = "granted"
SOLD: Final = "sold"
KEPT: Final = frozenset({GRANTED, "killed"})
"""Of these the office sells none, though nobody has them."""
TWICE: Final = frozenset({"paid_out_twice", "payout_mismatch"})
"""What conflicts say of a ticket that the office and a till have both taken back."""
NEVER: Final = Instant(1 << 62)


class SeatedEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        guests: Everybody who was ever seated.
        closed: Seats that were out of sale.
        sold: Ticket ids and seats of tills' sales, by their journals.
        back: Ids of tickets that tills have taken back, by their journals.
        states: The map in the end, read whole.
        watched: The map as it was seen by asking for changes.
        own: What each till would sell alone.
        bought: Whether each seat could be bought at the office, when all else had been read.
        ledger: The ledger.
        wrong: What was answered to the organizer and should not have been.
        has_true_server: The server's clock was right all evening.
        fate: What became of the date.
        changed: True time by which the server had said so; None before.
        owed: What is owed back of each order, by its id, with its guests; minor units.
        group: The seats that a group was sold in the end at the office, and how many asked.
        late: Sales of tills after all had heard that the date is off.
        visits: Who came in the end, by ticket.
    """

    guests: list[Guest]
    closed: list[Closed]
    sold: dict[str, str]
    back: set[str]
    states: dict[str, str]
    watched: dict[str, str]
    own: dict[str, set[str]]
    bought: dict[str, bool]
    ledger: LedgerView
    wrong: list[str]
    has_true_server: bool
    fate: str
    changed: Instant | None
    owed: dict[str, tuple[int, list[Guest]]]
    group: tuple[list[str], int]
    late: list[Guest]
    visits: dict[str, Visit[Card]]

    @property
    def is_off(self) -> bool:
        """Whether the date was called off."""
        return self.fate == "off" and self.changed is not None

    @property
    def is_moved(self) -> bool:
        """Whether the date is not tonight any more."""
        return self.fate == "moved" and self.changed is not None

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


def check_closed(evidence: SeatedEvidence) -> Iterator[str]:
    """Yield each who certainly had a seat while it was out of sale."""
    for closed in evidence.closed:
        for one in evidence.guests:
            if one.seat != closed.seat or one.shown is None:
                continue
            if max(one.shown, closed.since) < min(one.ends or NEVER, closed.until or NEVER):
                yield f"{one} has a seat that is out of sale since {closed.since}"


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
        is_for_sale = seat not in taken and state not in KEPT and not evidence.is_off
        if is_bought != is_for_sale:
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


def check_groups(evidence: SeatedEvidence) -> Iterator[str]:
    """Yield a group that is not sold seats beside each other, though there are."""
    seats, count = evidence.group
    rows: dict[str, str] = {}
    for seat in sorted(evidence.states, key=_place):
        row, letter = seat.partition("-")[0], "x" if evidence.states[seat] == FREE else "."
        rows[row] = rows.get(row, "") + letter
    has_room = any("x" * count in row for row in rows.values()) and not evidence.is_off
    if has_room and not _are_together(seats, count):
        yield f"a row has {count} seats beside each other, and a group was sold {sorted(seats)}"


def check_date(evidence: SeatedEvidence) -> Iterator[str]:
    """Yield what was sold of a date that was off, and who comes in by another than tonight's."""
    if evidence.is_off:
        changed = evidence.changed or NEVER
        for one in evidence.guests:
            if one.seller == OFFICE and one.shown is not None and one.asked_at > changed:
                yield f"{one}: sold, and the date was off"
        for one in evidence.late:
            yield f"{one}: sold, and the till had heard that the date is off"
    for one in evidence.guests:
        visit = evidence.visits.get(one.ticket_id)
        if visit is None:
            continue
        is_good = evidence.has_seat(one) and not evidence.is_off and not evidence.is_moved
        if visit.is_green != is_good:
            yield f"{one}: {visit}, where the date {evidence.fate}"
        seat = None if visit.answer is None else visit.answer.seat
        if visit.is_green and (seat is None or f"{seat.row}-{seat.number}" != one.seat):
            yield f"{one}: the gate shows {seat}"


def check_money(evidence: SeatedEvidence) -> Iterator[str]:
    """Yield each order of which something else is owed back than its guests have lost."""
    for order_id, (owed, guests) in evidence.owed.items():
        gone = [one for one in guests if evidence.is_off or not evidence.has_seat(one)]
        due = PRICE * len(gone)
        is_unpaid = any(one.is_pending for one in guests) and owed == 0
        if owed != due and not is_unpaid:
            yield f"order {order_id}: {owed} is owed of {len(guests)}, and {len(gone)} are gone"


def _are_together(seats: list[str], count: int) -> bool:
    rows, numbers = zip(*map(_place, seats), strict=True) if seats else ((), ())
    beside = sorted(numbers) == list(range(min(numbers, default=0), max(numbers, default=0) + 1))
    return len(seats) == count and len(set(rows)) == 1 and beside


def _place(seat: str) -> tuple[str, int]:
    row, _, number = seat.partition("-")
    return row, int(number)


async def judge_seated(seated: Seated) -> list[Violation]:
    """Let orders that were never paid go, read everything, buy all seats, and run every check."""
    sold, back = _read_tills(seated)
    for ticket_id, (seller, seat) in sold.items():
        seated.hall.seat(Guest(ticket_id=ticket_id, seat=seat, seller=seller))
    await seated.settle_orders()
    if seated.changed is not None and seated.fate == "off":
        await seated.call_off()
        if unrest := await seated.rest():
            return [Violation("live", f"seated: {unrest}")]
    await seated.look()
    states = await seated.read_map()
    own = {node.name: await seated.own_of(node) for node in seated.tills}
    ledger = await view_ledger(seated.server, seated.event_id)
    before = list(seated.hall.guests.values())
    await seated.come()
    owed = await _read_owed(seated, before)
    late = await _sell_late(seated)
    group = await _seat_group(seated)
    evidence = SeatedEvidence(
        guests=before,
        closed=seated.hall.closed,
        sold={ticket_id: seat for ticket_id, (_, seat) in sold.items()},
        back=back,
        states=states,
        watched=dict(seated.watched),
        own=own,
        bought={seat: await seated.buy(1, [seat]) for seat in states},
        ledger=ledger,
        wrong=seated.owner.refused,
        has_true_server=seated.scenario.has_true_server,
        fate=seated.fate,
        changed=seated.changed,
        owed=owed,
        group=group,
        late=late,
        visits={format_ticket_id(one.card.ticket_id): one for one in seated.visits},
    )
    return run_checks(
        "seats",
        evidence,
        check_once,
        check_closed,
        check_sold,
        check_bought,
        check_watched,
        check_shown,
        check_groups,
        check_date,
        check_money,
    )


async def _read_owed(seated: Seated, guests: list[Guest]) -> dict[str, tuple[int, list[Guest]]]:
    by_order: dict[str, list[Guest]] = {}
    for one in guests:
        by_order.setdefault(await seated.find_order(one), []).append(one)
    return {
        order_id: (await seated.read_owed(order_id), some) for order_id, some in by_order.items()
    }


async def _sell_late(seated: Seated) -> list[Guest]:
    """Try to sell at each till, where all have heard that the date is off."""
    known = set(seated.hall.guests)
    if seated.changed is not None and seated.fate == "off":
        for node in seated.tills:
            await seated.sell(node, 1, [])
    return [one for name, one in seated.hall.guests.items() if name not in known]


async def _seat_group(seated: Seated) -> tuple[list[str], int]:
    """Seat a group at the office, as well as it can, and let it go again."""
    known = set(seated.hall.guests)
    await seated.buy(GROUP[0], None)
    made = [one for name, one in seated.hall.guests.items() if name not in known]
    for order_id in sorted({one.order_id for one in made}):
        await seated.cancel(order_id)
    return [one.seat for one in made], GROUP[0]


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
