"""What a supervisor's word is worth, judged by what was seen at the gates and by their journals.

Whoever comes in by it has come in: the ticket is spent where that is known, until it is taken
back. It is on record with the person and the reason, and named where no badge has signed it. It
lets in nobody by a forged code, nor by a ticket that the gate knew to be cancelled, and is itself
no double use; two who came in by right are one. What a badge has ruled on a conflict stands until
more is known of that; one that no badge has signed settles nothing at the office. Each word of
the desk is kept, in order, and the last one stands, whatever gates say beside it, until more is
known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import msgspec

from shared.journal.entry import ScanBody, UndoBody
from simulator.further_events.overrides.desk import DeskRuling
from simulator.further_events.overrides.evening import WHY, LetIn, Overridden, Ruling
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import (
    HeldEntry,
    LedgerConflict,
    LedgerView,
    view_ledger,
)
from simulator.judging.seen_visits import Card, Visit

OVERRIDE: Final = "override"
NEVER: Final = frozenset({"malformed", "bad_signature", "unknown_key", "unknown_ticket"})
OF_CANCELLED: Final = frozenset({"admitted_after_void", "payout_and_entry"})
RULED: Final = frozenset({"double_use", "override_unsigned", *OF_CANCELLED})


class Passage(msgspec.Struct, frozen=True):
    """Somebody who came in, as a gate's journal has it.

    Attributes:
        node: The gate's node.
        seq: The entry's number there.
        claim_id: Of the passage.
        ticket_id: On which ticket.
        is_override: By a supervisor's word.
        is_undone: It was taken back.
        told: The feed's number by which others heard of it; infinite where they never did.
    """

    node: str
    seq: int
    claim_id: str
    ticket_id: int
    is_override: bool
    is_undone: bool
    told: float


class OverriddenEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        visits: Presentations.
        last: From this number on they came when all had heard of everything.
        heard: How far the gate had read the feed before each, by its number.
        heads: And the feed's newest number.
        let_in: What supervisors decided.
        undone: Claims that somebody was told to be taken back.
        rulings: On conflicts, at the gates.
        desk: And at the office.
        words: What the office's books say of them, the earliest first, by the conflict.
        cancelled: The feed's number by which gates knew a ticket to be cancelled.
        passages: Who came in.
        entries: What gates have on record, by node and number.
        ledger: The ledger.
        wrong: What was answered to the organizer and should not have been.
        has_true_server: The server's clock was right all evening.
    """

    visits: list[Visit[Card]]
    last: int
    heard: dict[int, int]
    heads: dict[int, int]
    let_in: list[LetIn]
    undone: set[str]
    rulings: list[Ruling]
    desk: list[DeskRuling]
    words: dict[str, list[Any]]
    cancelled: dict[int, int]
    passages: list[Passage]
    entries: dict[tuple[str, int], HeldEntry]
    ledger: LedgerView
    wrong: list[str]
    has_true_server: bool

    def of(self, ticket_id: int) -> list[Passage]:
        """Return who came in on a ticket."""
        return [one for one in self.passages if one.ticket_id == ticket_id]


def check_spent(evidence: OverriddenEvidence) -> Iterator[str]:
    """Yield each who came in by right on a ticket that whoever decided knew to be used."""
    for visit in evidence.visits:
        if not visit.is_entry or visit.answer is None:
            continue
        heard = evidence.heard[visit.number]
        if visit.answer.mode == "online":
            heard = evidence.heads[visit.number]
        for one in evidence.of(visit.card.ticket_id):
            is_own = one.node == visit.node and one.seq < visit.answer.seq
            is_other = one.claim_id != visit.answer.claim_id
            if is_other and not one.is_undone and (is_own or one.told <= heard):
                yield f"{visit}: let in, and {one} was known"


def check_freed(evidence: OverriddenEvidence) -> Iterator[str]:
    """Yield each who is turned away in the end though nobody is in on the ticket any more."""
    for visit in evidence.visits[evidence.last :]:
        ticket_id = visit.card.ticket_id
        is_free = all(one.is_undone for one in evidence.of(ticket_id))
        is_free = is_free and ticket_id not in evidence.cancelled
        if is_free != visit.is_green and visit.answer is not None:
            came = [str(one) for one in evidence.of(ticket_id)]
            yield f"{visit}: is it free? {is_free}; on record: {came}"


