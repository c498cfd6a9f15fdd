"""A field over a list that leaves those rows in which all words stand."""

from __future__ import annotations

import unicodedata

from PySide6.QtWidgets import QLineEdit, QListView, QTableView

from gatekeeper.wording.texts import TEXTS


class SearchField(QLineEdit):
    """Hides what does not fit, also of rows that come or change later.

    Args:
        view: The list.
        name: The field's.
    """

    def __init__(self, view: QTableView | QListView, name: str) -> None:
        super().__init__()
        self._view = view
        self.setObjectName(name)
        self.setPlaceholderText(TEXTS.say("desk.search"))
        self.setAccessibleName(TEXTS.say("desk.search"))
        self.setClearButtonEnabled(True)
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


def fold_text(text: str) -> str:
    """Return a text without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))
