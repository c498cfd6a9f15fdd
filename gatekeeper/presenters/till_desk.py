"""What the till's window shows and what its buttons mean, as plain values; without Qt.

One screen at a time: who is at the drawer, what is sold, how it is paid, what is handed over, what
is counted. A press changes the screen, or is a request for the engine, whose answer comes back.
What the last sale gave stays in sight until the next one begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gatekeeper.boxoffice.answers import TillAnswer
from gatekeeper.boxoffice.requests import SellRequest
from gatekeeper.boxoffice.shift_requests import ShiftAnswer, ShiftRequest
from gatekeeper.presenters.till_keys import DIGITS
from gatekeeper.presenters.till_screens import show
from gatekeeper.presenters.till_values import (
    Person,
    PrintRequest,
    TillFacts,
    TillScreen,
    TillState,
    TillStep,
)
from gatekeeper.presenters.till_words import spell_drawer_refusal, spell_refusal
from gatekeeper.wording.texts import TEXTS
from shared.sales.basket import TICKETS_IN_SALE_MAX
from shared.sales.reasons import Refusal, SaleReason
from shared.sales.tenders import CARD, CASH, Tender

AMOUNT_DIGITS_MAX: Final = 11

Request = SellRequest | ShiftRequest | PrintRequest


class TillDesk:
    """Takes presses and answers, and says what is shown.

    Attributes:
        state: Where the window stands.
    """

    def __init__(self) -> None:
        """Begin before anything is known."""
        self.state = TillState()
        self._asked_from = TillStep.SELL
        self._presses: dict[str, Callable[[str], Request | None]] = {
            "type": self._press_type,
            "less": self._press_less,
            "cash": self._press_cash,
            "card": self._press_card,
            "amount": self._press_amount,
            "approved": self._press_approved,
            "declined": self._press_back,
            "digit": self._press_digit,
            "erase": self._press_erase,
            "enter": self._press_enter,
            "close": self._press_close,
            "no_sale": self._press_no_sale,
            "menu": self._press_menu,
            "count": self._press_count,
            "leave": self._press_leave,
            "turn": self._press_turn,
            "back": self._press_back,
            "printed": self._press_printed,
            "reprint": self._press_reprint,
        }

    # ---- what comes in

    def take_facts(self, facts: TillFacts) -> None:
        """Know what the engine knows now."""
        self.state.facts = facts
        if self.state.step is TillStep.STARTING and not facts.problem:
            self.state.step = TillStep.WHO

    def take_person(self, person: Person) -> None:
        """Let somebody work at the till; what is in the basket stays."""
        self.state.person = person
        self.state.say("")
        if self.state.step in {TillStep.WHO, TillStep.STARTING, TillStep.CLOSED}:
            self.state.typed = ""
            self.state.step = TillStep.SELL if self.state.facts.shift else TillStep.FLOAT

    def refuse_badge(self) -> None:
        """Say that a scanned code is nobody's who works here."""
        self.state.say(TEXTS.say("till.badge_unknown"), is_bad=True)

    def take_answer(self, answer: TillAnswer) -> None:
        """Show what became of a sale."""
        if answer.sale is None:
            self.state.step = self._asked_from
            if answer.open_sale is not None:
                self.state.counts.clear()
                self.state.step = TillStep.SELL
            self.state.say(spell_refusal(answer.reason), is_bad=True)
            return
        self.state.sale, self.state.shown = answer.sale, 0
        self.state.counts.clear()
        self.state.typed = ""
        self.state.say("")
        self.state.step = TillStep.DONE

    def take_shift_answer(self, request: ShiftRequest, answer: ShiftAnswer) -> None:
        """Show what became of something at the drawer."""
        self.state.typed = ""
        if not answer.ok:
            self.state.step = self._asked_from
            self.state.say(spell_drawer_refusal(answer.reason), is_bad=True)
        elif request.act == "open":
            self.state.step = TillStep.SELL
            self.state.say("")
        elif request.act == "count":
            self.state.counted, self.state.step = answer, TillStep.COMPARED
            self.state.say("")
        elif request.act == "close":
            self.state.counted, self.state.step = answer, TillStep.CLOSED
            self.state.person = None
            self.state.say(TEXTS.say("till.closed_note", number=answer.z_number))
        else:
            self.state.step = TillStep.SELL
            self.state.say(TEXTS.say("till.recorded"))

    def take_card_step(self, key: str) -> None:
        """Show what the card terminal is doing; "" once it has ended."""
        self.state.card_step = key

    def take_fault(self, said: str) -> None:
        """Show that the engine could not do it: the disk, or the program."""
        self.state.step = self._asked_from
        self.state.say(said, is_bad=True)

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

    # ---- presses

    def _press_type(self, rest: str) -> Request | None:
        if self.state.step not in {TillStep.SELL, TillStep.DONE} or not rest.isdigit():
            return None
        code = int(rest)
        stock = next((one for one in self.state.facts.stock if one.code == code), None)
        inside = self.state.counts.get(code, 0)
        if stock is None or inside >= stock.left:
            return None
        if sum(self.state.counts.values()) >= TICKETS_IN_SALE_MAX:
            self.state.say(spell_refusal(SaleReason.TOO_MANY), is_bad=True)
            return None
        self.state.step = TillStep.SELL
        self.state.counts[code] = inside + 1
        self.state.say("")
        found = self.state.fill()
        if isinstance(found, Refusal):
            self.state.say(spell_refusal(found.reason), is_bad=True)
        return None

    def _press_less(self, rest: str) -> Request | None:
        if self.state.step is not TillStep.SELL or not rest.isdigit():
            return None
        code = int(rest)
        inside = self.state.counts.get(code, 0)
        if inside > 1:
            self.state.counts[code] = inside - 1
        else:
            self.state.counts.pop(code, None)
        self.state.say("")
        return None

    def _press_cash(self, _rest: str) -> Request | None:
        return self._pay(TillStep.CASH)

    def _press_card(self, _rest: str) -> Request | None:
        state = self.state
        is_asked = state.facts.has_terminal and state.step is TillStep.SELL
        if is_asked and state.basket is not None:
            return self._sell(Tender(kind=CARD))
        return self._pay(TillStep.CARD)

    def _pay(self, step: TillStep) -> Request | None:
        if self.state.step is TillStep.SELL and self.state.basket is not None:
            self.state.step, self.state.typed = step, ""
            self.state.say("")
        return None

    def _press_amount(self, rest: str) -> Request | None:
        if self.state.step is not TillStep.CASH or not rest.isdigit():
            return None
        return self._sell(Tender(kind=CASH, amount_minor=int(rest)))

    def _press_approved(self, _rest: str) -> Request | None:
        return self._sell(Tender(kind=CARD)) if self.state.step is TillStep.CARD else None

    def _sell(self, tender: Tender) -> SellRequest:
        self._asked_from, self.state.step = self.state.step, TillStep.WORKING
        cashier = "" if self.state.person is None else self.state.person.id
        return SellRequest(lines=self.state.wanted, tenders=(tender,), cashier=cashier)

    def _press_digit(self, rest: str) -> Request | None:
        if self.screen().has_digits and rest in DIGITS:
            self.state.typed = (self.state.typed + rest).lstrip("0")[:AMOUNT_DIGITS_MAX]
        return None

    def _press_erase(self, _rest: str) -> Request | None:
        self.state.typed = self.state.typed[:-1]
        return None

    def _press_enter(self, _rest: str) -> Request | None:
        if self.state.step is TillStep.CASH:
            # Nothing keyed in is the exact amount: Enter twice is a sale.
            amount = self.state.amount if self.state.typed else self.state.due
            if amount < self.state.due:
                self.state.say(TEXTS.say("till.too_little"), is_bad=True)
                return None
            return self._sell(Tender(kind=CASH, amount_minor=amount))
        if self.state.step is TillStep.FLOAT:
            return self._at_drawer("open", self.state.amount)
        if self.state.step is TillStep.COUNT:
            return self._at_drawer("count", self.state.amount)
        if self.state.step is TillStep.COMPARED:
            return self._press_close("")
        if self.state.step is TillStep.DONE:
            self.state.step = TillStep.SELL
        return None

    def _press_close(self, _rest: str) -> Request | None:
        return self._at_drawer("close") if self.state.step is TillStep.COMPARED else None

    def _press_no_sale(self, _rest: str) -> Request | None:
        return self._at_drawer("no_sale") if self.state.step is TillStep.MENU else None

    def _at_drawer(self, act: str, amount: int | None = None) -> ShiftRequest:
        self._asked_from, self.state.step = self.state.step, TillStep.WORKING
        cashier = "" if self.state.person is None else self.state.person.id
        return ShiftRequest(act=act, amount_minor=amount, cashier=cashier)

    def _press_menu(self, _rest: str) -> Request | None:
        if self.state.step in {TillStep.SELL, TillStep.DONE}:
            self.state.step = TillStep.MENU
            self.state.say("")
        return None

    def _press_count(self, _rest: str) -> Request | None:
        if self.state.step in {TillStep.MENU, TillStep.COMPARED}:
            self.state.step, self.state.typed = TillStep.COUNT, ""
        return None

    def _press_leave(self, _rest: str) -> Request | None:
        if self.state.step is TillStep.MENU:
            self.state.person, self.state.step = None, TillStep.WHO
        return None

    def _press_turn(self, _rest: str) -> Request | None:
        if (
            self.state.step is TillStep.DONE
            and self.state.sale is not None
            and self.state.sale.tickets
        ):
            self.state.shown = (self.state.shown + 1) % len(self.state.sale.tickets)
        return None

    def _press_printed(self, _rest: str) -> Request | None:
        return self._judge_paper(is_printed=True)

    def _press_reprint(self, _rest: str) -> Request | None:
        return self._judge_paper(is_printed=False)

    def _judge_paper(self, *, is_printed: bool) -> PrintRequest | None:
        number = self.state.facts.asked_job
        if self.state.step is not TillStep.MENU or number is None:
            return None
        self.state.step = TillStep.SELL
        return PrintRequest(number, is_printed)

    def _press_back(self, _rest: str) -> Request | None:
        if self.state.step in {TillStep.CASH, TillStep.CARD, TillStep.MENU, TillStep.COUNT}:
            self.state.step, self.state.typed = TillStep.SELL, ""
            self.state.say("")
        elif self.state.step is TillStep.FLOAT:
            self.state.person, self.state.step = None, TillStep.WHO
        elif self.state.step is TillStep.SELL and self.state.counts:
            self.state.counts.popitem()
            self.state.say("")
        return None
