"""What is promised where folders are put back, judged by what was shown and by all journals.

The server has all that any folder recorded which it has heard, or somebody still has, and names a
device that goes on from an older copy of what it had sent. Whoever was let in twice by what it has
is named once, with all sides' signed entries. Connected gates let nobody in twice, whoever has
forgotten; nor do gates that hear one that knows. Money of both lives of a till is in the books.
Nobody who had not come is turned away for what was lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from shared.journal.entry import ScanBody
from shared.journal.sale_body import SaleBody
from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.instant import SECOND, Duration, Instant
from simulator.further_events.older_copies_of_folders.evening import OlderCopies
from simulator.further_events.older_copies_of_folders.record import Life, Seen, Sold
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import (
    HeldEntry,
    LedgerConflict,
    LedgerView,
    view_ledger,
)
from simulator.judging.seen_visits import may_be_granted, may_have_come

FORKED: Final = "forked_journal"
FULL: Final = "capacity_full"
OF_HOMES: Final = ("online", "offline_policy")
"""What is said by the ledger's word where it does not reach a ticket's home."""
OVER_CAPACITY: Final = "over_capacity"
OLDER_COPY: Final = "older_copy"
OF_TILLS: Final = frozenset({"sold_twice", "unexplained"})
UNPROVEN: Final = "passage_unproven"
TOLD: Final[Duration] = 20 * SECOND
"""Within so much time, and some greetings, a gate has told those in touch whom it let in."""
SALE_ID_SIZE: Final = 32
"""Digits of a till's sale; the key of its order ends with them."""


class CopiesEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        seen: Presentations at gates.
        sold: Sales that were shown.
        lives: Of all devices.
        held: All that any of them had on record.
        till: The till's device.
        booked: What the server has booked of tills' sales, by their number.
        ledger: The ledger.
        room: How many the zone holds.
        told: Within so much time a gate has told others whom it let in.
        wrong: What was answered to the organizer and should not have been.
        has_true_server: The server's clock was right all evening.
        has_forgotten: The server was put back to an older copy itself.
    """

    seen: list[Seen]
    sold: list[Sold]
    lives: list[Life]
    held: list[HeldEntry]
    till: DeviceId
    booked: dict[str, int]
    ledger: LedgerView
    room: int
    told: Duration
    wrong: list[str]
    has_true_server: bool
    has_forgotten: bool

    def is_known(self, held: HeldEntry) -> bool:
        """Tell whether the server has an entry."""
        entry = held.entry
        there = self.ledger.entries.get(entry.device_id, {}).get((entry.boot, entry.dseq))
        return there is not None and there.signed == held.signed

    def must_be_known(self, life: Life, at: Instant) -> bool:
        """Tell whether the server must have what was recorded in a life at a time."""
        return not life.is_lost(at) or (at < life.sure and not self.has_forgotten)

    def at_work_twice(self, at: Instant) -> set[DeviceId]:
        """Name the devices of which two folders were at work."""
        then = [one.device_id for one in self.lives if one.is_it(at)]
        return {one for one in then if then.count(one) > 1}

    @property
    def of_forgotten_keys(self) -> set[TicketId]:
        """List tickets that may be of a key which the till took before the server was put back.

        The server knows that key again once the till is in touch. Whom a gate has told of before
        waits for a person, and the gate is named.
        """
        if not self.has_forgotten or not self.is_till_copied or not self.conflicts(UNPROVEN):
            return set()
        return {ticket for sold in self.sold for ticket in sold.tickets}

    @property
    def is_till_copied(self) -> bool:
        """Tell whether the till's folder was copied."""
        return any(one.device_id == self.till and one.copied is not None for one in self.lives)

    def conflicts(self, kind: str) -> list[LedgerConflict]:
        """List what stands of a kind."""
        of_kind = [one for one in self.ledger.conflicts if one.kind == kind]
        return [one for one in of_kind if one.disposition != "withdrawn"]


def check_durable(evidence: CopiesEvidence) -> Iterator[str]:
    """Yield each answer and sale that was shown and stands in no folder's journal."""
    found = {
        (one.node, held.body.claim_id): held.body
        for one in evidence.lives
        for held in one.held
        if isinstance(held.body, ScanBody)
    }
    for seen in evidence.seen:
        answer = seen.visit.answer
        if answer is None or answer.is_repeat:
            continue
        body = found.get((seen.life.node, answer.claim_id))
        if body is None or (body.verdict, body.reason) != (answer.verdict, answer.reason):
            yield f"{seen.visit}: no folder has it"
    sales = {one.body.sale_id for one in evidence.held if isinstance(one.body, SaleBody)}
    for sold in evidence.sold:
        if sold.sale_id not in sales:
            yield f"receipt {sold.receipt} was handed over, and no folder has it"


