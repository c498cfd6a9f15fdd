"""What hours of a ticket promise, judged by what was said when it was sold and since.

A ticket lets in during the hours that its type had when it was sold, counted from its date's
start, wherever that is moved; what hours its type has been given since is nothing to it. Whoever
decides goes by the plan that it has heard of. A gate that has not heard of the ticket itself sees
the hours as they are printed, in steps of a quarter of an hour, and cannot tell for which of a
moved date's times they were: then it may let in from the first to the last moment of all of them
(`docs/decisions/0104-a-till-signs-its-types-hours.md`). All is reckoned here, from the organizer's
acts and true times; of the product's own windows nothing is asked but what its books say.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from shared.kernel.instant import MINUTE, SECOND, Duration, Instant
from shared.manifest.tickets import TicketRow
from simulator.further_events.tickets_with_hours.evening import OFFICE, Timed
from simulator.further_events.tickets_with_hours.record import (
    NEXT_STARTS,
    Kind,
    Signed,
    Terms,
    TimedCard,
)
from simulator.judging.accused import check_doubles
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import LedgerView, view_ledger
from simulator.judging.seen_visits import Visit, may_have_come

APART: Final[Duration] = 30 * SECOND
"""Clocks, their corrections and the way of a question are never wrong by more."""
STEP: Final[Duration] = 15 * MINUTE
"""What is printed on a ticket says nothing finer; outwards."""

AGAINST: Final = "admitted_against_rules"
"""Who came in by what was printed, and outside the hours, is named when the ticket is booked."""

Window = tuple[float, float]
"""First and last instant; infinite where there is no bound."""


class TimedEvidence(EveningEvidence[Timed, TimedCard]):
    """All of it, when it is quiet."""

    def __init__(self, timed: Timed, ledger: LedgerView, hours: dict[int, Signed]) -> None:
        """Have when each ticket is good, by the office's books, as well."""
        super().__init__(timed, ledger)
        self.hours = hours

    @cached_property
    def rows(self) -> dict[int, int]:
        """The feed's number by which gates were told of a ticket first."""
        found: dict[int, int] = {}
        for sequence, _, item in self.ledger.feed:
            if isinstance(item, TicketRow):
                found.setdefault(item.ticket_id, sequence)
        return found

    def is_unbounded(self, place: tuple[str, int]) -> bool:
        """Tell of an answer whether nobody had told its gate the time since it was started."""
        return place in self.held and self.held[place].entry.offset_error is None

    def sold_by(self, card: TimedCard) -> range:
        """Return the plans by which a ticket may have been sold."""
        if card.seller == OFFICE:
            return self.told_by(card.began, card.ended)
        return range(self._newest_of(card.heard), self._newest_of(card.hears) + 1)

    def gate_knew(self, visit: Visit[TimedCard]) -> range:
        """Return the plans that the gate may have gone by."""
        before, after = self.evening.heard[visit.number]
        # Of tickets it may have heard already that they go with a move, before the plan says so.
        rows = [n for n, one in enumerate(self.evening.said) if one.before < after.cursor]
        newest = max(self._newest_of(after.version), *rows)
        return range(self._newest_of(before.version), newest + 1)

    def ledger_knew(self, visit: Visit[TimedCard]) -> range:
        """Return the plans that the ledger may have gone by."""
        return self.told_by(visit.began, visit.ended or visit.began)

    def told_by(self, began: Instant, ended: Instant) -> range:
        """Return the plans that the office may have had between two moments."""
        known = [n for n, one in enumerate(self.evening.said) if one.ended < began]
        possible = [n for n, one in enumerate(self.evening.said) if one.began <= ended]
        return range(max(known, default=0), max(possible, default=0) + 1)

    def _newest_of(self, version: int) -> int:
        """Return the plan that who has heard of a version goes by."""
        return max(n for n, one in enumerate(self.evening.said) if one.version <= version)


def check_outside(evidence: TimedEvidence) -> Iterator[str]:
    """Yield each who was let in outside the hours, whichever plan whoever decided went by."""
    for visit in _judged(evidence):
        if not visit.is_entry:
            continue
        if visit.card.kind is Kind.NEXT:
            yield f"{visit}: let in by a ticket for another date"
        elif not any(_touches(one, visit) for one in _widest(evidence, visit)):
            yield f"{_name(evidence, visit)}: let in, and these are not its hours"


