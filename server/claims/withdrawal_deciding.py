"""One withdrawal in its transaction: whether the ticket's right may be taken away, and doing so.

The ticket's row is locked as each claim locks it, before the event's counter: of a withdrawal and
an admission of one ticket, whoever comes second sees what the first has made of it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from server.cancelling.event_cancelling import is_sent_back
from server.claims.claim_problems import claim_id_reused, not_open, revoked
from server.claims.claim_work import asks_the_same, withdrawal_content
from server.claims.missed_codes import limit_of
from server.claims.picked_tickets import is_found, is_own
from server.claims.too_fast_devices import name_typed_withdrawals
from server.db.column_types import TICKET_ID_OFFSET
from server.db.rate_limit_over_workers import give_back, take
from server.db.session_transaction import SessionTransaction
from server.db.unit import Unit
from server.devices.device_of_request import DeviceIdentity
from server.entries.journal_reading import is_sale_unbooked
from server.feed.rows import append_feed, read_lots, read_status, take_numbers
from server.homes.rows import ASKED, ENDED, GIVEN, KEPT, AskRecord, read_asks, write_asks
from server.keys.vault import Vault
from server.keys.withdrawal_codes import WithdrawalCodes, WithdrawalGrant
from server.ledger.rows import insert_marks, read_marks, read_uses
from server.ledger.uses import MarkRecord
from server.payments.exchanged_parts import find_order_voucher_over
from server.payments.payments_and_payouts import is_disputed
from server.payments.vouchers import say_nothing_back
from server.plans.event_book import EventBook, Outdated, version_of
from server.problem_answers import Problem, not_found
from server.publishing.credentials import open_issuer
from server.reconciliation.passage_records import count_typed_codes, read_typing_paces
from server.reconciliation.typed_codes import TypedCodes
from server.ticketing.finding_and_changing_tickets import Ticket, change_of, lock_tickets
from server.ticketing.ports import ChangeFeed, UsageLookup
from server.ticketing.rows import FIND_MANUAL
from server.ticketing.withdrawals import (
    CLAIMED,
    TicketWithdrawal,
    WantedWithdrawal,
    is_newest_in_hand,
    withdraw,
)
from shared.admission.deciding_refunds_exchanges_and_reprints import (
    WithdrawalFacts,
    decide_withdrawal,
)
from shared.admission.explain import explain
from shared.admission.facts import TicketState
from shared.admission.purpose import REPLACING, Purpose
from shared.admission.reasons import Reason, Verdict
from shared.credential.manual_code import format_manual_code
from shared.kernel.id_types import DeviceId, GateId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import format_instant
from shared.manifest.badge_signatures import (
    BadgeScope,
    BadgeWord,
    is_supervisors_word,
    withdrawal_word,
)
from shared.manifest.case_of_shown_code import open_case
from shared.manifest.presenting import Presented, present_claim
from shared.manifest.tickets import TicketRow
from shared.sales.tenders import SPLIT, VOUCHER
from shared.sales.transfer_terms import may_be_passed_on
from shared.wire.claim import ClaimAnswer, ClaimRequest
from shared.wire.device_feed import HomeRequest
from shared.wire.feed import Annul, ItemBody

_ENCODE: Final = msgspec.json.Encoder().encode
_OVER: Final = frozenset({"completed", "archived", "cancelled"})


class _Rows(msgspec.Struct, frozen=True):
    """The one row that a case is opened by; see `shared.manifest.case_of_shown_code.Rows`."""

    row: TicketRow | None

    def find(self, ticket_id: TicketId) -> TicketRow | None:
        """See `shared.manifest.case_of_shown_code.Rows`."""
        return self.row if self.row is not None and self.row.ticket_id == ticket_id else None

    def find_manual(self, code: int) -> TicketRow | None:
        """See `shared.manifest.case_of_shown_code.Rows`."""
        return self.row if self.row is not None and self.row.manual_code == code else None


class WithdrawalDecision:
    """One withdrawal in its transaction.

    Attributes:
        answer: What was answered; None while a home is waited for.
    """

    def __init__(
        self,
        unit: Unit,
        book: EventBook,
        device: DeviceIdentity,
        request: ClaimRequest,
        changes: ChangeFeed,
        usage: UsageLookup,
        codes: WithdrawalCodes,
    ) -> None:
        self._unit = unit
        self._book = book
        self._device = device
        self._request = request
        self._changes = changes
        self._usage = usage
        self._codes = codes
        self._transaction = SessionTransaction(unit.session)
        self._place = (self._transaction, book.organization_id, book.event_id)
        self._purpose = Purpose(request.purpose)
        self._content = withdrawal_content(request, device)
        self._typed = TypedCodes(book.event_id, unit.now)
        self._epoch = 0
        self.answer: bytes | None = None

    async def run(self, vault: Vault, *, asks_home: bool) -> None:
        """Decide, and record what was decided.

        Raises:
            Outdated: if the book is; nothing was done.
            Problem: see `WithdrawalClaims.claim`.
        """
        await self._check_ledger()
        presented = self._present()
        if presented.flaw is not None:
            self._refuse(presented.flaw, presented.ticket_id)
            return
        if presented.can_be_guess and not await self._may_guess():
            self._refuse(Reason.SUPERVISOR, None)
            return
        ticket_id = await self._find(presented)
        if ticket_id is None:
            self._refuse(Reason.UNKNOWN_TICKET, None)
            return
        rows = await lock_tickets(self._unit, self._book.event_id, [ticket_id])
        if presented.can_be_guess and rows:  # no miss
            await give_back(self._unit.session, limit_of(self._book), self._device.id)
        if await self._answer_again():
            return
        if not rows:
            if await is_sale_unbooked(self._unit, self._device.id, ticket_id):
                said = "The till's sales are still being booked; try again."
                raise Problem("unavailable", said, retry_after_s=1)
            # A till may have sold it, cut off: only a supervisor can say so before its sale comes.
            is_signed = presented.key is not None
            self._refuse(Reason.SUPERVISOR if is_signed else Reason.UNKNOWN_TICKET, ticket_id)
            return
        await self._judge(vault, presented, rows[0], asks_home=asks_home)

    async def _may_guess(self) -> bool:
        """Count a try at what may be nobody's code; locks the count until the commit."""
        limit, now = limit_of(self._book), self._unit.now
        return (await take(self._unit.session, limit, self._device.id, now)).is_allowed

    async def _check_ledger(self) -> None:
        status = await read_status(*self._place, [self._device.id])
        if status is None:
            raise not_found("event")
        if self._request.seen is not None:
            lots = await read_lots(*self._place, [self._request.seen.sequence])
            status = msgspec.structs.replace(status, lots=lots)
        if not status.is_open or status.awaits_devices:
            raise not_open()
        if status.has_forgotten(self._request.seen):
            raise not_open()
        if self._device.id in status.revoked:
            raise revoked(self._device)
        if version_of(status) != self._book.version:
            raise Outdated
        self._epoch = status.epoch

    def _present(self) -> Presented:
        """Say what was shown; a ticket that was picked without a code is judged later."""
        request = self._request
        if request.ticket_id is not None:
            if request.code or request.tag_uid:
                return Presented(flaw=Reason.MALFORMED)
            return Presented(ticket_id=TicketId(int(request.ticket_id, 16)))
        return present_claim(
            request.code,
            request.tag_uid,
            self._book.keyring,
            event_id=self._book.event_id,
            ticket_id=None,
            is_typed=request.manual,
        )

    async def _find(self, presented: Presented) -> TicketId | None:
        if presented.manual_code is not None:
            transaction, org, event_id = self._place
            found = await transaction.fetch(FIND_MANUAL, event_id, org, [presented.manual_code])
            if found:
                return TicketId(found[0][0] + TICKET_ID_OFFSET)
        return presented.ticket_id

    async def _answer_again(self) -> bool:
        """Answer what was answered before under this claim id; tells whether there was such."""
        claim_id = self._request.claim_id
        mark = (await read_marks(*self._place, [claim_id])).get(claim_id)
        if await read_uses(*self._place, (), [claim_id]):
            raise claim_id_reused()
        if mark is None:
            return False
        if mark.device_id != self._device.id:
            raise claim_id_reused()
        if mark.answer is None or mark.content is None:
            self._refuse(Reason.ALREADY_USED, None)  # its holder signed that it came to nothing
            return True
        if not asks_the_same(mark.content, self._content):
            raise claim_id_reused()
        self.answer = mark.answer
        return True

    async def _judge(
        self, vault: Vault, presented: Presented, row: Ticket, *, asks_home: bool
    ) -> None:
        is_approved = self._is_approved(row)
        is_picked = self._request.ticket_id is not None and not is_approved
        if is_picked and not await self._may_pick(row):
            self._refuse(Reason.SUPERVISOR, row.ticket_id)
            return
        told = change_of(row, self._book.codes.get(row.ticket_type_id, 0))
        home = open_case(self._book.index, presented, _Rows(told)).home_other_than(self._device.id)
        ask = (await read_asks(*self._place, [self._request.claim_id])).get(self._request.claim_id)
        has_given = ask is not None and (ask.state, ask.home_device_id) == (GIVEN, home)
        shown = None if presented.claims is None else presented.claims.generation
        if shown is not None and await is_newest_in_hand(self._unit, row, shown):
            shown = max(shown, row.generation)
        sent_back = await is_sent_back(self._unit, self._book.event_id, row.ticket_id)
        if sent_back:
            self._refuse(Reason.CANCELLED, row.ticket_id)
            return
        await self._check_voucher(row)
        facts = WithdrawalFacts(
            purpose=self._purpose,
            state=TicketState(row.state),
            blocked=row.blocked,
            generation=row.generation,
            shown=shown,
            is_imported=row.is_imported,
            # Who cancelled the event has allowed it for every ticket, used ones too.
            is_used=sent_back is None and await self._is_used(row, ask),
            is_home_elsewhere=home is not None and not has_given,
            is_approved=is_approved,
            is_over=self._book.index.config.state in _OVER,
            is_disputed=await is_disputed(self._unit, row.order_id),
            is_bound=not may_be_passed_on(
                self._book.index.config.prices.transfers_until, self._unit.now
            ),
        )
        reason = decide_withdrawal(facts)
        is_referred = reason is Reason.SUPERVISOR and not facts.is_used
        is_for_home = home and asks_home and ask is None and is_referred
        is_typed = presented.manual_code is not None and not is_approved
        # A home gives the ticket away before it answers: what asks one counts by that.
        is_counted = is_typed and ask is None and (reason is Reason.OK or is_for_home)
        may_go_on = not is_counted or await self._may_type()
        if home and is_for_home and may_go_on:
            await self._ask(presented, row, home)
            await count_typed_codes(self._transaction, self._typed)
            return
        if reason is not Reason.OK or not may_go_on:
            self._refuse(Reason.SUPERVISOR if reason is Reason.OK else reason, row.ticket_id)
        else:
            await self._grant(vault, row)
            await count_typed_codes(self._transaction, self._typed)
        if ask is not None and ask.state != ENDED:
            await self._hand_back(ask)

    async def _may_type(self) -> bool:
        """Count one more manual code, which each device's list holds; else name the device."""
        device = self._device
        await read_typing_paces(self._transaction, self._book, self._typed, [device.id])
        if self._typed.may_take(device.id):
            return True
        unit, gate_id = self._unit, GateId(self._request.gate_id)
        await name_typed_withdrawals(*self._place, device, gate_id, unit.now, unit.entropy)
        return False

    async def _check_voucher(self, row: Ticket) -> None:
        """Let nothing go back onto a voucher of which nothing can be spent any more.

        Raises:
            Problem: `conflict`, which says what to do instead.
        """
        request = self._request
        has_voucher = request.tender in {VOUCHER, SPLIT}
        if not has_voucher or not request.amount_minor or row.order_id is None:
            return
        if why := await find_order_voucher_over(self._unit, row.order_id, self._device.id):
            raise Problem("conflict", say_nothing_back(why))

    async def _is_used(self, row: Ticket, ask: AskRecord | None) -> bool:
        if ask is not None and (ask.state, ask.reason) == (KEPT, Reason.ALREADY_USED.value):
            return True
        used = await self._usage.used(self._unit.session, self._book.event_id, [row.ticket_id])
        return bool(used)

    def _is_approved(self, row: Ticket) -> bool:
        """Tell whether a supervisor's badge has signed this very withdrawal."""
        if not self._request.signature:
            return False
        signature = bytes.fromhex(self._request.signature)
        people = self._book.index.config.supervisors
        return is_supervisors_word(self._word(row), signature, people)

    async def _may_pick(self, row: Ticket) -> bool:
        """Tell whether a ticket may be picked without its code, and without a supervisor."""
        request, place = self._request, (self._unit, self._book.event_id)
        if await is_own(*place, self._device.id, row.ticket_id):
            return True
        if self._purpose is not Purpose.HAND_OVER:
            return False
        word = self._word(row)
        return await is_found(*place, row.ticket_id, request.person, word, request.signature)

    def _word(self, row: Ticket) -> BadgeWord:
        request, book = self._request, self._book
        speaker = BadgeScope(book.organization_id, book.event_id, self._device.id, request.person)
        return withdrawal_word(
            speaker,
            claim_id=request.claim_id,
            ticket_id=row.ticket_id,
            purpose=request.purpose,
            generation=row.generation,
            amount_minor=request.amount_minor,
            currency=request.currency,
        )

    async def _grant(self, vault: Vault, row: Ticket) -> None:
        request, unit, event_id = self._request, self._unit, self._book.event_id
        is_replacing = self._purpose in REPLACING
        # Before the counter is locked: a key may have to be made.
        issuer = await open_issuer(unit, vault, event_id) if is_replacing else None
        wanted = WantedWithdrawal(
            purpose=self._purpose,
            actor=request.cashier or self._device.id,
            claim_id=request.claim_id,
            device_id=self._device.id,
            person=request.person,
            source=CLAIMED,
            reason=request.why,
            reference=request.reference,
            currency=request.currency,
            amount_minor=request.amount_minor,
            tender=request.tender,
        )
        (made,) = await withdraw(unit, self._changes, event_id, [row], wanted)
        answer = self._answer(Reason.OK, row.ticket_id, made)
        if issuer is not None:
            issued = issuer.issue(row, self._book.codes[row.ticket_type_id])
            code = row.manual_code
            answer = msgspec.structs.replace(
                answer,
                new_generation=row.generation,
                new_key_id=issuer.key_id,
                new_code=issued.digits,
                new_manual_code=None if code is None else format_manual_code(code),
            )
        answer = msgspec.structs.replace(answer, grant_code=self._code(row, answer).hex())
        self.answer = _ENCODE(answer)
        mark = MarkRecord(
            request.claim_id, self._device.id, "withdrawn", self._content, self.answer
        )
        await insert_marks(*self._place, [mark], unit.now)

    def _code(self, row: Ticket, answer: ClaimAnswer) -> bytes:
        """Return the code by which this grant is known again if it is forgotten."""
        grant = WithdrawalGrant(
            organization_id=self._book.organization_id,
            event_id=self._book.event_id,
            device_id=self._device.id,
            claim_id=self._request.claim_id,
            ticket_id=row.ticket_id,
            purpose=self._purpose.value,
            generation=answer.generation or 0,
            new_generation=answer.new_generation,
        )
        return self._codes.make(grant)

    def _refuse(self, reason: Reason, ticket_id: TicketId | None) -> None:
        self.answer = _ENCODE(self._answer(reason, ticket_id, None))

    def _answer(
        self, reason: Reason, ticket_id: TicketId | None, made: TicketWithdrawal | None
    ) -> ClaimAnswer:
        is_granted = reason.verdict is Verdict.ADMIT
        return ClaimAnswer(
            verdict=reason.verdict.value,
            reason=reason.value,
            ticket_id=None if ticket_id is None else format_ticket_id(ticket_id),
            remaining=None,
            claim_id=self._request.claim_id,
            at=format_instant(self._unit.now),
            epoch=self._epoch,
            sequence=None if made is None else made.seq or None,
            next_step=None if is_granted else explain(reason).next_step,
            generation=None if made is None else made.generation,
        )

    async def _ask(self, presented: Presented, row: Ticket, home: DeviceId) -> None:
        """Ask the ticket's home, as if its holder stood at the home's own gate."""
        request, claims = self._request, presented.claims
        gate_id = self._book.homes.get(home)
        if gate_id is None:
            self._refuse(Reason.SUPERVISOR, row.ticket_id)
            return
        item = HomeRequest(
            home_device_id=home,
            claim_id=request.claim_id,
            ticket_id=row.ticket_id,
            key_id=None if claims is None else claims.key_id,
            generation=None if claims is None else claims.generation,
            gate_id=gate_id,
            device_id=self._device.id,
            count=row.persons,
            ticket_type_code=0 if claims is None else claims.ticket_type_code,
        )
        seq = await self._tell(self._book.coded(item))
        ask = AskRecord(
            request.claim_id,
            row.ticket_id,
            home,
            self._device.id,
            gate_id,
            row.persons,
            ASKED,
            "",
            self._unit.now,
            seq,
        )
        await write_asks(*self._place, [ask])

    async def _hand_back(self, ask: AskRecord) -> None:
        """Let the home have back what it gave, behind what was told of the ticket."""
        if ask.state == GIVEN:
            gone = Annul(ask.claim_id, ask.ticket_id, self._unit.now, self._device.id, "withdrawn")
            await self._tell(gone)
        ask.state = ENDED
        await write_asks(*self._place, [ask])

    async def _tell(self, item: ItemBody) -> int:
        seq = await take_numbers(*self._place, 1)
        await append_feed(*self._place, seq, [item])
        self._changes.tell_after_commit(self._unit.session, self._book.event_id)
        return seq
