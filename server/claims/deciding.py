"""Deciding a batch of claims, one after another, over facts read once. No input or output.

The order of arrival is the order of decision: what the first claim of a batch takes, the second
finds taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from server.claims.claim_problems import claim_id_reused
from server.claims.claim_work import ClaimWork, acknowledges_more, asks_the_same
from server.claims.facts_of_batch import Ledgered
from server.claims.folded_claim import FoldedClaim
from server.claims.stop_answers import hide_guessed, say_stop
from server.feed.evacuated_zones import Stops
from server.homes.rows import ASKED, ENDED, GIVEN, KEPT, AskRecord
from server.ledger.passage_order import follow_all, places_in
from server.ledger.uses import AWAITED, CLAIM, MarkRecord, UseRecord
from server.plans.event_book import EventBook
from server.reconciliation.double_uses import find_contradicted, may_be_reordered
from server.reconciliation.findings import Finding
from shared.admission.checks_of_capacity_knowledge_and_clock import Circumstances
from shared.admission.decide import Decision
from shared.admission.explain import explain
from shared.admission.facts import Direction, ScanFacts, UseFact
from shared.admission.offline_policy import MayAdmit
from shared.admission.reasons import Reason
from shared.admission.reasons import Verdict as Class
from shared.admission.zone_shares import pool_of
from shared.evacuations.implied_exits import places_of
from shared.kernel.id_types import DeviceId, OccurrenceId, TicketId, ZoneId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import format_instant
from shared.manifest.case_of_shown_code import Case, open_case, rule
from shared.manifest.door_questions import answers_of, valid_answers
from shared.manifest.event_config import ZoneConfig
from shared.manifest.tickets import TicketRow
from shared.wire.claim import ClaimAnswer, PriorUse, tell_questions
from shared.wire.device_feed import HomeRequest, read_kept
from shared.wire.feed import Annul

_STAFFS_TURN: Final = frozenset({Reason.QUESTION, Reason.CHECK_ID})
_IN_DIRECTION: Final = {"in": Direction.IN, "out": Direction.OUT}


class ClaimFold:
    """Decides claims over one reading of the ledger.

    Attributes:
        spent: What the batch costs devices' own shares of capacity, by zone and device.
    """

    def __init__(self, book: EventBook, ledgered: Ledgered) -> None:
        self._book = book
        self._index = book.index
        self._ledger = ledgered
        self.spent: dict[tuple[str, str], int] = {}
        self._uses: dict[int, list[UseFact]] = {}
        self._records: dict[int, list[UseRecord]] = {}
        # Passages of the same instant count in the order in which they were recorded.
        for record in sorted(ledgered.uses.values(), key=lambda use: use.seq):
            self._remember(record)

    @property
    def inside(self) -> Mapping[ZoneId, int]:
        """Persons in zones of limited capacity after the batch."""
        return self._ledger.inside

    @property
    def stops(self) -> Stops:
        """Which zones are being evacuated, or were."""
        return self._ledger.stops

    def decide(self, work: ClaimWork) -> FoldedClaim:
        """Decide one claim and remember what it takes."""
        earlier = self._earlier(work)
        if earlier is not None:
            return earlier
        case = self._rule(work, self._open(work))
        guesses = self._ledger.guesses_left
        evacuations = self.stops.stopped.get(self._zone_id(work), ())
        is_guess = case.is_manual and (not case.stop or work.request.direction == "out")
        if is_guess and guesses.get(work.device.id, 1) < 1:
            unsaid = self._answer(work, case.without_ticket(), Decision(reason=Reason.SUPERVISOR))
            return FoldedClaim(answer=say_stop(unsaid, case, evacuations))
        decision = self._judged(work, case)
        paced = _weigh(work, case) if self._is_passage(work, case, decision) else 0
        is_too_fast = paced > 0 and self._is_too_fast(work, paced)
        if is_too_fast:
            decision = Decision(reason=Reason.SUPERVISOR, remaining=decision.remaining)
        found = case
        case, decision = hide_guessed(found, decision, work.request.direction)
        answer = self._answer(work, case, decision)
        if decision.reason is Reason.QUESTION:
            still = case.still_asks(answers_of(work.request.answers))
            answer = msgspec.structs.replace(answer, questions=tell_questions(still))
        if not decision.admit:
            answer = say_stop(answer, case, evacuations)
        has_guessed = case is found and case.is_missed_guess
        verdict = FoldedClaim(
            answer=answer,
            has_guessed=has_guessed,
            paced=0 if is_too_fast else paced,
            is_too_fast=is_too_fast,
        )
        if verdict.has_guessed and work.device.id in guesses:
            guesses[work.device.id] -= 1
        claim_id = work.request.claim_id
        if _is_for_home(decision):
            self._turn_to_home(work, case, verdict)
            if verdict.waits:
                return verdict
        elif (ask := self._ledger.asks.get(claim_id)) is not None and not decision.admit:
            self._hand_back(work, ask, verdict)
        if decision.admit:
            use = verdict.use = verdict.recorded = self._use(work, case.row, decision)
            verdict.answers = valid_answers(case.asks, answers_of(work.request.answers))
            verdict.answer = msgspec.structs.replace(
                answer, at=format_instant(use.at), allotted=max(0, use.allotted)
            )
            self._ledger.uses[claim_id] = verdict.use
            self._remember(verdict.use)
        elif decision.reason.verdict is Class.DENY:
            told = verdict.finished()
            assert isinstance(told, bytes)
            mark = MarkRecord(claim_id, work.device.id, "denied", work.content, told)
            verdict.mark = self._ledger.keep_refusal(mark)
            is_full = decision.reason is Reason.CAPACITY_FULL
            verdict.lacks_places = is_full and self.missing(work) <= sum(self.lefts(work).values())
        return verdict

    def may_contradict(self, verdicts: Iterable[FoldedClaim]) -> bool:
        """Tell whether `find_contradicted` has anything to look at."""
        granted = (verdict.use for verdict in verdicts if verdict.use is not None)
        return any(may_be_reordered(self._records[use.ticket_id]) for use in granted)

    def find_contradicted(self, verdicts: Iterable[FoldedClaim]) -> list[Finding]:
        """Name the tickets of which too many are inside in any order, now that uses are numbered.

        Args:
            verdicts: The batch's.
        """
        granted = [verdict.use for verdict in verdicts if verdict.use is not None]
        return find_contradicted(self._book.history, self._ledger.tickets, self._records, granted)

    def _is_passage(self, work: ClaimWork, case: Case, decision: Decision) -> bool:
        """Whether a claim counts for its device's pace.

        Of one that asks a home the question does, whatever it says: a home gives the ticket away
        before it answers.
        """
        ask = self._ledger.asks.get(work.request.claim_id)
        if not work.has_pace or (ask is not None and ask.device_id == work.device.id):
            return False
        can_ask = ask is None and work.waits_for_home and self._home_of(work, case) is not None
        return decision.admit or (_is_for_home(decision) and can_ask)

    def _home_of(self, work: ClaimWork, case: Case) -> DeviceId | None:
        """Return the device that can be asked for an entry of the ticket, if it is another."""
        return None if case.ticket_id is None else case.home_other_than(work.device.id)

    def _is_too_fast(self, work: ClaimWork, paced: int) -> bool:
        """Count a passage against its device's pace; tells whether too little was left."""
        left = self._ledger.paces_left.get(work.device.id, paced)
        if left < paced:
            return True
        if work.device.id in self._ledger.paces_left:
            self._ledger.paces_left[work.device.id] = left - paced
        return False

    def _earlier(self, work: ClaimWork) -> FoldedClaim | None:
        """Find what this claim id was answered before."""
        use = self._ledger.uses.get(work.request.claim_id)
        if use is not None:
            return self._again(work, use)
        mark = self._ledger.marks.get(work.request.claim_id)
        if mark is None:
            return None
        if mark.answer is None or mark.content is None:
            # Its holder signed that nobody passes under it.
            if mark.device_id != work.device.id:
                return FoldedClaim(answer=claim_id_reused())
            return FoldedClaim(
                answer=self._answer(work, self._open(work), Decision(reason=Reason.ALREADY_USED))
            )
        if not asks_the_same(mark.content, work.content):
            return FoldedClaim(answer=claim_id_reused())
        if acknowledges_more(work.content, mark.content):
            return None
        return FoldedClaim(answer=mark.answer)

    def _again(self, work: ClaimWork, use: UseRecord) -> FoldedClaim:
        """Answer a claim whose use is recorded, as it was answered then."""
        is_same = use.device_id == work.device.id
        if use.content is not None:
            is_same = is_same and asks_the_same(use.content, work.content)
        else:  # the journal came before the claim
            case = self._open(work)
            is_same = is_same and case.ticket_id == use.ticket_id
        if not is_same:
            return FoldedClaim(answer=claim_id_reused())
        if use.is_annulled:
            return FoldedClaim(
                answer=self._answer(work, self._open(work), Decision(reason=Reason.ALREADY_USED))
            )
        kind = self._index.ticket_type(work.presented, self._ledger.tickets.get(use.ticket_id))
        answer = ClaimAnswer(
            verdict="admit",
            reason=use.reason,
            ticket_id=format_ticket_id(use.ticket_id),
            remaining=use.remaining,
            claim_id=use.claim_id,
            at=format_instant(use.at),
            epoch=use.epoch,
            ticket_type=None if kind is None else kind.name,
            allotted=max(0, use.allotted),
        )
        return FoldedClaim(answer=answer, recorded=use)

    def _judged(self, work: ClaimWork, case: Case) -> Decision:
        """Weigh what the rules say by the zone's room, the ticket's home and the proof asked."""
        zone = self._zone(work)
        home = case.home_other_than(work.device.id)
        is_elsewhere = home is not None
        ask_of_home = self._ledger.asks.get(work.request.claim_id)
        if home and ask_of_home is not None and ask_of_home.device_id == work.device.id:
            if ask_of_home.state == KEPT and case.decision.admit:
                return Decision(reason=read_kept(ask_of_home.reason))
            # Who is the home by now may not know what the one before it has given.
            is_elsewhere = (ask_of_home.state, ask_of_home.home_device_id) != (GIVEN, home)
        circumstances = Circumstances(
            count=work.request.count,
            capacity_left=self._capacity_left(work, zone, case.ticket_id),
            may_admit=MayAdmit.HOME if is_elsewhere else MayAdmit.LEDGER,
            is_granted=not is_elsewhere,
            home_gate=None if home is None else self._book.homes.get(home),
            ask_question=bool(case.asks),
            question_answered=not case.still_asks(answers_of(work.request.answers)),
            check_id=case.checks_id,
            id_checked=work.request.id_checked,
        )
        if is_elsewhere and ask_of_home is None:
            # What staff still have to ask or see comes before the home's word: what it gave for
            # an answer that does not come would go back, and the claim's id with it.
            granted = msgspec.structs.replace(circumstances, is_granted=True)
            decision = case.weigh(granted)
            if decision.reason in _STAFFS_TURN:
                return decision
        return case.weigh(circumstances)

    def _turn_to_home(self, work: ClaimWork, case: Case, verdict: FoldedClaim) -> None:
        """Ask the ticket's home, or give up on it."""
        home, ticket_id = self._home_of(work, case), case.ticket_id
        if home is None or ticket_id is None:
            return
        request = work.request
        ask = self._ledger.asks.get(request.claim_id)
        if not work.waits_for_home or (ask is not None and ask.state != ASKED):
            if ask is not None and ask.state == ASKED:
                ask.state, ask.reason = ENDED, "no_answer"
                verdict.ask = ask
            return
        verdict.waits = True
        if ask is not None:
            return
        claims = work.presented.claims
        asked = HomeRequest(
            home_device_id=home,
            claim_id=request.claim_id,
            ticket_id=ticket_id,
            key_id=None if claims is None else claims.key_id,
            generation=None if claims is None else claims.generation,
            gate_id=request.gate_id,
            device_id=work.device.id,
            count=request.count,
            pending_acknowledged=request.pending_acknowledged,
            ticket_type_code=0 if claims is None else claims.ticket_type_code,
            valid_from=None if claims is None else claims.valid_from,
            valid_until=None if claims is None else claims.valid_until,
        )
        verdict.ask_item = self._book.coded(asked)
        verdict.ask = AskRecord(
            request.claim_id,
            ticket_id,
            home,
            work.device.id,
            request.gate_id,
            request.count,
            ASKED,
            "",
            work.at,
            0,
        )
        self._ledger.asks[request.claim_id] = verdict.ask

    def _hand_back(self, work: ClaimWork, ask: AskRecord, verdict: FoldedClaim) -> None:
        """Let a home have back what it gave for a claim that is refused all the same."""
        if ask.device_id != work.device.id or ask.state == ENDED:
            return
        if ask.state == GIVEN:
            verdict.annul = Annul(ask.claim_id, ask.ticket_id, work.at, work.device.id, "refused")
        ask.state = ENDED
        verdict.ask = ask

    def _open(self, work: ClaimWork) -> Case:
        return open_case(self._index, work.presented, self._ledger)

    def _rule(self, work: ClaimWork, case: Case) -> Case:
        request = work.request
        scan = ScanFacts(
            gate_id=request.gate_id,
            direction=_IN_DIRECTION[request.direction],
            at=work.at,
            claim_id=request.claim_id,
            count=request.count,
            pending_acknowledged=request.pending_acknowledged,
            asked_at=work.scanned_at,
        )
        uses = self._uses.get(case.ticket_id, ()) if case.ticket_id is not None else ()
        is_stopped = self._zone_id(work) in self.stops.stopped
        gate = self._index.gates.get(request.gate_id)
        return rule(
            self._index,
            case,
            tuple(uses),
            scan,
            is_stopped=is_stopped,
            paused_at=None if gate is None else self._index.paused_since(gate),
        )

    def _zone_id(self, work: ClaimWork) -> str:
        """Return the zone that a claim asks for, or "" at a gate that is not there."""
        gate = self._index.gates.get(work.request.gate_id)
        return "" if gate is None else gate.zone_id

    def _capacity_left(
        self, work: ClaimWork, zone: ZoneConfig, ticket_id: TicketId | None
    ) -> int | None:
        if zone.capacity is None:
            return None
        # Whom an evacuation has sent out comes back, also where a gate that had not heard of it
        # has given their place away: then they are counted, and nobody else is let in instead.
        own = places_of(self._uses.get(ticket_id or 0, []), zone.id).away
        return self._pool(zone) + self._set_aside(work, zone) + own

    def missing(self, work: ClaimWork) -> int:
        """Count the places that a claim lacks."""
        zone = self._zone(work)
        return work.request.count - self._pool(zone) - self._set_aside(work, zone)

    def lefts(self, work: ClaimWork) -> dict[DeviceId, int]:
        """Tell what other devices than the asking one may still let into its zone, if anything."""
        held = self._ledger.shares.get(self._zone(work).id, {})
        others = {DeviceId(one): share.left for one, share in held.items()}
        return {one: left for one, left in others.items() if left and one != work.device.id}

    def granted(self, work: ClaimWork, device_id: DeviceId) -> int:
        """Tell what a device was ever granted of the room of a claim's zone."""
        return self._ledger.shares[self._zone(work).id][device_id].granted

    def _pool(self, zone: ZoneConfig) -> int:
        """Count the persons for whom the ledger itself has room."""
        held = self._ledger.shares.get(zone.id, {})
        inside = self._ledger.inside.get(zone.id, 0)
        return pool_of(zone.capacity or 0, inside, list(held.values()))

    def _set_aside(self, work: ClaimWork, zone: ZoneConfig) -> int:
        """Count the persons for whom the asking device has set room aside in its own share."""
        own = self._ledger.shares.get(zone.id, {}).get(work.device.id)
        return 0 if own is None else min(work.request.allotted, own.left)

    def _count_in(self, work: ClaimWork, zone: ZoneConfig, persons: int) -> int:
        """Count a passage; returns what it costs the device's own share, the pool being empty."""
        request = work.request
        charged = 0
        if request.direction == "in":
            charged = min(max(0, persons - self._pool(zone)), self._set_aside(work, zone))
        if charged:
            own = self._ledger.shares[zone.id][work.device.id]
            spent = msgspec.structs.replace(own, spent=own.spent + charged)
            self._ledger.shares[zone.id][work.device.id] = spent
            key = (zone.id, work.device.id)
            self.spent[key] = self.spent.get(key, 0) + charged
        inside = self._ledger.inside.get(zone.id, 0) + persons
        self._ledger.inside[zone.id] = max(0, inside)
        return charged

    def _zone(self, work: ClaimWork) -> ZoneConfig:
        return self._index.zones[self._index.gates[work.request.gate_id].zone_id]

    def _answer(self, work: ClaimWork, case: Case, decision: Decision) -> ClaimAnswer:
        ticket_id, kind = case.ticket_id, case.kind
        reason = decision.reason
        return ClaimAnswer(
            verdict=reason.verdict.value,
            reason=reason.value,
            ticket_id=None if ticket_id is None else format_ticket_id(ticket_id),
            remaining=decision.remaining,
            claim_id=work.request.claim_id,
            at=format_instant(work.at),
            epoch=self._ledger.epoch,
            used=self._latest_use(work, ticket_id) if reason is Reason.ALREADY_USED else None,
            ticket_type=None if kind is None else kind.name,
            use_gate=decision.use_gate,
            next_step=None if decision.admit else explain(reason).next_step,
        )

    def _latest_use(self, work: ClaimWork, ticket_id: TicketId | None) -> PriorUse | None:
        zone_id = self._zone(work).id
        entries = [
            record
            for record in self._records.get(ticket_id or 0, ())
            if record.zone_id == zone_id and not record.is_annulled and record.direction == "in"
        ]
        if not entries:
            return None
        latest = max(entries, key=lambda record: record.at)
        gate = self._index.gates.get(latest.gate_id)
        name = latest.gate_id if gate is None else gate.name
        return PriorUse(latest.gate_id, name, format_instant(latest.at))

    def _use(self, work: ClaimWork, row: TicketRow | None, decision: Decision) -> UseRecord:
        request, zone = work.request, self._zone(work)
        ticket_id = work.presented.ticket_id if row is None else row.ticket_id
        assert ticket_id is not None, "what names no ticket is never admitted"
        is_awaited = request.journalled and request.direction == "out"
        others = self._records.get(ticket_id, [])
        at = work.at
        if work.device.profile == "live":  # else the caller's time stands as it is
            at = follow_all(at, zone.id, others, self.stops.emptied.get(zone.id))
        use = UseRecord(
            claim_id=request.claim_id,
            ticket_id=ticket_id,
            zone_id=zone.id,
            occurrence_id=OccurrenceId(occurrence_of(zone, row)),
            direction=request.direction,
            at=at,
            at_error=at - work.at,
            count=request.count,
            gate_id=request.gate_id,
            device_id=work.device.id,
            mode="online",
            reason=decision.reason.value,
            is_annulled=False,
            is_confirmed=False,
            source=AWAITED if is_awaited else CLAIM,
            boot=None,
            dseq=None,
            seq=0,
            epoch=self._ledger.epoch,
            content=work.content,
            remaining=decision.remaining,
            generation=shown_generation(work, row),
        )
        if zone.capacity is not None:
            # Who leaves without having been counted makes no room.
            before = places_in(others, zone.id).taken
            persons = places_in([*others, use], zone.id).taken - before
            use.allotted = self._count_in(work, zone, persons)
        return use

    def _remember(self, record: UseRecord) -> None:
        self._uses.setdefault(record.ticket_id, []).append(record.fact())
        self._records.setdefault(record.ticket_id, []).append(record)


def shown_generation(work: ClaimWork, row: TicketRow | None) -> int | None:
    """Return the generation of what was shown; a code without one is that of the row."""
    claims = work.presented.claims
    if claims is not None:
        return claims.generation
    return None if row is None else row.facts.generation


def occurrence_of(zone: ZoneConfig, row: TicketRow | None) -> str:
    """Name the occurrence of a use: the zone's, else the ticket's, else none."""
    own = None if row is None else row.facts.occurrence_id
    return zone.occurrence_id or own or ""


def _weigh(work: ClaimWork, case: Case) -> int:
    """Say for how much a passage counts: each person beyond those of the ticket besides."""
    of_ticket = case.kind if case.row is None else case.row.facts
    persons = 1 if of_ticket is None else of_ticket.persons
    count = work.request.count if work.request.direction == "in" else 1
    return 1 + max(0, count - persons)


def _is_for_home(decision: Decision) -> bool:
    return decision.use_gate is not None or decision.reason is Reason.OFFLINE_POLICY
