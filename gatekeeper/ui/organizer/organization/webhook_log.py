"""What was sent to another program, what became of it, and each try with what was answered."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHeaderView, QVBoxLayout, QWidget

from gatekeeper.organizer.organization.webhooks_client import Log, SentMessage
from gatekeeper.presenters.desk.webhook_words import spell_attempt, spell_message, spell_sent
from gatekeeper.ui.filled_layouts import edge_to_edge
from gatekeeper.ui.organizer.desk_style import line_up, make_button, make_text
from gatekeeper.ui.organizer.widgets.plain_table import (
    fill_table,
    fit_column,
    make_table,
    select_row,
    set_figures,
)
from gatekeeper.wording.texts import TEXTS

_COLUMNS = ("time", "what", "state", "answer", "tries")
_TRIES = ("tried", "ended", "bytes")
_LOG_HEIGHT, _TRIES_HEIGHT = 150, 100


class WebhookLog(QWidget):
    """Lists messages, and shows one of them.

    Attributes:
        log: What is listed.
        sent: The message that is looked at, or None.
    """

    opened = Signal(str)
    """A message's id."""
    again = Signal(str)
    earlier = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.log = Log()
        self.sent: SentMessage | None = None
        self.is_paused = False
        self._chosen = ""
        self._empty = make_text(TEXTS.say("programs.nothing_sent"), "lead", "programNothing")
        columns = [TEXTS.say(f"programs.column.{one}") for one in _COLUMNS]
        self.table = make_table(
            "programMessages", TEXTS.say("programs.tab.log"), columns, _LOG_HEIGHT
        )
        for one in ("time", "tries"):
            fit_column(self.table, _COLUMNS.index(one))
        self.table.itemSelectionChanged.connect(self._open)
        self._title = make_text("", "heading", "programMessage")
        set_figures(self.table, (_COLUMNS.index("tries"),))
        columns = [TEXTS.say(f"programs.column.{one}") for one in _TRIES]
        self.tries = make_table(
            "programTries", TEXTS.say("programs.column.tries"), columns, _TRIES_HEIGHT
        )
        fit_column(self.tries, 0)
        # As tall as their words once the columns have their widths.
        fit = QHeaderView.ResizeMode.ResizeToContents
        for table in (self.table, self.tries):
            table.verticalHeader().setSectionResizeMode(fit)
        self._again = make_button(TEXTS.say("programs.again"), "programAgain")
        self._again.clicked.connect(lambda: self.again.emit(self._chosen))
        self._earlier = make_button(TEXTS.say("programs.earlier"), "programEarlier", self.earlier)
        ways = line_up(self._again, self._earlier)
        rows = edge_to_edge(QVBoxLayout(self))
        rows.addWidget(self._empty)
        rows.addWidget(self.table, 3)
        rows.addWidget(self._title)
        rows.addWidget(self.tries, 2)
        rows.addLayout(ways)
        self.forget()

    @property
    def chosen(self) -> str:
        """The id of the message that is looked at; "" for none."""
        return self._chosen

    def forget(self) -> None:
        """Show nothing: it was another program's."""
        self._chosen = ""
        self.show_log(Log())
        self.show_sent(None)

    def show_log(self, log: Log) -> None:
        """List messages; the one that is looked at stays so, wherever it stands now."""
        self.log = log
        with QSignalBlocker(self.table):
            fill_table(self.table, [spell_message(one) for one in log.items])
            ids = [one.message_id for one in log.items]
            if self._chosen in ids:
                select_row(self.table, ids.index(self._chosen))
            else:
                self.table.clearSelection()
        self.table.setVisible(bool(log.items))
        self._empty.setVisible(not log.items)
        self._earlier.setVisible(log.next is not None)

    def show_sent(self, sent: SentMessage | None) -> None:
        """Show a message's tries."""
        self.sent = sent
        self._title.setText("" if sent is None else spell_sent(sent))
        fill_table(
            self.tries, [] if sent is None else [spell_attempt(one) for one in sent.attempts]
        )
        for widget in (self._title, self._again):
            widget.setVisible(sent is not None)
        self.tries.setVisible(sent is not None and bool(sent.attempts))
        is_over = sent is not None and sent.delivery.state in {"taken", "failed"}
        self._again.setEnabled(is_over and not self.is_paused)

    def _open(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        if rows and rows[0].row() < len(self.log.items):
            self._chosen = self.log.items[rows[0].row()].message_id
            self.opened.emit(self._chosen)
