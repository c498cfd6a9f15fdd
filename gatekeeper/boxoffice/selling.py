"""The seller: a till mints tickets with its own delegated key, with the network or without.

A sale is one journal entry, durable together with its receipt number, the allotment's count and
the tickets' rows before anything is printed. Gates that know the till's key admit its tickets
without ever having heard of them. What somebody else must say yes to first, a card's terminal or
whoever redeems vouchers, makes a sale an open one (`gatekeeper.boxoffice.open_sales`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from gatekeeper.boxoffice.answers import (
    OpenPart,
    OpenSale,
    PartState,
    Sale,
    StockLine,
    TillAnswer,
    payment_of,
)
from gatekeeper.boxoffice.asking_and_returning_stock import Lacking, StockKeeper
from gatekeeper.boxoffice.counted_prices import codes_of, left_for, used_up
from gatekeeper.boxoffice.minting import Mint, open_mint, tag_signer
from gatekeeper.boxoffice.open_exchanges import used_meanwhile
from gatekeeper.boxoffice.open_sales import OpenSaleBook
from gatekeeper.boxoffice.payment_ports import Charger, TerminalDay
from gatekeeper.boxoffice.sale_permission import ShiftPermission, act_of
from gatekeeper.boxoffice.seats_of_sale import SeatPicker
from gatekeeper.boxoffice.sold_ticket_homes import key_of
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.boxoffice.withdrawal_recording import record_withdrawal
from gatekeeper.gate.knowledge import EventKnowledge, Knowledge
from gatekeeper.gate.recorder import Recorder
from gatekeeper.store.open_sale_table import ON_COUNTER
from gatekeeper.store.store import Store
from shared.admission.checks_of_ticket import CLOSED_EVENT
from shared.credential.keyring import KeyStatus
from shared.journal.entry import CLAIM_ID_SIZE
from shared.journal.sale_body import CountedUse, PricedAt, SaleBody, SalePayment
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant
from shared.kernel.money import Money
from shared.kernel.ports import Entropy
from shared.kernel.trouble import TroubleKind
from shared.manifest.price_plan import PricePlan
from shared.sales.on_sale_until import sold_while_admitting
from shared.sales.price_check import prices_of
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.tenders import (
    CARD,
    EXCHANGE,
    VOUCHER,
    Tender,
    Tendered,
    take_tenders,
    tender_word,
)
from shared.sales.till_basket import Basket, fill_basket

_OFFLINE: Final = "offline"
ASKABLE: Final = {SaleReason.GRANT_USED_UP, SaleReason.SEAT_TAKEN, SaleReason.CODE_USED_UP}
_REVOKED: Final = (
    "this till has been revoked: it can no longer sell or sign tickets; take it to the"
    " organizer, who can pair it again"
)


class TillPorts(msgspec.Struct, frozen=True, kw_only=True):
    """What a till works with besides its own disk.

    Attributes:
        permission: By its shift and its cashiers' rights; None where nobody keeps a drawer.
        terminal: Charges cards; None where cashiers confirm what a terminal of its own says.
        vouchers: Redeems vouchers; None where none are taken.
        terminal_day: Counts what the terminal has taken; None where it is not asked.
        mode: Says which rung holds.
        stock: Gets more stock where a sale needs it; None where nobody can be asked.
        signer: Says why nothing may be sold without the fiscal signer now; None where it may.
    """

    permission: ShiftPermission | None = None
    terminal: Charger | None = None
    vouchers: Charger | None = None
    terminal_day: TerminalDay | None = None
    mode: Callable[[], str] = lambda: _OFFLINE
    stock: StockKeeper | None = None
    signer: Callable[[], Awaitable[Refusal | None]] | None = None


class Till:
    """Sells tickets of the present event.

    Attributes:
        open_sales: Sales that are not finished, and baskets put aside.
        seats: Picks reserved seats.
    """

    def __init__(
        self,
        store: Store,
        knowledge: Knowledge,
        recorder: Recorder,
        entropy: Entropy,
        ports: TillPorts | None = None,
    ) -> None:
        """Sell from `store`'s allotments; nothing is read yet."""
        self._store, self._knowledge = store, knowledge
        self._recorder, self._entropy = recorder, entropy
        self.ports = TillPorts() if ports is None else ports
        self.seats = SeatPicker(store)
        self.open_sales = OpenSaleBook(self, store, recorder, entropy)

    @property
    def has_to_ask(self) -> bool:
        """Tell whether the ledger knows of no key of this till, has forgotten it or ended it."""
        event = self._knowledge.event
        if event is None:
            return False
        terms = self._store.till.get_terms(event.event_id)
        key = None if terms is None else key_of(event, terms)
        is_over = key is None or key.is_retired or key.status is KeyStatus.COMPROMISED
        return is_over or self._store.till.wants_new_key(event.event_id)

    @property
    def is_ungranted(self) -> bool:
        """Tell whether the server is to be asked for the key's terms, since it signs no grants."""
        event_id = self._knowledge.event_id
        return event_id is not None and self._store.till.get_grant(event_id) is None

    @property
    def is_emptied_by_close(self) -> bool:
        """Tell whether a shift's close leaves nothing to sell until the server is reached."""
        stock = self.ports.stock
        return stock is not None and stock.is_emptied_by_close

    def left(self, ticket_type_code: int) -> int:
        """Return how many tickets of a type may still be sold without asking."""
        event_id = EventId(self._knowledge.event_id or "")
        granted = self._store.till.get_allotment(event_id, ticket_type_code).left
        return max(0, granted - self._store.open_sales.held(event_id, ticket_type_code))

    def refuse_settling(self, person: str) -> Refusal | None:
        """Return why somebody may not settle an open sale; nobody is asked without a drawer."""
        return asked.refuse_settling(person) if (asked := self.ports.permission) else None

    def shift_for(self, request: SellRequest, basket: Basket) -> str | Refusal:
        """Return the open shift's id, "" where nobody keeps a drawer, or why it is not sold."""
        asked = self.ports.permission
        return "" if asked is None else asked.shift_for(act_of(request, basket))

    def now(self) -> Instant:
        """Return the time by which prices hold: the server's, as well as it is known."""
        return self._recorder.clock.now()

    def prices(self) -> PricePlan:
        """Return what tickets of the present event cost, while they let in; none without one."""
        event = self._knowledge.event
        return PricePlan() if event is None else sold_while_admitting(event.config)

    def stock(self) -> tuple[StockLine, ...]:
        """Return what this till has of each type that it sells."""
        event = self._knowledge.event
        if event is None:
            return ()
        held = self._store.open_sales.held
        return tuple(
            StockLine(
                code=one.code,
                name=event.index.types_by_code[one.code].name,
                left=self.left(one.code),
                held=held(event.event_id, one.code),
                price_minor=one.price_minor,
                currency=one.currency,
            )
            for one in prices_of(event.config).types
            if one.code in event.index.types_by_code
        )

    @property
    def recorder(self) -> Recorder:
        """What writes the till's journal."""
        return self._recorder

    async def sell(self, request: SellRequest) -> TillAnswer:
        """Sell what is in a basket; an answer that says so is on disk.

        Raises:
            StoreFault: if the disk refuses. Nothing was sold; what a terminal was asked for by
                then stays an open sale.
        """
        draft, asked = self.draft(request), None
        if isinstance(draft, Refusal) and draft.reason in ASKABLE:
            asked = await self.ask_for_more(request)
            draft = self.draft(request) if asked else draft
        answer = self.refuse(draft) if isinstance(draft, Refusal) else await self.make(draft)
        if not answer.is_ok and answer.open_sale is None:
            self.return_asked(asked)
        return answer

    async def make(self, draft: OpenSale) -> TillAnswer:
        """Make a sale of a draft; see `sell`.

        Raises:
            StoreFault: if the disk refuses.
        """
        signer = self.ports.signer
        if signer is not None and (refusal := await signer()) is not None:
            return self.refuse(refusal)
        if any(self.is_charged(part) for part in draft.parts):
            return await self.open_sales.charge(draft)
        return self.book(draft)

    def book(self, draft: OpenSale) -> TillAnswer:
        """Record a sale of which every part is paid, or is paid by the cashier's word.

        Raises:
            StoreFault: if it could not be made durable.
        """
        found = self._seller(draft)
        if isinstance(found, Refusal):
            return self.refuse(found, draft)
        sale = self._record(draft, *found)
        return TillAnswer(reason=SaleReason.OK, mode=self.ports.mode(), seq=sale.seq, sale=sale)

    def is_charged(self, part: OpenPart) -> bool:
        """Tell whether somebody else must say yes to a part that is due.

        A card whose slip's number the cashier has keyed in was charged on a terminal that this
        till does not ask; nobody is asked for what costs nothing.
        """
        if part.state is not PartState.DUE or not part.payment.amount_minor:
            return False
        kind, has_terminal = part.payment.kind, self.ports.terminal is not None
        return kind == VOUCHER or (kind == CARD and has_terminal and not part.code)

    def charger_of(self, part: OpenPart) -> Charger | None:
        """Return whoever is asked for a part."""
        is_voucher = part.payment.kind == VOUCHER
        return self.ports.vouchers if is_voucher else self.ports.terminal

    def refuse(self, refusal: Refusal, draft: OpenSale | None = None) -> TillAnswer:
        """Say no."""
        kept = None if draft is None else self.open_sales.find(draft.sale_id)
        return TillAnswer(
            reason=refusal.reason, mode=self.ports.mode(), text=refusal.text, open_sale=kept
        )

    def parts_for(
        self, due_minor: int, tenders: Sequence[Tender], first: int = 0
    ) -> tuple[Tendered, tuple[OpenPart, ...]] | Refusal:
        """Make tenders into the parts of a sale.

        Args:
            due_minor: What is left to pay.
            tenders: How.
            first: Number of the first part.
        """
        paid = take_tenders(due_minor, tenders, cash_step=self.prices().cash_step_minor)
        if isinstance(paid, Refusal):
            return paid
        vouchers = [one for one in paid.parts if one.kind == VOUCHER and one.amount_minor]
        if self.ports.vouchers is None and vouchers:
            text = "this till takes vouchers only while it can reach the server"
            return Refusal(SaleReason.NO_VOUCHERS, text)
        return paid, tuple(
            OpenPart(payment=payment_of(part), number=number, code=part.code)
            for number, part in enumerate(paid.parts, start=first)
        )

    def tag_signer(self, ticket_id: str) -> Callable[[bytes], bytes]:
        """Return what signs a ticket that this till sold for the tag that is to carry it.

        It asks neither disk nor database any more, so that a reader's thread may call it with the
        tag's UID. The printed ticket stays good as well: it is the same ticket, for one use.

        Args:
            ticket_id: 16 hex digits, as the sale told them.

        Raises:
            BadInput: if this till did not sell it for the present event, or it admits nobody now.
            StoreFault: if the disk refuses.
        """
        if self._knowledge.state.is_erased:
            raise BadInput(_REVOKED, kind=TroubleKind.REVOKED)
        event = self._knowledge.event
        terms = None if event is None else self._store.till.get_terms(event.event_id)
        return tag_signer(self._store, event, terms, ticket_id)

    # -- before anything is written ------------------------------------------------------------

    def draft(self, request: SellRequest, credit_minor: int | None = None) -> OpenSale | Refusal:
        """Price a request and check all that this till may sell by; nothing is written.

        Args:
            request: What is asked.
            credit_minor: What tickets that are given back in exchange are worth; None for none.
        """
        event = self._event()
        if isinstance(event, Refusal):
            return event
        now = self._recorder.clock.now()
        basket = self._fill(event, request, now)
        if isinstance(basket, Refusal):
            return basket
        shift_id = self.shift_for(request, basket)
        if isinstance(shift_id, Refusal):
            return shift_id
        mint = open_mint(self._store, self._entropy, event)
        refusal = mint if isinstance(mint, Refusal) else self._missing(event, basket)
        if refusal is not None:
            return refusal
        seats = self.seats.pick(event, self.prices(), basket, request)
        if isinstance(seats, Refusal):
            return seats
        if request.shown_minor not in {None, basket.total_minor}:
            text = f"the total is now {basket.total_minor}, but {request.shown_minor} was shown"
            return Refusal(SaleReason.SUM_DIFFERS, text)
        taken = self._take_tenders(basket.total_minor, request.tenders, credit_minor)
        if isinstance(taken, Refusal):
            return taken
        return OpenSale(
            sale_id=request.sale_id or self._entropy.random_bytes(CLAIM_ID_SIZE).hex(),
            event_id=event.event_id,
            request=request,
            basket=basket,
            plan=event.config.sequence,
            parts=taken[1],
            rounding_minor=taken[0].rounding_minor,
            priced=self._priced(now),
            seats=seats,
        )

    def _take_tenders(
        self, due_minor: int, tenders: Sequence[Tender], credit_minor: int | None
    ) -> tuple[Tendered, tuple[OpenPart, ...]] | Refusal:
        """Make tenders into parts, behind what tickets pay that are given back."""
        if credit_minor is None:
            return self.parts_for(due_minor, tenders)
        used = min(credit_minor, due_minor)
        given = SalePayment(kind=EXCHANGE, amount_minor=used)
        first = OpenPart(payment=given, number=0, state=PartState.PAID)
        if used < due_minor:
            paid = self.parts_for(due_minor - used, tenders, first=1)
            return paid if isinstance(paid, Refusal) else (paid[0], (first, *paid[1]))
        if any(tender.amount_minor for tender in tenders):
            text = "the returned tickets cover all of it; take no other payment"
            return Refusal(SaleReason.SUM_DIFFERS, text)
        return Tendered(()), (first,)

    def _priced(self, at: Instant) -> PricedAt:
        stamp = self._recorder.stamp()
        return PricedAt(at=at, error=stamp.offset_error, epoch=stamp.epoch, cursor=stamp.cursor)

    def _fill(
        self,
        event: EventKnowledge,
        request: SellRequest,
        now: Instant,
        more: Sequence[str] = (),
    ) -> Basket | Refusal:
        """Price a request, perhaps with one use more of some promotions than are here."""
        left = left_for(self._store, event, request) | dict.fromkeys(more, 1)
        return fill_basket(
            sold_while_admitting(event.config),
            request.lines,
            now,
            codes=codes_of(event, request),
            left=left,
            discount=request.price_off,
        )

    async def ask_for_more(self, request: SellRequest) -> Lacking | None:
        """Get from the server what a basket lacks; returns that, or None if it did not come."""
        event = self._event()
        if isinstance(event, Refusal) or self.ports.stock is None:
            return None
        gone = used_up(self._store, event, request)
        basket = self._fill(event, request, self._recorder.clock.now(), gone)
        if isinstance(basket, Refusal):
            return None
        lacks = Lacking(self._lacks(basket), self.seats.lacking(event, request), gone)
        return lacks if await self.ports.stock.more(event.event_id, lacks) else None

    def return_asked(self, asked: Lacking | None) -> None:
        """Give back what was asked for a sale that was not made.

        Raises:
            StoreFault: if the disk refuses; it stays here then.
        """
        if asked and self.ports.stock is not None:
            self.ports.stock.return_unsold(EventId(self._knowledge.event_id or ""), asked)

    def _lacks(self, basket: Basket) -> dict[int, int]:
        """Return how many more tickets a basket needs than are here, by code of the type."""
        return {
            code: count - left
            for code, count in basket.counts.items()
            if count > (left := self.left(code))
        }

    def _missing(self, event: EventKnowledge, basket: Basket) -> Refusal | None:
        """Say which type's allotment does not suffice; None if all do."""
        for code in self._lacks(basket):
            name = event.index.types_by_code[code].name
            text = (
                f"only {self.left(code)} of {name} are left in this till's allotment; when"
                " connected, it asks for more automatically; if not, sell at another till"
            )
            return Refusal(SaleReason.GRANT_USED_UP, text)
        return None

    def _event(self) -> EventKnowledge | Refusal:
        event = self._knowledge.event
        if event is None:
            if self._knowledge.state.is_erased:
                return Refusal(SaleReason.REVOKED, _REVOKED)
            return Refusal(SaleReason.NO_EVENT, "this till has no event yet; sync once")
        state = event.index.config.state
        if state in CLOSED_EVENT:
            return Refusal(SaleReason.EVENT_CLOSED, f"the event is {state}; it is not on sale")
        return event

    def _seller(self, draft: OpenSale) -> tuple[Mint, str] | Refusal:
        """Return what mints the tickets of a sale, and the shift that it belongs to."""
        event = self._event()
        if isinstance(event, Refusal):
            return event
        if event.event_id != draft.event_id:
            text = "that sale is for another event; switch this till to it first"
            return Refusal(SaleReason.UNKNOWN_SALE, text)
        mint = open_mint(self._store, self._entropy, event)
        if isinstance(mint, Refusal):
            return mint
        refusal = used_meanwhile(self._store, draft)
        if refusal is None and self.open_sales.find(draft.sale_id) is None:
            # Nothing holds its tickets: they may have been sold or given back since it was drawn.
            refusal = self._missing(event, draft.basket)
            refusal = refusal or self.seats.are_gone(event, draft.seats)
        if refusal is not None:
            return refusal
        shift_id = self.shift_for(draft.request, draft.basket)
        return shift_id if isinstance(shift_id, Refusal) else (mint, shift_id)

    # -- the one transaction -------------------------------------------------------------------

    def _record(self, draft: OpenSale, mint: Mint, shift_id: str) -> Sale:
        store, basket, request = self._store, draft.basket, draft.request
        payments = tuple(part.payment for part in draft.parts)
        has_waited = store.open_sales.get(draft.sale_id) is not None
        stamp = self._recorder.stamp()
        with self._recorder.transaction("sale", stamp):
            for ended in draft.ended:
                now_ended = msgspec.structs.replace(ended, shift_id=shift_id)
                record_withdrawal(store, draft.event_id, now_ended, stamp)
            number = store.receipt_numbers.take()
            sold = mint.mint(basket, draft.seats)
            body = SaleBody(
                sale_id=draft.sale_id,
                receipt_number=number,
                currency=basket.currency,
                total_minor=basket.total_minor,
                tender=tender_word([payment.kind for payment in payments]),
                tickets=sold,
                cashier=request.cashier,
                lines=basket.lines,
                payments=payments,
                shift_id=shift_id,
                authorized_by=request.authorized_by,
                why=request.why,
                rounding_minor=draft.rounding_minor,
                plan=draft.plan,
                priced=draft.priced if has_waited else None,
                uses=tuple(CountedUse(*use) for use in sorted(basket.uses.items())),
            )
            seq = store.journal.append(body, stamp, event_id=draft.event_id)
            for code, count in basket.counts.items():
                store.till.count_sold(draft.event_id, code, count)
            store.till_seats.sell(draft.event_id, draft.seats)
            store.till.count_used(draft.event_id, basket.uses)
            for ticket in sold:
                mint.keep(ticket)
            store.open_sales.remove(draft.sale_id)
            store.open_sales.unpark(ON_COUNTER)
        return Sale(
            sale_id=draft.sale_id,
            receipt_number=number,
            seq=seq,
            total=Money(basket.total_minor, basket.currency),
            tickets=tuple(mint.print(ticket, basket.currency) for ticket in sold),
            lines=basket.lines,
            payments=payments,
            rounding_minor=draft.rounding_minor,
        )
