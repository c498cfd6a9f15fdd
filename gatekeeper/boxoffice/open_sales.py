"""Sales that are not finished, and baskets that were put aside.

Of a sale somebody else has to say yes first, and may say nothing.

What is asked is on disk before it is asked, so that whatever dies leaves an open sale that says
what to do. Its tickets are held and sold to nobody else; the sale is made when all of it is paid,
and no payment is asked for twice. A payment of which nothing is known is found out by asking the
terminal again, or by a person who looks at the terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from gatekeeper.boxoffice.answers import OpenPart, OpenSale, PartState, TillAnswer
from gatekeeper.boxoffice.payment_ports import Charge, Charger, ChargeState, Doubt
from gatekeeper.boxoffice.till_requests import PartlyPaid, SellRequest
from gatekeeper.boxoffice.withdrawing import NOT_DONE
from gatekeeper.gate.recorder import Recorder
from gatekeeper.store.journal import Stamp
from gatekeeper.store.open_sale_table import ON_COUNTER
from gatekeeper.store.store import Store
from shared.journal.entry import CLAIM_ID_SIZE, SALE_GIVEN_UP, NoteBody, ReleaseBody
from shared.kernel.id_types import EventId
from shared.kernel.money import Money
from shared.kernel.ports import Entropy
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.tenders import EXCHANGE, VOUCHER, Tender, Tendered
from shared.sales.till_basket import Basket

TAKEN_OVER: Final = "sale_taken_over"
"""The topic of the note of a person who finishes what somebody began that may sell no more."""
DECIDED: Final = "payment_decided"
"""The topic of the note of a person who has found out what became of a payment."""
_ASK_AGAIN: Final = (
    "it is not known whether this was charged: ask the terminal again, or check its slip and"
    " say whether it was paid; do not charge it again"
)
_ASK_BACK: Final = (
    "it is not known whether this was refunded: ask the terminal again, or check its slip and"
    " say whether it is still paid"
)
_ASK_SERVER: Final = (
    "only the server knows whether this voucher was charged; ask again when it can be reached"
)
_NOT_BACK: Final = (
    "it was not refunded: cancel it at the terminal, then say that it is not paid; or ask the"
    " terminal again, and cancel this sale once more"
)
_ORPHANED: Final = (
    "the cashier who started this sale may no longer sell: let another cashier or a supervisor"
    " finish it"
)
_NO_SUCH_SALE: Final = "no open sale has that id"
_ENCODER: Final = msgspec.msgpack.Encoder()
_OPEN: Final = msgspec.msgpack.Decoder(OpenSale)
_PARKED: Final = msgspec.msgpack.Decoder(SellRequest)
_KEPT: Final = msgspec.msgpack.Decoder(PartlyPaid)


class Seller(Protocol):
    """What finishes a sale; see `Till`."""

    def book(self, draft: OpenSale) -> TillAnswer:
        """Record a sale that is paid."""

    def is_charged(self, part: OpenPart) -> bool:
        """Tell whether somebody else must say yes to a part that is due."""

    def charger_of(self, part: OpenPart) -> Charger | None:
        """Return whoever is asked for a part."""

    def refuse(self, refusal: Refusal, draft: OpenSale | None = None) -> TillAnswer:
        """Say no."""

    def refuse_settling(self, person: str) -> Refusal | None:
        """Return why somebody may not settle an open sale."""

    def shift_for(self, request: SellRequest, basket: Basket) -> str | Refusal:
        """Return the shift that a sale belongs to, or why it may not be made."""

    def parts_for(
        self, due_minor: int, tenders: Sequence[Tender], first: int = 0
    ) -> tuple[Tendered, tuple[OpenPart, ...]] | Refusal:
        """Make tenders into the parts of a sale."""


class OpenSaleBook:
    """A till's open sales, and its baskets that were put aside."""

    def __init__(self, seller: Seller, store: Store, recorder: Recorder, entropy: Entropy) -> None:
        """Keep them in `store`; nothing is read yet."""
        self._seller, self._store, self._recorder = seller, store, recorder
        self._entropy = entropy
        self._in_hand: set[str] = set()

    # -- what is there -------------------------------------------------------------------------

    def list_open(self) -> tuple[OpenSale, ...]:
        """Return all open sales but those that a terminal is asked for right now."""
        found = (_OPEN.decode(record) for record in self._store.open_sales.list_all())
        return tuple(sale for sale in found if sale.sale_id not in self._in_hand)

    def find(self, sale_id: str) -> OpenSale | None:
        """Return an open sale as it is on disk."""
        record = self._store.open_sales.get(sale_id)
        return None if record is None else _OPEN.decode(record)

    # -- charging ------------------------------------------------------------------------------

    async def charge(self, draft: OpenSale) -> TillAnswer:
        """Ask for each part that somebody else must say yes to, then record the sale.

        Raises:
            StoreFault: if the disk refuses; what was asked for by then stays open.
        """
        if draft.sale_id in self._in_hand:
            text = "this sale is being charged; wait for the answer"
            return self._seller.refuse(Refusal(SaleReason.PAYMENT_UNKNOWN, text), draft)
        self._in_hand.add(draft.sale_id)
        try:
            return await self._charge(self._with_counter(draft))
        finally:
            self._in_hand.discard(draft.sale_id)

    async def ask_again(self, sale_id: str) -> TillAnswer:
        """Ask what became of the payment of which nothing is known, and go on from there.

        Raises:
            StoreFault: if the disk refuses.
        """
        draft = self.find(sale_id)
        part = None if draft is None else draft.unknown
        if draft is None or part is None:
            return self._seller.refuse(Refusal(SaleReason.UNKNOWN_SALE, _NO_SUCH_SALE))
        charger = self._seller.charger_of(part)
        if charger is None or sale_id in self._in_hand:
            return self._stays_unknown(draft, part)
        self._in_hand.add(sale_id)
        try:
            charge = await charger.find(_name(draft, part))
            if charge.state in {ChargeState.UNKNOWN, ChargeState.AWAY}:
                return self._unsure(draft, charge)
            return await self._go_on(draft, part, charge)
        finally:
            self._in_hand.discard(sale_id)

    async def decide(
        self, sale_id: str, *, is_paid: bool, reference: str = "", person: str = ""
    ) -> TillAnswer:
        """Take a person's word for what became of the payment of which nothing is known.

        Args:
            sale_id: Which open sale.
            is_paid: Whether the guest is charged by now, as the terminal's slip or journal says.
            reference: The slip's number, or "".
            person: Opaque id of who has looked.

        Raises:
            StoreFault: if the disk refuses.
        """
        draft = self.find(sale_id)
        part = None if draft is None else draft.unknown
        if draft is None or part is None or sale_id in self._in_hand:
            return self._seller.refuse(Refusal(SaleReason.UNKNOWN_SALE, _NO_SUCH_SALE), draft)
        if part.payment.kind == VOUCHER:
            return self._stays_unknown(draft, part)
        if (no := self._refuse(draft, person)) is not None:
            return self._seller.refuse(no, draft)
        state = ChargeState.PAID if is_paid else ChargeState.DECLINED
        note = NoteBody(DECIDED, f"{_name(draft, part)} {state.value}", person)
        self._in_hand.add(sale_id)
        try:
            self._recorder.write(note)
            charger = self._seller.charger_of(part)
            if charger is not None:
                await charger.settle(_name(draft, part), is_paid=is_paid, reference=reference)
            draft = self._taken_by(draft, person) if is_paid else draft
            known = " ".join(filter(None, (part.payment.reference, reference)))
            return await self._go_on(draft, part, Charge(state, known))
        finally:
            self._in_hand.discard(sale_id)

    async def finish(
        self, sale_id: str, tenders: Sequence[Tender], person: str = ""
    ) -> TillAnswer:
        """Pay what is left of an open sale by further tenders.

        Args:
            sale_id: Which open sale.
            tenders: By what.
            person: Opaque id of who takes them; "" for whoever has begun the sale.

        Raises:
            StoreFault: if the disk refuses.
        """
        draft = self.find(sale_id)
        if draft is None:
            return self._seller.refuse(Refusal(SaleReason.UNKNOWN_SALE, _NO_SUCH_SALE))
        if draft.unknown is not None:
            return self._stays_unknown(draft, draft.unknown)
        if (no := self._refuse(draft, person or draft.request.cashier)) is not None:
            return self._seller.refuse(no, draft)
        draft = self._taken_by(draft, person)
        kept = {PartState.PAID, PartState.TAKEN}
        paid = tuple(part for part in draft.parts if part.state in kept)
        if draft.left_minor:
            found = self._seller.parts_for(draft.left_minor, tenders, draft.first_free)
            if isinstance(found, Refusal):
                return self._seller.refuse(found, draft)
            draft = msgspec.structs.replace(
                draft, parts=(*paid, *found[1]), rounding_minor=found[0].rounding_minor
            )
        return await self.charge(draft)

    async def give_up(self, sale_id: str, person: str = "") -> TillAnswer:
        """End an open sale: what was paid is given back, and its tickets are free again.

        Raises:
            StoreFault: if the disk refuses.
        """
        draft = self.find(sale_id)
        if draft is None or sale_id in self._in_hand:
            return self._seller.refuse(Refusal(SaleReason.UNKNOWN_SALE, _NO_SUCH_SALE), draft)
        if draft.unknown is not None:
            return self._stays_unknown(draft, draft.unknown)
        if (no := self._refuse(draft, person)) is not None:
            return self._seller.refuse(no, draft)
        self._in_hand.add(sale_id)
        try:
            return await self._reverse_all(draft, person)
        finally:
            self._in_hand.discard(sale_id)

    # -- putting aside -------------------------------------------------------------------------

    def park(self, event_id: EventId, request: SellRequest) -> str:
        """Put a basket aside; it holds no tickets. Returns its id.

        Raises:
            StoreFault: if the disk refuses.
        """
        parked_id = self._entropy.random_bytes(CLAIM_ID_SIZE).hex()
        with self._store.transaction("park"):
            self._store.open_sales.park(parked_id, event_id, _ENCODER.encode(request))
        return parked_id

    def list_parked(self, event_id: EventId) -> list[tuple[str, SellRequest]]:
        """Return the baskets that were put aside for an event, the oldest first."""
        rows = self._store.open_sales.list_parked(event_id)
        return [(name, _PARKED.decode(record)) for name, record in rows if name != ON_COUNTER]

    def keep_parts(self, event_id: EventId, request: PartlyPaid) -> None:
        """Keep the basket of which something is paid, until it is sold; of nothing, forget it.

        Raises:
            StoreFault: if the disk refuses.
        """
        with self._store.transaction("parts"):
            self._lay(event_id, request)

    def find_parts(self, event_id: EventId) -> PartlyPaid | None:
        """Return the basket of which a part was paid, or perhaps all, and no more was heard."""
        kept = dict(self._store.open_sales.list_parked(event_id)).get(ON_COUNTER)
        return None if kept is None else _KEPT.decode(kept)

    def take_up(self, parked_id: str) -> SellRequest | None:
        """Take a basket up again; None if none is parked under that id.

        Raises:
            StoreFault: if the disk refuses.
        """
        with self._store.transaction("unpark"):
            record = self._store.open_sales.unpark(parked_id)
        return None if record is None else _PARKED.decode(record)

    # -- inside --------------------------------------------------------------------------------

    def _lay(self, event_id: EventId, request: PartlyPaid) -> None:
        """Write what lies on the counter; inside a transaction."""
        self._store.open_sales.unpark(ON_COUNTER)
        if request.tenders or request.on_card:
            self._store.open_sales.park(ON_COUNTER, event_id, _ENCODER.encode(request))

    def _with_counter(self, draft: OpenSale) -> OpenSale:
        """Count what lies on the counter as taken: somebody else is asked for the rest only."""
        kept = self.find_parts(draft.event_id)
        if kept is None or not kept.tenders:
            return draft
        for part in draft.parts:
            if part.state is PartState.DUE and not self._seller.is_charged(part):
                draft = _with(draft, part, PartState.TAKEN)
        return draft

    async def _charge(self, draft: OpenSale) -> TillAnswer:
        while part := next(filter(self._seller.is_charged, draft.parts), None):
            charger = self._seller.charger_of(part)
            if charger is None:
                charge = Charge(ChargeState.AWAY)
            else:
                draft = self._keep(_with(draft, part, PartState.ASKING))
                amount = Money(part.payment.amount_minor, draft.basket.currency)
                charge = await charger.pay(_name(draft, part), amount, part.code)
            if charge.state is not ChargeState.PAID:
                return self._not_paid(draft, part, charge)
            draft = _with(draft, part, PartState.PAID, charge.reference)
        due = draft.basket.total_minor + draft.rounding_minor
        if sum(part.payment.amount_minor for part in draft.parts) != due:
            return self._stays(self._keep(draft), SaleReason.SUM_DIFFERS, _left_text(draft))
        answer = self._seller.book(draft)
        if not answer.is_ok and self.find(draft.sale_id) is not None:
            # Paid, and not to be booked now: it says so, and waits.
            draft = self._keep(draft)
            answer = msgspec.structs.replace(answer, open_sale=draft)
            if answer.reason is SaleReason.NOT_ALLOWED and self._is_orphaned(draft):
                answer = msgspec.structs.replace(answer, text=_ORPHANED)
        return answer

    async def _go_on(self, draft: OpenSale, part: OpenPart, charge: Charge) -> TillAnswer:
        """Go on with a part of which it is known now whether it was paid."""
        if part.is_going_back:
            # What was given back is gone; what still stands at the terminal is still paid.
            state = PartState.PAID if charge.state is ChargeState.PAID else None
            draft = self._keep(_with(draft, part, state))
            return self._stays(draft, SaleReason.SUM_DIFFERS, _left_text(draft))
        if charge.state is not ChargeState.PAID:
            return self._not_paid(draft, part, charge)
        draft = self._keep(_with(draft, part, PartState.PAID, charge.reference))
        if draft.left_minor and not any(one.state is PartState.DUE for one in draft.parts):
            return self._stays(draft, SaleReason.SUM_DIFFERS, _left_text(draft))
        return await self._charge(draft)

    def _not_paid(self, draft: OpenSale, part: OpenPart, charge: Charge) -> TillAnswer:
        """Say that a part was not paid, or that nobody knows; keep what else was paid."""
        if charge.state is ChargeState.UNKNOWN:
            return self._unsure(draft, charge)
        is_away = charge.state is ChargeState.AWAY
        reason = SaleReason.PAYMENT_DECLINED
        if is_away:
            is_voucher = part.payment.kind == VOUCHER
            reason = SaleReason.NO_VOUCHERS if is_voucher else SaleReason.NO_TERMINAL
        text = charge.text or "nothing was charged; take another tender"
        rest = _with(draft, part, None)
        if rest.has_money:
            answer = self._stays(self._keep(rest), reason, text)
            return msgspec.structs.replace(answer, voucher=charge.voucher, doubt=charge.doubt)
        stamp = self._recorder.stamp()
        with self._recorder.transaction("sale_dropped", stamp):
            self._give_back_tickets(draft, stamp)
            self._store.open_sales.remove(draft.sale_id)
            self._lay(draft.event_id, draft.basket_in_hand)
        answer = self._seller.refuse(Refusal(reason, text))
        return msgspec.structs.replace(answer, voucher=charge.voucher, doubt=charge.doubt)

    async def _reverse_all(self, draft: OpenSale, person: str) -> TillAnswer:
        taken = (part for part in draft.parts if part.state is PartState.TAKEN)
        given_back = [_name(draft, part) for part in taken]
        for part in draft.parts:
            if part.state is not PartState.PAID or part.payment.kind == EXCHANGE:
                continue
            charger = self._seller.charger_of(part)
            if charger is None:
                text = (
                    "the terminal used for this payment is not connected; connect it and try again"
                )
                return self._stays(draft, SaleReason.NO_TERMINAL, text)
            draft = self._keep(_with(draft, part, PartState.REVERSING))
            charge = await charger.reverse(_name(draft, part), part.payment.reference)
            if charge.state is ChargeState.UNKNOWN:
                return self._unsure(draft, charge)
            if charge.state is not ChargeState.PAID and part.payment.kind != VOUCHER:
                # A person can cancel it there, and has to be able to say so.
                return self._unsure(draft, charge, Doubt.NOT_BACK)
            if charge.state is not ChargeState.PAID:
                draft = self._keep(_with(draft, part, PartState.PAID))
                text = charge.text or "it was not refunded; try again at the terminal"
                return self._stays(draft, SaleReason.PAYMENT_DECLINED, text)
            given_back.append(_name(draft, part))
            draft = self._keep(_with(draft, part, None))
        stamp = self._recorder.stamp()
        with self._recorder.transaction(SALE_GIVEN_UP, stamp):
            note = NoteBody(SALE_GIVEN_UP, " ".join([draft.sale_id, *given_back])[:1_000], person)
            seq = self._store.journal.append(note, stamp, event_id=draft.event_id)
            self._give_back_tickets(draft, stamp)
            self._store.open_sales.remove(draft.sale_id)
        answer = self._seller.refuse(Refusal(SaleReason.OK, ""))
        return msgspec.structs.replace(answer, seq=seq)

    def _keep(self, draft: OpenSale) -> OpenSale:
        """Make an open sale durable, and hold its tickets."""
        with self._store.transaction("sale_open"):
            self._put(draft)
            self._store.open_sales.unpark(ON_COUNTER)  # its parts are this sale's from now on
            self._store.till_seats.hold(draft.event_id, draft.seats, draft.sale_id)
            for body in draft.ended:  # the open sale holds the claim from now on
                self._store.intents.remove(body.claim_id)
        return draft

    def _put(self, draft: OpenSale) -> None:
        """Write an open sale and what it holds; inside a transaction."""
        record, counts = _ENCODER.encode(draft), draft.basket.counts
        self._store.open_sales.put(
            draft.sale_id, draft.event_id, record, counts, draft.basket.uses
        )

    def _give_back_tickets(self, draft: OpenSale, stamp: Stamp) -> None:
        """Sign that tickets were not exchanged: they are good again; inside a transaction."""
        for body in draft.ended:
            release = ReleaseBody(body.claim_id, body.ticket_id, NOT_DONE)
            self._store.journal.append(release, stamp, event_id=draft.event_id)

    def _refuse(self, draft: OpenSale, person: str) -> Refusal | None:
        """Return why somebody may not settle a sale; who has begun or allowed it may."""
        if person and person in {draft.request.cashier, draft.request.authorized_by}:
            return None
        return self._seller.refuse_settling(person)

    def _is_orphaned(self, draft: OpenSale) -> bool:
        """Tell whether a sale may not be made any more by who began or allowed it."""
        no = self._seller.shift_for(draft.request, draft.basket)
        return isinstance(no, Refusal) and no.reason is SaleReason.NOT_ALLOWED

    def _taken_by(self, draft: OpenSale, person: str) -> OpenSale:
        """Let a sale be theirs who finishes it, where who began it may sell no more.

        So it is only where they might have sold all of it themselves; the journal says who began.
        """
        request = msgspec.structs.replace(draft.request, cashier=person)
        theirs = msgspec.structs.replace(draft, request=request)
        if not person or not self._is_orphaned(draft) or self._is_orphaned(theirs):
            return draft
        stamp = self._recorder.stamp()
        note = NoteBody(TAKEN_OVER, f"{draft.sale_id} {draft.request.cashier}", person)
        with self._recorder.transaction(TAKEN_OVER, stamp):
            self._store.journal.append(note, stamp, event_id=draft.event_id)
            self._put(theirs)
        return theirs

    def _unsure(self, draft: OpenSale, charge: Charge, doubt: Doubt | None = None) -> TillAnswer:
        """Say that a payment has to be found out, and what is known of that."""
        part, is_twice = draft.unknown, charge.doubt is Doubt.TWICE
        if part is not None and charge.reference not in {"", part.payment.reference}:
            known = _with(draft, part, part.state, charge.reference, is_twice=is_twice)
            draft = self._keep(known)
        doubt = doubt or charge.doubt
        text = _NOT_BACK if doubt is Doubt.NOT_BACK else charge.text or _ASK_AGAIN
        is_card_back = part is not None and part.is_going_back and part.payment.kind != VOUCHER
        if is_card_back and doubt not in {Doubt.NOT_BACK, Doubt.BUSY}:
            text = _ASK_BACK
        answer = self._stays(draft, SaleReason.PAYMENT_UNKNOWN, text)
        return msgspec.structs.replace(answer, doubt=doubt)

    def _stays_unknown(self, draft: OpenSale, part: OpenPart) -> TillAnswer:
        """Say who knows what became of the payment that this sale waits for."""
        text = _ASK_BACK if part.is_going_back else _ASK_AGAIN
        text = _ASK_SERVER if part.payment.kind == VOUCHER else text
        return self._stays(draft, SaleReason.PAYMENT_UNKNOWN, text)

    def _stays(self, draft: OpenSale, reason: SaleReason, text: str) -> TillAnswer:
        answer = self._seller.refuse(Refusal(reason, text))
        return msgspec.structs.replace(answer, open_sale=draft)


def _name(draft: OpenSale, part: OpenPart) -> str:
    """Name a payment to whoever is asked for it: the same name is charged once."""
    return f"{draft.sale_id}-{part.number}"


def _with(
    draft: OpenSale,
    part: OpenPart,
    state: PartState | None,
    reference: str = "",
    *,
    is_twice: bool = False,
) -> OpenSale:
    """Return a sale with one part in another state; without it for None."""
    parts: list[OpenPart] = []
    for one in draft.parts:
        if one.number != part.number:
            parts.append(one)
        elif state is not None:
            known = reference or one.payment.reference
            payment = msgspec.structs.replace(one.payment, reference=known[:64])
            more = {"is_twice": is_twice or one.is_twice}
            parts.append(msgspec.structs.replace(one, state=state, payment=payment, **more))
    # A number is used once, also where its part is gone: whoever was asked for it remembers it.
    return msgspec.structs.replace(draft, parts=tuple(parts), next_number=draft.first_free)


def _left_text(draft: OpenSale) -> str:
    amount = draft.left_minor
    return (
        f"{amount} {draft.basket.currency} in minor units is left to pay; use another payment"
        " method"
    )
