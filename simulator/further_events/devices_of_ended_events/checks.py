"""What is promised of devices that come back when their event is long over, by what they did.

Nothing is lost: who came in, what was sold and what went back is on record, and its money in the
books. Whoever came in beside another, or on a ticket that was paid back of which nobody could know
that it was used, is named, and nobody else. Nobody comes in any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from shared.journal.bounds import NUMBER_MAX
from shared.journal.entry import ScanBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import Instant
from shared.wire.feed import Use
from simulator.further_events.devices_of_ended_events.evening import Ended
from simulator.further_events.moved_tenders.checks import (
    TendersEvidence,
    check_back,
    check_office,
    gather_tenders,
)
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import HeldEntry
from simulator.judging.seen_visits import Card, Visit

OF_GIVEN_BACK: Final = frozenset({"payout_and_entry", "admitted_after_void"})


class EndedEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        money: What was sold, paid back and booked.
        visits: Presentations at gates.
        last: From this number on they came when the event was over.
        held: What gates and till have on record, by node and number.
        pending: Of these not heard by the server.
        left: True time from which on a device, by its node, was heard no more.
    """

    money: TendersEvidence
    visits: list[Visit[Card]]
    last: int
    held: dict[tuple[str, int], HeldEntry]
    pending: int
    left: dict[str, Instant]

    @property
    def unheard(self) -> set[int]:
        """Tickets that let somebody in of whom nobody heard while it was evening."""
        return {
            int(one.card.ticket_id)
            for one in self.visits[: self.last]
            if one.is_entry and one.node in self.left and one.began > self.left[one.node]
        }

    @property
    def told(self) -> set[int]:
        """Tickets paid back where the feed had told who came in: a peer relays entries."""
        feed = self.money.ledger.feed
        numbers = {one.claim_id: number for number, _, one in feed if isinstance(one, Use)}
        entries = self.entries
        return {
            int(one.body.ticket_id)
            for one in self.held.values()
            if isinstance(one.body, WithdrawalBody)
            for claim in entries.get(one.body.ticket_id, ())
            if numbers.get(ClaimId(claim), NUMBER_MAX) <= one.entry.cursor
        }

    @property
    def entries(self) -> dict[int, set[str]]:
        """Who came in, by ticket."""
        found: dict[int, set[str]] = {}
        for one in self.held.values():
            body = one.body
            if isinstance(body, ScanBody) and body.verdict == "admit" and body.ticket_id:
                found.setdefault(body.ticket_id, set()).add(body.claim_id)
        return found


def check_kept(evidence: EndedEvidence) -> Iterator[str]:
    """Yield what devices have on record and the server has not."""
    if evidence.pending:
        yield f"{evidence.pending} entries wait, and all is said to be heard"
    for ticket_id, claims in evidence.entries.items():
        for claim in claims:
            use = evidence.money.ledger.uses.get(claim)
            if use is None or use.is_annulled:
                yield f"ticket {ticket_id:016x}: somebody came in, and the ledger has {use}"


def check_money(evidence: EndedEvidence) -> Iterator[str]:
    """Yield each sale whose money is not in the books as it was taken and paid back."""
    yield from check_office(evidence.money)
    yield from check_back(evidence.money)


def check_named(evidence: EndedEvidence) -> Iterator[str]:
    """Yield who is not named and should be, and who is for nothing."""
    named: dict[int, set[str]] = {}
    back = {ticket for one in evidence.money.purchases for ticket in one.back}
    entries = evidence.entries
    contradicted = set()
    for conflict in evidence.money.ledger.conflicts:
        if conflict.disposition == "withdrawn" or conflict.ticket_id is None:
            continue
        if conflict.kind == "double_use":
            named.setdefault(conflict.ticket_id, set()).update(conflict.sides)
        elif conflict.kind in OF_GIVEN_BACK and conflict.ticket_id in back:
            contradicted.add(conflict.ticket_id)
        elif conflict.kind not in OF_CLOCKS or evidence.money.has_true_server:
            yield f"conflict {conflict.kind} of {conflict.subject}, for nothing"
    for ticket_id, claims in entries.items():
        due = claims if len(claims) > 1 else set()
        if named.pop(ticket_id, set()) != due:
            yield f"ticket {ticket_id:016x}: {claims} came in, and others are named"
    for ticket_id in contradicted - entries.keys():
        yield f"ticket {ticket_id:016x} was paid back, nobody came, and it is named"
    for ticket_id in (back & evidence.unheard) - contradicted - evidence.told:
        yield f"ticket {ticket_id:016x}: paid back, and used at a gate that nobody heard"
    yield from (f"ticket {ticket_id:016x} is named, and nobody came" for ticket_id in named)


def check_closed(evidence: EndedEvidence) -> Iterator[str]:
    """Yield each who came in when the event was over."""
    for visit in evidence.visits[evidence.last :]:
        if visit.is_green:
            yield f"{visit}: let in, and the event is over"


async def judge_ended(evening: Ended) -> list[Violation]:
    """Read everything, and run every check."""
    evidence = EndedEvidence(
        money=await gather_tenders(evening),
        visits=evening.visits,
        last=evening.last,
        held=evening.read_journals(),
        left=evening.left,
        pending=sum(one.session.store.journal.pending for one in evening.nodes),
    )
    return run_checks("ended", evidence, check_kept, check_money, check_named, check_closed)