def check_within(evidence: TimedEvidence) -> Iterator[str]:
    """Yield each who was turned away within the hours, by all that gate and ledger could know."""
    for visit in _judged(evidence):
        assert visit.answer is not None
        if visit.is_green or visit.card.kind is Kind.NEXT:
            continue
        if may_have_come(evidence.visits, visit) or _is_asked(evidence, visit):
            continue
        if all(_holds(one, visit) for one in _narrowest(evidence, visit)):
            yield f"{_name(evidence, visit)}: turned away, and these are its hours"


def _is_asked(evidence: TimedEvidence, visit: Visit[TimedCard]) -> bool:
    """Tell whether a person decides, because nobody has told the gate the time since its start.

    Only of hours that have begun, or end, within what the event lasts (decision record 0134).
    """
    answer = visit.answer
    assert answer is not None
    has_hours = any(not all(map(math.isinf, one)) for one in _narrowest(evidence, visit))
    is_unbounded = evidence.is_unbounded((visit.node, answer.seq))
    return has_hours and is_unbounded and answer.reason == "supervisor"


def check_books(evidence: TimedEvidence) -> Iterator[str]:
    """Yield each ticket whose hours by the office's books are not those that it was sold with."""
    last = evidence.evening.said[-1].terms
    for card in evidence.evening.cards:
        if card.ticket_id not in evidence.hours:
            yield f"{_card(card)} is not in the books"
            continue
        found = evidence.hours[card.ticket_id]
        due = {
            _signed(evidence.evening.said[n].terms, last, card.kind)
            for n in evidence.sold_by(card)
        }
        if found not in due:
            yield f"{_card(card)}: good {_spell(found)} by the books, and sold as {_all(due)}"


def check_offers(evidence: TimedEvidence) -> Iterator[str]:
    """Yield each ticket that the office sold though nobody gets in by it, or would not sell."""
    for offer in evidence.evening.offers if evidence.has_true_server else ():
        plans = evidence.told_by(offer.began, offer.ended)
        lasts = [_window(evidence, offer.kind, plan, plan)[1] for plan in plans]
        if offer.is_sold and all(last + APART < offer.began for last in lasts):
            yield f"{offer.kind} sold at {offer.began}, and it was over by {max(lasts)}"
        if not offer.is_sold and all(offer.ended < last - APART for last in lasts):
            yield f"{offer.kind} not sold at {offer.began}, and it was good until {min(lasts)}"


def check_accused(evidence: TimedEvidence) -> Iterator[str]:
    """Yield who is accused for nothing, and who is not though they came in twice."""
    for conflict in evidence.ledger.conflicts:
        if conflict.kind == AGAINST and not _came_outside(evidence, conflict.ticket_id):
            yield f"conflict {conflict.kind} of {conflict.subject}, who came within the hours"
    others = [one for one in evidence.ledger.conflicts if one.kind != AGAINST]
    yield from check_doubles(evidence, others)


def _came_outside(evidence: TimedEvidence, ticket_id: int | None) -> bool:
    """Tell whether a ticket's holder was let in outside its hours by some plan of that time."""
    return not evidence.has_true_server or any(
        not _holds(_window(evidence, visit.card.kind, by, now), visit)
        for visit in evidence.visits
        if visit.card.ticket_id == ticket_id and (visit.is_green or visit.answer is None)
        for by in evidence.sold_by(visit.card)
        for now in evidence.ledger_knew(visit)
    )


async def judge_timed(timed: Timed) -> list[Violation]:
    """Read everything, and run every check."""
    ledger = await view_ledger(timed.server, timed.site.event_id)
    evidence = TimedEvidence(timed, ledger, await timed.read_hours())
    return run_checks(
        "hours", evidence, check_outside, check_within, check_books, check_offers, check_accused
    )


def _judged(evidence: TimedEvidence) -> Iterator[Visit[TimedCard]]:
    """Yield what was answered, where moments can be judged by the server's clock."""
    if evidence.has_true_server:
        yield from (one for one in evidence.visits if one.answer is not None)


# -- hours ---------------------------------------------------------------------------------------


