"""Finding what was admitted beyond the allowance, over all that is now known. Pure.

The passages of a ticket through a zone are put in order, and each entry is decided against those
before it. Where their order cannot be told it is taken as it accuses nobody. An override is a
person's word and no excess. A zone's answer does not depend on the order in which journals came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from server.ledger.passage_order import in_fairest_order
from server.ledger.uses import AWAITED, CLAIM, UseRecord
from server.plans.earlier_plans import PlanHistory
from server.reconciliation.findings import ConflictKind, Finding, FindingSide
from server.reconciliation.passage_findings import side_of
from shared.admission.decide import Decision, decide_admission
from shared.admission.facts import ASKING_MAX, Direction, ScanFacts, TicketState, UseFact
from shared.admission.reasons import Reason
from shared.kernel.errors import BadInput
from shared.kernel.id_types import TicketId, ZoneId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant
from shared.manifest.fact_building import EventIndex
from shared.manifest.presenting import Presented
from shared.manifest.tickets import TicketRow

OVERRIDE = Reason.OVERRIDE.value


def objection_to(
    index: EventIndex,
    presented: Presented,
    row: TicketRow,
    use: UseRecord,
    priors: Iterable[UseFact],
) -> Reason | None:
    """Say what the decision would have been, had it been asked, if that was not to admit."""
    try:
        scan = _scan(use, forced=True)
        facts = index.build_facts(presented, row, scan)
    except BadInput:
        return None  # nobody knows its zone; the passage stands
    if isinstance(facts, Reason):
        return facts
    rules, ticket = facts
    return decide_admission(rules, ticket, scan, tuple(priors)).conflicting_reason


def _scan(use: UseRecord, *, forced: bool = False) -> ScanFacts:
    return ScanFacts(
        gate_id=use.gate_id,
        direction=Direction.IN if use.direction == "in" else Direction.OUT,
        at=use.at,
        claim_id=use.claim_id,
        count=use.count,
        forced=forced,
        pending_acknowledged=True,
        zone_id=use.zone_id,
        asked_at=Instant(use.at - ASKING_MAX),  # staff may have been asked since they came
    )


def find_excess(
    history: PlanHistory, presented: Presented, row: TicketRow, uses: Sequence[UseRecord]
) -> list[UseRecord]:
    """Return the entries that cannot all stand, in order; none if the allowance was kept.

    Args:
        history: The event's plans: each entry is judged by what held when it was.
        presented: The ticket's credential.
        row: Its facts.
        uses: Its passages through one zone.
    """
    presented, row = _as_if_good(presented, row)
    counted = [use for use in uses if not use.is_annulled and use.reason != OVERRIDE]
    counted.sort(key=_place)
    counted = in_fairest_order(counted, row.facts.persons)
    ways = _in_turn(counted)
    entries = [place for place, use in enumerate(counted) if use.direction == "in"]
    sides: set[int] = set()
    first = 0  # the latest entry from which on they are too many
    for last in range(1, len(entries)):
        place = entries[last]
        answer = _answers(history, presented, row, counted[place])
        priors = ways[:place]
        found = answer(priors)
        if found is None:
            continue
        if answer(priors[entries[first] :]) != found:
            first = 0
        while first + 1 < last and answer(priors[entries[first + 1] :]) == found:
            first += 1
        # Whoever came before had no part in it, be it by an exit or another day.
        sides.update(entries[first : last + 1])
    return [counted[n] for n in sorted(sides)]


def name_excess(
    history: PlanHistory,
    presented: Presented,
    row: TicketRow,
    uses: Sequence[UseRecord],
    side: Callable[[UseRecord], FindingSide],
) -> Finding:
    """Say the excess of a ticket as a finding; without sides if there is none (any more).

    Args:
        history: See `find_excess`, as for what follows.
        presented: The ticket's credential.
        row: Its facts.
        uses: Its passages through one zone, at least one.
        side: Says a passage as a side.
    """
    found = find_excess(history, presented, row, uses)
    # As it was recorded: the plan may have given the zone to another one since.
    first = min(uses, key=lambda use: (use.at, use.claim_id))
    return Finding(
        kind=ConflictKind.DOUBLE_USE,
        subject=f"{format_ticket_id(row.ticket_id)}/{first.occurrence_id}/{first.zone_id}",
        sides=[side(use) for use in found],
        ticket_id=row.ticket_id,
        occurrence_id=first.occurrence_id,
        zone_id=first.zone_id,
        detail="admitted more often than the ticket allows",
    )


def find_contradicted(
    history: PlanHistory,
    tickets: Mapping[TicketId, TicketRow],
    passages: Mapping[int, Sequence[UseRecord]],
    granted: Iterable[UseRecord],
) -> list[Finding]:
    """Name the grants that leave no order in which all entries of their tickets were right.

    The ledger grants by the order in which passages stand on record. Others may have been possible
    until then, in which nobody was accused; behind one entry more there may be none.

    Args:
        history: The event's plans.
        tickets: Rows by ticket id; what a till sold alone is looked at when its sale arrives.
        passages: All passages by ticket id, the grants among them.
        granted: What the ledger has granted just now, numbered.
    """
    findings = []
    # Of many grants of one ticket that come together all its passages are put in order once.
    entered: dict[tuple[TicketId, ZoneId], set[str]] = {}
    for use in granted:
        if use.direction == "in":
            entered.setdefault((use.ticket_id, use.zone_id), set()).add(use.claim_id)
    for (ticket_id, zone_id), claim_ids in entered.items():
        uses = [one for one in passages[ticket_id] if one.zone_id == zone_id]
        row = tickets.get(ticket_id)
        if row is None or not may_be_reordered(uses):
            continue
        presented = Presented(ticket_id=ticket_id)
        found = name_excess(history, presented, row, uses, lambda one: side_of(one, None))
        if any(side.side in claim_ids for side in found.sides):
            findings.append(found)
    return findings


def may_be_reordered(uses: Iterable[UseRecord]) -> bool:
    """Tell whether somebody has gone out, and not all of it was granted here, one by one."""
    standing = [use for use in uses if not use.is_annulled]
    return any(use.direction == "out" for use in standing) and any(
        use.source not in {CLAIM, AWAITED} for use in standing
    )


def _place(use: UseRecord) -> tuple[int, str, bytes, int, str]:
    """Put passages of one instant in their own device's order, whatever arrived first."""
    return use.at, use.device_id, use.boot or b"", use.dseq or 0, use.claim_id


