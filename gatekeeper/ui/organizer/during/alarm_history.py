"""Alarms that were raised at an event: which stand, which are over, and who saw to each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gatekeeper.organizer.during.alarms_client import AlarmPage, read_alarms
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.alarm_words import KNOWN, spell_past
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.desk_style import headed, line_up, make_button, make_text
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.plain_table import fill_table, fit_column, make_table
from gatekeeper.ui.organizer.widgets.search_field import SearchField
from gatekeeper.wording.texts import TEXTS

_COLUMNS: Final = ("raised", "what", "over", "who")
_STATES: Final = (("all", ""), ("over", "false"), ("stand", "true"))
_HEIGHT: Final = 320


class AlarmHistory(QWidget):
    """Lists an event's alarms, the latest first, narrowed by state, kind and words."""

    narrowed = Signal()
    """Others are wanted than those that are shown."""
    earlier = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.page = AlarmPage()
        self.state, self.kind = ChoiceBox(), ChoiceBox()
        for name, said in _STATES:
            self.state.addItem(TEXTS.say(f"alarms.state.{name}"), said)
        self.kind.addItem(TEXTS.say("alarms.kind.all"), "")
        for one in KNOWN:
            self.kind.addItem(TEXTS.say(f"alarms.kind.{one}"), one)
        for key, box in (("state", self.state), ("kind", self.kind)):
            box.setObjectName(f"alarms_{key}")
            box.setAccessibleName(TEXTS.say(f"alarms.{key}"))
            box.currentIndexChanged.connect(lambda _row: self._narrow())
        columns = [TEXTS.say(f"alarms.column.{one}") for one in _COLUMNS]
        self.table = make_table("alarmsTable", TEXTS.say("alarms.title"), columns, _HEIGHT)
        for column in (0, 2):
            fit_column(self.table, column)
        self.search = SearchField(self.table, "alarmsSearch")
        self._none = make_text(TEXTS.say("alarms.none"), "lead", "alarmsNone")
        self._more = make_button(TEXTS.say("alarms.earlier"), "alarmsEarlier", self.earlier)
        ways = fill(QHBoxLayout(), self.state, self.kind, (self.search, 1))
        foot = line_up(self._more)
        rows = fill(headed(self, "alarms"), ways, self._none, (self.table, 1), foot)
        rows.addStretch()  # where there is no table, what there is stands at the top
        self.forget()

    @property
    def wanted(self) -> dict[str, str]:
        """What the list is narrowed by, as `read_alarms` takes it."""
        return {"standing": self.state.currentData(), "kind": self.kind.currentData()}

    def forget(self) -> None:
        """Show nothing: it was of another event, or is about to be another list."""
        self.show_page(AlarmPage())
        self._none.hide()

    def show_page(self, page: AlarmPage) -> None:
        """Show alarms; the place in the list stays."""
        self.page = page
        fill_table(self.table, [spell_past(one) for one in page.items])
        self.search.apply()
        self._none.setVisible(not page.items)
        self.table.setVisible(bool(page.items))
        self._more.setVisible(page.next is not None)

    def _narrow(self) -> None:
        self.forget()
        self.narrowed.emit()


class HistoryFlow(QObject):
    """Reads an event's alarms while the list is looked at."""

    def __init__(self, history: AlarmHistory, session: DeskSession) -> None:
        super().__init__(history)
        self._history, self._thread, self._api = history, session.thread, session.api
        self._on_fault = session.on_fault
        self._site: EventSite | None = None
        self._turn, self._is_asking = 0, False
        history.narrowed.connect(self._look)
        history.earlier.connect(self._read_earlier)

    def enter(self, site: EventSite) -> None:
        """Look at an event's alarms, while they are shown."""
        if self._site != site:
            self._site, self._is_asking = site, False
            self._history.forget()
        if self._history.isVisible() and not self._is_asking:
            self._look()

    def _look(self) -> None:
        self._read("", self._history.page.joined)

    def _read_earlier(self) -> None:
        after = self._history.page.next
        if after is not None:
            self._read(after, self._history.page.with_earlier)

    def _read(self, after: str, join: Callable[[AlarmPage], AlarmPage]) -> None:
        """Read a page; what was asked before it and comes later is not shown."""
        site = self._site
        if site is None:
            return
        self._turn += 1
        self._is_asking = True
        turn, wanted = self._turn, self._history.wanted

        def show(page: AlarmPage) -> None:
            if self._turn == turn:
                self._is_asking = False
                self._history.show_page(join(page))

        def failed(fault: BaseException) -> None:
            if self._turn == turn:
                self._is_asking = False
                self._on_fault(fault)

        self._thread.ask(lambda: read_alarms(self._api, site, **wanted, after=after), show, failed)
