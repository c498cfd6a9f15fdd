"""Fields for words to look for: in a list that is there, or at the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListView, QTableView

from gatekeeper.wording.texts import TEXTS
from shared.kernel.list_search_folding import fold_text

_FIRST: Final = QPoint(2, 2)
"""Where the first row stands that is seen."""


class WordsField(QLineEdit):
    """Takes words to look for.

    Args:
        name: The field's.
        about: What is looked for; stands in the field while it is empty.
        search: What Enter does.
        found: Where what is found stands: the arrow leads down to it.
    """

    def __init__(
        self,
        name: str,
        about: str,
        search: Callable[[], None] | None = None,
        *,
        found: QAbstractItemView | None = None,
    ) -> None:
        super().__init__()
        self._found = found
        self.setObjectName(name)
        self.setPlaceholderText(about)
        self.setAccessibleName(about)
        self.setClearButtonEnabled(True)
        if search is not None:
            self.returnPressed.connect(search)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on to what was found."""
        if event.key() != Qt.Key.Key_Down or self._found is None:
            super().keyPressEvent(event)
            return
        self._found.setFocus(Qt.FocusReason.TabFocusReason)
        if self._found.visualRect(self._found.currentIndex()).isEmpty():
            self._found.setCurrentIndex(self._found.indexAt(_FIRST))


class SearchField(WordsField):
    """Leaves those rows of a list in which all words stand, also of such as come later.

    Args:
        view: The list.
        name: The field's.
    """

    def __init__(self, view: QTableView | QListView, name: str) -> None:
        super().__init__(name, TEXTS.say("desk.search"), found=view)
        self._view = view
        self.textChanged.connect(self.apply)
        model = view.model()
        model.rowsInserted.connect(self.apply)
        model.dataChanged.connect(self.apply)

    def apply(self) -> None:
        """Hide and show the rows by the words."""
        words, model = fold_text(self.text()).split(), self._view.model()
        # A list's model keeps its one column to itself.
        columns = range(model.columnCount() if isinstance(self._view, QTableView) else 1)
        for row in range(model.rowCount()):
            said = "\n".join(str(model.index(row, column).data() or "") for column in columns)
            folded = fold_text(said)
            self._view.setRowHidden(row, not all(word in folded for word in words))
