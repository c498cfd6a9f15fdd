"""Things of which some are ticked: events, addresses, ticket types."""

from __future__ import annotations

from collections.abc import Container, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem

_ID = Qt.ItemDataRole.UserRole


class TickList(QListWidget):
    """Lists things by their names, and knows by their ids which are ticked."""

    def __init__(self, height: int) -> None:
        super().__init__()
        self.setFixedHeight(height)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrap(True)

    @property
    def _items(self) -> list[QListWidgetItem]:
        return [self.item(row) for row in range(self.count())]

    @property
    def ids(self) -> list[str]:
        """Of all that is listed."""
        return [str(one.data(_ID)) for one in self._items]

    @property
    def ticked(self) -> list[str]:
        """Ids of what is ticked."""
        on = [one for one in self._items if one.checkState() is Qt.CheckState.Checked]
        return [str(one.data(_ID)) for one in on]

    def offer(self, named: Mapping[str, str], ticked: Container[str]) -> None:
        """List things by their ids, some of them ticked; the same ones stay where they are."""
        if self.ids != list(named):
            self.clear()
            for one, name in named.items():
                item = QListWidgetItem(name, self)
                item.setData(_ID, one)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        self.tick(ticked)

    def tick(self, ticked: Container[str]) -> None:
        """Tick these, and nothing else."""
        for item in self._items:
            is_on = item.data(_ID) in ticked
            item.setCheckState(Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked)