def _in_turn(uses: Iterable[UseRecord]) -> list[UseFact]:
    """Say passages as the decision sees them, none before the last: it goes by their instants."""
    facts: list[UseFact] = []
    for use in uses:
        fact = use.fact()
        if facts and fact.at < facts[-1].at:
            fact = msgspec.structs.replace(fact, at=facts[-1].at)
        facts.append(fact)
    return facts


def _as_if_good(presented: Presented, row: TicketRow) -> tuple[Presented, TicketRow]:
    """Say that ticket and credential are good: a void or reissue makes no double use undone.

    Whether such a ticket should have been admitted at all is another question than how often.
    """
    facts = msgspec.structs.replace(
        row.facts, state=TicketState.PAID, blocked=False, valid_from=None, valid_until=None
    )
    claims = presented.claims
    if claims is not None:
        claims = msgspec.structs.replace(claims, generation=facts.generation)
    return (
        msgspec.structs.replace(presented, claims=claims),
        msgspec.structs.replace(row, facts=facts),
    )


_Answer = Callable[[Sequence[UseFact]], Decision | None]
"""Gives the refusal, with how many could have come in still, if it is some passages before an
entry that speak against it; else None."""


def _answers(
    history: PlanHistory, presented: Presented, row: TicketRow, use: UseRecord
) -> _Answer:
    """Make the test of an entry against passages before it, by every plan that may have held."""
    # What the ledger granted was decided by what it had told before, whatever its clock said.
    knew = use.seq if use.source in {CLAIM, AWAITED} else 0
    plans = history.at(use.at, use.at_error, use.zone_id, knew, row)
    tests = [_answers_under(plan, presented, history.row_under(plan, row), use) for plan in plans]

    def answer(priors: Sequence[UseFact]) -> Decision | None:
        found = [test(priors) for test in tests]
        return None if None in found else found[0]

    return answer


def _answers_under(
    index: EventIndex, presented: Presented, row: TicketRow, use: UseRecord
) -> _Answer:
    if use.zone_id not in index.zones:
        return lambda _priors: None
    if objection_to(index, presented, row, use, ()) is None:
        return lambda priors: _refusal(index, presented, row, _scan(use), priors)
    # It was wrong by itself; it may be one too many all the same. More than the ticket's persons
    # are too many whoever came before: that is no double use.
    use = msgspec.structs.replace(use, count=min(use.count, row.facts.persons))
    return lambda priors: _refusal(index, presented, row, _scan(use), priors, is_bare=True)


def _refusal(
    index: EventIndex,
    presented: Presented,
    row: TicketRow,
    scan: ScanFacts,
    priors: Sequence[UseFact],
    *,
    is_bare: bool = False,
) -> Decision | None:
    """Give what a gate that knew of the passages before would have answered, if not to admit.

    Args:
        index: The event.
        presented: The ticket's credential.
        row: Its facts.
        scan: The entry.
        priors: The passages before.
        is_bare: Ask only whether the ticket was used up, whatever the zone asks of it besides.
    """
    facts = index.build_facts(presented, row, scan)
    if isinstance(facts, Reason):
        return None
    rules, ticket = facts
    if is_bare:
        zone = msgspec.structs.replace(rules.zone, occurrence=None, ticket_types=None, rule=None)
        rules = msgspec.structs.replace(rules, zone=zone, only_way=None)
    decision = decide_admission(rules, ticket, scan, priors)
    if decision.admit or (is_bare and decision.reason is not Reason.ALREADY_USED):
        return None
    return decision
