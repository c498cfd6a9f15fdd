"""Exchange and upgrade: tickets are given back, and others sold, in one act with the difference.

What is given back is claimed first, so that nobody gets in on it meanwhile, and is on record in
the transaction that records the sale: a till that stops in between has exchanged, or has not, or
shows an open sale that says what to do. What the old tickets cost pays for the new ones; only
the difference moves, by a tender that is paid, or back by those that they were paid with.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from gatekeeper.boxoffice.answers import ExchangeAnswer, OpenSale, TicketOutcome
from gatekeeper.boxoffice.drawer_journal import DrawerJournal
from gatekeeper.boxoffice.open_exchanges import (
    IN_EXCHANGE,
    list_open_exchanges,
    list_withdrawals,
)
from gatekeeper.boxoffice.refund_amounts import Share, exchanged, tender_back
from gatekeeper.boxoffice.selling import ASKABLE, Till
from gatekeeper.boxoffice.tickets_with_payments import (
    BEYOND_TERMS,
    LESS_BACK,
    NO_SUCH_PAYOUT,
    OwnTicket,
    find_own,
)
from gatekeeper.boxoffice.till_requests import TicketExchangeRequest
from gatekeeper.boxoffice.till_staff import TillStaff
from gatekeeper.boxoffice.withdraw_requests import WithdrawRequest
from gatekeeper.boxoffice.withdrawing import Withdrawer
from gatekeeper.store.store import Store
from shared.admission.purpose import Purpose
from shared.field_limits import AMOUNT_MAX
from shared.journal.withdrawal_body import PaidBack, WithdrawalBody
from shared.kernel.errors import BadInput, GatekeeperError
from shared.kernel.id_types import TicketId
from shared.kernel.ids import format_ticket_id
from shared.sales.cashier_rights import CashierRights
from shared.sales.refund_terms import money_back
from shared.sales.sale_refusals import Refusal, SaleReason


class ExchangePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an exchange comes to, in minor units.

    Attributes:
        own: What is given back.
        shares: What becomes of what each of that is worth.
        draft: What is sold, paid by that and by tenders.
        tender: By what goes back what of that is over.
    """

    own: tuple[OwnTicket, ...]
    shares: tuple[Share, ...]
    draft: OpenSale
    tender: str