def check_kept(evidence: CopiesEvidence) -> Iterator[str]:
    """Yield each green that the server must have heard of, and does not count."""
    named = {one.device_id for one in evidence.conflicts(FORKED)}
    for seen in evidence.seen:
        visit, life = seen.visit, seen.life
        if not visit.is_entry or visit.answer is None or visit.ended is None:
            continue
        if visit.card.ticket_id in evidence.of_forgotten_keys:
            continue
        use = evidence.ledger.uses.get(visit.answer.claim_id)
        if use is not None and not use.is_annulled:
            continue
        if evidence.must_be_known(life, visit.ended):
            yield f"{visit}: let in, and it does not count"
        elif _have_heard(evidence, seen) and life.device_id not in named:
            yield f"{visit}: let in, others heard of it, and its device is not named"


def _have_heard(evidence: CopiesEvidence, seen: Seen) -> bool:
    """Tell whether another gate surely has the entry, in a folder that somebody has still."""
    assert seen.visit.ended is not None
    return any(not life.is_lost(seen.visit.ended) for _, life in _told(evidence, seen))


def _told(evidence: CopiesEvidence, seen: Seen) -> Iterator[tuple[Instant, Life]]:
    """Yield which folders of other gates have surely heard of an entry, and by when.

    Both gates heard each other in it when it came, and again when there was time enough to tell.
    """
    assert seen.visit.ended is not None
    by = seen.visit.ended + evidence.told
    for other in evidence.seen:
        if other.visit.began <= by:
            continue
        names = other.in_touch if other.life is seen.life else {other.life.node}
        is_met = other.life is seen.life or _is_beside(other, seen.life, other.visit.began)
        for life in evidence.lives if is_met else ():
            is_it = life.node in names & seen.in_touch and life.device_id != seen.life.device_id
            if is_it and life.is_it(seen.visit.began) and life.is_it(other.visit.began):
                yield other.visit.began, life


def _is_beside(seen: Seen, life: Life, at: Instant) -> bool:
    """Tell whether a gate heard another one in a life of that one."""
    return life.node in seen.in_touch and life.is_it(at)


def check_named(evidence: CopiesEvidence) -> Iterator[str]:
    """Yield each device that the server must know to have gone on from a copy, and each other."""
    named = [one.device_id for one in evidence.conflicts(FORKED)]
    forked = {life.device_id for life in evidence.lives if _has_forked(evidence, life)}
    for device_id in sorted(forked - set(named)):
        yield f"{device_id} went on from an older copy, and is not named"
    copied = {life.device_id for life in evidence.lives if life.copied is not None}
    for device_id in sorted(set(named) - copied):
        yield f"{device_id} is named, and nobody has copied its folder"
    last: dict[str, Life] = {life.node: life for life in evidence.lives}
    for life in last.values():
        is_told = life.last in {life.first, life.brought}  # others' newest start was unknown to it
        if life.device_id in forked and is_told and life.trouble != OLDER_COPY:
            yield f"{life.node} does not say that its folder was put back: {life.trouble!r}"


def _has_forked(evidence: CopiesEvidence, life: Life) -> bool:
    """Tell whether the server has what a life recorded after a copy, and what the copy did."""
    mine = {one.signed.entry for one in life.held}
    others = [one for one in evidence.lives if one.device_id == life.device_id and one is not life]
    return any(
        _is_any_known(evidence, life, {one.signed.entry for one in other.held})
        and _is_any_known(evidence, other, mine)
        for other in others
    )


def _is_any_known(evidence: CopiesEvidence, life: Life, shared: set[bytes]) -> bool:
    """Tell whether the server has anything of a life that another has not."""
    return any(evidence.is_known(one) for one in life.held if one.signed.entry not in shared)


