"""What is promised of questions at the door, judged by the gates' own entries.

Whoever comes in first on a ticket, as far as the gate can know, has answered every question once,
by an answer that it has; whoever comes back, or goes out, was asked nothing. Nobody who would not
answer is inside. The ledger knows the same answers. A
ticket for several is asked about once, whoever of them comes first; a thin scanner's claims are
asked as well, and what comes twice or late changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from shared.admission.reasons import Reason
from shared.journal.entry import ReleaseBody, ScanBody, UndoBody
from shared.kernel.id_types import ClaimId, TicketId
from shared.kernel.instant import Instant
from shared.manifest.door_questions import DoorAnswer, valid_answers
from shared.wire.feed import Annul, Use
from simulator.further_events.door_questions.evening import AtTheDoor
from simulator.further_events.door_questions.record import QUESTIONS, DoorRecord
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import HeldEntry, LedgerView, view_ledger
from simulator.judging.seen_visits import Card, Visit, may_be_granted, may_have_come
from simulator.nodes.thin_scanner import Claimed


class DoorEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        record: What was seen.
        held: Each gate's entries in order, by node.
        ledger: What the feed says.
        kept: The answers that the ledger has, by claim id and question.
        has_true_server: The server's clock was right all evening.
    """

    record: DoorRecord
    held: dict[str, list[HeldEntry]]
    ledger: LedgerView
    kept: dict[str, dict[str, int]]
    has_true_server: bool


def check_asked(evidence: DoorEvidence) -> Iterator[str]:
    """Yield each passage without its answers, and each holder who was asked once more."""
    for node, entries in evidence.held.items():
        for place, held in enumerate(entries):
            body = held.body
            if not isinstance(body, ScanBody) or not body.ticket_id:
                continue
            name = f"entry {held.entry.seq} of {node}, {body.ticket_id:016x}"
            if body.reason == Reason.QUESTION and _came_before(
                evidence, entries[:place], held, body
            ):
                yield f"{name}: had come in before, and is asked"
            if body.verdict != "admit":
                continue
            said = [(one.question, one.answer) for one in body.answers]
            if body.direction == "out" or body.reason == Reason.REENTRY:
                if said:
                    yield f"{name}: {body.reason}, and was asked"
                continue
            came = _came_before(evidence, entries[:place], held, body)
            if came and said:
                yield f"{name}: had come in before, and was asked again"
            is_first = came is False and not _may_be_told(evidence, node, body)
            if is_first and body.reason == Reason.OK:
                whole = [(one.question, one.answer) for one in _counted(body)]
                if said != whole or len(whole) != len(QUESTIONS):
                    yield f"{name}: came in first, and answered {said}"


def _counted(body: ScanBody) -> tuple[DoorAnswer, ...]:
    return valid_answers(QUESTIONS, body.answers)


def _came_before(
    evidence: DoorEvidence, before: list[HeldEntry], held: HeldEntry, body: ScanBody
) -> bool | None:
    """Tell whether a gate knew of an entry on the ticket; None where that cannot be said."""
    ended: set[str] = set()
    own: set[str] = set()
    for one in before:
        if isinstance(one.body, UndoBody | ReleaseBody):
            ended.add(one.body.claim_id)
        if isinstance(one.body, ScanBody) and one.body.verdict == "admit":
            ended.discard(one.body.claim_id)
            if one.body.ticket_id == body.ticket_id and one.body.direction == "in":
                own.add(one.body.claim_id)
    if own - ended:
        return True
    told = _told(evidence, body.ticket_id, held.entry.cursor) - {body.claim_id}
    if told & ended:
        return None  # what it took back itself, and the ledger has not yet
    return bool(told)


def _may_be_told(evidence: DoorEvidence, node: str, body: ScanBody) -> bool:
    """Tell whether somebody may have come elsewhere before, by true time.

    The ledger and the peers tell of that whenever they are heard, and a gate that decided alone in
    the end may have heard it in between.
    """
    visits = evidence.record.visits
    own = [one for one in visits if one.answer and one.answer.claim_id == body.claim_id]
    ended = max((one.ended for one in own if one.ended is not None), default=None)
    if ended is None:
        return True  # the program ended meanwhile: nobody saw when
    texts = {one.card.text for one in own}
    return any(
        one.began < ended and one.node != node and one.direction == "in" and one.card.text in texts
        for one in visits
        if one.answer is None or one.is_green
    ) or any(one.began < ended and one.request.code in texts for one in evidence.record.claimed)


def _told(evidence: DoorEvidence, ticket_id: TicketId | None, cursor: int) -> set[ClaimId]:
    """Return the entries on a ticket that count by the feed up to there."""
    found: set[ClaimId] = set()
    for sequence, _, item in evidence.ledger.feed:
        if sequence > cursor:
            break
        if isinstance(item, Use) and item.ticket_id == ticket_id and item.direction == "in":
            found.add(item.claim_id)
        elif isinstance(item, Annul):
            found.discard(item.claim_id)
    return found


def check_refused(evidence: DoorEvidence) -> Iterator[str]:
    """Yield each holder who would not answer, and is inside by the same claim."""
    for node, entries in evidence.held.items():
        for held in entries:
            body = held.body
            if not isinstance(body, ScanBody) or body.verdict != "admit":
                continue
            if body.claim_id in evidence.record.refused:
                yield f"entry {held.entry.seq} of {node}: let in, and would not answer"


