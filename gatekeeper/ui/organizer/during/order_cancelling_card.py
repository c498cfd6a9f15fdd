"""An order that is to be cancelled as a whole: what that means, why, and the act."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout

from gatekeeper.organizer.during.order_cancelling_client import Ending
from gatekeeper.presenters.desk.order_cancelling_words import spell_ending
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_style import DeskCard, called, make_button, make_text
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import REASON_SIZE_MAX

_TOUCH = 36


class OrderCancellingCard(DeskCard):
    """Asks before an order is cancelled; hidden else.

    Attributes:
        ending: What is asked about; None for nothing.
    """

    agreed = Signal(object, str, bool, bool)
    """What was shown; why; whether also what was used; whether all of the price goes back."""
    refused = Signal(str)
    """What must be filled in or ticked before."""
    left = Signal()
    """The order stays as it is."""

    def __init__(self) -> None:
        super().__init__("endingCard")
        self.ending: Ending | None = None
        self._typed_for = ""
        self._means = make_text("", "", "endingMeans")
        self.even_used = called(QCheckBox(TEXTS.say("orders.even_used")), "endingEvenUsed")
        self.in_full = called(QCheckBox(TEXTS.say("orders.in_full")), "endingInFull")
        self.reason = called(QLineEdit(), "endingReason")
        self.reason.setMaxLength(REASON_SIZE_MAX)
        self.reason.setPlaceholderText(TEXTS.say("ending.reason"))
        self.reason.setAccessibleName(TEXTS.say("ending.reason"))
        for part in (self.even_used, self.in_full, self.reason):
            part.setMinimumHeight(_TOUCH)
        leave = make_button(TEXTS.say("programs.keep"), "endingLeave", self._leave)
        go = make_button(TEXTS.say("ending.go"), "endingGo", self._agree)
        last = fill(QHBoxLayout(), (self.reason, 1), leave, go)
        fill(QVBoxLayout(self), self._means, self.even_used, self.in_full, last)
        self.hide()

    @property
    def said(self) -> str:
        """What is said before it is done; "" while nothing is asked."""
        return "" if self.isHidden() else self._means.text()

    def ask(self, ending: Ending) -> None:
        """Ask whether an order shall be cancelled; what was typed for the same one stays."""
        if self._typed_for != ending.order_id:
            self.reason.clear()
        self._typed_for, self.ending = ending.order_id, ending
        self.even_used.setChecked(False)
        self.in_full.setChecked(False)
        self._means.setText(let_break(spell_ending(ending)))
        self.even_used.setVisible(bool(ending.used))
        self.in_full.setVisible(ending.back_minor < ending.price_minor)
        self.show()
        self.reason.setFocus()

    def forget(self) -> None:
        """Ask nothing."""
        self.ending = None
        self.hide()

    def _leave(self) -> None:
        self.forget()
        self.left.emit()

    def _agree(self) -> None:
        ending, reason = self.ending, self.reason.text().strip()
        if ending is None:
            return
        if not reason:
            self.refused.emit(TEXTS.say("ending.reason_first"))
            self.reason.setFocus()
        elif ending.used and not self.even_used.isChecked():
            self.refused.emit(TEXTS.say("ending.used_first"))
            self.even_used.setFocus()
        else:
            self.agreed.emit(ending, reason, bool(ending.used), self.in_full.isChecked())
