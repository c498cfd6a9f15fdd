"""What is promised of staff who change, judged by what the organizer said of each, and when.

A badge, and a PIN with it, is taken wherever it must be known to be somebody's, and nowhere that
must have heard that it is none; so is what somebody asks for at the till by what they may by then.
What was done by a badge that was good at its moment counts, also where another has replaced it
since or somebody was removed, and however late it comes; what was done after that, or by one that
was withdrawn before the office heard of it, is named, and nothing else is. No sale is lost, and in
the end somebody closes each drawer. Who may do nothing any more at the desk does nothing from the
organizer's answer on, by hand or by program, also where they ask again for what was done before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.journal.sale_body import SaleBody
from shared.kernel.instant import SECOND, Duration, Instant
from simulator.further_events.changed_staff.evening import ChangedStaff
from simulator.further_events.changed_staff.member_at_desk import DONE
from simulator.further_events.changed_staff.record import AtTill, Shown
from simulator.further_events.changed_staff.roll import Person, Stand
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import LedgerView, view_ledger
from simulator.judging.seen_visits import Card

APART: Final[Duration] = 10 * SECOND
"""Clocks and their corrections are never wrong by more."""
NOT_ALLOWED: Final = "not_allowed"
USED_UP: Final = "grant_used_up"
"""Cut off, a till says so of a type without a limit: a close gives back what is unsold."""
OVERRIDE_UNSIGNED: Final = "override_unsigned"
ACT_UNSIGNED: Final = "act_unsigned"
REFUSED: Final = frozenset({401, 403, 404})
"""To whom belongs to it no longer, an organization is none at all."""


class StaffEvidence(EveningEvidence[ChangedStaff, Card]):
    """All of it, when it is quiet.

    Attributes:
        booked: What is in the books of each sale, by the till's number, as often as it is.
        lines: How many requests of the helper's are in the audit.
    """

    def __init__(
        self,
        evening: ChangedStaff,
        ledger: LedgerView,
        booked: dict[str, list[int]],
        lines: int,
    ) -> None:
        super().__init__(evening, ledger)
        self.booked, self.lines = booked, lines

    def named(self, kind: str) -> set[str]:
        """Return what stands of a kind: sides, and subjects without their device."""
        found: set[str] = set()
        for one in self.ledger.conflicts:
            if one.kind == kind and one.disposition != "withdrawn":
                found |= one.sides | {one.subject.partition("/")[2]}
        return found

    def counts(
        self, person: Person, badge: str, where: tuple[str, int], at: Instant
    ) -> bool | None:
        """Tell whether what a badge has signed counts; None where nobody can say.

        Args:
            person: Whose badge it was.
            badge: Its code.
            where: Node and number of the entry.
            at: True time.
        """
        end = person.lost(badge)
        if end is None:
            return True
        if at > end.ended + APART:
            return False
        entry = self.held[where].entry
        if end.how == "withdrawn" or at > end.began - APART or entry.offset_error is None:
            return None
        return True


def _is_right(stand: Stand, one: Shown) -> bool:
    return stand.badge == one.badge and one.pin in {"", stand.pin}


def check_badges(evidence: StaffEvidence) -> Iterator[str]:
    """Yield each badge or PIN that was taken and is none, or was refused and is one."""
    for one in evidence.evening.shown:
        stands = one.person.between(one.known, one.ended, one.heard)
        right = [_is_right(stand, one) for stand in stands]
        said = f"{one.node}: {one.person.id} {one.badge[-5:]} {one.pin} from {one.began}"
        if one.is_taken and not any(right):
            yield f"{said} was taken, and is {stands[-1].how} since {stands[0].ended}"
        elif not one.is_taken and all(right):
            yield f"{said} was refused, and is {stands[-1].how} since {stands[0].ended}"


def _may(one: AtTill) -> list[bool]:
    """Tell of each way in which the two may have stood whether they may do it together."""
    cashiers = one.cashier.between(one.known, one.ended)
    supervisors = [False]
    if one.supervisor is not None:
        supervisors = [it.sells for it in one.supervisor.between(one.known, one.ended, one.heard)]
    found = []
    for cashier in cashiers:
        is_enough = cashier.sells and one.act not in {"comp", "paid_out"}
        if one.act in {"close", "hand_over"} and not one.is_owner:
            is_enough = False
        found += [is_enough or by for by in supervisors]
    return found


def check_till(evidence: StaffEvidence) -> Iterator[str]:
    """Yield each whom the till let do what they may not, or kept from what they may."""
    for one in evidence.evening.at_till:
        by = one.supervisor.id if one.supervisor else "nobody"
        said = f"{one.act} by {one.cashier.id}, allowed by {by}, from {one.began}: {one.reason}"
        if one.reason == "ok" and not any(_may(one)):
            yield f"{said}, and they may not"
        if one.reason == NOT_ALLOWED and all(_may(one)):
            yield f"{said}, and they may"
        if one.reason == USED_UP and one.has_stock:
            yield f"{said}, and there is no limit"


def check_signed(evidence: StaffEvidence) -> Iterator[str]:
    """Yield each word that is named and counts, or counts by nobody's badge and is not named."""
    if not evidence.has_true_server:
        return
    for one in evidence.evening.let_in:
        counts = evidence.counts(one.person, one.badge, (one.node, one.seq), one.began)
        is_named = one.claim_id in evidence.named(OVERRIDE_UNSIGNED)
        if counts is is_named:
            yield f"{one.person.id} let in {one.claim_id} at {one.began}: named? {is_named}"
    for act in evidence.evening.at_till:
        if act.supervisor is None or not act.number:
            continue
        where = evidence.evening.till.name, act.seq
        counts = evidence.counts(act.supervisor, act.badge, where, act.began)
        is_named = f"allowed/{act.number}" in evidence.named(ACT_UNSIGNED)
        if counts is is_named:
            said = f"{act.act} {act.number} by {act.supervisor.id} at {act.began}"
            yield f"{said}: named? {is_named}"


