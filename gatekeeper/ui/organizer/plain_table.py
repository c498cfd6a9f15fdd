"""A table that is read and not edited, filled row by row without losing its place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem


def make_table(name: str, says: str, columns: Sequence[str], height: int) -> QTableWidget:
    """Make a table; columns without a name have no header.

    Args:
        name: Its object's.
        says: What screen readers say of it.
        columns: Their names, or as many "".
        height: At least so many pixels.
    """
    table = QTableWidget(0, len(columns))
    table.setObjectName(name)
    table.setAccessibleName(says)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setWordWrap(True)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    header.setVisible(any(columns))
    table.setHorizontalHeaderLabels(list(columns))
    table.setMinimumHeight(height)
    return table


def fit_column(table: QTableWidget, column: int) -> None:
    """Give a column as much room as its words need."""
    mode = QHeaderView.ResizeMode.ResizeToContents
    table.horizontalHeader().setSectionResizeMode(column, mode)


def fill_table(table: QTableWidget, rows: Sequence[Sequence[str]]) -> None:
    """Show rows; what stays the same is not touched."""
    if table.rowCount() != len(rows):
        table.setRowCount(len(rows))
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            item = table.item(row, column)
            if item is None:
                item = QTableWidgetItem()
                table.setItem(row, column, item)
            if item.text() != text:
                item.setText(text)
                item.setToolTip(text)
    table.resizeRowsToContents()
