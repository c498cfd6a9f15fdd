"""What the keys of the paying screens do: parts, codes, discounts, gifts.

`gatekeeper/presenters/till/paying_screens.py` shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from gatekeeper.boxoffice.till_requests import SellRequest, in_hand
from gatekeeper.presenters.till.choosing_seats import wanted_seats
from gatekeeper.presenters.till.exchange_presses import exchange_for, ids_of
from gatekeeper.presenters.till.reasons_and_discounts_to_pick import REASONS
from gatekeeper.presenters.till.refusal_words import spell_refusal
from gatekeeper.presenters.till.state import Presses, TillState, TillStep
from gatekeeper.presenters.till.undone_payments import cancel_card, spell_back
from gatekeeper.presenters.till.window_requests import KeepParts, LookAt, Request, give_reason
from gatekeeper.wording.texts import TEXTS
from shared.sales.banknotes_and_change import is_odd_change
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.tenders import CARD, CASH, COMP, VOUCHER, Tender
from shared.sales.till_basket import NO_DISCOUNT, Discount
from shared.sales.voucher_code import is_voucher_like

DISCOUNT: Final = "discount"
"""What lines say that a cashier took something off."""
ENDED_CODES: Final = frozenset({SaleReason.UNKNOWN_CODE, SaleReason.CODE_USED_UP})
"""Why a basket with a promotion's code is sold without it."""
_CODES: Final = frozenset({"promo", "voucher"})
_SETTLED: Final = frozenset({TillStep.WORKING, TillStep.DONE})
"""Where nothing of a basket changes: it was asked for, or it is sold."""
_TO_PAY: Final = frozenset({TillStep.SELL, TillStep.SEATS, TillStep.REST, TillStep.OTHER})
_VOUCHER_READ: Final = (_TO_PAY | {TillStep.CASH, TillStep.DONE}) - {TillStep.SEATS}
"""Where the scanned code of a voucher is taken: no card is being asked, nothing else is typed."""


def drop_code(state: TillState) -> None:
    """Sell without a promotion's code whose time or whose uses are over by now, and say so."""
    if not state.promo or state.step in _SETTLED:
        return
    found = state.fill()
    if isinstance(found, Refusal) and found.reason in ENDED_CODES:
        state.promo = ""
        state.say_meanwhile(spell_refusal(found.reason))


