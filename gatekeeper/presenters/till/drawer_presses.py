"""The drawer at the window: float, cash in and out, counts, reports, and whose it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from gatekeeper.boxoffice.shift_requests import OpenShift, ShiftAnswer, ShiftReason, ShiftRequest
from gatekeeper.presenters.till.approval_presses import begin_allowing
from gatekeeper.presenters.till.refusal_words import spell_drawer_refusal
from gatekeeper.presenters.till.state import SELLING, Presses, TillStep
from gatekeeper.presenters.till.window_requests import Lock, PersonAtTill, PrintRequest, Request
from gatekeeper.wording.texts import TEXTS

_AMOUNTS: Final = frozenset({"paid_in", "paid_out", "drop", "terminal", "left"})
_OF_CLOSE: Final = frozenset({"terminal", "left"})
COUNTED_IN_CASH: Final = frozenset({TillStep.FLOAT, TillStep.COUNT, TillStep.AMOUNT})
"""Where 0 is an amount that is keyed in, and nothing is none."""


class DrawerPresses(Presses):
    """Takes what is pressed about the drawer."""

    ENTERED: Final = frozenset(
        {TillStep.FLOAT, TillStep.COUNT, TillStep.COMPARED, TillStep.AMOUNT, TillStep.REPORT}
    )

    def presses(self) -> dict[str, Callable[[str], Request | None]]:
        """Return what each key does."""
        return {
            "menu": self._press_menu,
            "paper": self._press_menu,
            "count": self._press_count,
            "close": self._press_close,
            "close_named": self._press_close_named,
            "give_drawer": self._press_give_drawer,
            "no_sale": lambda _: self._from_menu("no_sale"),
            "x": lambda _: self._from_menu("x"),
            "cash_act": self._press_cash_act,
            "receiver": self._press_receiver,
            "approve": self._press_approve,
            "leave": self._press_leave,
            "printed": lambda _: self._judge_paper(is_printed=True),
            "reprint": lambda _: self._judge_paper(is_printed=False),
        }

    def enter(self) -> Request | None:
        """Take the amount that was keyed in, or go on.

        Of nothing keyed in no drawer is counted: it would show what a blind count is to find.
        """
        state = self._state
        if state.step in COUNTED_IN_CASH and not state.typed:
            state.say(TEXTS.say("till.nothing_keyed"), is_bad=True)
            return None
        if state.step is TillStep.FLOAT:
            return self._ask("open", state.amount)
        if state.step is TillStep.COUNT:
            return self._ask("count", state.amount)
        if state.step is TillStep.COMPARED and state.purpose == "close_named":
            state.go(TillStep.OPEN)
            return None
        if state.step is TillStep.COMPARED:
            return self._press_give_drawer("") or self._press_close("")
        if state.step is TillStep.REPORT:
            state.go(TillStep.SELL)
            return None
        return self._enter_amount()

    def before_amount(self) -> TillStep:
        """Return where an amount is asked from."""
        return TillStep.COMPARED if self._state.purpose in _OF_CLOSE else TillStep.MENU

    # ---- answers

    def take(self, request: ShiftRequest, answer: ShiftAnswer) -> Request | None:
        """Show what became of something at the drawer."""
        state = self._state
        state.typed = ""
        if not answer.ok:
            self._refuse(request, answer)
        elif request.act == "open":
            opened = OpenShift(
                shift_id=answer.shift_id,
                currency=state.facts.currency,
                cashier=request.cashier,
                opened_seq=answer.seq,
            )
            state.facts = state.facts._replace(shift=opened)
            state.go(TillStep.OPEN if state.facts.open_sales else TillStep.SELL)
            self._compare_float(answer.float_differs_minor or 0)
        elif request.act == "count":
            state.counted = answer
            state.left_minor = state.terminal_minor = None
            if state.purpose != "hand_over":  # or sales that are open now were never seen
                state.purpose = ""
            state.go(TillStep.COMPARED)
        elif request.act == "x":
            state.counted = answer
            state.go(TillStep.REPORT)
        elif request.act == "close":
            state.counted, state.person = answer, None
            state.begin_anew()
            state.giving, state.credit = (), 0
            state.facts = state.facts._replace(shift=None)
            state.go(TillStep.CLOSED, TEXTS.say("till.closed_note", number=answer.z_number))
        elif request.act == "approve":
            state.go(TillStep.CLOSED, TEXTS.say("till.approved", number=answer.z_number))
        elif request.act == "hand_over":
            state.person = state.receiver
            state.go(TillStep.SELL, TEXTS.say("till.recorded"))
        else:
            state.go(TillStep.SELL, TEXTS.say("till.recorded"))
        return None

    def _compare_float(self, over: int) -> None:
        """Say how a float differs from what the last shift left: it may be keyed in wrong."""
        if over:
            key = "till.float_more" if over > 0 else "till.float_less"
            self._state.say(TEXTS.say(key, amount=self._state.spell(abs(over))), is_bad=True)

    def take_receiver(self, person: PersonAtTill) -> Request | None:
        """Know who takes the drawer; then it is counted."""
        state, shift = self._state, self._state.facts.shift
        if shift is not None and person.id == shift.cashier:
            state.say(TEXTS.say("till.receiver_same", name=person.name), is_bad=True)
            return None
        state.receiver, state.purpose = person, "hand_over"
        if state.step is TillStep.RECEIVER:
            state.go(TillStep.COUNT)
        else:  # a badge that is scanned again leaves what was counted by now
            state.say("")
        return None

    def _refuse(self, request: ShiftRequest, answer: ShiftAnswer) -> None:
        state = self._state
        if answer.reason is ShiftReason.NOT_ALLOWED and not request.authorized_by:
            begin_allowing(state, request)
            return
        if answer.reason is ShiftReason.FAR_BEYOND and not request.authorized_by:
            begin_allowing(state, request, spell_drawer_refusal(answer.reason))
            return
        if answer.reason is ShiftReason.OPEN_SALES:
            state.purpose = "close_named"
        state.step = state.asked_from
        state.say(spell_drawer_refusal(answer.reason), is_bad=True)

    # ---- presses

    def _press_menu(self, _rest: str) -> Request | None:
        if self._state.step in SELLING:
            self._state.go(TillStep.MENU)
        return None

    def _press_count(self, _rest: str) -> Request | None:
        state = self._state
        if state.step is TillStep.MENU:
            state.purpose = ""
        if state.step in {TillStep.MENU, TillStep.COMPARED}:
            state.go(TillStep.COUNT)
        return None

    def _press_close(self, _rest: str) -> Request | None:
        return self._close(names_open_sales=False)

    def _press_close_named(self, _rest: str) -> Request | None:
        return self._close(names_open_sales=True)

    def _close(self, *, names_open_sales: bool) -> Request | None:
        state = self._state
        if state.step is not TillStep.COMPARED or state.purpose == "hand_over":
            return None
        return state.ask(
            ShiftRequest(
                act="close",
                cashier=state.cashier,
                left_minor=state.left_minor,
                terminal_minor=state.terminal_minor,
                names_open_sales=names_open_sales,
            )
        )

    def _press_give_drawer(self, _rest: str) -> Request | None:
        """Hand the drawer over as it was compared."""
        state, counted = self._state, self._state.counted
        if state.step is not TillStep.COMPARED or state.purpose != "hand_over":
            return None
        assert counted is not None
        assert state.receiver is not None
        request = self._request("hand_over", counted.counted_minor)
        return state.ask(msgspec.structs.replace(request, receiver=state.receiver.id))

    def _from_menu(self, act: str) -> Request | None:
        return self._ask(act) if self._state.step is TillStep.MENU else None

    def _press_cash_act(self, rest: str) -> Request | None:
        state = self._state
        wanted = TillStep.COMPARED if rest in _OF_CLOSE else TillStep.MENU
        if rest in _AMOUNTS and state.step is wanted:
            state.purpose = rest
            state.go(TillStep.AMOUNT)
        return None

    def _enter_amount(self) -> Request | None:
        state, amount = self._state, self._state.amount
        if state.purpose in _OF_CLOSE:
            if state.purpose == "left":
                state.left_minor = amount
            else:
                state.terminal_minor = amount
            state.go(TillStep.COMPARED)
            return None
        if not amount:
            state.go(TillStep.MENU)
            return None
        if state.purpose == "drop":
            return self._ask("drop", amount)
        state.draft = self._request(state.purpose, amount)
        state.asked_from = TillStep.MENU
        state.go(TillStep.WHY)
        return None

    def _press_receiver(self, _rest: str) -> Request | None:
        if self._state.step is TillStep.MENU:
            self._state.go(TillStep.RECEIVER)
        return None

    def _press_approve(self, _rest: str) -> Request | None:
        state = self._state
        if state.step is TillStep.CLOSED and state.counted is not None:
            state.asked_from = TillStep.CLOSED
            number = state.counted.z_number
            begin_allowing(state, ShiftRequest(act="approve", z_number=number))
        return None

    def _press_leave(self, _rest: str) -> Request | None:
        return self.leave() if self._state.step is TillStep.MENU else None

    def leave(self) -> Request:
        """Let nobody be at work; what is in the basket stays."""
        self._state.person, self._state.orders, self._state.order = None, (), None
        self._state.go(TillStep.WHO)
        return Lock(has_left=True)

    def _judge_paper(self, *, is_printed: bool) -> PrintRequest | None:
        number = self._state.facts.asked_job
        if self._state.step is not TillStep.MENU or number is None:
            return None
        self._state.go(TillStep.SELL)
        return PrintRequest(number, is_printed)

    # ---- inside

    def _request(self, act: str, amount: int | None = None) -> ShiftRequest:
        return ShiftRequest(act=act, amount_minor=amount, cashier=self._state.cashier)

    def _ask(self, act: str, amount: int | None = None) -> ShiftRequest:
        return self._state.ask(self._request(act, amount))
