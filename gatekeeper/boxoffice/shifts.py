"""A till's shift: each act is one entry, durable with its number before anybody is answered.

One drawer, so one shift at most is open. Nothing is kept beside the journal but where it stands:
what the drawer must hold is folded from the entries whenever it is asked for, by the calculation
that the server uses. A program that stops in between has done an act whole, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from gatekeeper.boxoffice.drawer_journal import DrawerJournal, state_after
from gatekeeper.boxoffice.shift_requests import (
    ACTS,
    OpenShift,
    ShiftAnswer,
    ShiftReason,
    ShiftRequest,
    refuse,
)
from gatekeeper.boxoffice.till_staff import TillStaff
from gatekeeper.gate.knowledge import Knowledge
from gatekeeper.gate.recorder import Recorder
from gatekeeper.store.journal import Stamp
from gatekeeper.store.shift_state import ShiftState
from gatekeeper.store.store import Store
from shared.field_limits import AMOUNT_MAX
from shared.journal.entry import CLAIM_ID_SIZE
from shared.journal.shift_body import OPEN_SALES_MAX, ShiftAct, ShiftBody, ShiftSums
from shared.kernel.errors import StoreFault
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import Instant
from shared.kernel.ports import Entropy
from shared.manifest.badge_signatures import BadgeScope, BadgeWord, shift_word
from shared.sales.cashier_rights import CashierRights
from shared.sales.shift_totals import ShiftFold
from shared.sales.tenders import CARD, CASH

_STEP: Final = "shift"
_NEEDS_AMOUNT: Final = frozenset(
    {
        ShiftAct.OPEN,
        ShiftAct.PAID_IN,
        ShiftAct.PAID_OUT,
        ShiftAct.DROP,
        ShiftAct.HAND_OVER,
        ShiftAct.COUNT,
    }
)
_TAKES_OUT: Final = frozenset({ShiftAct.PAID_OUT, ShiftAct.DROP})
_REVOKED: Final = (
    "this till has been revoked and can no longer close its shift; take it and its cash to the"
    " organizer to be counted"
)
_SETTLE: Final = (
    "ask the terminal again and finish or give them up, or close with names_open_sales"
)
_NO_SHIFT: Final = "no shift is open at this till; open one with its float first"


class Shifts:
    """Opens, counts and closes the drawer of one till.

    Attributes:
        on_close: Called inside the transaction that closes a shift.
    """

    def __init__(
        self,
        store: Store,
        knowledge: Knowledge,
        recorder: Recorder,
        entropy: Entropy,
        staff: TillStaff,
    ) -> None:
        """Go on where the store stands; nothing is read yet."""
        self._store = store
        self._knowledge = knowledge
        self._recorder = recorder
        self._entropy = entropy
        self._staff = staff
        self._drawer = DrawerJournal(store)
        self.on_close: Callable[[Stamp], None] = lambda _stamp: None

    # -- reading -------------------------------------------------------------------------------

    def has_open(self) -> bool:
        """Tell whether a shift is open."""
        return bool(self._drawer.state.shift_id)

    def current(self) -> OpenShift | None:
        """Return the shift that is open, as of the last entry; None for none."""
        fold = self._drawer.fold()
        if fold is None:
            return None
        return OpenShift(
            shift_id=fold.shift_id,
            currency=fold.opened.currency,
            cashier=fold.cashier,
            opened_seq=fold.opened_seq,
        )

    def card_minor(self) -> int:
        """Return what cards have brought in the open shift; 0 without one."""
        fold = self._drawer.fold()
        return 0 if fold is None else _card_minor(fold.sums())

    def now(self) -> Instant:
        """Return the server's time, as well as it is known."""
        return self._recorder.clock.now()

    def require(self, currency: str) -> OpenShift | ShiftAnswer:
        """Return the open shift for a sale or payout, or why there is none for it."""
        found = self.current()
        if found is None:
            return refuse(ShiftReason.NO_SHIFT, _NO_SHIFT)
        if currency != found.currency:
            text = f"this drawer is counted in {found.currency}; close its shift and open another"
            return refuse(ShiftReason.TWO_CURRENCIES, text)
        return found

    def sums(self) -> ShiftSums | None:
        """Return what an X report would say now; None without a shift. For who may see it."""
        fold = self._drawer.fold()
        return None if fold is None else fold.sums()

    def refuse_close(self, request: ShiftRequest) -> ShiftAnswer | None:
        """Return why the open shift is not closed as things stand; None where it is."""
        fold = self._drawer.fold()
        if fold is None:
            return refuse(ShiftReason.NO_SHIFT, _NO_SHIFT)
        if no := self._refused(request, ShiftAct.CLOSE) or self._not_theirs(request, fold):
            return no
        if (counted := _counted(request, fold)) is None:
            text = "count the drawer first; the last count lacks what has gone through it since"
            return refuse(ShiftReason.NOT_COUNTED, text)
        unfinished = self._store.open_sales.list_ids()[:OPEN_SALES_MAX]
        if unfinished and not request.names_open_sales:
            text = f"{len(unfinished)} sales are not finished ({unfinished[0]} …): {_SETTLE}"
            return refuse(ShiftReason.OPEN_SALES, text)
        if (request.left_minor or 0) > counted:
            text = f"{counted} was counted; no more than that can stay in the drawer"
            return refuse(ShiftReason.WRONG_AMOUNT, text)
        return None

    # -- acting --------------------------------------------------------------------------------

    def do(self, request: ShiftRequest) -> ShiftAnswer:
        """Do something at the drawer; what is answered `ok` is on disk.

        Raises:
            StoreFault: if the disk refuses: nothing was recorded.
        """
        act = ACTS.get(request.act)
        if act is None:
            return refuse(ShiftReason.UNKNOWN_ACT, f"{request.act[:20]!r} is not a drawer action")
        amount = request.amount_minor
        if act in _NEEDS_AMOUNT and amount is None:
            return refuse(ShiftReason.WRONG_AMOUNT, f"{request.act} needs amount_minor")
        if not all(
            0 <= one <= AMOUNT_MAX
            for one in (amount or 0, request.left_minor or 0, request.terminal_minor or 0)
        ):
            return refuse(ShiftReason.WRONG_AMOUNT, "an amount is 0 to 10^12 minor units")
        try:
            fold = self._drawer.fold()
            if act is ShiftAct.OPEN:
                return self._open(request, fold)
            if act is ShiftAct.APPROVE:
                return self._approve(request)
            if fold is None:
                return refuse(ShiftReason.NO_SHIFT, _NO_SHIFT)
            return self._ACTIONS[act](self, request, act, fold)
        except StoreFault:
            self._drawer.forget()
            raise

    def count_opening(self, why: str) -> bool:
        """Count that the drawer is opened without a sale, by somebody who has shown no badge.

        Returns:
            Whether a shift is open that counts it.

        Raises:
            StoreFault: if the disk refuses.
        """
        fold = self._drawer.fold()
        if fold is None:
            return False
        request = ShiftRequest(act=ShiftAct.NO_SALE, why=why)
        body = self._acted(request, ShiftAct.NO_SALE, fold)
        return self._record([body], self._drawer.state, ShiftAnswer(ok=True)).ok

    def _open(self, request: ShiftRequest, fold: ShiftFold | None) -> ShiftAnswer:
        if fold is not None:
            text = (
                f"a shift of {fold.cashier or 'nobody'} is open since entry {fold.opened_seq};"
                " count and close it, or let a supervisor close it on behalf"
            )
            return refuse(ShiftReason.SHIFT_OPEN, text)
        if (no := self._refused(request, ShiftAct.OPEN)) is not None:
            return no
        currency = self._currency() or request.currency
        if not currency:
            return refuse(ShiftReason.NO_CURRENCY, "this till has no prices yet; sync once")
        state, float_minor = self._drawer.state, request.amount_minor or 0
        shift_id = self._entropy.random_bytes(CLAIM_ID_SIZE).hex()
        body = self._body(request, ShiftAct.OPEN, state, shift_id)
        body = msgspec.structs.replace(body, amount_minor=float_minor, currency=currency)
        left = self._drawer.left_before(currency)
        differs = None if left is None else float_minor - left
        return self._record([body], state, ShiftAnswer(ok=True, float_differs_minor=differs))

    def _cash(self, request: ShiftRequest, act: ShiftAct, fold: ShiftFold) -> ShiftAnswer:
        """Put cash in, take it out, bring it to the safe, or open the drawer without a sale."""
        if (no := self._refused(request, act)) is not None:
            return no
        body = self._acted(request, act, fold)
        amount = 0 if act == ShiftAct.NO_SALE else request.amount_minor or 0
        if act in _TAKES_OUT and fold.is_far_beyond(amount):
            persons = (request.authorized_by, request.cashier)
            if not any(self._staff.is_supervisor(one) for one in persons):
                text = "this drawer cannot hold that much; check, or ask a supervisor to allow it"
                return refuse(ShiftReason.FAR_BEYOND, text)
        body = msgspec.structs.replace(body, amount_minor=amount)
        return self._record([body], self._drawer.state, ShiftAnswer(ok=True))

    def _move_tender(self, request: ShiftRequest, act: ShiftAct, fold: ShiftFold) -> ShiftAnswer:
        """Book a part of a sale of this shift under the tender that it was paid with."""
        booked = self._drawer.find_booked(fold, request.sale_id, request.tender)
        amount = (booked or 0) if request.amount_minor is None else request.amount_minor
        if (no := self._refused(request, act, amount)) is not None:
            return no
        if {request.tender, request.tender_to} != {CASH, CARD}:
            text = "name the tender that was booked, and the right one: cash or card"
            return refuse(ShiftReason.WRONG_TENDER, text)
        if booked is None:
            text = "no sale of this shift has that id"
            return refuse(ShiftReason.UNKNOWN_SALE, text)
        if not 0 < amount <= booked:
            text = f"{booked} of that sale is booked under {request.tender}; move 1 to {booked}"
            return refuse(ShiftReason.WRONG_AMOUNT, text)
        body = msgspec.structs.replace(
            self._acted(request, act, fold),
            amount_minor=amount,
            sale_id=request.sale_id,
            tender=request.tender,
            tender_to=request.tender_to,
        )
        return self._record([body], self._drawer.state, ShiftAnswer(ok=True))

    def _hand_over(self, request: ShiftRequest, act: ShiftAct, fold: ShiftFold) -> ShiftAnswer:
        if (no := self._refused(request, act)) is not None:
            return no
        if (no := self._not_theirs(request, fold)) is not None:
            return no
        if not self._staff.rights_of(request.receiver).sell:
            text = "the person taking over the drawer is not a cashier with the right to sell"
            return refuse(ShiftReason.UNKNOWN_CASHIER, text)
        if request.receiver == fold.cashier:  # what is short would no longer be theirs
            text = "this drawer is already theirs; name who takes it over, or count it"
            return refuse(ShiftReason.UNKNOWN_CASHIER, text)
        counted = request.amount_minor or 0
        body = self._acted(request, act, fold)
        body = msgspec.structs.replace(body, amount_minor=counted, receiver=request.receiver)
        return self._record([body], self._drawer.state, _compared(fold, counted))

    def _count(self, request: ShiftRequest, act: ShiftAct, fold: ShiftFold) -> ShiftAnswer:
        """Take a blind count: what is expected is answered once the count is on disk."""
        if (no := self._refused(request, act)) is not None:
            return no
        counted = request.amount_minor or 0
        body = msgspec.structs.replace(self._acted(request, act, fold), amount_minor=counted)
        return self._record([body], self._drawer.state, _compared(fold, counted))

    def _report(self, request: ShiftRequest, act: ShiftAct, fold: ShiftFold) -> ShiftAnswer:
        """Give an X report, which is an entry, so that a printout of it can be checked."""
        has_counted = fold.last_count is not None
        is_free = has_counted and self._staff.may(_may_sell, request.cashier)
        if not is_free and (no := self._refused(request, act)) is not None:
            return no
        sums = fold.sums()
        body = msgspec.structs.replace(
            self._acted(request, act, fold), sums=sums, terminal_minor=request.terminal_minor
        )
        answer = _beside_terminal(
            ShiftAnswer(ok=True, sums=sums, expected_minor=sums.expected_minor), sums, request
        )
        return self._record([body], self._drawer.state, answer)

    def _close(self, request: ShiftRequest, act: ShiftAct, fold: ShiftFold) -> ShiftAnswer:
        """End the shift with its Z report, in one transaction with the count if one comes with it.

        Whose drawer it is closes it; for them, a supervisor, who stands in the entry.
        """
        if (no := self.refuse_close(request)) is not None:
            return no
        state, bodies, counted = self._drawer.state, [], _counted(request, fold) or 0
        if fold.last_count is None or counted != fold.last_count.counted_minor:
            count = self._acted(request, ShiftAct.COUNT, fold)
            bodies.append(msgspec.structs.replace(count, amount_minor=counted))
            state = msgspec.structs.replace(state, number=state.number + 1)
        sums = fold.sums()
        close = msgspec.structs.replace(
            self._body(request, act, state, fold.shift_id),
            amount_minor=counted,
            currency=fold.opened.currency,
            cashier=fold.cashier,
            authorized_by=self._closer(request, fold),
            z_number=state.z_number + 1,
            sums=sums,
            left_minor=counted if request.left_minor is None else request.left_minor,
            terminal_minor=request.terminal_minor,
            open_sales=tuple(self._store.open_sales.list_ids()[:OPEN_SALES_MAX]),
        )
        answer = _beside_terminal(_compared(fold, counted), sums, request)
        answer = msgspec.structs.replace(answer, z_number=close.z_number, sums=sums)
        return self._record([*bodies, close], self._drawer.state, answer)

    def _approve(self, request: ShiftRequest) -> ShiftAnswer:
        """Let a supervisor say that they have looked at a Z report; it needs no open shift."""
        if not self._staff.is_supervisor(request.authorized_by):
            return refuse(ShiftReason.NOT_ALLOWED, "a Z report must be approved by a supervisor")
        state = self._drawer.state
        if not 0 < request.z_number <= state.z_number:
            text = f"this till has made Z reports 1 to {state.z_number}"
            return refuse(ShiftReason.UNKNOWN_REPORT, text)
        closed = self._drawer.find_close(request.z_number)
        if closed is None:
            text = f"the entry of Z report {request.z_number} can no longer be read at this till"
            return refuse(ShiftReason.UNKNOWN_REPORT, text)
        body = self._body(request, ShiftAct.APPROVE, state, closed.shift_id)
        body = msgspec.structs.replace(body, z_number=request.z_number, currency=closed.currency)
        return self._record([body], state, ShiftAnswer(ok=True, z_number=request.z_number))

    _ACTIONS: Final[
        dict[ShiftAct, Callable[[Shifts, ShiftRequest, ShiftAct, ShiftFold], ShiftAnswer]]
    ] = {
        ShiftAct.PAID_IN: _cash,
        ShiftAct.PAID_OUT: _cash,
        ShiftAct.DROP: _cash,
        ShiftAct.NO_SALE: _cash,
        ShiftAct.TENDER_MOVED: _move_tender,
        ShiftAct.HAND_OVER: _hand_over,
        ShiftAct.COUNT: _count,
        ShiftAct.X_REPORT: _report,
        ShiftAct.CLOSE: _close,
    }

    # -- who may -------------------------------------------------------------------------------

    def _refused(
        self, request: ShiftRequest, act: ShiftAct, amount_minor: int = 0
    ) -> ShiftAnswer | None:
        def allows(rights: CashierRights) -> bool:
            return rights.allows_shift_act(act, amount_minor)

        if self._staff.may(allows, request.cashier, request.authorized_by):
            return None
        if self._knowledge.state.is_erased:  # it knows nobody's badge any more
            return refuse(ShiftReason.REVOKED, _REVOKED)
        text = "this cashier may not do this; a supervisor can allow it with their badge"
        if act == ShiftAct.X_REPORT and self._staff.may(_may_sell, request.cashier):
            text = "count the drawer first: the expected amount is shown after that"
        return refuse(ShiftReason.NOT_ALLOWED, text)

    def _not_theirs(self, request: ShiftRequest, fold: ShiftFold) -> ShiftAnswer | None:
        """Refuse another cashier's drawer to whoever is no supervisor."""
        if request.cashier == fold.cashier or self._closer(request, fold):
            return None
        text = (
            f"this drawer is {fold.cashier or 'nobody'}’s; a supervisor closes it on their behalf"
        )
        return refuse(ShiftReason.NOT_ALLOWED, text)

    def _closer(self, request: ShiftRequest, fold: ShiftFold) -> str:
        """Name the supervisor who acts for a drawer's cashier, or who allows what they do."""
        is_for_another = request.cashier != fold.cashier
        for person in (request.authorized_by, request.cashier if is_for_another else ""):
            if self._staff.is_supervisor(person):
                return person
        return "" if is_for_another else request.authorized_by

    # -- the entries ---------------------------------------------------------------------------

    def _currency(self) -> str:
        """Return the currency of the present event's prices, or ""."""
        event = self._knowledge.event
        kinds = () if event is None else event.config.ticket_types
        return next((kind.currency for kind in kinds if kind.price_minor is not None), "")

    def _body(
        self, request: ShiftRequest, act: ShiftAct, state: ShiftState, shift_id: str
    ) -> ShiftBody:
        return ShiftBody(
            shift_id=shift_id,
            number=state.number + 1,
            act=act,
            cashier=request.cashier,
            authorized_by=request.authorized_by,
            why=request.why,
        )

    def _acted(self, request: ShiftRequest, act: ShiftAct, fold: ShiftFold) -> ShiftBody:
        body = self._body(request, act, self._drawer.state, fold.shift_id)
        return msgspec.structs.replace(body, currency=fold.opened.currency)

    def _record(
        self, bodies: list[ShiftBody], state: ShiftState, answer: ShiftAnswer
    ) -> ShiftAnswer:
        """Write an act's entries, the numbers and where the shift stands, in one transaction."""
        store, stamp = self._store, self._recorder.stamp()
        event_id = self._knowledge.event_id or EventId("")
        seq, last = 0, bodies[0]
        with self._recorder.transaction(_STEP, stamp):
            for body in bodies:
                last = self._signed(_behind(body, seq), event_id)
                seq = store.journal.append(last, stamp, event_id=event_id)
            store.shifts.put(state_after(state, last, seq))
            if last.act == ShiftAct.CLOSE:
                self.on_close(stamp)
        self._drawer.forget_state()
        ((_, signed),) = store.journal.read(seq, seq)
        return msgspec.structs.replace(
            answer,
            seq=seq,
            entry=signed.hash.hex(),
            number=last.number,
            shift_id=last.shift_id,
            sums=last.sums,
        )

    def _signed(self, body: ShiftBody, event_id: EventId) -> ShiftBody:
        """Let the badge of the supervisor at work say what they allow, where it was shown."""
        event = self._knowledge.event
        if not body.authorized_by or event is None:
            return body
        organization_id = event.config.organization_id
        device_id = DeviceId(event.device_id)
        speaker = BadgeScope(organization_id, event_id, device_id, body.authorized_by)
        signature = self._knowledge.badge.sign(_said(speaker, body))
        return msgspec.structs.replace(body, signature=signature)


