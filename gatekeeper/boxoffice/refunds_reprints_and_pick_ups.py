"""After the sale, at the till that sold: void, refund, reprint and pick-up, ticket by ticket.

What goes back is what the journal says was paid: of each ticket its share, of its tax the part
that stood in it, to the tender it came from. A cashier needs the right to pay back so much, or
somebody who has it; whether the ticket may still be withdrawn, the ledger says.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from gatekeeper.boxoffice.answers import TicketOutcome
from gatekeeper.boxoffice.copies_of_cut_off_till import OwnCopies
from gatekeeper.boxoffice.drawer_journal import DrawerJournal
from gatekeeper.boxoffice.open_exchanges import (
    IN_EXCHANGE,
    list_withdrawals,
    tickets_in_open_exchanges,
)
from gatekeeper.boxoffice.refund_amounts import payable, payable_in_parts, tender_back
from gatekeeper.boxoffice.shift_requests import ShiftAnswer
from gatekeeper.boxoffice.shifts import Shifts
from gatekeeper.boxoffice.tickets_with_payments import (
    BEYOND_TERMS,
    LESS_BACK,
    NO_SUCH_PAYOUT,
    OwnTicket,
    find_own,
)
from gatekeeper.boxoffice.till_staff import TillStaff
from gatekeeper.boxoffice.withdraw_requests import (
    FoundBy,
    Prepared,
    WithdrawAnswer,
    WithdrawRequest,
)
from gatekeeper.boxoffice.withdrawing import ShiftOverError, Withdrawer
from gatekeeper.store.store import Store
from shared.admission.offline_policy import Rung
from shared.admission.purpose import Purpose
from shared.admission.reasons import Reason
from shared.journal.withdrawal_body import PaidBack
from shared.kernel.errors import BadInput, GatekeeperError, StoreFault, trouble_of
from shared.kernel.id_types import TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.trouble import TroubleKind
from shared.sales.cashier_rights import CashierRights
from shared.sales.refund_terms import money_back
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.tenders import EXCHANGE, SPLIT

_MAY_NOT_PRINT: Final = "this cashier may not hand out tickets; ask a supervisor to allow it"
_COPIED: Final = (
    "a copy of what was sold: whoever comes first gets in, once; if another till or the desk has"
    " replaced it since, which this till cannot know, gates take only the newer code"
)
_UNHEARD: Final = (
    "the server was asked about this ticket, and its answer was lost: gates may no longer"
    " accept the old code. Print it again once the server answers, or let a supervisor allow a"
    " copy"
)
_NOT_WHOLE: Final = (
    "one of its tickets cannot be refunded this way; nothing was done: refund the others one by"
    " one"
)
_BOUND: Final = (
    "the event’s terms no longer let tickets be passed on; that needs a supervisor and a reason"
)
_ALONE: Final = frozenset({Reason.SUPERVISOR.value, Reason.OFFLINE_POLICY.value})
_CHECK_ID: Final = (
    "no ticket was shown: check who is picking it up, and give as the reason what they showed"
)


class AfterRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Take tickets of this till's back, or print one again.

    Attributes:
        purpose: `void`, `refund`, `reprint` or `hand_over`.
        sale_id: Of a void: the sale, whole.
        ticket_ids: Of a refund or reprint: which tickets.
        code: Of a hand-over: what was scanned or typed; else `ticket_ids` are handed over, as
            they were found, to somebody who was looked at: `reason` says so.
        is_manual: It was typed as a manual code.
        tender: How it is paid out; "" for the tender that it was paid with, `split` for each part
            by what has paid it.
        cashier: Opaque id of who does it.
        authorized_by: Opaque id of who allows it, or "".
        reason: A code word.
        found_by: Of a hand-over by ids: whose badge has found them; the ledger asks for a
            supervisor without.
        in_full: Of a refund: pay all of the price back, whatever the event's refund terms say;
            takes a supervisor, and a reason.
        shown_minor: What was shown to go back; where it is less by now, nothing is done.
    """

    purpose: Purpose
    sale_id: str = ""
    ticket_ids: tuple[TicketId, ...] = ()
    code: str = ""
    is_manual: bool = False
    tender: str = ""
    cashier: str = ""
    authorized_by: str = ""
    reason: str = ""
    in_full: bool = False
    found_by: FoundBy | None = None
    shown_minor: int = 0


class AfterAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How it has ended; what is `ok` is on disk.

    Attributes:
        reason: `ok`, or why not; of several tickets, that of the first that was refused.
        mode: Which rung held; "" where nobody was asked.
        text: What to do, in a sentence, or "".
        tickets: In the order asked for, as far as it came.
        tender: How it is paid out.
        is_bound: The event's terms let the tickets be passed on no more.
        trouble: What the disk is in, where it kept some of the tickets and refused the next.
    """

    reason: str
    mode: str = ""
    text: str = ""
    trouble: TroubleKind | None = None
    tickets: tuple[TicketOutcome, ...] = ()
    tender: str = ""
    is_bound: bool = False

    @property
    def paid_out_minor(self) -> int:
        """What is to be paid out now, in minor units."""
        return sum(self.paid_out_by.values())

    @property
    def paid_out_by(self) -> Counter[str]:
        """And by which tender, in minor units."""
        found = Counter[str]()
        for one in self.tickets:
            if one.reason == SaleReason.OK:
                for part in one.parts or (PaidBack(self.tender, one.amount_minor),):
                    found[part.tender] += part.amount_minor
        return +found


class AfterSale:
    """Takes back what one till has sold."""

    def __init__(
        self,
        store: Store,
        shifts: Shifts,
        staff: TillStaff,
        withdrawer: Withdrawer,
        sync: Callable[[], Awaitable[object]],
        copies: OwnCopies,
    ) -> None:
        """Withdraw by `withdrawer`, once `sync` has told the ledger of the sales.

        What is printed again where nobody can be asked, `copies` makes.
        """
        self._copies = copies
        self._store, self._shifts, self._staff = store, shifts, staff
        self._withdrawer, self._sync = withdrawer, sync
        self._journal = DrawerJournal(store)

    async def do(self, request: AfterRequest) -> AfterAnswer:
        """Take tickets back, or do what else is asked after a sale; or say what stands against it.

        Raises:
            StoreFault: if it could not be made durable: nothing was done.
        """
        if self._store.journal.pending:
            # The ledger takes back only what it has heard of; cut off, it says so itself.
            with contextlib.suppress(GatekeeperError):
                await self._sync()
        if request.purpose in {Purpose.VOID, Purpose.REFUND}:
            return await self._pay_back(request)
        return await self._print_again(request)

    async def _pay_back(self, request: AfterRequest) -> AfterAnswer:
        sold = find_own(self._journal, sale_id=request.sale_id, ticket_ids=request.ticket_ids)
        if isinstance(sold, Refusal):
            return _refused(sold)
        currency = sold[0].sale.currency
        shift = self._shifts.require(currency)
        if isinstance(shift, ShiftAnswer):
            return AfterAnswer(reason=shift.reason.value, text=shift.text)
        is_void = request.purpose is Purpose.VOID
        if is_void and sold[0].sale.shift_id != shift.shift_id:
            text = "that sale is not from the open shift; refund its tickets"
            return _refused(Refusal(SaleReason.UNKNOWN_SALE, text))
        tender = tender_back(
            self._staff,
            sold,
            request.tender,
            request.authorized_by,
            request.reason,
        )
        if isinstance(tender, Refusal):
            return _refused(tender)
        amounts = self._amounts(request, sold)
        if isinstance(amounts, Refusal):
            return _refused(amounts)
        step = self._staff.cash_step()
        earlier = list_withdrawals(self._journal, self._store)
        parts: list[tuple[PaidBack, ...]] = [()] * len(sold)
        if tender == SPLIT:
            parts = payable_in_parts(sold, amounts, earlier, step)
            paid = [sum(one.amount_minor for one in each) for each in parts]
        else:
            paid = payable(sold, amounts, earlier, tender, step)
        total = sum(paid)
        if total < request.shown_minor:
            return _refused(Refusal(SaleReason.LESS_BACK, LESS_BACK))

        def suffices(rights: CashierRights) -> bool:
            return rights.allows_payout(total)

        if not self._staff.may(suffices, request.cashier, request.authorized_by):
            return _refused(Refusal(SaleReason.NOT_ALLOWED, NO_SUCH_PAYOUT))
        asked = [
            msgspec.structs.replace(
                _request(request, one.ticket.ticket_id),
                amount_minor=goes_back,
                currency=currency,
                tender=tender,
                reference=one.sale.sale_id,
                shift_id=shift.shift_id,
                ticket_type_code=one.ticket.ticket_type_code,
                tax_basis_points=one.tax_basis_points,
                tax_minor=one.tax_in(amount),
                parts=by,
            )
            for one, amount, goes_back, by in zip(sold, amounts, paid, parts, strict=True)
        ]
        answer = await (self._withdraw_whole if is_void else self._withdraw)(asked)
        return msgspec.structs.replace(answer, tender=tender)

    def _amounts(self, request: AfterRequest, sold: Sequence[OwnTicket]) -> list[int] | Refusal:
        """Return what goes back of each ticket: of a refund, as the event's terms say.

        So it does of a sale that an earlier ticket has paid: it would buy off what they keep.
        """
        prices = [one.ticket.price_minor for one in sold]
        is_exchange = any(part.kind == EXCHANGE for one in sold for part in one.sale.payments)
        if request.purpose is Purpose.VOID and not is_exchange:
            return prices
        if not request.in_full:
            terms, now = self._staff.refund_terms(), self._shifts.now()
            return [money_back(terms, price, now) for price in prices]
        if not (self._staff.is_supervisor(request.authorized_by) and request.reason):
            return Refusal(SaleReason.NOT_ALLOWED, BEYOND_TERMS)
        return prices

    async def _print_again(self, request: AfterRequest) -> AfterAnswer:
        if self._is_bound(request):
            return AfterAnswer(reason=SaleReason.NOT_ALLOWED.value, text=_BOUND, is_bound=True)

        def suffices(rights: CashierRights) -> bool:
            return rights.sell

        if not self._staff.may(suffices, request.cashier, request.authorized_by):
            return _refused(Refusal(SaleReason.NOT_ALLOWED, _MAY_NOT_PRINT))
        is_found = request.purpose is Purpose.HAND_OVER and not request.code
        if is_found and not request.reason:
            return _refused(Refusal(SaleReason.CHECK_ID, _CHECK_ID))
        if request.code:
            bare = _request(request, None)
            asked = [msgspec.structs.replace(bare, code=request.code, manual=request.is_manual)]
        else:
            asked = [_request(request, ticket_id) for ticket_id in request.ticket_ids]
        answer = await self._withdraw(asked)
        is_alone = answer.mode == Rung.OFFLINE and answer.reason in _ALONE
        if request.purpose is Purpose.REPRINT and is_alone:
            is_lost = self._copies.may_be_gone(request.ticket_ids)
            if is_lost and not self._staff.is_supervisor(request.authorized_by):
                return msgspec.structs.replace(answer, text=_UNHEARD)
            return self._copy(request)
        return answer

    def _is_bound(self, request: AfterRequest) -> bool:
        """Tell whether the terms let nobody pass the ticket on, and no supervisor has said why."""
        if request.purpose is not Purpose.TRANSFER or self._staff.may_pass_on(self._shifts.now()):
            return False
        return not (self._staff.is_supervisor(request.authorized_by) and request.reason)

    def _copy(self, request: AfterRequest) -> AfterAnswer:
        """Print the tickets again as they were sold: this till's own only."""
        person = request.authorized_by or request.cashier
        made: list[TicketOutcome] = []
        for ticket_id in request.ticket_ids:
            try:
                one = self._copies.copy(ticket_id, person)
            except StoreFault as fault:
                return _stopped(made, fault)
            except BadInput as fault:
                refusal = Refusal(SaleReason.UNKNOWN_TICKET, str(fault))
                return msgspec.structs.replace(_refused(refusal), tickets=tuple(made))
            made.append(one)
        return AfterAnswer(
            reason=SaleReason.OK.value, mode=Rung.OFFLINE.value, text=_COPIED, tickets=tuple(made)
        )

    async def _withdraw_whole(self, asked: Sequence[WithdrawRequest]) -> AfterAnswer:
        """Withdraw all of a sale's tickets once each is granted, or none."""
        held = tickets_in_open_exchanges(self._store)
        if any(one.ticket_id in held for one in asked):
            return _refused(Refusal(SaleReason.NOT_ALLOWED, IN_EXCHANGE))
        granted: list[Prepared] = []
        try:
            for one in asked:
                prepared = await self._withdrawer.prepare(one)
                if prepared.body is None:
                    self._give_back(granted)
                    answer = prepared.answer
                    return AfterAnswer(
                        reason=answer.reason.value,
                        mode=answer.mode,
                        text=_NOT_WHOLE if len(asked) > 1 else "",
                        tickets=(_outcome(one, answer),),
                    )
                granted.append(prepared)
            answers = self._withdrawer.record(granted)
        except BadInput as fault:
            self._give_back(granted)
            return _refused(_refusal_of(fault))
        finally:
            self._withdrawer.let_go([one.body.claim_id for one in granted if one.body])
        return AfterAnswer(
            reason=SaleReason.OK.value,
            mode=answers[-1].mode,
            tickets=tuple(map(_outcome, asked, answers)),
        )

    def _give_back(self, granted: Sequence[Prepared]) -> None:
        """Let what was granted be good again: nothing came of it."""
        for one in granted:
            if one.body is not None:
                self._withdrawer.release(one.body.claim_id, one.body.ticket_id)

    async def _withdraw(self, asked: Sequence[WithdrawRequest]) -> AfterAnswer:
        """Withdraw one ticket after another, until one is refused."""
        outcomes: list[TicketOutcome] = []
        mode = ""
        held = tickets_in_open_exchanges(self._store)
        for one in asked:
            if one.ticket_id in held:
                refusal = Refusal(SaleReason.NOT_ALLOWED, IN_EXCHANGE)
                return msgspec.structs.replace(_refused(refusal), tickets=tuple(outcomes))
            try:
                answer = await self._withdrawer.withdraw(one)
            except StoreFault as fault:
                return _stopped(outcomes, fault)
            except BadInput as fault:
                refused = _refused(_refusal_of(fault))
                return msgspec.structs.replace(refused, tickets=tuple(outcomes))
            mode = answer.mode
            outcomes.append(_outcome(one, answer))
            if not answer.is_ok:
                break
        last = outcomes[-1].reason if outcomes else SaleReason.UNKNOWN_TICKET.value
        return AfterAnswer(reason=last, mode=mode, tickets=tuple(outcomes))


