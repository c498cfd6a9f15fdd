"""The condition of this machine: readers, sync, storage, clock, power, and what is not locked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QScroller,
    QWidget,
)

from gatekeeper.presenters.page_items import Option, Row
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.windows.page_parts import make_label, set_role
from gatekeeper.ui.windows.staff_page import StaffPage
from gatekeeper.wording.texts import TEXTS

_RIGHT_TO_LEFT_MARK: Final = "\u200f"


class DevicePage(StaffPage):
    """Names and values in two columns.

    Args:
        family: The font.
        sizes: The design's sizes in pixels.
    """

    acted = Signal(str)  # `sync` or `pair`, `tone`, `window`

    def __init__(self, family: str, sizes: Sizes) -> None:
        super().__init__(family, sizes, "devicePage", foot_columns=4)
        self._title = make_label(role="title")
        self._table = QWidget()
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._lines: list[tuple[QLabel, QLabel]] = []
        self._foot.chosen.connect(self._press)
        self._rows.addWidget(self._title)
        self._told = make_label(name="deviceTold")
        self._told.hide()
        self._rows.addWidget(self._told)
        # Languages with high letters need more room than a small screen has.
        self._scroll = QScrollArea()
        self._scroll.setObjectName("deviceScroll")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._table)
        QScroller.grabGesture(
            self._scroll.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture
        )
        self._rows.addWidget(self._scroll, 1)
        self._rows.addWidget(self._foot)
        self.set_sizes(sizes)

    def show_rows(
        self,
        rows: Sequence[Row],
        title: str = "",
        acts: Sequence[Option] | None = None,
        *,
        is_unknown: bool = False,
    ) -> None:
        """Show lines.

        Args:
            rows: The lines.
            title: Above them; "" is this machine's.
            acts: What can be done besides going back; None is what this machine can.
            is_unknown: The server does not know this machine any more: it is to be paired again.
        """
        self._title.setText(title or TEXTS.say("device.title"))
        while len(self._lines) < len(rows):
            name, value = make_label(role="muted"), make_label()
            name.setWordWrap(False)
            for label in (name, value):
                label.setProperty("textSize", "small")
            place = len(self._lines)
            self._grid.addWidget(name, place, 0)
            self._grid.addWidget(value, place, 1)
            # Lines stand together at the top; the room that is left is below them.
            self._grid.setRowStretch(place, 0)
            self._grid.setRowStretch(place + 1, 1)
            self._lines.append((name, value))
        for place, (name, value) in enumerate(self._lines):
            is_used = place < len(rows)
            name.setVisible(is_used)
            value.setVisible(is_used)
            if not is_used:
                name.clear()
                value.clear()
            else:
                name.setText(rows[place].name)
                # A mark lets what is Latin begin where the language's lines begin.
                mark = _RIGHT_TO_LEFT_MARK if TEXTS.is_right_to_left else ""
                value.setText(mark + rows[place].value)
                set_role(value, rows[place].role)
        back = Option("back", TEXTS.say("manual.back"))
        self._foot.show_options(
            [back, *(_machine_acts(is_unknown=is_unknown) if acts is None else acts)]
        )
        if title:
            self._scroll.verticalScrollBar().setValue(0)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        super().set_sizes(sizes)
        self._grid.setHorizontalSpacing(sizes.px(40))
        self._grid.setVerticalSpacing(sizes.px(2))

    @property
    def told(self) -> str:
        """What became of the last thing that was done here."""
        return self._told.text()

    def tell(self, text: str, role: str = "") -> None:
        """Say what becomes of what was done here, until the page is left."""
        self._told.setText(text)
        self._told.setVisible(bool(text))
        set_role(self._told, role)

    def hideEvent(self, event: QHideEvent) -> None:
        """Forget what was told."""
        self.tell("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Esc lead back, and the arrows scroll."""
        bar = self._scroll.verticalScrollBar()
        if event.key() in {Qt.Key.Key_Down, Qt.Key.Key_PageDown}:
            bar.setValue(bar.value() + bar.pageStep())
        elif event.key() in {Qt.Key.Key_Up, Qt.Key.Key_PageUp}:
            bar.setValue(bar.value() - bar.pageStep())
        else:
            super().keyPressEvent(event)

    def _press(self, key: str) -> None:
        if key == "back":
            self.left.emit()
        else:
            self.acted.emit(key)


def _machine_acts(*, is_unknown: bool) -> list[Option]:
    return [
        Option("pair", TEXTS.say("pair.start"))
        if is_unknown
        else Option("sync", TEXTS.say("device.sync")),
        Option("tone", TEXTS.say("device.tone")),
        Option("window", TEXTS.say("device.window")),
    ]
