"""A table that is read and not edited, filled row by row without losing its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from PySide6.QtCore import QItemSelectionModel, QSignalBlocker, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QTableWidget,
    QTableWidgetItem,
)

from gatekeeper.ui.organizer.desk_style import called
from gatekeeper.ui.organizer.widgets.long_names import cut_with_dots, keep_whole
from gatekeeper.ui.widget_texts import plain_tip
from gatekeeper.wording.texts import TEXTS

T = TypeVar("T")

Lines = tuple[str, ...]
"""A cell's text of several lines; one text is one line, whatever stands in it."""
ROW: Final = 35
"""Pixels of a row: 9 mm of a usual screen, for a finger."""
_BETWEEN: Final = 8
"""Pixels between two rows of several lines."""
_TALLER: Final = 0.55
"""By how much of their height Arabic letters stand higher than Latin ones."""
_SEEN_WHOLE: Final = 300
"""Pixels: rows of so much height together are all seen; of more one scrolls to the others."""
_FITS: Final = "fitsRows"
_FIGURES: Final = "figures"
_HEADS: Final = "heads"
_LEAST: Final = "leastHeight"
SUM_SIDE: Final = (
    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
)
"""Where figures end, whichever way letters go."""


def make_table(name: str, says: str, columns: Sequence[str], height: int) -> QTableWidget:
    """Make a table; columns without a name have no header.

    Args:
        name: Its object's.
        says: What screen readers say of it.
        columns: Their names, or as many "".
        height: At least so many pixels.
    """
    table = called(QTableWidget(0, len(columns)), name, says)
    table.setWordWrap(True)
    dress_table(table, columns)
    table.setMinimumHeight(height)
    table.setProperty(_LEAST, height)
    return table


def dress_table(table: QTableWidget, columns: Sequence[str] = ()) -> None:
    """Let a table be read and chosen from by whole rows; its words begin under their headings."""
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.verticalHeader().hide()
    table.verticalHeader().setMinimumSectionSize(ROW)
    table.verticalHeader().setDefaultSectionSize(ROW)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    # They are cut here, line by line: Qt would put the dots of several lines after the first.
    header.setTextElideMode(Qt.TextElideMode.ElideNone)
    header.setVisible(any(columns))
    head_table(table, columns)
    # Words wrap by the columns' widths, which are known once the table is laid out, and change.
    header.sectionResized.connect(lambda *_: _fit_soon(table))


def head_table(table: QTableWidget, columns: Sequence[str]) -> None:
    """Name the columns; a name whose words have no room beside each other has several lines."""
    table.setProperty(_HEADS, list(columns))
    table.setHorizontalHeaderLabels([TEXTS.isolate(one) if one else "" for one in columns])
    for column, name in enumerate(columns):
        if (head := table.horizontalHeaderItem(column)) is not None:
            head.setToolTip(plain_tip(name))
            head.setData(Qt.ItemDataRole.AccessibleTextRole, name)
    _wrap_heads(table)


def _wrap_heads(table: QTableWidget) -> None:
    """Write each name in as many lines as its column needs; what is cut ends in dots."""
    header = table.horizontalHeader()
    metrics = header.fontMetrics()
    sides = 2 * header.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMargin, None, header) + 2
    for column, name in enumerate(table.property(_HEADS) or ()):
        head = table.horizontalHeaderItem(column)
        is_fitted = header.sectionResizeMode(column) == QHeaderView.ResizeMode.ResizeToContents
        if head is None or is_fitted or not name:
            continue
        room = header.sectionSize(column) - sides
        lines: list[str] = []
        for word in name.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and metrics.horizontalAdvance(longer) <= room:
                lines[-1] = longer
            else:
                lines.append(word)
        said = "\n".join(TEXTS.isolate(cut_with_dots(line, metrics, room)) for line in lines)
        if said != head.text():
            head.setText(said)


def fit_column(table: QTableWidget, column: int) -> None:
    """Give a column as much room as its words need."""
    mode = QHeaderView.ResizeMode.ResizeToContents
    table.horizontalHeader().setSectionResizeMode(column, mode)


