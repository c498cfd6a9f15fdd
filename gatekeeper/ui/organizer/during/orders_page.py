"""Orders and tickets: found at the left, looked at and dealt with beside it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.during.order_cancelling_client import ENDABLE, Ending
from gatekeeper.organizer.during.orders_client import (
    FoundOrders,
    OpenedOrder,
    Order,
    OrderTicket,
    Passage,
    Refund,
)
from gatekeeper.presenters.desk.order_words import (
    spell_found,
    spell_found_ticket,
    spell_mail,
    spell_order,
    spell_order_facts,
    spell_passages,
    spell_ticket_kind,
    spell_ticket_state,
    spell_title,
)
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.desk_style import called, give_role, make_button, make_text
from gatekeeper.ui.organizer.during.order_cancelling_card import OrderCancellingCard
from gatekeeper.ui.organizer.during.ticket_card import TicketCard
from gatekeeper.ui.organizer.during.ticket_files_card import TicketFilesCard
from gatekeeper.ui.organizer.widgets.long_names import keep_whole, let_break
from gatekeeper.ui.organizer.widgets.plain_table import fill_table, fit_column, make_table
from gatekeeper.ui.organizer.widgets.search_field import WordsField
from gatekeeper.ui.widget_texts import plain_tip
from gatekeeper.wording.texts import TEXTS

_SLACK = 12
_COLUMNS = ("code", "kind", "holder", "state")
_TABLE_HEIGHT = 130


class OrdersPage(QWidget):
    """Searches, lists what was found, and shows one of it with its tickets.

    Attributes:
        card: What is done about the chosen ticket.
        ending: The order's own end, in the place of that.
        files: Tickets in bulk, for paper and print shops.
    """

    searched = Signal(str)
    chose_order = Signal(str)
    chose_ticket = Signal(str)
    wants_mail = Signal()
    wants_ending = Signal()
    wants_passages = Signal(str)
    """Of a ticket that was chosen, when people passed on it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskOrders")
        self._found = FoundOrders(orders=(), tickets=(), is_all=True)
        self.opened: OpenedOrder | None = None
        rows = QVBoxLayout(self)
        rows.addWidget(make_text(TEXTS.say("orders.title"), "title"))
        rows.addLayout(self._make_search())
        middle = QHBoxLayout()
        self.list = called(QListWidget(), "ordersList", TEXTS.say("orders.title"))
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setAlternatingRowColors(True)  # of two lines each
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._choose)
        self._count = make_text("", "lead", "ordersCount")
        left = fill(QVBoxLayout(), (self.list, 1), self._count)
        fill(middle, (left, 2), (self._make_right(), 3))
        rows.addLayout(middle, 1)
        self.files = TicketFilesCard()
        rows.addWidget(self.files)
        self.forget()

    def _make_search(self) -> QHBoxLayout:
        self.words = WordsField("ordersSearch", TEXTS.say("orders.search"), self._search)
        find = make_button(TEXTS.say("orders.find"), "ordersFind", self._search, is_main=True)
        return fill(QHBoxLayout(), (self.words, 1), find)

    def _make_right(self) -> QVBoxLayout:
        self._title = make_text("", "heading", "orderTitle")
        self._facts = make_text("", "lead", "orderFacts")
        self._mailed = make_text("", "lead", "orderMailed")
        self._mail = make_button(TEXTS.say("orders.mail"), "orderMail", self.wants_mail)
        self._end = make_button(TEXTS.say("ending.button"), "orderEnd", self.wants_ending)
        columns = [TEXTS.say(f"orders.column.{one}") for one in _COLUMNS]
        self.table = make_table(
            "orderTickets", TEXTS.say("orders.tickets"), columns, _TABLE_HEIGHT
        )
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        for column in (_COLUMNS.index("code"), _COLUMNS.index("state")):
            fit_column(self.table, column)
        self.table.currentCellChanged.connect(lambda *_: self._show_ticket())
        self._passages = make_text("", "lead", "ticketPassages")
        self.card = TicketCard()
        self.ending = OrderCancellingCard()
        self.ending.left.connect(self._show_ticket)
        self.note = make_text("", "lead", "ordersNote")
        ways = fill(QHBoxLayout(), self._mail, self._end, STRETCH)
        right = QVBoxLayout()
        fill(right, self._title, self._facts, self._mailed, ways)
        right.addWidget(self.table, 1)
        fill(right, self._passages, self.note, self.card, self.ending)
        right.addStretch()  # while the table is away, what is left stays together at the top
        return right

    @property
    def ticket(self) -> OrderTicket | None:
        """The ticket that is chosen."""
        row = self.table.currentRow()
        tickets = () if self.opened is None else self.opened.tickets
        return tickets[row] if 0 <= row < len(tickets) else None

    def forget(self) -> None:
        """Show nothing: it was of another event."""
        self.words.clear()
        self.await_found()
        self.say("", "lead")

    def await_found(self) -> None:
        """Show nothing of what was found before: beside other words it would pass for theirs."""
        self.show_found(FoundOrders(orders=(), tickets=(), is_all=True))
        self._count.setText("")

    def show_found(self, found: FoundOrders) -> None:
        """List what was found; the only one is opened at once."""
        self.show_opened(None)
        self.list.clear()
        self._found = found
        for _ in range(len(found.tickets) + len(found.orders)):
            self.list.addItem(QListWidgetItem())
        self._spell_list()
        self._count.setText(spell_found(found))
        if self.list.count() == 1:
            self.list.setCurrentRow(0)

    def show_opened(self, opened: OpenedOrder | None, ticket_id: str = "") -> None:
        """Show an order with its tickets, or nothing.

        Args:
            opened: What it is now.
            ticket_id: Which ticket is chosen; the first one for "".
        """
        self.opened = opened
        order = None if opened is None else opened.order
        tickets = () if opened is None else opened.tickets
        title = spell_title(order, tickets) if opened is not None else ""
        self._title.setText(keep_whole(title))
        facts = "" if order is None else spell_order_facts(order, len(tickets))
        self._facts.setText(let_break(facts))
        mailed, role = spell_mail(None if opened is None else opened.mail)
        self._mailed.setText(mailed)
        self._mailed.setVisible(bool(mailed))
        give_role(self._mailed, role)
        has_good = any(not one.is_over for one in tickets)
        self._mail.setVisible(order is not None and (has_good or not tickets))
        is_endable = order is not None and order.state in ENDABLE
        self._end.setVisible(is_endable and has_good)
        self.table.setVisible(bool(tickets))
        ids = [ticket.id for ticket in tickets]
        rows = [
            (one.code, spell_ticket_kind(one), one.holder_name or "", spell_ticket_state(one))
            for one in tickets
        ]
        with QSignalBlocker(self.table):  # its ticket is shown once, below
            fill_table(self.table, rows)
            self.table.setCurrentCell(ids.index(ticket_id) if ticket_id in ids else 0, 0)
        self._follow(order, {ticket.id: ticket for ticket in tickets})
        self._show_ticket()

    def show_passages(self, passages: tuple[Passage, ...]) -> None:
        """Show when people passed on the chosen ticket."""
        self._passages.setText(let_break(spell_passages(passages)))
        self._passages.setVisible(bool(passages))

    def show_refund(self, refund: Refund) -> None:
        """Show what a refund would give back, before it is done."""
        self.card.show_refund(refund)

    def show_ending(self, ending: Ending) -> None:
        """Show what the end of the whole order would mean, before it is done."""
        self.card.hide()
        self._passages.hide()
        self.table.hide()  # the question names its tickets
        self.ending.ask(ending)

    def say(self, text: str, role: str) -> None:
        """Say what came of an act."""
        self.note.setText(keep_whole(text))
        give_role(self.note, role)

    def set_busy(self, *, is_busy: bool) -> None:
        """Let no second act begin before the first one has ended."""
        for part in (self.card, self.ending, self._mail, self._end):
            part.setEnabled(not is_busy)

    def _follow(self, order: Order | None, tickets: Mapping[str, OrderTicket]) -> None:
        """Let the list say what is known now of what is looked at."""
        found = self._found
        self._found = FoundOrders(
            orders=tuple(
                order if order is not None and one.id == order.id else one for one in found.orders
            ),
            tickets=tuple(tickets.get(one.id, one) for one in found.tickets),
            is_all=found.is_all,
        )
        self._spell_list()

    def _spell_list(self) -> None:
        found = self._found
        texts = (*map(spell_found_ticket, found.tickets), *map(spell_order, found.orders))
        for row, text in enumerate(texts):
            item = self.list.item(row)
            item.setText(text)
            item.setToolTip(plain_tip(text))
            # Lines of other scripts are taller; the last one needs more room than none.
            item.setSizeHint(QSize())
            item.setSizeHint(QSize(0, self.list.sizeHintForRow(row) + _SLACK))
        self.list.doItemsLayout()

    def _search(self) -> None:
        self.searched.emit(self.words.text())

    def _choose(self, row: int) -> None:
        if row < 0:
            return
        self.say("", "lead")
        tickets = self._found.tickets
        if row < len(tickets):
            self.chose_ticket.emit(tickets[row].id)
        else:
            self.chose_order.emit(self._found.orders[row - len(tickets)].id)

    def _show_ticket(self) -> None:
        self.ending.forget()
        self.table.setVisible(self.opened is not None and bool(self.opened.tickets))
        self.show_passages(())
        self.card.show_ticket(ticket := self.ticket)
        if ticket is not None:
            self.wants_passages.emit(ticket.id)
