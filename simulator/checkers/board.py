"""What the organizer's board says of money, tickets and who is inside is what journals say.

Asked as the desk asks. Of who is inside the bound is what any order of a ticket's passages comes
to; where true times leave no doubt, what theirs does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from shared.kernel.id_types import TicketTypeId
from simulator.boxoffice.books import OfficeEvidence
from simulator.checkers.books import line_of, moved_by_sale, paid_out
from simulator.checkers.whereabouts import in_true_order
from simulator.judging.evidence import Evidence, Passage

AT_TILLS: Final = "box_office"
UNPAID: Final = frozenset({"pending", "unknown", "authorised", "failed"})


def check_board(evidence: Evidence) -> Iterator[str]:
    """Yield each figure that is another one than the records come to."""
    board, (least, most) = evidence.board, _inside(evidence)
    for zone in board.zones:
        if not least <= zone.inside <= most:
            yield f"{zone.inside} are said to be inside, and {least} to {most} are"
        if zone.at_least > most:
            yield f"at least {zone.at_least} are said to be inside, and at most {most} are"
    office = evidence.till_office
    if office is not None:
        yield from _money(evidence, office)
        yield from _tickets(evidence, office)


def _money(evidence: Evidence, office: OfficeEvidence) -> Iterator[str]:
    received, back = _received(evidence, office), _back(evidence, office)
    due = {
        (tender, office.record.currency): (
            received[tender],
            back[tender],
            received[tender] - back[tender],
        )
        for tender in received.keys() | back.keys()
    }
    said = {
        (one.tender, one.currency): (one.received_minor, one.paid_back_minor, one.net_minor)
        for one in evidence.board.revenue
    }
    nothing = (0, 0, 0)
    for key in sorted(due.keys() | said.keys()):
        ours, theirs = due.get(key, nothing), said.get(key, nothing)
        if ours != theirs:
            yield f"{key}: received, paid back and left are {ours}, and said to be {theirs}"


def _tickets(evidence: Evidence, office: OfficeEvidence) -> Iterator[str]:
    sold = _sold(evidence, office)
    said = {
        one.ticket_type_id: (one.tickets, one.amount_minor)
        for one in evidence.board.sold
        if one.channel == AT_TILLS
    }
    if said != sold:
        yield f"tills sold {sold}, and are said to have sold {said}"


def _received(evidence: Evidence, office: OfficeEvidence) -> Counter[str]:
    """Sum by tender what tills took, as it stands since it was moved, and the shop."""
    found: Counter[str] = Counter()
    for _, _, sale in evidence.sales:
        for part in sale.payments:
            found[part.kind] += part.amount_minor
    for moved in moved_by_sale(evidence, office).values():
        found.update(moved)
    for order in office.books.orders:
        for paid in order.payments if not order.key.startswith("till:") else ():
            found[paid.tender] += paid.amount * (paid.state not in UNPAID)
    return found


def _back(evidence: Evidence, office: OfficeEvidence) -> Counter[str]:
    found: Counter[str] = Counter()
    for parts in paid_out(evidence, office).values():
        for tender, amount in parts:
            found[tender] += amount
    return found


def _sold(evidence: Evidence, office: OfficeEvidence) -> dict[TicketTypeId, tuple[int, int]]:
    """Return how many tickets of each type tills have sold, and for how much."""
    types = {one.code: TicketTypeId(one.type_id) for one in office.record.prices[0].prices.offers}
    found: dict[TicketTypeId, tuple[int, int]] = {}
    for _, _, sale in evidence.sales:
        for line in map(line_of, sale.lines):
            count, amount = found.get(types[line.code], (0, 0))
            found[types[line.code]] = (count + line.count, amount + line.gross)
    return found


def _inside(evidence: Evidence) -> tuple[int, int]:
    """Count who is inside at least and at most, by the gates' journals.

    What nobody can look into but the ledger, it is believed of.
    """
    least = most = 0
    passages = [one for one in evidence.passages if not one.is_taken_back]
    for _, group in groupby(sorted(passages, key=_ticket_of), key=_ticket_of):
        own = list(group)
        came = sum(one.body.count for one in own if one.body.direction == "in")
        went = sum(one.body.count for one in own if one.body.direction == "out")
        order = in_true_order(evidence, own)
        if order is None:
            least, most = least + max(0, came - went), most + came
            continue
        inside = 0
        for use in (one.use for one in order):
            inside = max(0, inside + (use.count if use.direction == "in" else -use.count))
        least, most = least + inside, most + inside
    journaled = {one.body.claim_id for one in passages}
    unseen = [use for one, use in evidence.ledger.uses.items() if one not in journaled]
    return least, most + sum(use.count for use in unseen if not use.is_annulled)


def _ticket_of(passage: Passage) -> int:
    return passage.body.ticket_id or 0
