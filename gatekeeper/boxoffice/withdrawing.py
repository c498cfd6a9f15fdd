"""A till takes a ticket's right away: the ledger was asked, or a supervisor knows the risk.

The claim's id is on disk before anybody is asked, and the entry before anything is paid out or
printed. A till that is cut off cannot know whether somebody is inside on the ticket, or was paid
at another till: it goes on only with the signature of a supervisor's badge, and says so before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from gatekeeper.boxoffice.withdraw_requests import Prepared, WithdrawAnswer, WithdrawRequest
from gatekeeper.boxoffice.withdrawal_recording import record_withdrawal
from gatekeeper.device_loop import answered_within
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.uplink import AskLedger, Uplink
from gatekeeper.store.claim_intents import ClaimIntent
from gatekeeper.store.store import Store
from shared.admission.checks_of_ticket import CLOSED_EVENT
from shared.admission.deciding_refunds_exchanges_and_reprints import (
    WithdrawalFacts,
    decide_withdrawal,
    newest_of,
)
from shared.admission.facts import TicketState
from shared.admission.offline_policy import Rung
from shared.admission.purpose import REPLACING, WITHDRAWING
from shared.admission.reasons import Reason, Verdict
from shared.credential.manual_code import parse_manual_code
from shared.journal.claim_ids import draw_claim_id
from shared.journal.entry import ReleaseBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.errors import BadInput, Rejected, ServerFault, trouble_of
from shared.kernel.id_types import ClaimId, DeviceId, GateId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import SECOND, Duration, format_instant
from shared.kernel.ports import Entropy
from shared.kernel.trouble import UNSENT, Trouble, TroubleKind
from shared.manifest.badge_signatures import BadgeScope, BadgeWord, sign_word, withdrawal_word
from shared.manifest.case_of_shown_code import open_case
from shared.manifest.presenting import Presented, present_found, present_text
from shared.manifest.seen_codes import credential_of, prove_manual, prove_signed, seen_word
from shared.manifest.tickets import TicketRow
from shared.sales.transfer_terms import may_be_passed_on
from shared.wire.claim import ClaimAnswer, ClaimRequest

REFUND_BUDGET: Final[Duration] = 2 * SECOND
"""How long a refund, or whatever else takes a ticket back, waits for the ledger: a ticket's home
may have to be asked."""

NOT_DONE: Final = "not_done"
"""Why a grant is signed away: nothing was paid out or handed over."""
NOT_ASKED: Final = "not_asked"
"""Nor can there be a grant: no server has heard of the claim."""
_NO_EVENT: Final = "this till has no event yet, or was asked to admit; sync once"
_SHIFT_OVER: Final = "the shift has been closed; nothing was paid out: open one and try again"


class ShiftOverError(BadInput):
    """The shift out of whose drawer a ticket was to be paid back is not open any more."""


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the device knows of a request's ticket."""

    presented: Presented
    row: TicketRow | None
    facts: WithdrawalFacts


class WithdrawalPorts(msgspec.Struct, frozen=True):
    """What a withdrawal reaches beyond the till's own disk.

    Attributes:
        uplink: Whether the ledger can be asked; it hears how that went.
        ask_ledger: Claims at the ledger.
        after_entry: Called when the journal has grown.
    """

    uplink: Uplink
    ask_ledger: AskLedger
    after_entry: Callable[[], None]


