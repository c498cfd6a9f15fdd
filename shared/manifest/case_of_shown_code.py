"""What a shown code stands for at an event, and by whose word its holder may pass.

Gates, the ledger and the tests' own ledger open every case here and decide it here, over a small
port to wherever they keep their rows: equal knowledge gives equal answers.

Source:
    docs/specs/admission.md, section 6
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

import msgspec

from shared.admission.checks_of_capacity_knowledge_and_clock import Circumstances, judge
from shared.admission.decide import Decision, decide_admission
from shared.admission.evacuation import STOPPED
from shared.admission.facts import Direction, ScanFacts, TicketFacts, UseFact
from shared.admission.offline_policy import MayAdmit, OfflinePolicy, Rung, who_may_admit
from shared.admission.reasons import NEVER_OVERRIDDEN, Reason
from shared.kernel.id_types import DeviceId, EventId, OccurrenceId, TicketId, ZoneId
from shared.kernel.instant import Instant
from shared.manifest.door_questions import DoorAnswer, DoorQuestion, open_questions
from shared.manifest.event_config import TicketTypeConfig
from shared.manifest.fact_building import EventIndex
from shared.manifest.home_spreading import policy_of
from shared.manifest.presenting import Presented
from shared.manifest.tickets import TicketRow

PAUSED: Final = "paused"
"""Why an entry was refused, as answers and journals say it, where the organizer has paused it."""
_UNDECIDED: Final = Decision(reason=Reason.SUPERVISOR)


class Rows(Protocol):
    """One event's tickets as they are now, wherever a side keeps them; of no other event."""

    def find(self, ticket_id: TicketId) -> TicketRow | None:
        """Return the ticket of that id, or None."""

    def find_manual(self, code: int) -> TicketRow | None:
        """Return the ticket whose manual code this is now, or None."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What one code stands for at one event, and what one side finds of it by what it knows.

    Attributes:
        presented: What the code turned out to be.
        row: The ticket's present facts, or None where this side holds none.
        ticket_id: The ticket that the code names, or None.
        kind: Its type, as far as known.
        policy: Whose word lets its holder in while the network fails: by the event, or by the
            ticket's type.
        home_device_id: The ticket's home device, or None.
        home_number: Which assignment of homes named it.
        decision: By the rules and the passages known; until `rule` has decided, a person does.
        zone_id: Where it leads; "" where that is unknown.
        occurrence_id: The occurrence of the passage, or "".
        uses: The ticket's passages that were counted.
        is_stopped: The zone is being evacuated: nobody's word lets anybody in.
        paused_at: Since when the organizer has paused entry there, where that and nothing else
            keeps this holder out: nobody's word lets them in; else None.
        emptied_at: When its holders had to leave, where an exit by evacuation that nobody has
            recorded yet counts; else None.
        is_first_entry: It is a way in, and nobody has come into the zone on this ticket yet.
        valid_from: The first instant at which the ticket was taken to be valid, or None.
        valid_until: The last one, likewise.
        hangs_on_clock: Nothing proves at which of some instants it is, and by another one of them
            the decision would be another one.
    """

    presented: Presented
    row: TicketRow | None = None
    ticket_id: TicketId | None = None
    kind: TicketTypeConfig | None = None
    policy: OfflinePolicy = OfflinePolicy.OPEN
    home_device_id: DeviceId | None = None
    home_number: int = 0
    decision: Decision = _UNDECIDED
    zone_id: ZoneId = ZoneId("")
    occurrence_id: OccurrenceId = OccurrenceId("")
    uses: tuple[UseFact, ...] = ()
    is_stopped: bool = False
    paused_at: Instant | None = None
    emptied_at: Instant | None = None
    is_first_entry: bool = False
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    hangs_on_clock: bool = False

    def may_admit(self, rung: Rung, device_id: DeviceId) -> MayAdmit:
        """Tell whose word lets the holder in at a device; without a home it is the ledger's."""
        policy = self.policy
        if policy is OfflinePolicy.HOME and self.home_device_id is None:
            policy = OfflinePolicy.CLOSED
        return who_may_admit(rung, policy, is_home=self.home_device_id == device_id)

    def home_other_than(self, device_id: DeviceId) -> DeviceId | None:
        """Name the only device that may admit the ticket, if that is another one; else None."""
        is_bound = self.policy is OfflinePolicy.HOME
        return self.home_device_id if is_bound and self.home_device_id != device_id else None

    def without_home(self) -> Case:
        """Return the same without the home that its row or key names."""
        return msgspec.structs.replace(self, home_device_id=None, home_number=0)

    def without_ticket(self) -> Case:
        """Return the same as if no ticket answered to the code: nobody learns whose it may be."""
        return msgspec.structs.replace(
            self.without_home(), row=None, ticket_id=None, kind=None, policy=OfflinePolicy.OPEN
        )

    @property
    def is_manual(self) -> bool:
        """Whether what was shown can be a guess."""
        return self.presented.can_be_guess

    @property
    def is_by_manual_code(self) -> bool:
        """Whether it is a manual code, and not an imported one that looks like it."""
        is_imported = self.row is not None and self.row.facts.is_imported
        return self.presented.manual_code is not None and not is_imported

    @property
    def is_missed_guess(self) -> bool:
        """Whether it can be a guess (`is_manual`), and no ticket answers to it."""
        return self.is_manual and self.row is None

    @property
    def is_only_signed(self) -> bool:
        """Whether all that speaks for the ticket is a key whose signature alone proves nothing."""
        key = self.presented.key
        return key is not None and key.needs_list and self.row is None

    @property
    def is_of_unheard_type(self) -> bool:
        """Whether it is denied because this side's plan has no such type: it may be newer."""
        return self.decision.reason is Reason.WRONG_TICKET_TYPE and self.kind is None

    def may_override(self, event_id: EventId) -> bool:
        """Tell whether a supervisor's word may stand against the decision.

        A code that could be a manual one and is on no list here may be taken on a person's word;
        it is recorded without a ticket.
        """
        key = self.presented.key
        is_foreign = key is not None and key.event_id != event_id
        if self.is_missed_guess or (self.is_only_signed and not is_foreign):
            return True
        reason = self.presented.flaw or self.decision.reason
        return reason not in NEVER_OVERRIDDEN and not is_foreign and self.ticket_id is not None

    @property
    def checks_id(self) -> bool:
        """Whether the ticket's type wants the holder's proof looked at."""
        return self.kind is not None and self.kind.check_id

    @property
    def questions(self) -> tuple[DoorQuestion, ...]:
        """What the ticket's type has asked on its holder's first way in."""
        return () if self.kind is None else self.kind.questions

    @property
    def stop(self) -> str:
        """Why nobody is let in now, or ""."""
        if self.is_stopped:
            return STOPPED
        return PAUSED if self.paused_at is not None else ""

    def weigh(self, circumstances: Circumstances) -> Decision:
        """Judge it by the moment and the place; why nobody is let in now stands."""
        return self.decision if self.stop else judge(self.decision, circumstances)

    @property
    def asks(self) -> tuple[DoorQuestion, ...]:
        """What is asked of the holder first: the type's questions, on the first entry only."""
        decision = self.decision
        is_passage = decision.admit and not decision.is_retry and not decision.is_forced
        return self.questions if self.is_first_entry and is_passage else ()

    def still_asks(self, answers: Iterable[DoorAnswer]) -> tuple[DoorQuestion, ...]:
        """Return what is asked of the holder and not answered yet."""
        return open_questions(self.asks, answers)