def check_doubles(evidence: CopiesEvidence) -> Iterator[str]:
    """Yield each double use by what the server has that is not named once, with all its sides."""
    entries: dict[TicketId, set[str]] = {}
    for one in evidence.held:
        body = one.body
        if not isinstance(body, ScanBody) or body.verdict != "admit" or body.ticket_id is None:
            continue
        if evidence.is_known(one):
            entries.setdefault(TicketId(body.ticket_id), set()).add(body.claim_id)
    said: dict[TicketId, list[LedgerConflict]] = {}
    for conflict in evidence.conflicts("double_use"):
        if conflict.ticket_id is not None:
            said.setdefault(conflict.ticket_id, []).append(conflict)
    for ticket_id, claims in entries.items():
        found = said.pop(ticket_id, [])
        expected = [claims] if len(claims) > 1 else []
        if [set(one.sides) for one in found] != expected:
            yield f"ticket {ticket_id:016x}: {len(claims)} came in, {len(found)} conflicts"
        for conflict in found:
            if conflict.evidenced != conflict.sides:
                yield f"ticket {ticket_id:016x}: named without the entries of all sides"
    for ticket_id in said:
        yield f"ticket {ticket_id:016x}: a double use is named, and nobody came in"


def check_room(evidence: CopiesEvidence) -> Iterator[str]:
    """Yield it if more came in than there is room for and nobody says so, or the reverse."""
    came = sum(
        use.count
        for use in evidence.ledger.uses.values()
        if use.direction == "in" and not use.is_annulled
    )
    is_named = bool(evidence.conflicts(OVER_CAPACITY))
    if is_named is not (came > evidence.room):
        yield f"{came} are inside, there is room for {evidence.room}, and named is {is_named}"


def check_accused(evidence: CopiesEvidence) -> Iterator[str]:
    """Yield each other accusation, and what the organizer was refused."""
    of_forgotten = {UNPROVEN} if evidence.of_forgotten_keys else set()
    for conflict in evidence.ledger.conflicts:
        if conflict.kind in {FORKED, "double_use", OVER_CAPACITY}:
            continue
        if conflict.kind in OF_TILLS and evidence.is_till_copied:
            continue
        if conflict.kind in of_forgotten:
            continue
        if evidence.has_true_server or conflict.kind not in OF_CLOCKS:
            yield f"conflict {conflict.kind} of {conflict.device_id}, and nothing of it happened"
    yield from evidence.wrong


def check_once(evidence: CopiesEvidence) -> Iterator[str]:
    """Yield each who was let in again where that was known: there, at the server, beside it."""
    came: dict[TicketId, list[Seen]] = {}
    for seen in evidence.seen:
        if seen.visit.is_entry:
            came.setdefault(seen.visit.card.ticket_id, []).append(seen)
    for entries in came.values():
        for place, later in enumerate(entries):
            for first in entries[:place]:
                if why := _why_known(evidence, first, later):
                    yield f"{later.visit} after {first.visit}: {why}"


def _why_known(evidence: CopiesEvidence, first: Seen, later: Seen) -> str:
    """Say why a gate must have known of an earlier entry, or ""."""
    ended, one, other = first.visit.ended, first.visit.answer, later.visit.answer
    assert ended is not None
    assert one is not None
    assert other is not None
    if ended >= later.visit.began:
        are_online = one.mode == other.mode == "online" and not evidence.has_forgotten
        return "both online" if are_online else ""
    if first.life is later.life:
        return "by the same folder"
    is_told = one.mode == "online" or ended < first.life.sure < later.visit.began
    is_told = is_told and not evidence.has_forgotten
    if is_told and (other.mode == "online" or later.visit.is_in_reach):
        return "the server knew"
    if other.mode != "online" and _is_beside_one_who_knew(evidence, first, later):
        return "a gate that it hears knew"
    return ""


def _is_beside_one_who_knew(evidence: CopiesEvidence, first: Seen, later: Seen) -> bool:
    """Tell whether the later gate heard one that had let somebody in, or had been told of it.

    Of two that go on from one folder and are at work at once, one alone is heard.
    """
    began = later.visit.began
    if later.life.device_id in evidence.at_work_twice(began):
        return False
    if _is_beside(later, first.life, began):
        return first.life.device_id not in evidence.at_work_twice(began)
    return any(
        by < began and _is_beside(later, life, began) for by, life in _told(evidence, first)
    )


