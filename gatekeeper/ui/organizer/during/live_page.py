"""The live board: how the event stands while doors are open, as charts and in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.during.live_board_channel import LIVE_OLD_S, LiveView
from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.desk import live_chart_figures as figures
from gatekeeper.presenters.desk import live_words as words
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import called, give_role, make_text
from gatekeeper.ui.organizer.during.door_answers_board import AnswersBoard
from gatekeeper.ui.organizer.during.evacuation_board import EvacuationBoard
from gatekeeper.ui.organizer.during.pause_board import PauseBoard
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.ui.organizer.widgets.page_tabs import PageTabs
from gatekeeper.ui.organizer.widgets.plain_table import (
    dress_table,
    fit_column,
    head_table,
    set_figures,
    write_cell,
)
from gatekeeper.ui.widget_texts import plain_tip
from gatekeeper.wording.texts import TEXTS
from shared.wire.live_board import LiveBoard

_TOUCH = 40
_ROWS_MAX = 8
_MARGIN = 8
_COLUMN_MAX = 9
_HEADS_MAX = 54
"""Letters that all headings of a table have room for; few columns are named longer."""


class LivePage(QWidget):
    """Shows a board; a number that may be off says so, and all of them how old they are."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("deskDuring")
        self.view: LiveView | None = None
        self._columns: list[str] = []
        self.title = make_text("", "title", "duringTitle")
        self._lead = make_text("", "lead", "duringLead")
        self._away = make_text("", "warn", "duringAway")
        self._paused = make_text("", "warn", "duringPaused")
        self.age = make_text("", "lead", "duringAge")
        self.tabs = PageTabs("duringTabs")
        self.tabs.tabBar().setMinimumHeight(_TOUCH)
        self._doors, self._sales = self._make_doors(theme), self._make_sales(theme)
        self.tabs.addTab(self._doors, TEXTS.say("live.tab.doors"))
        self.tabs.addTab(self._make_denials(), TEXTS.say("live.tab.denials"))
        self.tabs.addTab(self._sales, TEXTS.say("live.tab.sales"))
        self.answers = AnswersBoard()
        self.tabs.addTab(self.answers, TEXTS.say("answers.tab"))
        self.pause = PauseBoard()
        self.tabs.addTab(self.pause, TEXTS.say("pause.title"))
        self.evacuation = EvacuationBoard()
        self.tabs.addTab(self.evacuation, TEXTS.say("evacuation.title"))
        self.tabs.currentChanged.connect(lambda _tab: self._draw_charts())
        rows = QVBoxLayout(self)
        for widget in (self.title, self._lead, self._away, self._paused, self.age):
            rows.addWidget(widget)
        rows.addWidget(self.tabs, 1)
        self._say_unusual("", "")
        self._say_looking()

    def show_view(self, view: LiveView) -> None:
        """Show how things stand."""
        board, self.view = view.board, view
        self._show_charts(are_shown=True)
        self.title.setText(TEXTS.say("desk.live.inside", count=board.inside))
        self._lead.setText(words.spell_lead(board))
        self._say_unusual(words.spell_away(board), words.spell_paused(board))
        self.evacuation.show_zones(board.zones)
        _fill(self.zones, words.zone_rows(board))
        _fill(self.gates, words.gate_rows(board))
        _fill(self.denials, words.denial_rows(board))
        _fill(self.stock, words.stock_rows(board))
        _fill(self.revenue, words.revenue_rows(board))
        self._draw_charts()
        self.show_age(0.0)

    def _say_unusual(self, away: str, paused: str) -> None:
        """Say what whoever looks at any of the tabs has to know."""
        for line, said in ((self._away, away), (self._paused, paused)):
            line.setText(let_break(said))
            line.setVisible(bool(said))

    def show_age(self, age_s: float) -> None:
        """Say how old the figures are."""
        if self.view is None:
            return
        self.age.setText(words.spell_age(self.view, age_s))
        is_old = age_s >= LIVE_OLD_S or not self.view.is_pushed
        give_role(self.age, "warn" if is_old else "lead")

    def forget(self) -> None:
        """Show nothing of the event before."""
        self.view = None
        self.age.setText("")
        self._say_looking()
        self.answers.forget()
        self.pause.forget()
        self.evacuation.forget()

    def _say_looking(self) -> None:
        """Say that figures are on their way; an evacuation need not wait for them."""
        self.title.setText(TEXTS.say("desk.doors_ready.looking"))
        self._lead.setText("")
        self._show_charts(are_shown=False)

    def _show_charts(self, *, are_shown: bool) -> None:
        """Show charts of figures that there are: empty ones would say that nobody has come."""
        for chart in (self._arrivals_chart, self._zone_chart, self._sales_chart):
            chart.setVisible(are_shown)

    def _draw_charts(self) -> None:
        """Draw what is looked at; the charts of the other tabs are drawn once they are."""
        if self.view is None:
            return
        board = self.view.board
        if self.tabs.currentWidget() is self._doors:
            self._zone_chart.show_bars(figures.zone_bars(board))
            self._draw_arrivals()
        elif self.tabs.currentWidget() is self._sales:
            self._sales_chart.show_series(board.since, figures.sales_by_type(board))

    def _draw_arrivals(self) -> None:
        if self.view is None:
            return
        board: LiveBoard = self.view.board
        by_zone = self.by.currentIndex() == 1
        series = figures.arrivals_by_zone(board) if by_zone else figures.arrivals_by_gate(board)
        self._arrivals_chart.show_series(board.since, series)
        names = [TEXTS.say("live.minute"), *(one.name for one in series)]
        if names != self._columns:
            self._columns = names
            self.minutes.setColumnCount(len(names))
            most = max(_COLUMN_MAX, _HEADS_MAX // len(names))
            head_table(self.minutes, [figures.elide(name, most) for name in names])
            for place, name in enumerate(names):
                if (head := self.minutes.horizontalHeaderItem(place)) is not None:
                    head.setToolTip(plain_tip(name))
        _fill(self.minutes, figures.minute_rows(board, series))

    def _make_doors(self, theme: Theme) -> QWidget:
        from gatekeeper.ui.organizer.during.live_charts import (  # charts take their time to load
            MinuteChart,
            ZoneChart,
            tell_apart,
        )

        self.by = called(ChoiceBox(), "duringBy")
        self.by.setMinimumHeight(_TOUCH)
        self.by.addItems([TEXTS.say("live.by_gate"), TEXTS.say("live.by_zone")])
        self.by.setAccessibleName(TEXTS.say("live.arrivals"))
        self.by.currentIndexChanged.connect(lambda _row: self._draw_arrivals())
        self._arrivals_chart = MinuteChart(theme, "duringArrivals")
        self._zone_chart = ZoneChart(theme, "duringZoneChart")
        for chart, key in (
            (self._arrivals_chart, "live.arrivals"),
            (self._zone_chart, "live.inside"),
        ):
            tell_apart(chart, TEXTS.say(key), TEXTS.say("live.in_words"))
        self.minutes = _make_table("duringMinutes", "live.arrivals", (TEXTS.say("live.minute"),))
        columns = ("zone", "now", "capacity")
        names = [TEXTS.say(f"desk.live.{one}") for one in columns]
        self.zones = _make_table("duringZones", "live.inside", names)
        # What it may be has to be read, whatever the zone is called.
        fit_column(self.zones, 1)
        names = [TEXTS.say(f"desk.live.{one}") for one in ("gate", "came", "went")]
        names += [
            TEXTS.say(f"live.column.{one}") for one in ("rate", "queue", "denied", "overrides")
        ]
        self.gates = _make_table("duringGates", "live.by_gate", names, range(1, len(names)))
        page = QWidget()
        rows = QVBoxLayout(page)
        head = fill(QHBoxLayout(), (make_text(TEXTS.say("live.arrivals"), "heading"), 1), self.by)
        rows.addLayout(head)
        rows.addWidget(_beside(self._arrivals_chart, self.minutes))
        rows.addWidget(make_text(TEXTS.say("live.inside"), "heading"))
        rows.addWidget(_beside(self._zone_chart, self.zones, (1, 1)))
        rows.addWidget(self.gates)
        rows.addWidget(make_text(TEXTS.say("live.queue_hint"), "lead"))
        rows.addStretch(1)
        return page

    def _make_denials(self) -> QWidget:
        columns = ("reason", "what", "gate", "count")
        names = [TEXTS.say(f"live.column.{one}") for one in columns]
        figures = (columns.index("count"),)
        self.denials = _make_table("duringDenials", "live.tab.denials", names, figures)
        page = QWidget()
        rows = QVBoxLayout(page)
        rows.addWidget(make_text(TEXTS.say("live.denials_hint"), "lead"))
        rows.addWidget(self.denials)
        rows.addStretch(1)
        return page

    def _make_sales(self, theme: Theme) -> QWidget:
        from gatekeeper.ui.organizer.during.live_charts import (  # charts take their time to load
            MinuteChart,
            tell_apart,
        )

        self._sales_chart = MinuteChart(theme, "duringSales")
        tell_apart(self._sales_chart, TEXTS.say("live.sales"), TEXTS.say("live.in_words"))
        columns = ("type", "hour", "sold", "held", "allotted", "left")
        self.stock = _make_table(
            "duringStock",
            "live.column.type",
            [TEXTS.say(f"live.column.{one}") for one in columns],
            range(1, len(columns)),
        )
        names = [TEXTS.say(f"live.column.{one}") for one in ("tender", "received", "back", "net")]
        self.revenue = _make_table(
            "duringRevenue", "live.column.received", names, range(1, len(names))
        )
        page = QWidget()
        rows = QVBoxLayout(page)
        rows.addWidget(make_text(TEXTS.say("live.sales"), "heading"))
        rows.addWidget(self._sales_chart)
        rows.addWidget(self.stock)
        rows.addWidget(self.revenue)
        rows.addStretch(1)
        return page


def _beside(chart: QWidget, table: QWidget, shares: tuple[int, int] = (3, 2)) -> QWidget:
    """Put a chart and what it says in words side by side, each with a share of the width."""
    both = QWidget()
    row = edge_to_edge(QHBoxLayout(both))
    row.addWidget(chart, shares[0], Qt.AlignmentFlag.AlignTop)
    row.addWidget(table, shares[1], Qt.AlignmentFlag.AlignTop)
    return both


def _make_table(
    name: str, key: str, columns: Sequence[str], figures: Sequence[int] = ()
) -> QTableWidget:
    table = called(QTableWidget(0, len(columns)), name, TEXTS.say(key))
    dress_table(table, columns)
    set_figures(table, figures)
    _fit(table)
    table.horizontalHeader().geometriesChanged.connect(lambda: _fit(table))
    return table


def _fit(table: QTableWidget) -> None:
    """Let a table be as tall as its rows, up to a number of them: the page scrolls, not it."""
    rows = min(max(table.rowCount(), 1), _ROWS_MAX)
    row = table.verticalHeader().defaultSectionSize()
    head = max(table.horizontalHeader().sizeHint().height(), row)
    table.setFixedHeight(head + rows * row + 2 * _MARGIN)


def _fill(table: QTableWidget, rows: Sequence[Sequence[str]]) -> None:
    """Write what has changed: who reads a table is not thrown back to its beginning."""
    if table.rowCount() != len(rows):
        table.setRowCount(len(rows))
        _fit(table)
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            write_cell(table, row, column, text)