class PayPresses(Presses):
    """Takes what is pressed to pay."""

    ENTERED: Final = frozenset({TillStep.CASH, TillStep.CARD})

    def presses(self) -> dict[str, Callable[[str], Request | None]]:
        """Return what each key does."""
        return {
            "cash": lambda _: self._pay(TillStep.CASH),
            "card": self._press_card,
            "amount": self._press_amount,
            "part": self._press_part,
            "approved": self._press_approved,
            "declined": self._press_declined,
            "unpart": self._press_unpart,
            "other": self._press_other,
            "comp": self._press_comp,
            "off": self._press_off,
            "code": self._press_code,
            "why": self._press_why,
        }

    def enter(self) -> Request | None:
        """Take the amount that was keyed in."""
        state = self._state
        if state.step is TillStep.CARD:
            return None  # whether the terminal said yes is pressed, not passed over
        # Nothing keyed in is the exact amount: Enter twice is a sale.
        amount = state.amount if state.typed else state.due
        if state.typed and not state.is_enough_cash:
            state.say(TEXTS.say("till.too_little", part=TEXTS.say("till.part")), is_bad=True)
            return None
        if self._is_doubted(amount):
            return None
        return self._sell(Tender(kind=CASH, amount_minor=amount))

    def enter_code(self) -> Request | None:
        """Take the code that was typed or scanned for a basket."""
        state, code = self._state, self._state.typed
        if not code:
            return None
        if state.purpose == "voucher":
            state.go(state.home)
            return self._sell(Tender(kind=VOUCHER, amount_minor=state.left, code=code))
        before, state.promo = state.promo, code
        state.go(TillStep.SELL)
        found = state.fill()
        if isinstance(found, Refusal):
            state.promo = before
            state.say(spell_refusal(found.reason), is_bad=True)
        return None

    def take_voucher(self, request: Request) -> bool:
        """Show what may be a voucher's code where Enter lets it pay, or say what comes before.

        Returns:
            Whether it may be one.
        """
        state = self._state
        texts = (request.code, *request.other_texts) if isinstance(request, LookAt) else ()
        code = next(filter(is_voucher_like, texts), "")
        if not code:
            return False
        if not state.facts.has_vouchers:
            said = spell_refusal(SaleReason.NO_VOUCHERS)
        elif state.step not in _VOUCHER_READ or (state.giving and not state.parts):
            said = TEXTS.say("till.voucher_later")
        elif state.basket is None:
            said = TEXTS.say("till.voucher_first")
        else:
            state.purpose, state.asked_from = "voucher", state.home
            state.go(TillStep.TEXT, TEXTS.say("till.voucher_read", amount=state.spell(state.left)))
            state.typed = code.strip()
            return True
        state.say(said, is_bad=True)
        return True

    def ask_code_again(self, tenders: Sequence[Tender]) -> None:
        """Let the code of no voucher be mended: it is shown as it was typed."""
        state = self._state
        code = next((one.code for one in tenders if one.kind == VOUCHER), "")
        state.purpose = "voucher"
        state.go(TillStep.TEXT)
        state.typed = code

    def back(self) -> Request | None:
        """Go back a step; what was taken in part is given back last first."""
        state, step = self._state, self._state.step
        gone = state.parts.pop() if step is TillStep.REST and state.parts else None
        state.step, state.typed = state.home, ""
        if gone is not None:
            return self._give_back(gone)
        return self.keep() if step is TillStep.CARD else None

    def keep(self) -> KeepParts:
        """Ask for what lies on the counter to be kept, and what is on a card just now."""
        state, tenders = self._state, tuple(self._state.parts)
        on_card = state.on_card if state.step is TillStep.CARD else 0
        request = self._request(tenders)
        return KeepParts(in_hand(request, tenders, ids_of(state.giving), on_card))

    # ---- presses

    def _pay(self, step: TillStep) -> Request | None:
        state = self._state
        if state.step in _TO_PAY and state.basket is not None:
            state.go(step)
        return None

    def _press_card(self, _rest: str) -> Request | None:
        state = self._state
        if state.facts.has_terminal and state.step in _TO_PAY and state.basket is not None:
            return self._sell(Tender(kind=CARD, amount_minor=state.left))
        if state.step not in _TO_PAY or state.basket is None:
            return None
        state.go(TillStep.CARD)
        state.on_card = state.left
        return self.keep()  # whatever dies now, the guest's card is not forgotten

    def _press_amount(self, rest: str) -> Request | None:
        if self._state.step is not TillStep.CASH or not rest.isdigit():
            return None
        return self._sell(Tender(kind=CASH, amount_minor=int(rest)))

    def _press_part(self, rest: str) -> Request | None:
        """Take a part in cash, or let the card pay one."""
        state = self._state
        amount = int(rest) if rest.isdigit() else state.amount
        if not 0 < amount < state.left:
            return None
        if state.step is TillStep.CARD:
            state.typed = str(amount)
        elif state.step is TillStep.CASH and amount < state.due:
            return self._take_part(Tender(kind=CASH, amount_minor=amount))
        return None

    def _press_approved(self, _rest: str) -> Request | None:
        state = self._state
        if state.step is not TillStep.CARD:
            return None
        paid, is_typed = Tender(kind=CARD, amount_minor=state.card_amount), bool(state.typed)
        if 0 < state.card_amount < state.left:
            kept = self._take_part(paid)
            if not is_typed:  # it costs more by now
                state.say(spell_refusal(SaleReason.SUM_DIFFERS), is_bad=True)
            return kept
        if state.card_amount > state.left:
            found, said = state.fill(), TEXTS.say("till.too_much")
            if isinstance(found, Refusal):
                said = spell_refusal(found.reason)
            # Where nothing was keyed in, it costs less by now, or is not sold any more.
            back = "" if is_typed else cancel_card(state, self._request((paid,)))
            state.say(said, is_bad=True, back=back)
            return None if is_typed else self.keep()
        return self._sell(paid)

    def _press_declined(self, _rest: str) -> Request | None:
        return self.back() if self._state.step is TillStep.CARD else None

    def _press_unpart(self, rest: str) -> Request | None:
        state = self._state
        if state.step is TillStep.REST and rest.isdigit() and int(rest) < len(state.parts):
            gone = state.parts.pop(int(rest))
            if not state.parts:
                state.step = TillStep.SELL
            return self._give_back(gone)
        return None

    def _press_other(self, _rest: str) -> Request | None:
        if self._state.step is TillStep.SELL and not self._state.giving:
            self._state.go(TillStep.OTHER)
        return None

    def _press_comp(self, _rest: str) -> Request | None:
        state = self._state
        if state.step is TillStep.OTHER and state.counts:
            state.draft = self._request((Tender(kind=COMP),))
            self._ask_why("comp")
        return None

    def _press_off(self, rest: str) -> Request | None:
        state = self._state
        if state.step is not TillStep.OTHER or not rest.isdigit() or not state.counts:
            return None
        if not int(rest):
            state.discount, state.why = NO_DISCOUNT, ""
            state.go(TillStep.SELL)
            return None
        off = Discount(percent_points=int(rest), promo=DISCOUNT)
        state.draft = msgspec.structs.replace(self._request(()), discount=off)
        self._ask_why("off")
        return None

    def _press_code(self, rest: str) -> Request | None:
        state = self._state
        if state.step in {TillStep.OTHER, TillStep.REST} and rest in _CODES and state.counts:
            state.purpose, state.asked_from = rest, state.step
            state.go(TillStep.TEXT)
        return None

    def _press_why(self, rest: str) -> Request | None:
        state = self._state
        if state.step is not TillStep.WHY or rest not in REASONS[state.purpose]:
            return None
        draft, state.draft = state.draft, None
        if state.purpose == "off":
            if isinstance(draft, SellRequest):
                state.discount, state.why = draft.discount, rest
            state.go(TillStep.SELL)
            return None
        state.step = state.asked_from
        return None if draft is None else state.ask(give_reason(draft, rest))

    # ---- inside

    def _is_doubted(self, amount: int) -> bool:
        """Ask once more of cash that was hardly handed over: too much of it would go back."""
        state, change = self._state, amount - self._state.due
        is_odd = is_odd_change(change, state.due, state.facts.currency)
        if not is_odd or state.doubted == amount:
            return False
        state.doubted = amount
        given, back = state.spell(amount), state.spell(change)
        state.say(TEXTS.say("till.odd_cash", given=given, change=back), is_bad=True)
        return True

    def _take_part(self, part: Tender) -> Request:
        """Have a part that was taken on disk: whatever dies now, it is not forgotten."""
        self._state.parts.append(part)
        self._state.go(TillStep.REST)
        return self.keep()

    def _give_back(self, part: Tender) -> Request:
        """Say how a part that was taken goes back."""
        self._state.say_returned(spell_back(self._state, part))
        return self.keep()

    def _ask_why(self, purpose: str) -> None:
        state = self._state
        state.purpose, state.asked_from = purpose, TillStep.SELL
        state.go(TillStep.WHY)

    def _sell(self, tender: Tender) -> Request:
        state = self._state
        request = self._request((*state.parts, tender))
        if state.giving:
            return state.ask(exchange_for(state, request))
        return state.ask(request)

    def _request(self, tenders: tuple[Tender, ...]) -> SellRequest:
        state, basket = self._state, self._state.basket
        is_given_away = any(one.kind == COMP for one in tenders)
        return SellRequest(
            lines=state.wanted,
            tenders=tenders,
            discount=state.discount,
            promo=state.promo,
            cashier=state.cashier,
            why=state.why,
            seats=wanted_seats(state),
            shown_minor=None if basket is None or is_given_away else basket.total_minor,
        )