def check_word(evidence: OverriddenEvidence) -> Iterator[str]:
    """Yield each word that let in whom no supervisor may, or is not on record as it was."""
    for asked in evidence.let_in:
        answer, visit = asked.answer, asked.visit
        assert visit.answer is not None
        if answer is None:
            continue
        if visit.answer.reason in NEVER:
            yield f"{visit}: let in by a supervisor on a code that is nobody's"
        if evidence.cancelled.get(visit.card.ticket_id, math.inf) <= asked.cursor:
            yield f"{visit}: let in by a supervisor, and the gate knew it to be cancelled"
        held = evidence.entries.get((visit.node, answer.seq))
        body = None if held is None else held.body
        if not isinstance(body, ScanBody) or (body.reason, body.why) != (OVERRIDE, WHY):
            yield f"{visit}: a supervisor's word is {body} on record"
            continue
        use = evidence.ledger.uses.get(answer.claim_id)
        is_undone = answer.claim_id in evidence.undone
        if use is None or use.reason != OVERRIDE or use.is_annulled < is_undone:
            yield f"{visit}: a supervisor's word is {use} at the ledger"


def check_named(evidence: OverriddenEvidence) -> Iterator[str]:
    """Yield who is not named and should be, and who is and should not."""
    named: dict[str, set[str]] = {}
    for conflict in evidence.ledger.conflicts:
        if conflict.disposition != "withdrawn":
            named.setdefault(conflict.kind, set()).update(conflict.sides)
        if conflict.kind in RULED or conflict.kind in OF_CLOCKS:
            continue
        yield f"conflict {conflict.kind} of {conflict.subject}, for nothing"
    unsigned = {
        one.answer.claim_id
        for one in evidence.let_in
        if one.answer is not None and not one.is_signed and not one.answer.is_repeat
    }
    standing = {one.claim_id for one in evidence.passages if not one.is_undone}
    found = named.get("override_unsigned", set())
    if unsigned & standing != found & standing or found - unsigned:
        yield f"without a badge {unsigned} were let in, and {found} are named"
    by_right: dict[int, set[str]] = {}
    for one in evidence.passages:
        if not one.is_override and not one.is_undone:
            by_right.setdefault(one.ticket_id, set()).add(one.claim_id)
    doubles = {claim for claims in by_right.values() if len(claims) > 1 for claim in claims}
    # What people have ruled on stays, also where one of those who came in is taken back then.
    ruled = {claim for one in _ruled_and_undone(evidence) for claim in one.sides}
    if doubles - ruled != named.get("double_use", set()) - ruled:
        yield f"{doubles} came in twice, and {named.get('double_use')} are named"
    of_cancelled = set().union(*(named.get(kind, set()) for kind in OF_CANCELLED))
    for one in evidence.passages:
        if one.claim_id in of_cancelled and one.ticket_id not in evidence.cancelled:
            yield f"{one} is named, and nobody has cancelled the ticket"
    yield from evidence.wrong


def _ruled_and_undone(evidence: OverriddenEvidence) -> list[LedgerConflict]:
    undone = {one.claim_id for one in evidence.passages if one.is_undone}
    return [
        one
        for one in evidence.ledger.conflicts
        if one.disposition not in {"", "withdrawn"} and one.sides & undone
    ]


def check_rulings(evidence: OverriddenEvidence) -> Iterator[str]:
    """Yield each conflict that is settled by no badge, or is open though a badge has ruled."""
    for conflict in evidence.ledger.conflicts:
        said = [one for one in evidence.rulings if one.conflict_id == conflict.id]
        signed = {one.disposition for one in said if one.is_signed}
        signed |= {one.disposition for one in evidence.desk if one.conflict_id == conflict.id}
        grown = any(one.sides < len(conflict.sides) for one in said)
        grown |= any(
            not one.sides >= conflict.sides
            for one in evidence.desk
            if one.conflict_id == conflict.id
        )
        if conflict.disposition in {"", "withdrawn"}:
            if signed and not grown and not conflict.disposition:
                yield f"{conflict.kind} of {conflict.subject} is open, and {signed} was ruled"
        elif conflict.disposition not in signed:
            yield f"{conflict.kind} of {conflict.subject} is {conflict.disposition} by nobody"