class Withdrawer:
    """Takes tickets' rights away at one till.

    Attributes:
        in_flight: Claims that are just being asked for.
        keep_paper: Puts the credential that takes another's place on disk as a print job, in the
            withdrawal's own transaction: nothing else of this till knows its digits.
    """

    def __init__(
        self,
        store: Store,
        recorder: Recorder,
        entropy: Entropy,
        ports: WithdrawalPorts,
        *,
        is_till: bool,
    ) -> None:
        """Write what is done with `recorder`, of what its knowledge knows."""
        self._store = store
        self._knowledge = recorder.knowledge
        self._recorder = recorder
        self._entropy = entropy
        self._uplink = ports.uplink
        self._ask_ledger = ports.ask_ledger
        self._after_entry = ports.after_entry
        self._is_till = is_till
        self.in_flight: set[ClaimId] = set()
        self.keep_paper: Callable[[WithdrawAnswer], None] = lambda _: None

    @property
    def may_ask(self) -> bool:
        """Whether the ledger is worth asking."""
        return self._uplink.may_ask

    def note_slow(self, text: str) -> None:
        """Note that the ledger did not answer in time: it is not asked until it has again."""
        self._uplink.note_failure(Trouble(TroubleKind.TOO_SLOW, text))

    async def withdraw(self, request: WithdrawRequest) -> WithdrawAnswer:
        """Do it, or say what stands against it; when it is `ok`, it is on disk.

        Raises:
            BadInput: if the device is no till or knows no event, or the ledger refuses to decide.
            ShiftOverError: if the shift of the request was closed meanwhile.
            StoreFault: if it could not be made durable: nothing was done.
        """
        prepared = await self.prepare(request)
        return prepared.answer if prepared.body is None else self.record([prepared])[0]

    def record(self, granted: Sequence[Prepared]) -> list[WithdrawAnswer]:
        """Put on disk what was granted, all of it or nothing.

        Raises:
            ShiftOverError: if that shift is not open any more; the grants are given back.
            StoreFault: if it could not be made durable.
        """
        bodies = [(one.event_id, one.body) for one in granted if one.event_id and one.body]
        try:
            self._check_shift([body for _, body in bodies])
            stamp = self._recorder.stamp()
            with self._recorder.transaction("withdrawal", stamp):
                seqs = [record_withdrawal(self._store, *body, stamp) for body in bodies]
                for one in granted:
                    if one.answer.new_code:
                        self.keep_paper(one.answer)
        finally:
            self.let_go([body.claim_id for _, body in bodies])
        self._after_entry()
        return [
            msgspec.structs.replace(one.answer, seq=seq)
            for one, seq in zip(granted, seqs, strict=True)
        ]

    def _check_shift(self, bodies: Sequence[WithdrawalBody]) -> None:
        shift = self._store.shifts.get()
        open_id = None if shift is None else shift.shift_id
        if any(body.shift_id not in {"", open_id} for body in bodies):
            for body in bodies:
                self.release(body.claim_id, body.ticket_id)
            raise ShiftOverError(_SHIFT_OVER)

    async def prepare(self, request: WithdrawRequest) -> Prepared:
        """Claim it, and write nothing of it yet; whoever asked records it, or gives it up.

        Until then its claim is held: call `let_go`.

        Raises:
            BadInput: if the device is no till or knows no event, or the ledger refuses to decide.
            StoreFault: if the disk refuses.
        """
        if not self._is_till:
            raise BadInput("this is not a till; tickets are refunded and reprinted at tills")
        event = self._knowledge.event
        if event is None or request.purpose not in WITHDRAWING:
            raise BadInput(_NO_EVENT)
        found = self._find(event, request)
        if found.presented.flaw is not None:
            return Prepared(WithdrawAnswer(reason=found.presented.flaw, mode=self._mode))
        claim_id = draw_claim_id(DeviceId(event.device_id), self._entropy)
        self.in_flight.add(claim_id)
        try:
            prepared = await self._decide(event, request, found, claim_id)
        except BaseException:
            self.in_flight.discard(claim_id)
            raise
        if prepared.body is None:
            self.in_flight.discard(claim_id)
        self._after_entry()
        return prepared

    def let_go(self, claims: Iterable[ClaimId]) -> None:
        """Hold claims no longer: their entries are on disk, or are given back by themselves."""
        self.in_flight.difference_update(claims)

    def give_up(self, claim_id: ClaimId, ticket_id: TicketId, why: str = NOT_DONE) -> None:
        """Sign that nothing was paid out or handed over under a claim.

        Raises:
            StoreFault: if it could not be made durable.
        """
        self._recorder.write(ReleaseBody(claim_id, ticket_id, why))

    @property
    def _mode(self) -> str:
        return (Rung.ONLINE if self._uplink.is_up else Rung.OFFLINE).value

    def _find(self, event: EventKnowledge, request: WithdrawRequest) -> _Found:
        if request.ticket_id is not None:
            presented = present_found(request.ticket_id)
        else:
            presented = present_text(request.code, event.keyring, event_id=event.event_id)
        row = open_case(event.index, presented, event).row
        ticket_id = presented.ticket_id if row is None else row.ticket_id
        uses = () if ticket_id is None else self._store.uses.records_of(ticket_id)
        claims = presented.claims
        facts = WithdrawalFacts(
            purpose=request.purpose,
            state=TicketState.PAID if row is None else TicketState(row.facts.state),
            blocked=row is not None and row.facts.blocked,
            generation=0 if row is None else row.facts.generation,
            shown=None if claims is None else claims.generation,
            is_imported=row is not None and row.facts.is_imported,
            is_used=any(use.direction == "in" and not use.annulled for use in uses),
            is_over=event.config.state in CLOSED_EVENT,
            is_bound=not may_be_passed_on(
                event.config.prices.transfers_until, self._recorder.clock.now()
            ),
        )
        return _Found(presented=presented, row=row, facts=facts)

    async def _decide(
        self, event: EventKnowledge, request: WithdrawRequest, found: _Found, claim_id: ClaimId
    ) -> Prepared:
        may_ask = self._uplink.may_ask
        word = await self._ask(event, request, found, claim_id) if may_ask else NOT_ASKED
        if isinstance(word, ClaimAnswer):
            return self._by_ledger(event, request, found, word)
        # Nobody answers for the others: what they know is not known here. But the feed may have
        # told of the ticket, or another list may have come, while the ledger was waited for.
        now = self._knowledge.event
        if now is None:
            raise BadInput(_NO_EVENT)
        return self._alone(now, request, self._find(now, request), claim_id, word)

    async def _ask(
        self, event: EventKnowledge, request: WithdrawRequest, found: _Found, claim_id: ClaimId
    ) -> ClaimAnswer | str:
        """Claim at the ledger; where its word could not be had, return why nothing comes of it."""
        ticket_id = _ticket_of(found)
        with self._store.transaction("claim_intent"):
            # After a crash it is released: nothing was paid out.
            self._store.intents.add(
                ClaimIntent(claim_id, event.event_id, ticket_id or TicketId(0))
            )
        picked = request.ticket_id
        asked = ClaimRequest(
            code="" if picked is not None else request.code,
            gate_id=GateId(""),
            direction="in",
            claim_id=claim_id,
            scanned_at=format_instant(self._recorder.clock.now()),
            manual=request.manual,
            seen=self._knowledge.state.seen,
            journalled=True,
            ticket_id=None if picked is None else format_ticket_id(picked),
            person=request.authorized_by or _finder_of(request),
            signature=self._say_who(event, request, found, claim_id).hex(),
            purpose=request.purpose.value,
            amount_minor=request.amount_minor,
            currency=request.currency,
            tender=request.tender,
            reference=request.reference,
            why=request.reason,
            cashier=request.cashier,
        )
        try:
            async with answered_within(REFUND_BUDGET):
                word = await self._ask_ledger(asked)
        except TimeoutError:
            self.note_slow("the server did not answer")
            return NOT_DONE
        except ServerFault as fault:
            trouble = trouble_of(fault)
            self._uplink.note_failure(trouble)
            return NOT_ASKED if trouble.kind in UNSENT else NOT_DONE
        except Rejected as fault:
            # The ledger has answered, and grants nothing: that is no outage to go on alone in.
            self._uplink.note_answer()
            raise BadInput(str(fault)) from None
        self._uplink.note_answer()
        return word

    def _by_ledger(
        self, event: EventKnowledge, request: WithdrawRequest, found: _Found, word: ClaimAnswer
    ) -> Prepared:
        """Do what the ledger has granted, or say what it said."""
        reason = Reason(word.reason)
        told = word.ticket_id
        ticket_id = _ticket_of(found) if told is None else TicketId(int(told, 16))
        if reason.verdict is not Verdict.ADMIT or ticket_id is None:
            with self._store.transaction("withdrawal_refused"):
                self._store.intents.remove(word.claim_id)
            refused = WithdrawAnswer(
                reason=reason,
                mode=Rung.ONLINE.value,
                is_used=found.facts.is_used,
                ticket_id=ticket_id,
            )
            return Prepared(refused)
        code = word.new_manual_code
        body = self._body(
            event,
            request,
            found,
            WithdrawalBody(
                claim_id=word.claim_id,
                ticket_id=ticket_id,
                generation=word.generation or 0,
                purpose=request.purpose.value,
                mode=Rung.ONLINE.value,
                signature=self._sign(event, request, found, word.claim_id, word.generation),
                new_generation=word.new_generation,
                new_key_id=word.new_key_id,
                new_manual_code=None if code is None else parse_manual_code(code),
                grant_code=bytes.fromhex(word.grant_code),
            ),
        )
        answer = WithdrawAnswer(
            reason=Reason.OK,
            mode=Rung.ONLINE.value,
            is_used=found.facts.is_used,
            ticket_id=ticket_id,
            new_generation=word.new_generation,
            new_code=word.new_code,
            new_manual_code=code,
        )
        return Prepared(answer, body, event.event_id)

    def _alone(
        self,
        event: EventKnowledge,
        request: WithdrawRequest,
        found: _Found,
        claim_id: ClaimId,
        why: str,
    ) -> Prepared:
        """Go on with a supervisor's signature, or say what it would take."""
        ticket_id = _ticket_of(found)
        signature = self._sign(event, request, found, claim_id)
        facts = msgspec.structs.replace(found.facts, is_granted=False, is_approved=bool(signature))
        is_known = found.row is not None or found.presented.key is not None
        reason = decide_withdrawal(facts) if is_known else Reason.UNKNOWN_TICKET
        if reason is Reason.OK and request.purpose in REPLACING:
            # Nobody here can sign a credential that gates would take: their lists do not say it.
            reason = Reason.OFFLINE_POLICY
        answer = WithdrawAnswer(
            reason=reason,
            mode=Rung.OFFLINE.value,
            is_used=facts.is_used,
            is_at_risk=True,
            ticket_id=ticket_id,
        )
        if reason is not Reason.OK or ticket_id is None:
            self.release(claim_id, ticket_id, why)
            return Prepared(answer)
        body = self._body(
            event,
            request,
            found,
            WithdrawalBody(
                claim_id=claim_id,
                ticket_id=ticket_id,
                generation=newest_of(facts),
                purpose=request.purpose.value,
                mode=Rung.OFFLINE.value,
                signature=signature,
            ),
        )
        return Prepared(answer, body, event.event_id)

    def release(self, claim_id: ClaimId, ticket_id: TicketId | None, why: str = NOT_DONE) -> None:
        """Sign away what the ledger has granted, or may have before its answer was lost.

        Raises:
            StoreFault: if it could not be made durable.
        """
        if self._store.intents.has(claim_id):
            self.give_up(claim_id, ticket_id or TicketId(0), why)
            with self._store.transaction("withdrawal_released"):
                self._store.intents.remove(claim_id)
            self._after_entry()  # the ticket is good again as soon as the ledger hears of it

    def _body(
        self,
        event: EventKnowledge,
        request: WithdrawRequest,
        found: _Found,
        body: WithdrawalBody,
    ) -> WithdrawalBody:
        """Add to what is done what was asked, and what proves that the code was read."""
        word = seen_word(event.event_id, DeviceId(event.device_id), body.claim_id)
        presented = found.presented
        seen = b""
        if presented.key is not None and request.ticket_id is None:
            seen = prove_signed(word, credential_of(request.code))
        elif presented.manual_code is not None and found.row is not None:
            seen = prove_manual(word, presented.manual_code)
        return msgspec.structs.replace(
            body,
            reason=request.reason,
            sale_id=request.reference,
            currency=request.currency,
            amount_minor=request.amount_minor,
            tender=request.tender,
            cashier=request.cashier,
            authorized_by=request.authorized_by,
            seen=seen,
            shift_id=request.shift_id,
            ticket_type_code=request.ticket_type_code,
            tax_basis_points=request.tax_basis_points,
            tax_minor=request.tax_minor,
            credited_minor=request.credited_minor,
            credited_to=request.credited_to,
            parts=request.parts,
        )

    def _say_who(
        self, event: EventKnowledge, request: WithdrawRequest, found: _Found, claim_id: ClaimId
    ) -> bytes:
        """Let the supervisor's badge sign for the ledger, or that of whoever found the ticket."""
        finder = request.found_by
        if request.authorized_by or finder is None:
            return self._sign(event, request, found, claim_id)
        generation = newest_of(found.facts)
        word = self._word(event, request, found, claim_id, finder.person, generation)
        return b"" if word is None else sign_word(finder.key, word)

    def _sign(
        self,
        event: EventKnowledge,
        request: WithdrawRequest,
        found: _Found,
        claim_id: ClaimId,
        generation: int | None = None,
    ) -> bytes:
        """Let the badge that was shown sign; empty where nobody's was.

        Args:
            event: Where.
            request: What is done, and who allows it.
            found: The ticket.
            claim_id: Of this withdrawal.
            generation: That is taken away; None for the newest that is known here.
        """
        if not request.authorized_by:
            return b""
        newest = newest_of(found.facts) if generation is None else generation
        word = self._word(event, request, found, claim_id, request.authorized_by, newest)
        return b"" if word is None else self._knowledge.badge.sign(word)

    def _word(
        self,
        event: EventKnowledge,
        request: WithdrawRequest,
        found: _Found,
        claim_id: ClaimId,
        person: str,
        generation: int,
    ) -> BadgeWord | None:
        """Make what a badge signs; None where the ticket is not known."""
        ticket_id = _ticket_of(found)
        if ticket_id is None:
            return None
        organization_id, device_id = event.config.organization_id, DeviceId(event.device_id)
        return withdrawal_word(
            BadgeScope(organization_id, event.event_id, device_id, person),
            claim_id=claim_id,
            ticket_id=ticket_id,
            purpose=request.purpose.value,
            generation=generation,
            amount_minor=request.amount_minor,
            currency=request.currency,
        )


def _finder_of(request: WithdrawRequest) -> str:
    return "" if request.found_by is None else request.found_by.person


def _ticket_of(found: _Found) -> TicketId | None:
    return found.presented.ticket_id if found.row is None else found.row.ticket_id