def set_figures(table: QTableWidget, columns: Iterable[int]) -> None:
    """Let figures and their headings end where a sum is read, whichever way letters go."""
    table.setProperty(_FIGURES, sorted(columns))
    for column in range(table.columnCount()):
        head = table.horizontalHeaderItem(column)
        if head is not None and column in table.property(_FIGURES):
            head.setTextAlignment(SUM_SIDE)


def select_row(table: QTableWidget, row: int) -> None:
    """Choose a row; Qt's own way looks for one beyond the edge of a page from right to left."""
    how = QItemSelectionModel.SelectionFlag
    place = table.model().index(row, 0)
    table.selectionModel().setCurrentIndex(place, how.ClearAndSelect | how.Rows)


def chosen_of(table: QTableWidget, items: Sequence[T]) -> T | None:
    """Return the one of the things that a table lists whose row is chosen."""
    row = table.currentRow() if table.selectedItems() else -1
    return items[row] if 0 <= row < len(items) else None


def stay_at_row(table: QTableWidget, ids: Sequence[str], chosen: str | None) -> None:
    """Keep what was chosen chosen, whatever row it has now; nothing once it is gone.

    Args:
        table: It was filled anew.
        ids: Of what it lists, row by row.
        chosen: What was chosen before; None for nothing.
    """
    if chosen not in ids:
        table.clearSelection()
    elif table.currentRow() != ids.index(chosen):
        with QSignalBlocker(table):
            select_row(table, ids.index(chosen))


def fill_table(table: QTableWidget, rows: Sequence[Sequence[str | Lines]]) -> None:
    """Show rows; what stays the same is not touched."""
    if table.rowCount() != len(rows):
        table.setRowCount(len(rows))
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            write_cell(table, row, column, text)
    _fit_rows(table)


def write_cell(table: QTableWidget, row: int, column: int, text: str | Lines) -> None:
    """Show a text in a cell, in one line or several; the same one is not touched."""
    item = table.item(row, column)
    if item is None:
        item = QTableWidgetItem()
        table.setItem(row, column, item)
        if column in (table.property(_FIGURES) or ()):
            item.setTextAlignment(SUM_SIDE)
    # Dots of a name that is cut, and times, run its own way.
    lines = (text,) if isinstance(text, str) else text
    said = "\n".join(map(TEXTS.isolate, lines))
    if item.toolTip() != (tip := plain_tip(said)):
        item.setText(keep_whole(said))
        item.setToolTip(tip)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, said)


def _fit_rows(table: QTableWidget) -> None:
    """Give each row its words' height, and those of several lines some room between them."""
    table.resizeRowsToContents()
    letters = table.fontMetrics().height()
    # Qt takes all lines but the first for as high as Latin ones, and cuts what then has no room.
    taller = int(letters * _TALLER) if table.isRightToLeft() else 0
    for row in range(table.rowCount()):
        height = table.sizeHintForRow(row)  # a row of two lines may be no higher than any
        more = height // letters - 1
        if more > 0:
            table.setRowHeight(row, max(ROW, height + _BETWEEN + taller * more))
    _fit_height(table)


def _fit_height(table: QTableWidget) -> None:
    """Let a few rows be seen whole, and no row be cut of as many as there is room for."""
    least = table.property(_LEAST)
    if least is None:
        return
    header = table.horizontalHeader()
    margins = table.contentsMargins()
    around = margins.top() + margins.bottom() + 2 * table.frameWidth()
    around += 0 if header.isHidden() else header.sizeHint().height()
    height = around
    for row in range(table.rowCount()):
        below = height + table.rowHeight(row)
        if below > max(_SEEN_WHOLE, least):
            break
        height = below
    table.setMinimumHeight(max(least, height))


def _fit_soon(table: QTableWidget) -> None:
    """Fit heads and rows once all columns have their width."""

    def fit() -> None:
        _wrap_heads(table)
        if table.property(_LEAST) is not None:
            _fit_rows(table)

    timer = table.findChild(QTimer, _FITS)
    if timer is None:
        timer = QTimer(table)
        timer.setObjectName(_FITS)
        timer.setSingleShot(True)
        timer.timeout.connect(fit)
    timer.start(0)
