"""Somebody allows what a cashier may not: by their own badge, or a supervisor's badge and PIN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterRequest
from gatekeeper.boxoffice.shift_requests import ShiftRequest
from gatekeeper.boxoffice.till_requests import SellRequest, TicketExchangeRequest
from gatekeeper.presenters.till.state import Presses, TillState, TillStep
from gatekeeper.presenters.till.undone_payments import cancel_card
from gatekeeper.presenters.till.window_requests import (
    Allowed,
    FoundCode,
    Lock,
    Request,
    Unlock,
    allow,
)
from gatekeeper.supervisor.unlocking_and_locking_again import UnlockAnswer
from gatekeeper.wording.texts import TEXTS
from shared.admission.purpose import REPLACING
from shared.admission.reasons import Reason
from shared.credential.badges_and_pins import PIN_LENGTH_MIN
from shared.kernel.instant import SECOND
from shared.sales.sale_refusals import SaleReason

FOR_SUPERVISORS: Final = frozenset({SaleReason.NOT_ALLOWED.value, Reason.SUPERVISOR.value})
"""What is answered where a supervisor may let it be done all the same."""


def begin_allowing(state: TillState, request: Allowed, note: str = "") -> None:
    """Ask for somebody who may; what was to be done waits."""
    state.pending, state.badge = request, None
    state.go(TillStep.ALLOW, note)
    state.is_bad = bool(note)


class AllowPresses(Presses):
    """Takes badges and PINs of those who allow something."""

    ENTERED: Final = frozenset({TillStep.PIN})

    def presses(self) -> dict[str, Callable[[str], Request | None]]:
        """Return what each key does; digits are the desk's, and *left_alone* is no button's."""
        return {"left_alone": lambda _: self._forget_badge()}

    def begin(self, request: SellRequest | ShiftRequest, reason: SaleReason) -> bool:
        """Ask for somebody who may, if that would help; tell whether it would."""
        if reason is not SaleReason.NOT_ALLOWED or request.authorized_by:
            return False
        begin_allowing(self._state, request)
        return True

    def take_badge(self, found: FoundCode) -> Request | None:
        """Take a badge: a cashier's allows what their rights reach, a supervisor's wants a PIN."""
        state, pending = self._state, self._state.pending
        if found.badge is not None:
            state.badge = found.badge
            state.go(TillStep.PIN)
        elif found.person is not None and pending is not None:
            if found.person.id == state.cashier:
                state.say(TEXTS.say("till.refused.not_allowed"), is_bad=True)
                return None
            return self._send(pending, found.person.id)
        else:
            state.say(TEXTS.say("till.badge_unknown"), is_bad=True)
        return None

    def enter(self) -> Request | None:
        """Try the PIN."""
        state = self._state
        if state.badge is None or len(state.typed) < PIN_LENGTH_MIN:
            return None
        pin, state.typed = state.typed, ""
        state.say(TEXTS.say("till.working"))
        return Unlock(state.badge, pin)

    def take_unlock(self, asked: Unlock, answer: UnlockAnswer) -> Request | None:
        """Do what was asked for, where the PIN was right: in the name of whose PIN it was."""
        state, pending, badge = self._state, self._state.pending, self._state.badge
        if state.step is not TillStep.PIN or pending is None or badge is None:
            state.typed = ""
            return Lock()
        if asked.badge is not badge:  # one was shown while the PIN was looked at: it has its own
            return None
        state.typed = ""
        if answer.is_right:
            return self._send(pending, badge.person)
        if answer.is_withdrawn:
            then = self._forget_badge()
            state.say(TEXTS.say("till.badge_unknown"), is_bad=True)
            return then
        if answer.wait:
            state.say(TEXTS.say("unlock.wait", count=-(-answer.wait // SECOND)), is_bad=True)
        else:
            state.say(TEXTS.say("unlock.wrong", count=answer.tries_left), is_bad=True)
        return None

    def leave(self) -> Request:
        """Go back without it; what was done by then stays done."""
        state = self._state
        pending = state.pending
        state.pending = state.badge = None
        is_handed = isinstance(pending, AfterRequest) and pending.purpose in REPLACING
        has_paid = isinstance(pending, AfterRequest) and not is_handed and state.paid_back
        if is_handed and state.handed:
            state.go(TillStep.HANDED)
        else:
            state.go(TillStep.PAID_BACK if has_paid else state.asked_from)
        sell = pending.sell if isinstance(pending, TicketExchangeRequest) else pending
        if isinstance(sell, SellRequest):
            back = cancel_card(state, sell)
            state.say("", is_bad=bool(back), back=back)
        return Lock()

    def _forget_badge(self) -> Request | None:
        """Ask for a badge again, where its PIN was begun and left: another would finish it."""
        if self._state.step is not TillStep.PIN:
            return None
        self._state.badge = None
        self._state.go(TillStep.ALLOW)
        return Lock()

    def _send(self, pending: Allowed, person: str) -> Request:
        state = self._state
        state.pending = state.badge = None
        before = state.asked_from
        request = state.ask(allow(pending, person))
        state.asked_from = before
        return request
