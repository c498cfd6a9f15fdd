"""The live board's page by itself: figures, their age, and charts that are tables too."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from PySide6.QtWidgets import QLabel, QProgressBar, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.during.door_answers_client import DoorAnswers
from gatekeeper.organizer.during.live_board_channel import LiveView
from gatekeeper.presenters.colors import DARK, LIGHT, Theme
from gatekeeper.presenters.desk.live_chart_figures import ChartLine
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.during.live_charts import MinuteChart, round_up
from gatekeeper.ui.organizer.during.live_page import LivePage
from gatekeeper.ui.switching_language import speak_language
from tests.factories.live_boards import ANSWERS, make_board

CHARTS = ("duringArrivals", "duringZoneChart", "duringSales")


def texts_of(table: QTableWidget) -> list[list[str]]:
    """Return what stands in a table."""
    found = []
    for row in range(table.rowCount()):
        items = [table.item(row, column) for column in range(table.columnCount())]
        found.append([item.text() for item in items if item is not None])
    return found


def test_before_any_figure_has_come_the_page_says_that_it_looks() -> None:
    """No chart of nothing, nothing of the event before; and an evacuation waits for no figure."""
    speak_language(make_application(), "en")
    page = LivePage(LIGHT)
    charts = [page.findChild(QWidget, name) for name in CHARTS]
    for _ in range(2):
        assert page.title.text() == "Checking gates, tills and the server …"
        assert all(one is not None and one.isHidden() for one in charts)
        assert not page.tabs.isHidden()
        page.show_view(LiveView(make_board(), is_pushed=True))
        assert page.title.text().startswith("Inside now")
        assert not any(one is None or one.isHidden() for one in charts)
        page.forget()
    page.deleteLater()


def test_few_columns_are_named_whole() -> None:
    """A gate of a series is told from its namesake of another night."""
    speak_language(make_application(), "en")
    page = LivePage(LIGHT)
    page.show_view(LiveView(make_board("Lantern gate"), is_pushed=True))
    heads = [page.minutes.horizontalHeaderItem(column) for column in range(4)]
    assert "Lantern gate" in [one.text() for one in heads if one is not None]
    page.deleteLater()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_a_board_is_shown_and_shown_anew(theme: Theme) -> None:
    """Title, tables and charts follow; gates that come and go are no fault."""
    make_application()
    speak_language(make_application(), "en")
    page = LivePage(theme)
    for gates in (3, 9, 1, 0, 3):
        page.show_view(LiveView(make_board(gates=gates), is_pushed=True))
        assert len(texts_of(page.gates)) == gates
    assert page.title.text() == "Inside now: 1,100"
    page.show_view(LiveView(make_board(inside=7, zones=(), sales=()), is_pushed=True))
    assert page.title.text() == "Inside now: 7"
    assert texts_of(page.zones) == []
    page.deleteLater()


def test_the_minutes_are_told_by_gate_or_by_zone() -> None:
    """The table beside the chart has a column for each of its lines."""
    speak_language(make_application(), "en")
    page = LivePage(LIGHT)
    page.show_view(LiveView(make_board(), is_pushed=True))
    assert page.minutes.columnCount() == 4
    page.by.setCurrentIndex(1)
    assert page.minutes.columnCount() == 3
    sums = [row[1:] for row in texts_of(page.minutes)]
    assert all(all(one.isdigit() for one in row) for row in sums)
    page.deleteLater()


def test_the_chart_of_another_tab_shows_the_newest_board_once_it_is_looked_at() -> None:
    """What nobody sees is not drawn; nothing old stands there afterwards."""
    speak_language(make_application(), "en")
    page = LivePage(LIGHT)
    chart = page.findChild(MinuteChart, "duringSales")
    arrivals = page.findChild(MinuteChart, "duringArrivals")
    assert chart is not None
    assert arrivals is not None
    page.show_view(LiveView(make_board(inside=7), is_pushed=True))
    assert chart.listDataItems() == []
    assert arrivals.listDataItems()
    board = make_board()
    page.show_view(LiveView(board, is_pushed=True))
    page.tabs.setCurrentIndex(2)
    drawn = [tuple(line.getData()[1]) for line in chart.listDataItems()]
    assert drawn == [one.tickets for one in board.sales]
    page.deleteLater()


@pytest.mark.parametrize("top", [0, 1, 9, 10, 11, 12, 99, 101, 1_234, 9_999, 254_720, 10**9 + 1])
def test_a_chart_ends_a_little_above_its_figures(top: int) -> None:
    """All of them are on it, and it stays as it is while they grow by a few."""
    end = round_up(top)
    assert max(1, top) <= end <= max(2, 1.2 * top)
    assert round_up(end) == end
    assert top < 100 or round_up(top - top % 10 + 1) == round_up(top - top % 10 + 9)


@pytest.mark.parametrize("most", [1, 2, 3, 7, 40, 2_500])
def test_a_chart_of_people_has_whole_numbers_at_its_side(most: int) -> None:
    """Nobody comes by halves, however few there were in a minute."""
    make_application()
    chart = MinuteChart(LIGHT, "people")
    chart.show_series(datetime(2026, 11, 25, tzinfo=UTC), [ChartLine("North", (0, most, 0))])
    axis = chart.getAxis("left")
    written = [at for _step, places in axis.tickValues(0, 1.25 * most, 200) for at in places]
    assert len(written) >= 2
    assert all(float(at).is_integer() for at in written)
    chart.deleteLater()


def test_old_figures_are_called_old() -> None:
    """By words, and by another look."""
    speak_language(make_application(), "en")
    page = LivePage(LIGHT)
    page.show_age(5.0)
    assert page.age.text() == ""
    page.show_view(LiveView(make_board(), is_pushed=True))
    fresh = page.age.text()
    page.show_age(12.0)
    assert "12 s" in page.age.text()
    assert page.age.text() != fresh
    page.show_view(LiveView(make_board(), is_pushed=False))
    assert "every two seconds" in page.age.text()
    page.forget()
    assert page.view is None
    page.deleteLater()


def test_each_chart_says_what_it_is_to_who_cannot_see_it() -> None:
    """A name, and where its figures stand in words; the keyboard passes it by."""
    speak_language(make_application(), "en")
    page = LivePage(LIGHT)
    for name in CHARTS:
        chart = page.findChild(QWidget, name)
        assert chart is not None
        assert chart.accessibleName()
        assert "table" in chart.accessibleDescription()
    page.deleteLater()


def test_answers_stand_as_counts_with_bars_and_are_asked_for_while_seen(qtbot: QtBot) -> None:
    """The report's own numbers; of each bar one can hear what it says."""
    speak_language(make_application(), "en")
    page = LivePage(LIGHT)
    qtbot.addWidget(page)
    asked: list[None] = []
    page.answers.wanted.connect(lambda: asked.append(None))
    page.show()
    assert asked == []
    page.tabs.setCurrentIndex(3)
    assert asked == [None]
    page.answers.show_answers(ANSWERS)
    assert page.answers.note.text() == "Calculated at 2026-11-20 19:04, event time."
    assert [*page.answers.lines] == [
        ("Student · Any bags larger than A4? · No", 93, "612 (93%)"),
        ("Student · Any bags larger than A4? · Yes, left at the cloakroom", 7, "43 (7%)"),
        ("Student · Welcome drink? · Wine", 0, "0 (0%)"),
        ("Student · Welcome drink? · Juice", 0, "0 (0%)"),
        ("Sale not known yet · drink · 4", 100, "1 (100%)"),
    ]
    bars = page.answers.findChildren(QProgressBar)
    more = msgspec.structs.replace(ANSWERS.counts[0], tickets=643)
    page.answers.show_answers(DoorAnswers("2026-11-20 19:09", (more, *ANSWERS.counts[1:])))
    assert next(one[2] for one in page.answers.lines) == "643 (94%)"
    assert page.answers.findChildren(QProgressBar) == bars
    page.answers.show_answers(DoorAnswers("2026-11-20 19:09", ()))
    assert page.answers.note.text().startswith("No questions are asked at the door.")
    assert not [*page.answers.lines]
    page.forget()
    assert page.answers.note.text() == ""


def test_a_gate_s_name_of_one_word_stretches_no_page() -> None:
    """A device of it is away, and is named above every tab."""
    speak_language(make_application(), "en")
    page = LivePage(LIGHT)
    page.show_view(LiveView(make_board("lantern" * 28), is_pushed=True))
    away = page.findChild(QLabel, "duringAway")
    assert away is not None
    assert "lantern" in away.text()
    assert away.minimumSizeHint().width() < 500
    page.deleteLater()
