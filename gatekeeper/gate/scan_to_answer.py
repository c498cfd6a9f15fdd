"""The lane: present, look up, decide, claim, journal, answer; with the network or without.

While the server can be reached the gate claims each ticket at the ledger before green; the claim's
random id is durable before it is sent, and an answer that does not come in time sends the scan
down to the offline rung under the same id. What the lane answers is on disk first.

Source:
    docs/decisions/0005-journal-durable-before-green.md
"""

from __future__ import annotations

import contextlib
from collections import deque
from typing import Final

import msgspec

from gatekeeper.device_loop import answered_within
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.answer_building import build_answer, with_remarks
from gatekeeper.gate.attempt import Attempt, Moment
from gatekeeper.gate.claiming_at_ledger import (
    Claimant,
    is_worth_asking,
    lacks_news,
    refer_unknown,
    waits_for_staff,
    with_room,
)
from gatekeeper.gate.claims_of_lane import LaneClaims
from gatekeeper.gate.deciding_by_itself import (
    check_claim_id,
    conclude,
    find_home_gate,
    find_locally,
)
from gatekeeper.gate.device_as_home import GAVE
from gatekeeper.gate.gate_and_direction import LaneSetting, read_direction
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.gate.lane_pace import LanePace
from gatekeeper.gate.ledger_verdicts import combine, hide_whose, read_denial, used_by
from gatekeeper.gate.manual_code_limit import ManualCodeLimit
from gatekeeper.gate.overriding import check_overridable, check_told
from gatekeeper.gate.past_answers import repeat_answer
from gatekeeper.gate.peers_port import NOBODY, Peers
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.requests import Override, Scan
from gatekeeper.gate.scanned import PickedTicket, TagResolver
from gatekeeper.gate.uplink import AskLedger, TellLedger, Uplink, tell_nobody
from gatekeeper.readers.nfc.tag_presenting import MediaRule
from gatekeeper.store.store import Store
from shared.admission.decide import Decision
from shared.admission.facts import Direction
from shared.admission.offline_policy import MISSED_MANUAL_CODE, MayAdmit, Rung
from shared.admission.reasons import Reason
from shared.journal.claim_ids import draw_claim_id
from shared.journal.entry import GiveBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import ClaimId, GateId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import MILLISECOND, Duration
from shared.kernel.ports import Entropy
from shared.kernel.trouble import TroubleKind
from shared.manifest.case_of_shown_code import Case
from shared.manifest.event_config import GateConfig
from shared.manifest.presenting import Presented
from shared.wire.device_feed import read_kept, read_stop

_ANSWERS_KEPT: Final = 200
_UNREAD: Final = Case(
    presented=Presented(flaw=Reason.MALFORMED), decision=Decision(reason=Reason.MALFORMED)
)