def check_money(evidence: CopiesEvidence) -> Iterator[str]:
    """Yield each sale that the server must have and has not booked, and guests of lost ones."""
    for sold in evidence.sold:
        booked = evidence.booked.get(sold.sale_id)
        if booked is None and not evidence.must_be_known(sold.life, sold.at):
            yield from _unnamed_guests(evidence, sold)
        elif booked != sold.total:
            yield f"receipt {sold.receipt} sold for {sold.total}, and {booked} is booked"
    yield from _unnamed_sales(evidence)
    kept = {one.body.sale_id for one in evidence.held if isinstance(one.body, SaleBody)}
    for sale_id in sorted(evidence.booked.keys() - kept):
        yield f"{sale_id} is booked, and no till has sold it"


def _unnamed_sales(evidence: CopiesEvidence) -> Iterator[str]:
    """Yield each sale that the server has and has not booked, and tickets that were sold again."""
    sales: dict[TicketId, set[str]] = {}
    for held in evidence.held:
        if isinstance(held.body, SaleBody) and evidence.is_known(held):
            if evidence.booked.get(held.body.sale_id) != held.body.total_minor:
                yield f"{held.body.sale_id} is held, and not booked"
            for one in held.body.tickets:
                sales.setdefault(one.ticket_id, set()).add(held.body.sale_id)
    named = [(one.ticket_id, one.sides) for one in evidence.conflicts("sold_twice")]
    for ticket, of in sales.items():
        sides = {side for about, sides in named if about == ticket for side in sides}
        if len(of - sides) > 1:  # one of them was the first, as the server heard of them
            yield f"ticket {ticket:016x} was sold {len(of)} times, and that is not said of {of}"


def _unnamed_guests(evidence: CopiesEvidence, lost: Sold) -> Iterator[str]:
    """Yield who came in on a ticket of a lost sale which no other sale explains, unnamed."""
    explained = {
        ticket
        for sold in evidence.sold
        if sold.sale_id in evidence.booked
        for ticket in sold.tickets
    }
    named = {one.ticket_id for kind in OF_TILLS for one in evidence.conflicts(kind)}
    used = {use.ticket_id for use in evidence.ledger.uses.values() if not use.is_annulled}
    for ticket in lost.tickets:
        if ticket in used - explained - named:
            yield f"ticket {ticket:016x} of a lost sale let in, and nothing is said of it"


def check_good(evidence: CopiesEvidence) -> Iterator[str]:
    """Yield each who had not come, and was turned away where the ledger could be asked.

    Of a sale that nobody has heard of a gate may call a person, and a home lets nobody in that
    the ledger cannot ask.
    """
    visits = [one.visit for one in evidence.seen]
    uses = evidence.ledger.uses.values()
    for visit in visits:
        if visit.answer is None or visit.answer.verdict != "deny" or not visit.is_in_reach:
            continue
        is_full = visit.answer.reason == FULL and evidence.room < len(visits)
        is_homes = (visit.answer.mode, visit.answer.reason) == OF_HOMES
        may_be_used = may_have_come(visits, visit) or may_be_granted(
            uses, visit, has_true_server=evidence.has_true_server
        )
        if not (may_be_used or is_full or is_homes or evidence.has_forgotten):
            yield f"{visit}: turned away with a good ticket"


COPIES_CHECKS: Final = (
    check_durable,
    check_kept,
    check_named,
    check_doubles,
    check_room,
    check_accused,
    check_once,
    check_money,
    check_good,
)


async def judge_older_copies(copies: OlderCopies) -> list[Violation]:
    """Read everything, and run every check."""
    rows = await copies.read_books(
        "SELECT client_key, total_minor FROM ticket_order"
        " WHERE event_id=? AND client_key LIKE 'till:%'",
        copies.site.event_id,
    )
    assert copies.till.profile is not None
    evidence = CopiesEvidence(
        seen=copies.seen,
        sold=copies.sold,
        lives=copies.lives,
        held=copies.held(),
        till=copies.till.profile.device_id,
        booked={key[-SALE_ID_SIZE:]: total for key, total in rows},
        ledger=await view_ledger(copies.server, copies.site.event_id),
        room=copies.room,
        told=Duration(TOLD + 12 * (copies.scenario.hello_every or 0)),
        wrong=copies.owner.refused,
        has_true_server=copies.scenario.has_true_server,
        has_forgotten=copies.scenario.has_restore,
    )
    return run_checks("older copies", evidence, *COPIES_CHECKS)
