"""What the till's window shows and what its buttons mean, as plain values; without Qt.

One screen at a time: who is at the drawer, what is sold, how it is paid, what is handed over, what
is counted. A press changes the screen, or is a request for the engine, whose answer comes back.
What the last sale gave stays in sight until the next one begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from gatekeeper.boxoffice.answers import ExchangeAnswer, TillAnswer
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterAnswer, AfterRequest
from gatekeeper.boxoffice.shift_requests import ShiftAnswer, ShiftRequest
from gatekeeper.boxoffice.till_requests import SellRequest, TicketExchangeRequest
from gatekeeper.presenters.till.approval_presses import AllowPresses
from gatekeeper.presenters.till.choosing_seats import SeatPresses, choose_seats, drop_gone
from gatekeeper.presenters.till.drawer_presses import COUNTED_IN_CASH, DrawerPresses
from gatekeeper.presenters.till.exchange_presses import ExchangePresses
from gatekeeper.presenters.till.guest_list_presses import GuestPresses
from gatekeeper.presenters.till.keypad import (
    AMOUNT_DIGITS_MAX,
    COUNT_DIGITS_MAX,
    DIGITS,
    TYPED_SIZE_MAX,
    is_letter,
)
from gatekeeper.presenters.till.last_sale_before_start_screen import (
    is_last_newest,
    tell_last_sale,
)
from gatekeeper.presenters.till.open_sales_presses import OpenPresses
from gatekeeper.presenters.till.paying_presses import ENDED_CODES, PayPresses, drop_code
from gatekeeper.presenters.till.pick_up_presses import FindPresses
from gatekeeper.presenters.till.printer_and_terminal_presses import WRITES, MachinePresses
from gatekeeper.presenters.till.refund_and_reprint_presses import AfterPresses
from gatekeeper.presenters.till.refusal_words import spell_unsold
from gatekeeper.presenters.till.state import (
    COUNTING,
    WRITTEN,
    TillFacts,
    TillScreen,
    TillState,
    TillStep,
)
from gatekeeper.presenters.till.tile_presses import TilePresses
from gatekeeper.presenters.till.undone_payments import cancel_card
from gatekeeper.presenters.till.which_screen import show
from gatekeeper.presenters.till.window_requests import (
    AddGuest,
    Answer,
    AskWorth,
    FoundCode,
    KeepParts,
    Lock,
    LookAt,
    Orders,
    Parked,
    PersonAtTill,
    PrintReceipt,
    Request,
    Sales,
    SettleSale,
    TakenUp,
    Unlock,
    Worth,
)
from gatekeeper.supervisor.unlocking_and_locking_again import UnlockAnswer
from gatekeeper.terminals.printer_and_terminal import Machines
from gatekeeper.wording.texts import TEXTS
from shared.credential.badges_and_pins import is_badge
from shared.sales.sale_refusals import SaleReason
from shared.wire.voucher import VoucherNo

_OF_SEATS: Final = frozenset({SaleReason.SEAT_TAKEN, SaleReason.WRONG_SEATS})
_ASKED_ABOUT: Final = frozenset({"ask", "unpaid"})
"""What tells of a payment that it never came: nobody has refused it."""
_UNCHARGED: Final = frozenset({TillStep.SELL, TillStep.REST, TillStep.SEATS})
"""Where a sale leads back to that was refused."""
_PAYING: Final = frozenset({TillStep.CASH, TillStep.CARD, TillStep.REST})
"""Where a scanned ticket has to wait: money is on the counter."""
_ALLOWING: Final = frozenset({TillStep.ALLOW, TillStep.PIN})
"""Where a badge is that of whoever allows what the cashier may not."""
_ASKING: Final = frozenset({TillStep.WORKING, TillStep.STARTING})
_TO_SELL: Final = frozenset(
    {
        TillStep.SEATS,
        TillStep.MENU,
        TillStep.COUNT,
        TillStep.OTHER,
        TillStep.OPEN,
        TillStep.PARKED,
        TillStep.LAST,
        TillStep.SALES,
        TillStep.TICKETS,
        TillStep.ORDERS,
        TillStep.GUESTS,
        TillStep.TICKET,
        TillStep.PAID_BACK,
        TillStep.HANDED,
        TillStep.DONE,
    }
)
"""From where *back* leads to the tiles."""
_RESTING: Final = frozenset(
    {
        TillStep.SELL,
        TillStep.MENU,
        TillStep.FLOAT,
        TillStep.OPEN,
        TillStep.PARKED,
        TillStep.LAST,
        TillStep.SALES,
        TillStep.SALE,
        TillStep.ORDERS,
        TillStep.ORDER,
        TillStep.GUESTS,
        TillStep.GUEST,
    }
)
"""Where nothing is under way that whoever is at work has to bring to its end."""
_TO_BEFORE: Final = {
    TillStep.REPORT: TillStep.MENU,
    TillStep.MACHINES: TillStep.MENU,
    TillStep.PRINTERS: TillStep.MACHINES,
    TillStep.TERMINALS: TillStep.MACHINES,
    TillStep.RECEIVER: TillStep.MENU,
    TillStep.CONFIRM: TillStep.SALE,
}


class TillPresenter:
    """Takes presses and answers, and says what is shown.

    Attributes:
        state: Where the window stands.
    """

    def __init__(self) -> None:
        """Begin before anything is known."""
        self.state = state = TillState()
        self._paying, self._open = PayPresses(state), OpenPresses(state)
        self._after, self._drawer = AfterPresses(state), DrawerPresses(state)
        self._allowing, self._finding = AllowPresses(state), FindPresses(state)
        self._seats, self._machines = SeatPresses(state), MachinePresses(state)
        self._tiles = TilePresses(state)
        self._presses: dict[str, Callable[[str], Request | None]] = {
            "digit": self._press_digit,
            "letter": self._press_letter,
            "erase": self._press_erase,
            "enter": self._press_enter,
            "turn": self._press_turn,
            "back": self._press_back,
        }
        self._exchanging, self._guests = ExchangePresses(state), GuestPresses(state)
        self._presses |= self._exchanging.presses() | self._guests.presses()
        self._presses |= self._machines.presses()
        parts = (self._paying, self._open, self._after, self._drawer, self._allowing)
        for part in (*parts, self._finding, self._seats, self._tiles):
            self._presses |= part.presses()

    # ---- what comes in

    def take_facts(self, facts: TillFacts) -> Request | None:
        """Know what the engine knows now; whose badge is none any more works on no further.

        Returns:
            What the engine is to do, or None.
        """
        before = self.state.facts
        if self.state.step is TillStep.WORKING:  # what was asked for has been priced
            facts = facts._replace(
                plan=before.plan, price_counts=before.price_counts, now=before.now
            )
        self.state.facts = facts
        self._open.find_doubted()
        drop_gone(self.state)
        drop_code(self.state)
        if self.state.step is TillStep.STARTING and not facts.problem:
            self.state.step = TillStep.WHO
        return self._leave_by_facts()

    def _leave_by_facts(self) -> Request | None:
        """Let go of who was at work with a badge that was withdrawn: it was copied, say."""
        state, person = self.state, self.state.person
        if person is None or not person.badge_hash or state.facts.badges is None:
            return None
        if person.badge_hash in state.facts.badges or state.step not in _RESTING:
            return None
        if state.parts or state.giving:
            return None  # money is on the counter
        request = self._drawer.leave()
        state.say(TEXTS.say("till.badge_unknown"), is_bad=True)
        return request

    def take_code(self, code: str, other_texts: tuple[str, ...] = ()) -> Request | None:
        """Take a code from a reader; where one is asked for, it is that; not before it is open."""
        if self.state.step is TillStep.STARTING:
            return None
        if self.state.step is TillStep.TEXT and not is_badge(code):
            self.state.typed = code.strip()[:TYPED_SIZE_MAX]
            if self.state.purpose != "ticket":
                return self._press_enter("")
        signs_in = self.state.step not in _ALLOWING and not self.state.is_handed_over
        return LookAt(code, signs_in=signs_in, other_texts=other_texts)

    def take(self, request: Request, answer: Answer) -> Request | None:
        """Take what the engine has answered to a request; it may lead to another one."""
        match answer:
            case TillAnswer():
                return self._take_sold(request, answer)
            case ExchangeAnswer():
                return self._take_exchanged(request, answer)
            case ShiftAnswer():
                assert isinstance(request, ShiftRequest)
                return self._drawer.take(request, answer)
            case AfterAnswer():
                assert isinstance(request, AfterRequest)
                self._after.take(request, answer)
            case Orders() | Sales() | Worth():
                self._take_looked_up(request, answer)
            case FoundCode():
                return self._take_found(answer, request)
            case UnlockAnswer():
                assert isinstance(request, Unlock)
                return self._allowing.take_unlock(request, answer)
            case Machines():
                self._machines.take(request, answer)
            case TakenUp() | Parked():
                self._open.take_basket(answer)
            case _:
                return self._take_settled(request)
        return None

    def _take_settled(self, request: Request) -> Request | None:
        # A part is kept while the cashier goes on: nobody waits for that.
        if self.state.step is TillStep.WORKING and not isinstance(request, KeepParts):
            self.state.step = self.state.asked_from
        if isinstance(request, PrintReceipt):
            self.state.say(TEXTS.say("till.receipt_coming"))
        return self._keep_uncharged() if isinstance(request, Lock) else None

    def take_person(self, person: PersonAtTill) -> Request | None:
        """Let somebody work at the till; what is in the basket stays, and what is asked is theirs.

        Buyers whom somebody else has found are shown no more.

        Returns:
            What the engine is to do, or None.
        """
        state = self.state
        if state.draft is not None:
            state.draft = msgspec.structs.replace(state.draft, cashier=person.id)
        if person != state.person and state.orders:
            state.orders, state.order = (), None
            if state.step in {TillStep.ORDERS, TillStep.ORDER}:
                state.step = TillStep.SELL
        state.person = person
        state.say("")
        if state.step in {TillStep.WHO, TillStep.STARTING, TillStep.CLOSED}:
            state.typed = ""
            state.step = TillStep.SELL if state.facts.shift else TillStep.FLOAT
            if state.facts.shift and state.facts.paid_in_part:
                # Money lies on the counter, of a sale in which the till stopped.
                state.say(TEXTS.say("till.part_kept"))
                return self._open.take_parts(state.facts.paid_in_part)
            is_open = bool(state.facts.open_sales) and not is_last_newest(state)
            if state.facts.shift and is_open and not state.counts:
                # The till stopped in mid-sale: that comes first, while its guest is still there.
                state.step = TillStep.OPEN
            elif state.facts.shift and not state.is_last_told and not state.counts:
                # Or between a sale and its screen: nobody has seen that it was made.
                tell_last_sale(state)
        return None

    def take_card_step(self, key: str) -> None:
        """Show what the card terminal is doing; "" once it has ended."""
        self.state.card_step = key

    def take_fault(self, said: str, request: Request | None) -> None:
        """Show that the engine could not do it: the disk, or the program.

        Somebody may have been charged by then: the facts that are read next tell of that sale.
        """
        if self.state.step is TillStep.WORKING:
            self.state.step = self.state.asked_from
        self.state.say_meanwhile(said)
        if isinstance(request, SellRequest | TicketExchangeRequest):
            self._open.doubt()

    def press(self, key: str) -> Request | None:
        """Take a press of a button, by its key.

        Returns:
            What the engine is to do, or None.
        """
        name, _, rest = key.partition(":")
        act = self._presses.get(name)
        return None if act is None else act(rest)

    def screen(self) -> TillScreen:
        """Return what is shown now."""
        return show(self.state)

    # ---- codes

    def _take_found(self, found: FoundCode, request: Request) -> Request | None:
        state = self.state
        if found.is_new_address is not None:
            key = "safe.gate.moved" if found.is_new_address else "safe.gate.known"
            state.say(TEXTS.say(key), is_bad=not found.is_new_address)
            return None
        if found.person is not None and state.is_handed_over:
            return self._drawer.take_receiver(found.person)
        if state.step in _ALLOWING:
            return self._allowing.take_badge(found)
        if found.person is not None:
            return self.take_person(found.person)
        if found.badge is not None:
            state.say(TEXTS.say("till.supervisor_badge", name=found.badge.name), is_bad=True)
            return Lock()
        if state.person is None or state.step in _ASKING:
            state.say(TEXTS.say("till.badge_unknown"), is_bad=True)
        elif found.ticket is None or not found.ticket.is_ticket:
            if not self._paying.take_voucher(request):
                state.say(TEXTS.say("till.not_a_ticket"), is_bad=True)
        elif state.step in _PAYING or state.parts or state.giving or state.facts.shift is None:
            state.say(TEXTS.say("till.busy"), is_bad=True)
        elif found.ticket.is_replaced:
            # Whoever holds the newest copy would lose the ticket, or its money, to this one's.
            state.say(TEXTS.say("till.refused.superseded"), is_bad=True)
        else:
            self._after.look_at(found.ticket)
        return None

    def _take_looked_up(self, request: Request, answer: Orders | Sales | Worth) -> None:
        match answer:
            case Orders():
                self._finding.take(answer)
            case Sales():
                self._after.take_sales(answer)
            case Worth():
                assert isinstance(request, AskWorth)
                self._exchanging.take_worth(request, answer)

    # ---- selling

    def _take_exchanged(self, request: Request, answer: ExchangeAnswer) -> Request | None:
        assert isinstance(request, TicketExchangeRequest)
        is_all = self._exchanging.take(request, answer)
        if is_all or answer.sale is None:
            return self._keep_uncharged()
        return self._take_sold(request, answer.sale)

    def _take_sold(self, request: Request, answer: TillAnswer) -> Request | None:
        state = self.state
        is_new = isinstance(request, SellRequest | TicketExchangeRequest)
        if isinstance(request, SellRequest | AddGuest):
            state.back_by = {}
        if answer.sale is not None:
            state.sale, state.shown = answer.sale, 0
            if is_new:
                state.begin_anew()
            state.go(TillStep.DONE)
        elif answer.is_ok:
            self._open.end()
        elif answer.open_sale is not None:
            if is_new:
                state.begin_anew()
            self._open.keep(answer.open_sale)
            state.say(self._spell_unsold(answer), is_bad=True)
            self._open.let_finish(request, answer)
        else:
            return self._take_refused(request, answer)
        return None

    def _take_refused(self, request: Request, answer: TillAnswer) -> Request | None:
        """Go back to where it was asked from, and say why nothing was sold."""
        state, then, said, back = self.state, None, self._spell_unsold(answer), ""
        if isinstance(request, SellRequest):
            if self._allowing.begin(request, answer.reason):
                return None
            state.step = state.asked_from
            if answer.reason in ENDED_CODES:
                state.promo = ""
            if answer.reason is not SaleReason.SUM_DIFFERS:  # of that a part can be taken
                back = cancel_card(state, request)
            elif state.step is not TillStep.CARD:
                said = TEXTS.say("till.refused.price_turned")
            if answer.reason in _OF_SEATS and state.seats:
                choose_seats(state)
            if (no := answer.voucher) is not None and no.why is VoucherNo.UNKNOWN:
                self._paying.ask_code_again(request.tenders)
            elif no is not None and no.why is VoucherNo.TOO_LITTLE:
                state.voucher_left = no.left_minor or 0
            then = self._keep_uncharged()
        else:
            if isinstance(request, SettleSale) and answer.reason is not SaleReason.UNKNOWN_SALE:
                then = self._open.drop(request.sale_id)
                if request.act in _ASKED_ABOUT and answer.reason is SaleReason.PAYMENT_DECLINED:
                    said = TEXTS.say("till.refused.not_charged")
            if then is None:
                state.step = TillStep.GUEST if isinstance(request, AddGuest) else state.home
        state.say(said, is_bad=True, back=back)
        return then

    def _keep_uncharged(self) -> Request | None:
        """Forget of a card that was charged by hand what goes back: nothing was sold for it."""
        was_card = self.state.asked_from is TillStep.CARD
        return self._paying.keep() if was_card and self.state.step in _UNCHARGED else None

    def _spell_unsold(self, answer: TillAnswer) -> str:
        state, sale = self.state, answer.open_sale
        left = state.left if sale is None else sale.left_minor
        return spell_unsold(answer, left, state.spell)

    def _press_turn(self, _rest: str) -> Request | None:
        state = self.state
        if state.step is TillStep.DONE and state.sale is not None and state.sale.tickets:
            state.shown = (state.shown + 1) % len(state.sale.tickets)
        elif state.step is TillStep.HANDED and state.handed:
            state.shown = (state.shown + 1) % len(state.handed)
        elif state.step is TillStep.OPEN:
            state.shown += 1
        return None

    # ---- keys

    def _press_digit(self, rest: str) -> Request | None:
        state = self.state
        if rest not in DIGITS:
            return None
        state.doubted = None
        if state.step in WRITTEN:
            return self._press_letter(rest)
        if state.step is TillStep.PIN:
            state.typed = (state.typed + rest)[:AMOUNT_DIGITS_MAX]
        elif state.step in COUNTING:
            state.typed = (state.typed + rest).lstrip("0")[:COUNT_DIGITS_MAX]
        elif self.screen().has_digits:
            is_cash = state.step in COUNTED_IN_CASH
            typed = (state.typed + rest).lstrip("0")[:AMOUNT_DIGITS_MAX]
            state.typed = typed or ("0" if is_cash else "")
            if is_cash:
                state.say("")
        return None

    def _press_letter(self, rest: str) -> Request | None:
        state = self.state
        if state.step in WRITTEN and is_letter(rest, is_name=state.is_name):
            state.typed = (state.typed + rest)[:TYPED_SIZE_MAX]
        return None

    def _press_erase(self, _rest: str) -> Request | None:
        self.state.typed = self.state.typed[:-1]
        return None

    def _press_enter(self, _rest: str) -> Request | None:
        if self.state.step is TillStep.TEXT and self.state.purpose in WRITES:
            return self._machines.enter()
        if self.state.step is TillStep.TEXT:
            is_name = self.state.is_name
            return self._finding.enter() if is_name else self._paying.enter_code()
        for part in (self._guests, self._paying, self._drawer, self._after, self._allowing):
            if self.state.step in part.ENTERED:
                return part.enter()
        if self.state.step in {TillStep.DONE, TillStep.SEATS}:
            self.state.go(self.state.home)
        return None

    def _press_back(self, _rest: str) -> Request | None:
        state, step = self.state, self.state.step
        if step in _ALLOWING:
            return self._allowing.leave()
        if step in _PAYING:
            return self._paying.back()
        if step in {TillStep.TEXT, TillStep.WHY}:
            state.draft = None
            state.go(state.asked_from)
        elif step is TillStep.AMOUNT:
            state.go(self._drawer.before_amount())
        elif step is TillStep.SALE:
            state.go(TillStep.SALES if state.sales else TillStep.SELL)
        elif step in {TillStep.GUEST, TillStep.ORDER}:
            part = self._guests if step is TillStep.GUEST else self._finding
            part.back()
        elif step in _TO_BEFORE:
            state.go(_TO_BEFORE[step])
        elif step in COUNTING and state.typed:
            state.typed = ""
        elif step in _TO_SELL:
            state.go(state.home)
        elif step is TillStep.FLOAT:
            state.person, state.step = None, TillStep.WHO
        elif step is TillStep.SELL:
            self._tiles.take_one_back(self._exchanging)
        return None
