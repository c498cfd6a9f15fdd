"""What a supervisor's screens share: a column of parts, buttons at its foot, a way back."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.ui.widgets.page_parts import is_escape
from gatekeeper.ui.widgets.scroll_body import ScrollBody

_FOOT_WIDTH: Final = 300


class SupervisorPage(QWidget):
    """A body that scrolls over a foot; what inherits fills them, and sets the sizes at last.

    Args:
        sizes: The design's sizes in pixels.
        name: Of the widget.
        foot_columns: Buttons in a row of the foot, at most.
    """

    left = Signal()

    def __init__(self, sizes: Sizes, name: str, *, foot_columns: int = 2) -> None:
        super().__init__()
        self.setObjectName(name)
        self._rows = QVBoxLayout(self)
        self._body = ScrollBody(sizes)
        self._foot = ActionGrid(sizes, foot_columns, word_width=_FOOT_WIDTH)
        self._grids = [self._foot]

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for grid in self._grids:
            grid.set_look(theme.buttons)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        for grid in self._grids:
            grid.set_sizes(sizes)
        self._body.set_sizes(sizes)
        edge = sizes.px(44)
        self._rows.setContentsMargins(edge, sizes.px(20), edge, sizes.px(34))
        self._rows.setSpacing(sizes.gap)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Esc lead back."""
        if is_escape(event):
            self.left.emit()