def _signed(sold: Terms, now: Terms, kind: Kind) -> Signed:
    """Return when a ticket is good: by the hours of when it was sold, at the date as it is."""
    starts = NEXT_STARTS if kind is Kind.NEXT else now.starts
    first, last = sold.hours[kind]
    return (
        None if first is None else Instant(starts + first),
        None if last is None else Instant(starts + last),
    )


def _window(evidence: TimedEvidence, kind: Kind, sold: int, now: int) -> Window:
    first, last = _signed(
        evidence.evening.said[sold].terms, evidence.evening.said[now].terms, kind
    )
    return (-math.inf if first is None else first, math.inf if last is None else last)


def _printed(evidence: TimedEvidence, kind: Kind, sold: int, now: int) -> Window:
    """Return the widest that a ticket can be taken for by what is printed on it alone."""
    printed = _window(evidence, kind, sold, sold)
    starts = [one.terms.starts for one in evidence.evening.said[: now + 1]]
    moved = [evidence.evening.said[now].terms.starts - one for one in starts]
    first = min(printed[0] + one for one in moved)
    last = max(printed[1] + one for one in moved)
    return (
        first if math.isinf(first) else first // STEP * STEP,
        last if math.isinf(last) else -(-last // STEP) * STEP,
    )


def _widest(evidence: TimedEvidence, visit: Visit[TimedCard]) -> Iterator[Window]:
    """Yield each window within which whoever decided may have let the ticket in."""
    assert visit.answer is not None
    kind, sold = visit.card.kind, evidence.sold_by(visit.card)
    ticket_id = visit.card.ticket_id
    if visit.answer.mode == "online":
        plans = evidence.ledger_knew(visit)
        is_known = evidence.evening.booked.get(ticket_id, math.inf) < visit.began
    else:
        plans = evidence.gate_knew(visit)
        row = evidence.rows.get(ticket_id, math.inf)
        is_known = row <= evidence.evening.heard[visit.number][0].cursor
    for by in sold:
        for now in plans:
            yield _window(evidence, kind, by, now)
            if not is_known:
                yield _printed(evidence, kind, by, now)


def _narrowest(evidence: TimedEvidence, visit: Visit[TimedCard]) -> Iterator[Window]:
    """Yield each window that the ticket must lie in to be let in for certain."""
    assert visit.answer is not None
    plans = {*evidence.gate_knew(visit)}
    if visit.answer.mode != "offline":
        # A peer may have brought the ledger's own denial (`docs/specs/lan.md`, section 10).
        plans |= {*evidence.ledger_knew(visit)}
    for by in evidence.sold_by(visit.card):
        for now in plans:
            # Who has not heard yet of what the till had, takes what is printed as it stands;
            # of a date that was moved back, whoever knows that it was moved takes it for older.
            yield _window(evidence, visit.card.kind, by, max(by, now))
            said = evidence.evening.said
            if said[by].terms.starts in {one.terms.starts for one in said[:now]}:
                yield _window(evidence, visit.card.kind, by, now)


def _touches(window: Window, visit: Visit[TimedCard]) -> bool:
    return window[0] - APART <= (visit.ended or visit.began) and visit.began <= window[1] + APART


def _holds(window: Window, visit: Visit[TimedCard]) -> bool:
    return window[0] + APART < visit.began and (visit.ended or visit.began) < window[1] - APART


# -- words ---------------------------------------------------------------------------------------


def _name(evidence: TimedEvidence, visit: Visit[TimedCard]) -> str:
    sold, gate = evidence.sold_by(visit.card), evidence.gate_knew(visit)
    return (
        f"{visit} {visit.card.kind} of {visit.card.seller}, sold by plan {_plans(sold)}, gate"
        f" {_plans(gate)}, ledger {_plans(evidence.ledger_knew(visit))}, at {visit.began}"
    )


def _plans(found: range) -> str:
    return f"{found.start}-{found.stop - 1}"


def _card(card: TimedCard) -> str:
    return f"{card.kind} {card.ticket_id:016x} of {card.seller}"


def _spell(hours: Signed) -> str:
    return f"from {hours[0]} until {hours[1]}"


def _all(found: set[Signed]) -> str:
    return " or ".join(sorted(_spell(one) for one in found))