def _refusal_of(fault: BadInput) -> Refusal:
    is_over = isinstance(fault, ShiftOverError)
    return Refusal(SaleReason.NO_SHIFT if is_over else SaleReason.NOT_ALLOWED, str(fault))


def _request(request: AfterRequest, ticket_id: TicketId | None) -> WithdrawRequest:
    return WithdrawRequest(
        purpose=request.purpose,
        ticket_id=ticket_id,
        reason=request.reason,
        cashier=request.cashier,
        authorized_by=request.authorized_by,
        found_by=request.found_by,
    )


def _outcome(asked: WithdrawRequest, answer: WithdrawAnswer) -> TicketOutcome:
    return TicketOutcome(
        ticket_id="" if answer.ticket_id is None else format_ticket_id(answer.ticket_id),
        reason=answer.reason.value,
        seq=answer.seq,
        amount_minor=asked.amount_minor if answer.is_ok else 0,
        parts=asked.parts if answer.is_ok else (),
        digits=answer.new_code or "",
        manual_code=answer.new_manual_code or "",
    )


def _stopped(done: Sequence[TicketOutcome], fault: StoreFault) -> AfterAnswer:
    """Say what was done before the disk refused: it stands, and is paid out or handed over.

    Raises:
        StoreFault: if nothing was.
    """
    if not done:
        raise fault
    kind = trouble_of(fault).kind
    answer = _refused(Refusal(SaleReason.NOT_RECORDED, str(fault)))
    return msgspec.structs.replace(answer, tickets=tuple(done), trouble=kind)


def _refused(refusal: Refusal) -> AfterAnswer:
    return AfterAnswer(reason=refusal.reason.value, text=refusal.text)
