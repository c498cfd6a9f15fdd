"""Which gate this is, where the profile does not say."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.phrases import call_by
from gatekeeper.ui.windows.page_parts import make_button, make_label
from gatekeeper.wording.texts import TEXTS
from shared.manifest.event_config import GateConfig


class GateChoicePage(QWidget):
    """A list of large rows.

    Args:
        sizes: The design's sizes in pixels.
    """

    chosen = Signal(str)
    retry_wanted = Signal()

    def __init__(self, sizes: Sizes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gateChoicePage")
        self._sizes = sizes
        self._none = make_label(key="gate.none", role="bad", name="gateNone")
        self._list = QListWidget()
        self._list.setObjectName("gateList")
        call_by(self._list, "gate.title")
        self._list.itemClicked.connect(self._choose)
        self._list.itemActivated.connect(self._choose)
        self._retry = make_button("sync.retry", name="gateRetry", is_primary=True)
        self._retry.clicked.connect(self.retry_wanted)
        self.setFocusProxy(self._list)
        self._is_done = False
        self._gates: tuple[GateConfig, ...] = ()
        self._rows = QVBoxLayout(self)
        self._rows.addWidget(make_label(key="gate.title", role="title"))
        self._rows.addWidget(make_label(key="gate.hint", role="muted"))
        self._rows.addWidget(self._none)
        self._rows.addWidget(self._list, 1)
        self._rows.addWidget(self._retry)
        self.set_sizes(sizes)

    def offer(self, gates: Sequence[GateConfig]) -> None:
        """Show the gates that there are."""
        self._is_done = False
        self._gates = tuple(gates)
        self._list.clear()
        for gate in gates:
            direction = TEXTS.say(f"gate.{gate.direction}")
            item = QListWidgetItem(f"{gate.name}   ({direction})")
            item.setData(Qt.ItemDataRole.UserRole, gate.id)
            item.setSizeHint(QSize(0, self._sizes.touch))
            self._list.addItem(item)
        self._none.setVisible(not gates)
        self._list.setVisible(bool(gates))
        self._retry.setVisible(not gates)
        if gates:
            self._list.setCurrentRow(0)

    def retranslate(self) -> None:
        """Name the ways of the gates in another language."""
        self.offer(self._gates)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        edge = sizes.margin
        self._rows.setContentsMargins(edge, edge, edge, edge)
        self._rows.setSpacing(sizes.gap)
        for row in range(self._list.count()):
            self._list.item(row).setSizeHint(QSize(0, sizes.touch))

    def _choose(self, item: QListWidgetItem) -> None:
        # A click may be told as an activation too.
        if self._is_done:
            return
        self._is_done = True
        self.chosen.emit(str(item.data(Qt.ItemDataRole.UserRole)))