def check_desk(evidence: OverriddenEvidence) -> Iterator[str]:
    """Yield each word of the desk that is not kept, out of order, or overruled by a gate."""
    taken_back = {one.ticket_id for one in evidence.passages if one.is_undone}
    for conflict in evidence.ledger.conflicts:
        name = f"{conflict.kind} of {conflict.subject}"
        words = evidence.words[conflict.id]
        said = {one.note: one for one in evidence.desk if one.conflict_id == conflict.id}
        kept = [said[one["note"]] for one in words if one["note"] in said]
        if sorted(one.note for one in kept) != sorted(said):
            yield f"{name}: of {sorted(said)} the books keep {[one.note for one in kept]}"
        for earlier, later in pairwise(kept):
            if later.ended < earlier.began:
                yield f"{name}: {earlier.note} stands before {later.note}, and was said after it"
        by_gates = [one for one in words if "@" in one["said_by"]]
        signed = [
            one for one in evidence.rulings if one.is_signed and one.conflict_id == conflict.id
        ]
        if len(by_gates) > len(signed):
            yield f"{name}: gates ruled {len(signed)} times with a badge, {len(by_gates)} by books"
        if conflict.ticket_id not in taken_back:
            yield from _check_last_word(conflict, words, said)


def _check_last_word(
    conflict: LedgerConflict, words: list[Any], said: dict[str, DeskRuling]
) -> Iterator[str]:
    """Yield each word of a gate that took the place of the desk's, with no side between them."""
    name = f"{conflict.kind} of {conflict.subject}"
    last: DeskRuling | None = None
    since: list[str] = []
    for word in words:
        ruling = said.get(word["note"])
        if ruling is None:
            since.append(word["said_by"])
            continue
        if last is not None and since and last.sides == ruling.sides:
            yield f"{name}: {since} ruled after {last.note} and before {ruling.note}"
        last, since = ruling, []
    if last is not None and last.sides == conflict.sides:
        if since:
            yield f"{name}: {since} ruled after {last.note}"
        if conflict.disposition != last.disposition:
            yield f"{name} is {conflict.disposition}, the desk said {last.disposition}"


def check_inside(evidence: OverriddenEvidence) -> Iterator[str]:
    """Yield it if the ledger counts others inside than who came in and was not taken back."""
    due = sum(not one.is_undone for one in evidence.passages)
    counted = sum(evidence.ledger.inside.values())
    if counted != due:
        yield f"{due} are inside, and the ledger counts {counted}"


async def judge_overridden(evening: Overridden) -> list[Violation]:
    """Come once more with everything, read everything, and run every check."""
    last = len(evening.visits)
    before = await _passages(evening)
    await evening.come_again()
    if unrest := await evening.rest():
        return [Violation("live", f"overridden: {unrest}")]
    ledger = await view_ledger(evening.server, evening.site.event_id)
    evidence = OverriddenEvidence(
        visits=evening.visits,
        last=last,
        heard=evening.heard,
        heads=evening.heads,
        let_in=evening.let_in,
        undone=evening.undone,
        rulings=evening.rulings,
        desk=evening.desk.rulings,
        words=await evening.desk.read_words(),
        cancelled={int(ticket): head for ticket, head in evening.cancelled.items()},
        passages=await _passages(evening),
        entries=evening.read_journals(),
        ledger=ledger,
        wrong=[text for one in (evening.owner, *evening.desk.owners) for text in one.refused],
        has_true_server=evening.scenario.has_true_server,
    )
    # Who is free in the end is told by who had come in before that.
    earlier = msgspec.structs.replace(evidence, passages=before)
    return run_checks("overridden", earlier, check_freed) + run_checks(
        "overridden",
        evidence,
        check_spent,
        check_word,
        check_named,
        check_rulings,
        check_desk,
        check_inside,
    )


async def _passages(evening: Overridden) -> list[Passage]:
    """Read who came in, by the gates' journals."""
    ledger = await view_ledger(evening.server, evening.site.event_id)
    told = ledger.told_first()
    held = evening.read_journals()
    undone = {one.body.claim_id for one in held.values() if isinstance(one.body, UndoBody)}
    return [
        Passage(
            node=node,
            seq=seq,
            claim_id=one.body.claim_id,
            ticket_id=one.body.ticket_id,
            is_override=one.body.reason == OVERRIDE,
            is_undone=one.body.claim_id in undone,
            told=told.get(one.body.claim_id, math.inf),
        )
        for (node, seq), one in held.items()
        if isinstance(one.body, ScanBody)
        and one.body.verdict == "admit"
        and one.body.ticket_id is not None
    ]
