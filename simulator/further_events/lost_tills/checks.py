"""What is promised of a till that was lost, judged by what it handed over and who came with it.

No sale is lost: what the till took is in the books once, when it was found, or when somebody has
accepted it where its word was taken away; what was dismissed is not. A lost till's tickets are as
good as ever; a revoked one's let in only whom somebody has reported or accepted. More tickets than
there are go out only where the lost till had sold what was free again, and that is named; no fewer
do in the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.journal.sale_body import SaleBody
from shared.kernel.id_types import TicketId
from simulator.further_events.lost_tills.evening import LIMIT, LostTills, Sold, Word
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import LedgerView, view_ledger
from simulator.judging.seen_visits import Card, Visit, may_have_come

OVERSOLD: Final = "oversold"
UNEXPLAINED: Final = "unexplained"
COUNTS: Final = frozenset({"stored", "accepted"})


class LostTillsEvidence(EveningEvidence[LostTills, Card]):
    """All of it, when it is quiet."""

    def __init__(
        self, evening: LostTills, ledger: LedgerView, booked: dict[str, list[int]]
    ) -> None:
        """Have what is in the books of each sale, by the till's number, as often as it is."""
        super().__init__(evening, ledger)
        self.booked = booked

    @property
    def is_revoked(self) -> bool:
        """Whether the till's word was taken away."""
        return self.evening.is_revoked

    @property
    def out(self) -> int:
        """How many tickets are out whose sales count."""
        kept = (one for one in self.evening.sold if self.status_of(one) in COUNTS)
        return self.evening.office + sum(len(one.tickets) for one in kept)

    def status_of(self, sold: Sold) -> str:
        """Say what the server says of a sale's entry; "" where it has it not."""
        for one in self.evening.held:
            if isinstance(one.body, SaleBody) and one.body.sale_id == sold.sale_id:
                there = self.ledger.entries.get(one.entry.device_id, {})
                entry = there.get((one.entry.boot, one.entry.dseq))
                return "" if entry is None else entry.status
        return ""

    @property
    def dismissed(self) -> set[TicketId]:
        """Tickets of sales that do not count."""
        return {
            ticket
            for one in self.evening.sold
            if self.status_of(one) not in COUNTS
            for ticket in one.tickets
        }


def check_booked(evidence: LostTillsEvidence) -> Iterator[str]:
    """Yield each sale that is not in the books as it should be."""
    for sold in evidence.evening.sold:
        status, booked = evidence.status_of(sold), evidence.booked.get(sold.sale_id, [])
        expected = [sold.total] if status in COUNTS else []
        if booked != expected:
            yield f"{sold.sale_id} of {sold.total} is {status or 'not there'}, booked: {booked}"
        if not evidence.is_revoked and status != "stored":
            yield f"{sold.sale_id} is {status or 'not there'}, and its till may speak"
        is_after = (
            evidence.is_revoked
            and evidence.evening.said is not None
            and sold.at > evidence.evening.said
        )
        if is_after and status == "stored":
            yield f"{sold.sale_id} counts unasked, and its till was revoked before"
    for sale_id in evidence.booked.keys() - {one.sale_id for one in evidence.evening.sold}:
        yield f"{sale_id} is booked, and no till has sold it"


def check_good(evidence: LostTillsEvidence) -> Iterator[str]:
    """Yield each who had not come, and was turned away with a good ticket."""
    of_till = {ticket for one in evidence.evening.sold for ticket in one.tickets}
    for visit in evidence.visits:
        if visit.answer is None or visit.is_green or not visit.is_of_ledger:
            continue
        if may_have_come(evidence.visits, visit):
            continue
        is_doubted = evidence.is_revoked and visit.card.ticket_id in of_till
        if is_doubted and (visit.number < evidence.evening.last or _is_bad(evidence, visit)):
            continue
        yield f"{visit}: turned away with a good ticket"


def _is_bad(evidence: LostTillsEvidence, visit: Visit[Card]) -> bool:
    return visit.card.ticket_id in evidence.dismissed


def check_stopped(evidence: LostTillsEvidence) -> Iterator[str]:
    """Yield each who was let in on what a revoked till says alone, where that was known."""
    if not evidence.is_revoked or evidence.evening.said is None:
        return
    for visit in evidence.visits:
        is_known = visit.is_in_reach and visit.began > evidence.evening.said + evidence.hears
        if visit.is_entry and is_known and _is_bad(evidence, visit):
            yield f"{visit}: let in, and its till was revoked"


def check_named(evidence: LostTillsEvidence) -> Iterator[str]:
    """Yield what is named and has not happened, and the reverse."""
    out = evidence.out
    kinds = {one.kind for one in evidence.ledger.conflicts if one.disposition != "withdrawn"}
    if (out > LIMIT) is not (OVERSOLD in kinds):
        yield f"{out} of {LIMIT} are sold, and named is {OVERSOLD in kinds}"
    if out > LIMIT and evidence.evening.word is Word.NOTHING:
        yield f"{out} of {LIMIT} are sold, and of no till was anything said"
    came: dict[TicketId, set[str]] = {}
    for visit in evidence.visits:
        if visit.is_entry and visit.answer is not None:
            came.setdefault(visit.card.ticket_id, set()).add(visit.answer.claim_id)
    twice = {one for one, claims in came.items() if len(claims) > 1}
    named: dict[str, set[TicketId | None]] = {}
    for conflict in evidence.ledger.conflicts:
        if conflict.disposition == "withdrawn" or conflict.kind == OVERSOLD:
            continue
        if conflict.kind in OF_CLOCKS and not evidence.has_true_server:
            continue
        named.setdefault(conflict.kind, set()).add(conflict.ticket_id)
    if named.pop("double_use", set()) != twice:
        yield f"{sorted(twice)} came in twice, and others are named"
    unexplained = named.pop(UNEXPLAINED, set())
    due = evidence.dismissed & came.keys()
    if unexplained != due:
        yield f"{len(due)} came in on sales that do not count, {len(unexplained)} are named"
    yield from (f"conflict {kind}, and nothing of it happened" for kind in named)
    yield from evidence.wrong


def check_rest(evidence: LostTillsEvidence) -> Iterator[str]:
    """Yield it if nobody could sell in the end what nobody has."""
    if evidence.out < LIMIT:
        yield f"{evidence.out} of {LIMIT} are sold, and the office has no more"


async def judge_lost_tills(evening: LostTills) -> list[Violation]:
    """Read everything, and run every check."""
    ledger = await view_ledger(evening.server, evening.site.event_id)
    evidence = LostTillsEvidence(evening, ledger, await evening.read_booked())
    checks = check_booked, check_good, check_stopped, check_named, check_rest
    return run_checks("lost tills", evidence, *checks)