class Lane:
    """One lane of one gate.

    Attributes:
        setting: Where it stands; may be replaced between scans.
        tags: Resolves NFC tags.
        pace: How fast it lets in.
        entropy: For claim ids.
        peers: The venue's other gates, while the LAN rung runs; else nobody.
        claims: Which of its claims live.
    """

    def __init__(
        self,
        setting: LaneSetting,
        *,
        store: Store,
        recorder: Recorder,
        entropy: Entropy,
        uplink: Uplink,
        ask_ledger: AskLedger,
        tell_ledger: TellLedger = tell_nobody,
        media: MediaRule = MediaRule(),  # noqa: B008 - frozen
    ) -> None:
        """Put the lane together; nothing is read or written yet."""
        self.setting = setting
        self.tags = TagResolver(media)
        self.peers = NOBODY
        self._store, self._recorder = store, recorder
        self._knowledge, self._clock = recorder.knowledge, recorder.clock
        self.entropy = entropy
        self._uplink, self._tell_ledger = uplink, tell_ledger
        self._claimant = Claimant(store, recorder.knowledge, uplink, ask_ledger)
        self._manual_guard, self.pace = ManualCodeLimit(), LanePace()
        self.claims = LaneClaims(store)
        self._answers: deque[ScanAnswer] = deque(maxlen=_ANSWERS_KEPT)

    # -- scanning ----------------------------------------------------------------------------

    async def scan(self, request: Scan) -> ScanAnswer:
        """Answer one scan; when this returns, its journal entry is on disk.

        Raises:
            BadInput: if count, direction or `at` cannot be used, or the claim id is another
                passage's.
            StoreFault: if the answer could not be made durable: nobody may pass.
        """
        attempt = self._attempt(request)
        with self.claims.deciding(attempt.claim_id):
            try:
                return await self._scan(attempt)
            except BaseException:
                self.peers.drop(attempt.claim_id)
                raise

    async def _scan(self, attempt: Attempt) -> ScanAnswer:
        event, gate = self._knowledge.event, self.gate()
        if event is None or gate is None:
            reason = Reason.STALE_MANIFEST if event is None else Reason.WRONG_GATE
            return self._refuse(attempt, reason)
        case = find_locally(event, self._store.uses, gate, attempt)
        check_claim_id(self._store.uses, attempt, case)
        if self._is_repeat(case, attempt):
            return self._repeat(attempt, case)
        decision, alone = Decision(reason=Reason.SUPERVISOR), Moment(rung=self.rung())
        is_entry = attempt.direction is Direction.IN
        if case.stop and is_entry and case.is_manual and not case.decision.admit:
            # Nobody is let in, so nobody learns by it which codes are good.
            decision = Decision(reason=case.decision.reason)
            return self._settle(attempt, case.without_ticket(), decision, event, gate, alone)
        if not case.stop and self.is_guarded(case, event, attempt):
            return self._settle(attempt, case.without_ticket(), decision, event, gate, alone)
        is_asked = self._is_worth_asking(event, case, attempt)
        if self._uplink.may_ask and lacks_news(
            self._store, event, case, attempt, is_asked=is_asked
        ):
            attempt = await self._exchange_news(event, case, attempt)
            event, gate = self._knowledge.event, self.gate()  # others may have come meanwhile
            if event is None or gate is None:
                return self._refuse(attempt, Reason.STALE_MANIFEST)
            case = find_locally(event, self._store.uses, gate, attempt)
            is_asked = self._is_worth_asking(event, case, attempt)
            alone = Moment(rung=self.rung())
        if self.pace.is_closed_to(attempt, case, self._clock.elapsed()):
            return self._settle(attempt, case, decision, event, gate, alone)
        self.peers.hold(attempt, case)
        if is_asked:
            return await self._scan_connected(attempt, case)
        if not self._uplink.may_ask:
            return await self._scan_apart(attempt, case, is_fresh=True)
        # The ledger's word would not let this holder in, so it is not asked for.
        moment = Moment(rung=Rung.ONLINE, is_granted=True)
        decision = self._conclude(event, case, attempt, moment)
        return self._settle(attempt, case, decision, event, gate, alone)

    def refuse_line(self, text: str) -> ScanAnswer:
        """Put a request that cannot be read on record, as `malformed`.

        Raises:
            StoreFault: if it could not be made durable.
        """
        return self._refuse(self._attempt(Scan(text)), Reason.MALFORMED)

    def _attempt(self, request: Scan) -> Attempt:
        code, count, at = request.code, request.count, request.at
        self.setting.check(1 if count is None else count, at)
        found = code if isinstance(code, PickedTicket) else None
        attempt = Attempt(
            presented=self.tags.take(code, self._knowledge.event),
            claim_id=ClaimId(self._claim_id(request.claim_id)),
            gate_id=GateId(self.setting.gate_id or ""),
            direction=self.way(request.direction),
            count=1 if count is None else count,
            at=self._clock.now() if at is None else at,
            asked_at=request.asked_at,
            may_be=() if at is not None else self._knowledge.may_be(self._clock),
            started=self._clock.monotonic(),
            time_given=at is not None,
            manual=request.is_manual,
            pending_acknowledged=request.pending_acknowledged,
            id_checked=request.id_checked,
            answers=request.answers,
            opens_arm=request.opens_arm and not request.has_passed,
            awaits_passage=request.awaits_passage,
            has_passed=request.has_passed,
            is_unattended=request.is_unattended,
            person="" if found is None else found.person,
            why="" if found is None else found.why,
        )
        if request.claim_id is not None:
            return attempt
        return self.claims.resume(attempt, self.setting.gate_id)

    def _claim_id(self, going_on: str | None) -> str:
        """Draw an id; a scan that goes on keeps its own while that lives."""
        if going_on is not None and not self.claims.is_dead(going_on):
            return going_on
        return draw_claim_id(self.setting.device_id, self.entropy)

    # -- connected ---------------------------------------------------------------------------

    def _is_worth_asking(self, event: EventKnowledge, case: Case, attempt: Attempt) -> bool:
        return self._uplink.may_ask and is_worth_asking(
            case, event, attempt, self._moment(Rung.ONLINE), self.setting.device_id
        )

    async def _exchange_news(self, event: EventKnowledge, case: Case, attempt: Attempt) -> Attempt:
        """Tell the ledger and hear it, within a claim's budget.

        What peers alone tell of a holder is left to it: a hostile one tells anything.
        """
        left: frozenset[str] = frozenset()
        with contextlib.suppress(TimeoutError):
            async with answered_within(event.config.claim_budget_ms * MILLISECOND):
                await self._tell_ledger()
                left = await self.peers.bring(case)
        if not left or not self._uplink.may_ask:
            return attempt  # nobody says whether they count: they count here
        return msgspec.structs.replace(attempt, left_to_ledger=left)

    async def _scan_connected(self, attempt: Attempt, before: Case) -> ScanAnswer:
        """Claim the ticket at the ledger, look it up here once more, and record what both say."""
        gate_id = self.setting.gate_id or ""
        async with self.peers.reminding_home(attempt, before):
            word, may_be_granted = await self._claimant.claim(attempt, before, GateId(gate_id))
        may_be_granted = may_be_granted or attempt.is_resumed
        if may_be_granted:
            self.claims.note_grant(attempt, self.setting.gate_id)
        event, gate = self._knowledge.event, self.gate()
        if event is None or gate is None:
            return self._refuse(attempt, Reason.STALE_MANIFEST, releases=may_be_granted)
        if word is None:
            if attempt.left_to_ledger:  # and it says nothing of what was left to it
                attempt = msgspec.structs.replace(attempt, left_to_ledger=frozenset())
            before = find_locally(event, self._store.uses, gate, attempt)
            return await self._scan_apart(attempt, before, may_be_granted=may_be_granted)
        # The feed or another scan may have changed this ticket while the claim was away.
        held = self.peers.held(attempt, before, has_ledgers_word=True)
        case = find_locally(event, self._store.uses, gate, attempt, held)
        moment = Moment(rung=Rung.ONLINE, clock_trusted=self._clock.is_trusted, word=word)
        decision = combine(event, case, attempt, moment, self.setting.device_id)
        if decision.reason is Reason.UNKNOWN_TICKET and case.is_missed_guess:
            self._manual_guard.count_miss(event, self._clock.elapsed())
        if word.ticket_id is not None and case.ticket_id is None:
            case = msgspec.structs.replace(case, ticket_id=parse_ticket_id(word.ticket_id))
        case, decision = hide_whose(word, case, decision)
        releases = may_be_granted and not decision.admit
        moment = msgspec.structs.replace(moment, releases=releases)
        return self._settle(attempt, case, decision, event, gate, moment)

    def join(self, peers: Peers) -> None:
        """Ask these peers from the next scan on; `NOBODY` where the LAN rung has ended."""
        self.peers = peers

    # -- without the ledger ------------------------------------------------------------------

    async def _scan_apart(
        self,
        attempt: Attempt,
        before: Case,
        *,
        may_be_granted: bool = False,
        is_fresh: bool = False,
    ) -> ScanAnswer:
        """Decide a scan without the ledger, by the peers' answers or alone, and record that.

        Args:
            attempt: The scan.
            before: What this device found of it at first. The feed or another scan may have
                changed the ticket while others were waited for, so it is looked up once more.
            may_be_granted: The ledger may hold a grant for this claim: its answer was lost.
            is_fresh: Nobody was waited for since `before`.
        """
        heard, given, relayed, denial, is_staffs_turn = None, None, None, None, False
        may_be_granted = may_be_granted or attempt.is_resumed
        event, gate, peers = self._knowledge.event, self.gate(), self.peers
        if event is not None and gate is not None and peers.are_there:
            heard = await peers.ask(attempt, before, event, gate, self._moment(Rung.LAN))
            is_staffs_turn = waits_for_staff(before, attempt) and peers.may_ask_home(
                attempt, before
            )
            if not may_be_granted and not is_staffs_turn:
                # An id that the ledger may have asked the home with is never asked with again.
                may_be_granted = peers.may_ask_home(attempt, before)
                given = await peers.ask_home(attempt, before, gate)
            event, gate = self._knowledge.event, self.gate()
        if heard is not None and heard.may_be_granted:
            may_be_granted = True
            self.claims.note_grant(attempt, self.setting.gate_id)
        if event is None or gate is None:
            return self._refuse(attempt, Reason.STALE_MANIFEST, releases=may_be_granted)
        held = self.peers.held(attempt, before, heard if given is None else given.peers)
        case = before
        if peers.are_there or not is_fresh:
            case = find_locally(event, self._store.uses, gate, attempt, held)
        if given is not None:
            rung = Rung.LAN
            decision = self._conclude_given(event, case, attempt, given.give)
        elif is_staffs_turn and not may_be_granted:
            # What its home gave before the last answer would have to go back.
            rung = Rung.LAN
            moment = msgspec.structs.replace(self._moment(rung), has_quorum=True)
            decision = self._conclude(event, case, attempt, moment)
            if decision.admit:  # another lane has asked meanwhile
                decision = self._conclude(event, case, attempt, self._moment(rung))
        elif heard is None:
            rung = Rung.OFFLINE if before.decision.admit else self.rung()
            decision = self._conclude(event, case, attempt, self._moment(Rung.OFFLINE))
        else:
            rung, relayed = heard.rung, heard.granted
            moment = heard.weigh(self._moment(rung), case, self.setting.device_id)
            decision = self._conclude(event, case, attempt, moment)
            if heard.is_taken and case.decision.admit:
                decision, denial = read_denial(heard.verdict), heard.denial
            case, decision = hide_whose(heard.verdict.ledger, case, decision)
        moment = Moment(
            rung=rung,
            relayed=relayed,
            releases=may_be_granted and not decision.admit,
            used=None if case.ticket_id is None else used_by(held, event),
            stop="" if given is None else read_stop(given.give.reason),
            denial=denial,
        )
        return self._settle(attempt, case, decision, event, gate, moment)

    def _conclude_given(
        self, event: EventKnowledge, case: Case, attempt: Attempt, given: GiveBody
    ) -> Decision:
        """Decide by what the ticket's home device has answered over the venue's network."""
        if given.reason not in GAVE:
            return Decision(reason=read_kept(given.reason), remaining=given.remaining)
        # Unless the organizer has closed cut-off gates since the home was asked.
        is_enough = case.may_admit(Rung.LAN, self.setting.device_id) is not MayAdmit.LEDGER
        moment = msgspec.structs.replace(self._moment(Rung.LAN), has_quorum=is_enough)
        return self._conclude(event, case, attempt, moment)

    # -- settling ----------------------------------------------------------------------------

    def _conclude(
        self, event: EventKnowledge, case: Case, attempt: Attempt, moment: Moment
    ) -> Decision:
        """Decide without the ledger: may this device admit the ticket on its present rung?"""
        if case.may_admit(moment.rung, self.setting.device_id) is MayAdmit.HOME:
            home_gate = find_home_gate(case, event, self._store.uses)
            moment = msgspec.structs.replace(moment, home_gate=home_gate)
        moment = with_room(self._store, event, attempt, case, moment)
        decision = conclude(case, event, attempt, moment, self.setting.device_id)
        if decision.reason is Reason.UNKNOWN_TICKET and case.is_missed_guess:
            self._manual_guard.count_miss(event, self._clock.elapsed())
            if case.presented.manual_code is not None:
                return Decision(reason=MISSED_MANUAL_CODE)
        return refer_unknown(self._store, case, decision)

    def _settle(
        self,
        attempt: Attempt,
        case: Case,
        decision: Decision,
        event: EventKnowledge,
        gate: GateConfig,
        moment: Moment,
    ) -> ScanAnswer:
        """Make the outcome durable, then put the answer together."""
        if attempt.is_resumed and not decision.admit:
            moment = msgspec.structs.replace(moment, releases=True)
        answer = self._record(attempt, case, decision, moment, gate.id)
        self.pace.count(attempt, decision, self._clock.elapsed())
        answer = with_remarks(answer, case, decision, moment, event, gate, self._store.uses)
        self._answers.append(answer)
        return answer

    def _refuse(self, attempt: Attempt, reason: Reason, *, releases: bool = False) -> ScanAnswer:
        """Deny a scan whose ticket cannot be looked up, and put that on record."""
        moment = Moment(rung=self.rung(), releases=releases or attempt.is_resumed)
        gate_id = GateId(self.setting.gate_id or "")
        answer = self._record(attempt, _UNREAD, Decision(reason=reason), moment, gate_id)
        self._answers.append(answer)
        return answer

    def _record(
        self,
        attempt: Attempt,
        case: Case,
        decision: Decision,
        moment: Moment,
        gate_id: GateId,
    ) -> ScanAnswer:
        seq = self._recorder.record(attempt, case, decision, moment, gate_id)
        if moment.releases or (self.peers.are_there and decision.reason.verdict != "admit"):
            # Peers take an entry that admits nobody for the claim's end.
            self.claims.end(attempt.claim_id)
        self.claims.settle(attempt, self.setting.gate_id)
        now = self._clock.monotonic()
        return build_answer(attempt, case, decision, moment.rung, seq=seq, now=now)

    # -- the same scan again -----------------------------------------------------------------

    def _is_repeat(self, case: Case, attempt: Attempt) -> bool:
        """Whether this device has recorded this very claim as admitted already."""
        is_retry = case.decision.is_retry
        use = self._store.uses.find(attempt.claim_id) if is_retry else None
        return use is not None and use.is_local

    def _repeat(self, attempt: Attempt, case: Case) -> ScanAnswer:
        use = self._store.uses.find(attempt.claim_id)
        assert use is not None
        return repeat_answer(self._answers, use, case, attempt.ms_until(self._clock.monotonic()))

    # -- what people decide ------------------------------------------------------------------

    def override(self, request: Override) -> ScanAnswer:
        """Let holders pass on a supervisor's word; the entry is on disk when this returns.

        Raises:
            BadInput: if nobody may admit on this code, or the gate is not ready.
            StoreFault: if it could not be made durable.
        """
        attempt = msgspec.structs.replace(
            self._attempt(request.scan), person=request.person, why=request.why
        )
        event, gate = self._knowledge.event, self.gate()
        if event is None or gate is None:
            raise BadInput("this gate has no data yet", kind=TroubleKind.NO_DATA)
        case = find_locally(event, self._store.uses, gate, attempt)
        check_claim_id(self._store.uses, attempt, case)
        if self._is_repeat(case, attempt):
            return self._repeat(attempt, case)
        check_overridable(case, event)
        asked = request.scan.claim_id
        told = next((one for one in reversed(self._answers) if one.claim_id == asked), None)
        check_told(told, self._knowledge.knowledge_at)
        left = case.decision.remaining
        if left is not None and attempt.direction is Direction.IN:
            left = max(0, left - attempt.count)
        decision = Decision(reason=Reason.OVERRIDE, remaining=left)
        moment = Moment(rung=self.rung())
        return self._settle(attempt, case, decision, event, gate, moment)

    # -- state -------------------------------------------------------------------------------

    @property
    def answers(self) -> tuple[ScanAnswer, ...]:
        """The latest answers of this run, oldest first."""
        return tuple(self._answers)

    def is_guarded(self, case: Case, event: EventKnowledge, attempt: Attempt) -> bool:
        """Tell whether a person must look at a manual code: too many missed, or nobody is here."""
        is_alone = attempt.is_unattended and case.is_by_manual_code
        return is_alone or self._manual_guard.is_closed_to(case, event, self._clock.elapsed())

    def guard_guess(self, case: Case, event: EventKnowledge) -> None:
        """Count a manual code that is keyed in and that no ticket has.

        Raises:
            BadInput: if too many were tried: nobody learns which codes are good by trying.
        """
        self._manual_guard.guard(case, event, self._clock.elapsed())

    def rung(self) -> Rung:
        """The rung that holds now, for answers that needed nobody's word."""
        if self._uplink.is_connected:
            return Rung.ONLINE
        return Rung.LAN if self.peers.is_live else Rung.OFFLINE

    def gate(self) -> GateConfig | None:
        """Return where the lane stands, or None while that or the event is not known."""
        event = self._knowledge.event
        if event is None or self.setting.gate_id is None:
            return None
        return event.index.gates.get(self.setting.gate_id)

    def way(self, asked: Direction | str | None) -> Direction:
        """Return whether a scan lets in or out: as asked, else as the lane, else as the gate."""
        if asked is not None:
            return read_direction(asked)
        if self.setting.direction is not None:
            return self.setting.direction
        gate = self.gate()
        return Direction.OUT if gate is not None and gate.direction == "out" else Direction.IN

    def _moment(self, rung: Rung) -> Moment:
        known = self._knowledge.knowledge_at
        age = None if known is None else max(Duration(0), self._clock.now() - known)
        return Moment(rung=rung, manifest_age=age, clock_trusted=self._clock.is_trusted)