def check_others(evidence: StaffEvidence) -> Iterator[str]:
    """Yield each accusation for which nothing has happened, and whom the ledger has not."""
    expected = {OVERRIDE_UNSIGNED, ACT_UNSIGNED, "double_use", *OF_CLOCKS}
    for conflict in evidence.ledger.conflicts:
        if conflict.kind not in expected and conflict.disposition != "withdrawn":
            yield f"conflict {conflict.kind} of {conflict.subject}, and nothing of it happened"
    for one in evidence.evening.let_in:
        use = evidence.ledger.uses.get(one.claim_id)
        if use is None or use.is_annulled:
            yield f"{one.claim_id}: let in by {one.person.id}, and the ledger has {use}"
    yield from evidence.wrong
    yield from evidence.evening.unfinished


def check_books(evidence: StaffEvidence) -> Iterator[str]:
    """Yield each sale that is not in the books once, at its sum."""
    sold = {
        held.body.sale_id: held.body
        for held in evidence.held.values()
        if isinstance(held.body, SaleBody)
    }
    for sale_id, body in sold.items():
        total = sum(one.gross_minor for one in body.lines)
        if evidence.booked.get(sale_id) != [total]:
            yield f"sale {sale_id} of {total} is booked as {evidence.booked.get(sale_id)}"
    for sale_id in evidence.booked.keys() - sold.keys():
        yield f"sale {sale_id} is booked, and the till has none such"


def check_desk(evidence: StaffEvidence) -> Iterator[str]:
    """Yield what the helper did and might not, was kept from, or did without an audit line."""
    helper = evidence.evening.helper
    for one in helper.asked:
        stations = helper.between(one.began, one.ended)
        may = [it.may_sell(by_key=one.by_key) for it in stations]
        said = f"by {'key' if one.by_key else 'hand'} at {one.began}: {one.status}"
        if one.status == DONE and not any(may):
            yield f"an order {said}, as {stations[-1]}"
        elif one.status in REFUSED and all(may):
            yield f"no order {said}, as {stations[-1]}"
        elif one.status not in {DONE, 503, *REFUSED}:
            yield f"an order {said}"
    done = sum(one.status == DONE and not one.is_again for one in helper.asked)
    # What is asked again is looked up as what is new is, and has its line.
    unknown = sum(one.status == 503 or one.is_again for one in helper.asked)
    if not done <= evidence.lines <= done + unknown:
        yield f"{done} orders of the helper's, and the audit has {evidence.lines}"


async def judge_changed_staff(evening: ChangedStaff) -> list[Violation]:
    """Read everything, and run every check."""
    ((lines,),) = await evening.read_books(
        "SELECT count(*) FROM audit_line WHERE actor IN (?, ?) AND route LIKE '%/orders'",
        *evening.helper.actors,
    )
    ledger = await view_ledger(evening.server, evening.site.event_id)
    evidence = StaffEvidence(evening, ledger, await evening.read_booked(), lines)
    return run_checks(
        "changed staff",
        evidence,
        check_badges,
        check_till,
        check_signed,
        check_others,
        check_books,
        check_desk,
    )