def open_case(index: EventIndex, presented: Presented, rows: Rows) -> Case:
    """Find what a code stands for, and whose home it is: its row's, else its key's."""
    row = find_row(presented, rows)
    ticket_id = presented.ticket_id
    if presented.key is None:  # a foreign code's hash is nobody's ticket
        ticket_id = None if row is None else row.ticket_id
    kind = index.ticket_type(presented, row)
    policy = policy_of(index.config, kind)
    home_device_id, home_number = None, 0
    if row is not None and row.facts.home_device_id is not None:
        home_device_id, home_number = row.facts.home_device_id, row.facts.home_number
    elif presented.key is not None and presented.ticket_id is not None:
        part = presented.key.home_range_of(presented.ticket_id)
        if part is not None:
            home_device_id, home_number = part.device_id, part.number
    return Case(
        presented=presented,
        row=row,
        ticket_id=ticket_id,
        kind=kind,
        policy=policy,
        home_device_id=home_device_id,
        home_number=home_number,
    )


def find_row(presented: Presented, rows: Rows) -> TicketRow | None:
    """Find the row that a resolved text stands for, or None.

    A code without a GK1 signature finds only tickets that were imported with it, and tickets
    whose manual code it is; a signed one never finds an imported ticket.
    """
    if presented.ticket_id is None:
        return None
    row = rows.find(presented.ticket_id)
    if presented.is_found:
        return row
    if row is not None and row.facts.is_imported == (presented.key is None):
        return row
    if presented.key is None and presented.manual_code is not None:
        return rows.find_manual(presented.manual_code)
    return None