def _said(speaker: BadgeScope, body: ShiftBody) -> BadgeWord:
    return shift_word(
        speaker,
        shift_id=body.shift_id,
        number=body.number,
        act=body.act,
        amount_minor=body.amount_minor,
        currency=body.currency,
    )


def _behind(body: ShiftBody, seq: int) -> ShiftBody:
    """Let a report's figures include the count that was written just before it; 0 for none."""
    if not seq or body.sums is None:
        return body
    sums = msgspec.structs.replace(body.sums, last_seq=seq, entry_count=body.sums.entry_count + 1)
    return msgspec.structs.replace(body, sums=sums)


def _counted(request: ShiftRequest, fold: ShiftFold) -> int | None:
    """Return what a drawer was counted to as it is closed: now, or last; None if it was not."""
    last, now = fold.last_count, request.amount_minor
    return now if now is not None or last is None else last.counted_minor


def _compared(fold: ShiftFold, counted: int) -> ShiftAnswer:
    expected, before = fold.expected_minor, fold.hand_overs
    return ShiftAnswer(
        ok=True,
        counted_minor=counted,
        expected_minor=expected,
        difference_minor=counted - expected,
        handed_minor=before[-1].difference_minor if before else None,
    )


def _card_minor(sums: ShiftSums) -> int:
    return sum(one.net_minor for one in sums.tenders if one.kind == CARD)


def _beside_terminal(answer: ShiftAnswer, sums: ShiftSums, request: ShiftRequest) -> ShiftAnswer:
    """Put the card tender's sum beside the terminal's, and name what they differ by."""
    card, taken = _card_minor(sums), request.terminal_minor
    return msgspec.structs.replace(
        answer,
        card_minor=card,
        terminal_minor=taken,
        terminal_over_minor=None if taken is None else taken - card,
    )


def _may_sell(rights: CashierRights) -> bool:
    return rights.sell