class Exchanges:
    """Exchanges what one till has sold."""

    def __init__(
        self,
        till: Till,
        store: Store,
        staff: TillStaff,
        withdrawer: Withdrawer,
        sync: Callable[[], Awaitable[object]],
    ) -> None:
        """Sell by `till`, and claim by `withdrawer`, once `sync` has told the ledger of sales."""
        self._till, self._store, self._staff = till, store, staff
        self._withdrawer, self._sync = withdrawer, sync
        self._journal = DrawerJournal(store)

    async def do(self, request: TicketExchangeRequest) -> ExchangeAnswer:
        """Exchange, or say what stands against it; what is `ok` is on disk.

        Raises:
            StoreFault: if the disk refuses. Nothing was exchanged; what a terminal was asked for
                by then stays an open sale.
        """
        if self._store.journal.pending:
            # The ledger takes back only what it has heard of; cut off, it says so itself.
            with contextlib.suppress(GatekeeperError):
                await self._sync()
        planned, asked = self.plan(request), None
        if isinstance(planned, Refusal) and planned.reason in ASKABLE:
            asked = await self._till.ask_for_more(request.sell)
            planned = self.plan(request) if asked else planned
        if isinstance(planned, Refusal):
            self._till.return_asked(asked)
            return self._refuse(planned)
        ended: list[WithdrawalBody] = []
        try:
            return await self._make(request, planned, ended)
        except BadInput as fault:
            self._give_back(ended)
            return self._refuse(Refusal(SaleReason.NOT_ALLOWED, str(fault)))
        finally:
            self._withdrawer.let_go([body.claim_id for body in ended])

    def worth(self, ticket_ids: Sequence[TicketId]) -> int | Refusal:
        """Return what tickets pay of others that are taken instead, in minor units.

        Raises:
            StoreFault: if the journal cannot be read.
        """
        own = find_own(self._journal, ticket_ids=ticket_ids)
        if isinstance(own, Refusal):
            return own
        return self._credit(own, list_withdrawals(self._journal, self._store))

    def _credit(self, own: Sequence[OwnTicket], earlier: Sequence[WithdrawalBody]) -> int:
        worth = exchanged(own, AMOUNT_MAX, earlier, "", self._staff.cash_step())
        return sum(one.credited_minor for one in worth)

    def plan(self, request: TicketExchangeRequest) -> ExchangePlan | Refusal:
        """Say what an exchange would come to; nothing is asked, and nothing is written.

        Raises:
            StoreFault: if the journal cannot be read.
        """
        if request.sell.is_comp:
            text = "an exchanged ticket cannot be free; refund it and issue another ticket"
            return Refusal(SaleReason.WRONG_TENDER, text)
        own = find_own(self._journal, ticket_ids=request.ticket_ids)
        if isinstance(own, Refusal):
            return own
        opened = list_open_exchanges(self._store)
        if any(body.ticket_id in request.ticket_ids for body in opened):
            return Refusal(SaleReason.NOT_ALLOWED, IN_EXCHANGE)
        earlier = [*self._journal.withdrawals(), *opened]
        step = self._staff.cash_step()
        draft = self._till.draft(request.sell, self._credit(own, earlier))
        if isinstance(draft, Refusal):
            return draft
        if draft.basket.currency != own[0].sale.currency:
            text = (
                "the new tickets are in another currency; refund the old ones and sell the new"
                " ones separately"
            )
            return Refusal(SaleReason.MIXED_CURRENCIES, text)
        total, tender = draft.basket.total_minor, ""
        sell, goes_back = request.sell, self._terms(request)
        if isinstance(goes_back, Refusal):
            return goes_back
        shares = exchanged(own, total, earlier, "", step, goes_back)
        back = sum(one.back_minor for one in shares)
        if back:
            found = tender_back(
                self._staff, own, request.tender, sell.authorized_by, request.reason
            )
            if isinstance(found, Refusal):
                return found
            tender = found
            shares = exchanged(own, total, earlier, tender, step, goes_back)
            back = sum(one.back_minor for one in shares)

            def suffices(rights: CashierRights) -> bool:
                return rights.allows_payout(back)

            if not self._staff.may(suffices, sell.cashier, sell.authorized_by):
                return Refusal(SaleReason.NOT_ALLOWED, NO_SUCH_PAYOUT)
        if back < request.shown_minor:
            return Refusal(SaleReason.LESS_BACK, LESS_BACK)
        return ExchangePlan(own=tuple(own), shares=tuple(shares), draft=draft, tender=tender)

    def _terms(self, request: TicketExchangeRequest) -> Callable[[int], int] | Refusal:
        """Say what goes back of a difference: by the event's refund terms, or all of it."""
        if not request.in_full:
            terms, now = self._staff.refund_terms(), self._till.now()
            return lambda rest: money_back(terms, rest, now)
        if not (self._staff.is_supervisor(request.sell.authorized_by) and request.reason):
            return Refusal(SaleReason.NOT_ALLOWED, BEYOND_TERMS)
        return lambda rest: rest

    async def _make(
        self, request: TicketExchangeRequest, plan: ExchangePlan, ended: list[WithdrawalBody]
    ) -> ExchangeAnswer:
        """Claim one ticket after another, then sell; `ended` takes what is claimed."""
        outcomes: list[TicketOutcome] = []
        used: list[TicketId] = []
        for asked in _asked(request, plan):
            prepared = await self._withdrawer.prepare(asked)
            answer = prepared.answer
            outcomes.append(
                TicketOutcome(
                    ticket_id=format_ticket_id(asked.ticket_id or TicketId(0)),
                    reason=answer.reason.value,
                    amount_minor=asked.amount_minor - asked.credited_minor,
                    parts=asked.parts,
                )
            )
            if prepared.body is None:
                self._give_back(ended)
                return ExchangeAnswer(
                    reason=answer.reason.value, mode=answer.mode, ended=tuple(outcomes)
                )
            ended.append(prepared.body)
            if answer.is_used:
                used.append(prepared.body.ticket_id)
        draft = msgspec.structs.replace(plan.draft, ended=tuple(ended), used=tuple(used))
        sold = await self._till.make(draft)
        if not sold.is_ok and self._till.open_sales.find(draft.sale_id) is None:
            self._give_back(ended)
        return ExchangeAnswer(
            reason=sold.reason.value,
            mode=sold.mode,
            text=sold.text,
            sale=sold,
            ended=tuple(outcomes),
            paid_out_by=_by_tender(plan) if sold.is_ok else {},
            tender=plan.tender,
        )

    def _give_back(self, ended: Sequence[WithdrawalBody]) -> None:
        """Let what was claimed be good again: nothing came of it."""
        for body in ended:
            self._withdrawer.release(body.claim_id, body.ticket_id)

    def _refuse(self, refusal: Refusal) -> ExchangeAnswer:
        said = self._till.refuse(refusal)
        return ExchangeAnswer(reason=said.reason.value, mode=said.mode, text=said.text)


def _asked(request: TicketExchangeRequest, plan: ExchangePlan) -> list[WithdrawRequest]:
    """Say what is claimed of each ticket: the first ones pay, the last ones are paid out."""
    sell = request.sell
    asked = []
    for one, share in zip(plan.own, plan.shares, strict=True):
        credited, back = share.credited_minor, share.back_minor
        asked.append(
            WithdrawRequest(
                purpose=Purpose.EXCHANGE,
                ticket_id=one.ticket.ticket_id,
                amount_minor=credited + back,
                currency=one.sale.currency,
                tender=plan.tender if back else "",
                reference=one.sale.sale_id,
                reason=request.reason,
                cashier=sell.cashier,
                authorized_by=sell.authorized_by,
                ticket_type_code=one.ticket.ticket_type_code,
                tax_basis_points=one.tax_basis_points,
                tax_minor=one.tax_in(credited + back),
                credited_minor=credited,
                credited_to=plan.draft.sale_id,
                parts=share.parts,
            )
        )
    return asked


def _by_tender(plan: ExchangePlan) -> dict[str, int]:
    """Return what goes back by each tender, in minor units."""
    found = Counter[str]()
    for one in plan.shares:
        for part in one.parts or (PaidBack(plan.tender, one.back_minor),):
            found[part.tender] += part.amount_minor
    return dict(+found)