def rule(
    index: EventIndex,
    case: Case,
    uses: tuple[UseFact, ...],
    scan: ScanFacts,
    *,
    implied: tuple[UseFact, ...] = (),
    is_stopped: bool = False,
    paused_at: Instant | None = None,
    is_outdone: bool = False,
) -> Case:
    """Decide a case by the event's rules and the passages known.

    Args:
        index: The event.
        case: From `open_case`.
        uses: Every recorded use of the ticket, annulled ones marked, in any order.
        scan: The scan itself.
        implied: Exits by an evacuation that nobody has recorded yet, oldest first.
        is_stopped: The zone is being evacuated.
        paused_at: Since when entry is paused at the gate, or None; who was let in already, or
            goes out, is not asked.
        is_outdone: A newer credential of the ticket was shown here.

    Returns:
        The case, decided.

    Raises:
        BadInput: if the gate is not the event's, or a named zone.
    """
    uses += implied
    facts = index.build_facts(case.presented, case.row, scan)
    occurrence_id, valid_from, valid_until = "", None, None
    if isinstance(facts, Reason):
        decision = Decision(reason=facts)
    else:
        rules, ticket = facts
        occurrence_id = ticket.occurrence or ""
        valid_from, valid_until = _window_of(ticket)
        if is_outdone:
            ticket = msgspec.structs.replace(ticket, revoked=True)
        decision = decide_admission(rules, ticket, scan, uses)
    if is_stopped or decision.is_retry or scan.direction is Direction.OUT:
        paused_at = None  # an evacuation is said before a pause
    if is_stopped:
        decision = _while_stopped(decision, scan)
    elif paused_at is not None:
        decision = _kept_out(decision, scan)
    zone_id = scan.zone_id or index.gates[scan.gate_id].zone_id
    return msgspec.structs.replace(
        case,
        decision=decision,
        zone_id=zone_id,
        occurrence_id=OccurrenceId(occurrence_id),
        uses=uses,
        is_stopped=is_stopped,
        paused_at=paused_at,
        emptied_at=implied[-1].at if implied else None,
        is_first_entry=_is_first_entry(uses, scan, zone_id),
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _window_of(ticket: TicketFacts) -> tuple[Instant | None, Instant | None]:
    """Return when a ticket is valid: where its credential says otherwise, what both allow."""
    said = (ticket,) if ticket.newer is None else (ticket, ticket.newer)
    first = [one.valid_from for one in said if one.valid_from is not None]
    last = [one.valid_until for one in said if one.valid_until is not None]
    return max(first, default=None), min(last, default=None)


def _is_first_entry(uses: tuple[UseFact, ...], scan: ScanFacts, zone_id: ZoneId) -> bool:
    """Whether nobody has come into the zone on this ticket yet, whose entry counts."""
    return scan.direction is Direction.IN and not any(
        use.zone_id == zone_id and use.direction is Direction.IN and not use.annulled
        for use in uses
    )


def _while_stopped(decision: Decision, scan: ScanFacts) -> Decision:
    """Let nobody in, and keep nobody in who was not seen coming."""
    if decision.is_retry:
        return decision
    if scan.direction is Direction.IN:
        return _kept_out(decision, scan)
    if decision.reason is Reason.NOT_INSIDE:
        return Decision(reason=Reason.EXIT, remaining=decision.remaining)
    return decision


def _kept_out(decision: Decision, scan: ScanFacts) -> Decision:
    """Let nobody in, and say what remains on the ticket as things stand."""
    left = decision.remaining
    if left is not None and decision.admit:
        left += scan.count
    return Decision(reason=Reason.RULES_DENIED, remaining=left)
