"""What is done about one ticket at the desk: named, denied, given a new code, refunded."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gatekeeper.organizer.during.orders_client import OrderTicket, Refund
from gatekeeper.presenters.desk.order_words import spell_refund
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import DeskCard, called, make_button, make_text
from gatekeeper.ui.organizer.widgets.long_names import keep_whole
from gatekeeper.ui.organizer.widgets.wrapping_row import WrappingRow
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import NAME_SIZE_MAX, TEXT_SIZE_MAX
from shared.kernel.email_address import EMAIL_SIZE_MAX


class TicketCard(DeskCard):
    """Offers the acts; a refund shows what it gives back, and is then confirmed.

    Of a ticket that is cancelled it offers the rest of what was refunded for less.
    """

    named = Signal(str, str)
    """A name, and an e-mail address or ""."""
    blocked = Signal(bool)
    reissued = Signal(bool)
    """Whether also after somebody has come in."""
    wants_refund = Signal()
    refunded = Signal(str, bool, bool)
    """Why; whether also after somebody has come in; whether all of the price."""
    refused = Signal(str)
    """What must be filled in or ticked before."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ticketCard")
        self._ticket: OrderTicket | None = None
        self._is_used = False
        self._title = make_text("", "heading", "ticketTitle")
        self.name, self.email = (
            called(QLineEdit(), "ticketName", TEXTS.say("orders.holder")),
            called(QLineEdit(), "ticketEmail", TEXTS.say("orders.email")),
        )
        self.name.setMaxLength(NAME_SIZE_MAX)
        self.email.setMaxLength(EMAIL_SIZE_MAX)
        self.name.setPlaceholderText(TEXTS.say("orders.holder"))
        self.email.setPlaceholderText(TEXTS.say("orders.email"))
        go = make_button(TEXTS.say("orders.rename"), "ticketRename", self._name)
        self.name.returnPressed.connect(self._name)
        self._naming = QWidget()
        fill(edge_to_edge(QHBoxLayout(self._naming)), self.name, self.email, go)
        self._block = make_button("", "ticketBlock", self._turn_block)
        self._anew = make_button(TEXTS.say("orders.reissue"), "ticketReissue", self._reissue)
        self._back = make_button("", "ticketRefund", self.wants_refund)
        ways = QHBoxLayout()
        ways.addWidget(self._title, 1)
        ways.addLayout(WrappingRow(self._block, self._anew, self._back))
        self.even_used = called(QCheckBox(TEXTS.say("orders.even_used")), "ticketEvenUsed")
        self._asking = self._make_asking()
        fill(QVBoxLayout(self), ways, self._naming, self.even_used, self._asking)

    def _make_asking(self) -> QWidget:
        part = QWidget()
        self._gives = make_text("", "", "refundGives")
        self.reason = called(QLineEdit(), "refundReason", TEXTS.say("orders.reason"))
        self.reason.setMaxLength(TEXT_SIZE_MAX)
        self.reason.setPlaceholderText(TEXTS.say("orders.reason"))
        self.in_full = called(QCheckBox(TEXTS.say("orders.in_full")), "refundInFull")
        self._go = make_button("", "refundGo", self._refund)
        leave = make_button(TEXTS.say("programs.keep"), "refundLeave")
        leave.clicked.connect(lambda: self._ask(is_asked=False))
        last = fill(QHBoxLayout(), (self.reason, 1), leave, self._go)
        fill(edge_to_edge(QVBoxLayout(part)), self._gives, self.in_full, last)
        return part

    @property
    def said(self) -> str:
        """What is said of a refund before it is done."""
        return "" if self._asking.isHidden() else self._gives.text()

    def show_ticket(self, ticket: OrderTicket | None) -> None:
        """Offer what can be done about a ticket."""
        self._ticket = ticket
        self.setVisible(ticket is not None and (not ticket.is_over or self._is_rest))
        self._ask(is_asked=False)
        self.even_used.setChecked(False)
        if ticket is None:
            return
        for button in (self._block, self._anew):
            button.setHidden(self._is_rest)
        self._back.setText(TEXTS.say("orders.rest" if self._is_rest else "orders.refund"))
        self._set_used(is_used=ticket.is_used)
        self._title.setText(keep_whole(TEXTS.say("orders.ticket", code=ticket.code)))
        self.name.setText(ticket.holder_name or "")
        self.name.setCursorPosition(0)
        self.email.setText(ticket.holder_email or "")
        self.email.setCursorPosition(0)
        self._block.setText(TEXTS.say("orders.allow" if ticket.blocked else "orders.block"))

    def show_refund(self, refund: Refund) -> None:
        """Say what a refund would give back, and ask whether it shall be done."""
        is_rest = self._is_rest
        self._set_used(is_used=refund.is_used and not is_rest)
        self._gives.setText(spell_refund(refund))
        self.in_full.setChecked(is_rest)
        self.in_full.setVisible(refund.back_minor < refund.price_minor)
        self._go.setText(TEXTS.say("orders.rest_go" if is_rest else "orders.refund_go"))
        for part in (self._go, self.reason):
            part.setHidden(is_rest and not refund.rest_minor)
        self.reason.clear()
        self._ask(is_asked=True)
        self.reason.setFocus()

    def _ask(self, *, is_asked: bool) -> None:
        """Ask whether a ticket shall be refunded, in the place of its name."""
        self._asking.setVisible(is_asked)
        self._naming.setHidden(is_asked or self._is_rest)

    @property
    def _is_rest(self) -> bool:
        """Whether nothing can be done but owe the rest of what the ticket was refunded for."""
        ticket = self._ticket
        return ticket is not None and ticket.state == "cancelled" and ticket.order_id is not None

    def _set_used(self, *, is_used: bool) -> None:
        self._is_used = is_used
        self.even_used.setVisible(is_used)

    def _may_go_on(self) -> bool:
        """Whether the ticket is unused, or somebody says that it shall be all the same."""
        if self._is_used and not self.even_used.isChecked():
            self.refused.emit(TEXTS.say("orders.used_first"))
            return False
        return True

    def _name(self) -> None:
        name = self.name.text().strip()
        if not name:
            self.refused.emit(TEXTS.say("orders.name_first"))
            return
        self.named.emit(name, self.email.text().strip())

    def _turn_block(self) -> None:
        if self._ticket is not None:
            self.blocked.emit(not self._ticket.blocked)

    def _reissue(self) -> None:
        if self._may_go_on():
            self.reissued.emit(self._is_used)

    def _refund(self) -> None:
        reason = self.reason.text().strip()
        if not reason:
            self.refused.emit(TEXTS.say("orders.reason_first"))
        elif self._may_go_on():
            self.refunded.emit(reason, self._is_used, self.in_full.isChecked())
