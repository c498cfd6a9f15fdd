"""What must be so, worked out from the devices' own journals and the true order of things.

An independent second opinion: it uses none of the product's decisions.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from shared.journal.entry import Entry
from shared.kernel.id_types import ClaimId, TicketId, ZoneId
from shared.wire.feed import Use
from simulator.history import OfficeAct
from simulator.judging.evidence import Evidence, Passage
from simulator.judging.passage_order import ORDERED_MAX, Proofs, has_order


class Excess(msgspec.Struct, frozen=True):
    """A ticket's entries into a zone, judged.

    Attributes:
        ticket_id: Which ticket.
        zone_id: Which zone.
        persons: How many it stands for.
        entered: Persons let in, over all entries that stand.
        entries: The entries that stand.
        has_exits: Somebody went out as well, so that the order matters.
        is_certain: More were let in than ever could, whatever the order.
        is_possible: In some order more were let in than could.
        is_real: In the true order more were let in than could.
        is_ledgered: In the order of the ledger's times more were let in than could.
        is_inevitable: Journals, what devices had been told, the ledger's grants and bounds of
            times leave no order in which not more were let in than could.
    """

    ticket_id: TicketId
    zone_id: ZoneId
    persons: int
    entered: int
    entries: list[Passage]
    has_exits: bool
    is_certain: bool
    is_possible: bool
    is_real: bool
    is_ledgered: bool
    is_inevitable: bool


def find_excesses(evidence: Evidence) -> Iterator[Excess]:
    """Judge every ticket that was admitted anywhere."""
    told = {i.claim_id: (n, i) for n, _, i in evidence.ledger.feed if isinstance(i, Use)}
    proofs = Proofs(evidence)
    groups: dict[tuple[TicketId, ZoneId], list[Passage]] = {}
    for passage in evidence.passages:
        ticket_id = passage.body.ticket_id
        if ticket_id is not None and not passage.is_taken_back:
            groups.setdefault((ticket_id, passage.body.zone_id), []).append(passage)
    for (ticket_id, zone_id), passages in groups.items():
        entries = [p for p in passages if p.body.direction == "in"]
        entered = sum(p.body.count for p in entries)
        left = sum(p.body.count for p in passages if p.body.direction == "out")
        persons = evidence.persons_of(ticket_id)
        if not evidence.scenario.has_reentry:
            left = 0
        yield Excess(
            ticket_id=ticket_id,
            zone_id=zone_id,
            persons=persons,
            entered=entered,
            entries=entries,
            has_exits=len(entries) < len(passages),
            is_certain=entered - left > persons,
            is_possible=entered > persons,
            is_real=_has_excess(
                evidence, sorted(passages, key=lambda p: true_time(evidence, p)), persons
            ),
            is_ledgered=_has_excess(
                evidence, sorted(passages, key=lambda p: ledger_time(evidence, p)), persons
            ),
            is_inevitable=evidence.scenario.has_reentry
            and _is_inevitable(proofs, passages, told, persons),
        )


def _is_inevitable(
    proofs: Proofs, passages: list[Passage], told: dict[ClaimId, tuple[int, Use]], persons: int
) -> bool:
    """Tell whether no order that the proofs leave open lets all of them in by right."""
    found = [told.get(passage.body.claim_id) for passage in passages]
    known = [proofs.place(*one) for one in found if one is not None]
    if len(known) < len(found) or len(known) > ORDERED_MAX:
        return False
    before = [
        sum(1 << n for n, one in enumerate(known) if n != place and proofs.is_surely(one, other))
        for place, other in enumerate(known)
    ]
    uses = [one.use for one in known]
    # Where clocks were wrong their bounds may contradict each other: then nothing is proven.
    return has_order(uses, before, None) and not has_order(uses, before, persons)


def ledger_time(evidence: Evidence, passage: Passage) -> tuple[int, str]:
    """Tell when somebody passed by the ledger's account."""
    claim_id = passage.body.claim_id
    use = evidence.ledger.uses.get(claim_id)
    return (passage.held.entry.wall if use is None else use.at), claim_id


def _has_excess(evidence: Evidence, passages: list[Passage], persons: int) -> bool:
    """Walk through a ticket's passages in some order."""
    entered = inside = 0
    for passage in passages:
        body = passage.body
        if body.direction == "in":
            taken = inside if evidence.scenario.has_reentry else entered
            if taken + body.count > persons:
                return True
            entered += body.count
            inside += body.count
        else:
            inside = max(0, inside - body.count)
    return False


def true_time(evidence: Evidence, passage: Passage) -> tuple[int, str]:
    """Tell when somebody passed: as seen, else as the ledger has it, where nobody saw it."""
    claim_id = passage.body.claim_id
    if passage.scan is not None and passage.scan.ended is not None:
        return passage.scan.ended, claim_id
    return ledger_time(evidence, passage)


def know_acts(evidence: Evidence, ticket_id: TicketId | None, kind: str) -> Iterator[OfficeAct]:
    """Yield what the organizer did to a ticket."""
    for act in evidence.history.acts:
        if act.ticket_id == ticket_id and act.kind == kind:
            yield act


def had_synced(entry: Entry, act: OfficeAct) -> bool:
    """Tell whether a device had an act in its feed when it made an entry.

    Between an undeclared restore and the new epoch, two ledgers use the same numbers: what was
    done in that time cannot be told apart by them and is left out.
    """
    if act.restores >= act.epoch == entry.epoch:  # each restore opens one epoch
        return False
    return (entry.epoch, entry.cursor) >= (act.epoch, act.sequence)


def ledger_place(evidence: Evidence) -> dict[str, int]:
    """Give the feed's number of each use."""
    return {
        item.claim_id: sequence
        for sequence, _, item in evidence.ledger.feed
        if isinstance(item, Use)
    }
