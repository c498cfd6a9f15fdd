"""What must be so, worked out from the devices' own journals and the true order of things.

An independent second opinion: it uses none of the product's decisions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from shared.journal.entry import Entry
from shared.wire.feed import Use
from simulator.evidence import Evidence, Passage
from simulator.history import OfficeAct
from simulator.order import Proofs

FIRST_EPOCH: Final = 1


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
        is_sure: That order is the only one that there can have been.
    """

    ticket_id: int
    zone_id: str
    persons: int
    entered: int
    entries: list[Passage]
    has_exits: bool
    is_certain: bool
    is_possible: bool
    is_real: bool
    is_ledgered: bool
    is_sure: bool


def find_excesses(evidence: Evidence) -> Iterator[Excess]:
    """Judge every ticket that was admitted anywhere."""
    told = {i.claim_id: (n, i) for n, _, i in evidence.ledger.feed if isinstance(i, Use)}
    proofs = Proofs(evidence)
    groups: dict[tuple[int, str], list[Passage]] = {}
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
            is_sure=_is_sure(
                proofs, sorted(passages, key=lambda p: ledger_time(evidence, p)), told
            ),
        )


def _is_sure(proofs: Proofs, passages: list[Passage], told: dict[str, tuple[int, Use]]) -> bool:
    """Tell whether something proves of each passage that it came before the next ones.

    That is a journal, what the ledger had on record or a device had been told, or bounds of times.
    """
    found = [told.get(passage.body.claim_id) for passage in passages]
    known = [proofs.place(*one) for one in found if one is not None]
    if len(known) < len(found):
        return False
    for place, one in enumerate(known):
        for other in known[place + 1 :]:
            use, later = one.use, other.use
            if use.device_id == later.device_id or proofs.is_before(one, other):
                continue
            if use.at_error is None or later.at_error is None:
                return False
            if use.at + use.at_error >= later.at - later.at_error:
                return False
    return True


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


def know_acts(evidence: Evidence, ticket_id: int | None, kind: str) -> Iterator[OfficeAct]:
    """Yield what the organizer did to a ticket."""
    for act in evidence.history.acts:
        if act.ticket_id == ticket_id and act.kind == kind:
            yield act


def had_synced(entry: Entry, act: OfficeAct) -> bool:
    """Tell whether a device had an act in its feed when it made an entry.

    Between an undeclared restore and the new epoch, two ledgers use the same numbers: what was
    done in that time cannot be told apart by them and is left out.
    """
    if act.restores and entry.epoch == act.epoch == FIRST_EPOCH:
        return False
    return (entry.epoch, entry.cursor) >= (act.epoch, act.sequence)


def ledger_place(evidence: Evidence) -> dict[str, int]:
    """Give the feed's number of each use."""
    return {
        item.claim_id: sequence
        for sequence, _, item in evidence.ledger.feed
        if isinstance(item, Use)
    }