def check_kept(evidence: DoorEvidence) -> Iterator[str]:
    """Yield each answer of a passage that the ledger lacks, or has otherwise."""
    for node, entries in evidence.held.items():
        for held in entries:
            body = held.body
            if not isinstance(body, ScanBody) or body.verdict != "admit":
                continue
            said = {one.question: one.answer for one in body.answers}
            kept = evidence.kept.get(body.claim_id, {})
            if said != kept:
                yield f"entry {held.entry.seq} of {node}: answered {said}, and kept is {kept}"


def check_good(evidence: DoorEvidence) -> Iterator[str]:
    """Yield each on whose ticket nobody had come, and who was turned away with an open ledger."""
    visits, uses = evidence.record.visits, evidence.ledger.uses.values()
    for visit in visits:
        answer, until = visit.answer, visit.ended or visit.began
        if answer is None or visit.direction != "in" or visit.is_green or not visit.is_of_ledger:
            continue
        if answer.reason == Reason.QUESTION or may_have_come(visits, visit):
            continue
        claimed = evidence.record.claimed
        if any(one.request.code == visit.card.text and one.began <= until for one in claimed):
            continue
        if not may_be_granted(uses, visit, has_true_server=evidence.has_true_server):
            yield f"{visit}: turned away with a good ticket"


def check_honest(evidence: DoorEvidence) -> Iterator[str]:
    """Yield each holder who was asked what the organizer does not ask, or nothing at all."""
    known = set(QUESTIONS)
    for visit in evidence.record.visits:
        if visit.answer is None or visit.answer.reason != Reason.QUESTION:
            continue
        if not visit.answer.questions or not known.issuperset(visit.answer.questions):
            yield f"{visit}: asked {visit.answer.questions}"


def check_scanner(evidence: DoorEvidence) -> Iterator[str]:
    """Yield each claim of the scanner's that was let in without its answers, or with others."""
    asked: dict[str, list[Claimed]] = {}
    for one in evidence.record.claimed:
        asked.setdefault(one.request.claim_id, []).append(one)
        if one.problem:
            yield f"claim {one.request.claim_id}: {one.problem}"
    counted: dict[int, set[str]] = {}
    for _, _, item in evidence.ledger.feed:
        if isinstance(item, Annul):
            for claims in counted.values():
                claims.discard(item.claim_id)
        if not isinstance(item, Use) or item.direction != "in":
            continue
        before = counted.setdefault(item.ticket_id, set())
        if item.claim_id in asked:
            said = [one.request.answers for one in asked[item.claim_id]]
            kept = evidence.kept.get(item.claim_id, {})
            whole = [one for one in said if len(one) == len(QUESTIONS)]
            name = f"claim {item.claim_id} of {item.ticket_id:016x}"
            if before - {item.claim_id} and kept:
                yield f"{name}: had come in before, and {kept} is kept"
            if not before and kept not in whole:
                yield f"{name}: came in first, and of {said} is kept {kept}"
        before.add(item.claim_id)


def check_again(evidence: DoorEvidence) -> Iterator[str]:
    """Yield each answer that came once more, or late, and was not told the same."""
    record = evidence.record
    admitted: dict[str, Instant] = {}
    for one in record.claimed:
        claim_id, answer = one.request.claim_id, one.answer
        if answer is None or one.ended is None:
            continue
        if answer.verdict == "admit":
            admitted.setdefault(claim_id, one.ended)
            if claim_id in record.refused:
                yield f"claim {claim_id}: let in, and would not answer"
        elif one.began > admitted.get(claim_id, one.began):
            yield f"claim {claim_id}: let in, and asked once more it is {answer.reason}"
    green: dict[str, Visit[Card]] = {}
    for visit in record.visits:
        if visit.answer is None or visit.answer.claim_id in record.undone:
            continue
        first = green.get(visit.answer.claim_id)
        if first is not None and not (visit.is_green and visit.answer.is_repeat):
            yield f"{visit}: goes on with {first}, which was let in"
        if visit.is_green:
            green.setdefault(visit.answer.claim_id, visit)


async def judge_door(door: AtTheDoor) -> list[Violation]:
    """Read everything, and run every check."""
    held: dict[str, list[HeldEntry]] = {node.name: [] for node in door.nodes}
    for (node, _), entry in door.read_journals().items():
        held[node].append(entry)
    kept: dict[str, dict[str, int]] = {}
    sql = "SELECT claim_id, question_id, answer FROM door_answer WHERE event_id=?"
    for claim_id, question, answer in await door.read_books(sql, door.site.event_id):
        kept.setdefault(claim_id, {})[question] = answer
    evidence = DoorEvidence(
        record=door.record,
        held=held,
        ledger=await view_ledger(door.server, door.site.event_id),
        kept=kept,
        has_true_server=door.scenario.has_true_server,
    )
    return run_checks(
        "door",
        evidence,
        check_asked,
        check_refused,
        check_kept,
        check_good,
        check_honest,
        check_scanner,
        check_again,
    )
