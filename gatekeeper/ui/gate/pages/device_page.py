"""The condition of this machine: readers, sync, storage, clock, power, and what is not locked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from gatekeeper.presenters.page_items import Option, Row
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.gate.pages.supervisor_page import SupervisorPage
from gatekeeper.ui.widgets.page_parts import make_label, set_role
from gatekeeper.wording.texts import TEXTS

_NARROW_BELOW: Final = 1_100
_NAME_WIDTH: Final = 420
_UNBOUNDED: Final = 16_777_215  # Qt's QWIDGETSIZE_MAX
_RIGHT_TO_LEFT_MARK: Final = "\u200f"


class DevicePage(SupervisorPage):
    """Names and values in two columns."""

    acted = Signal(str)  # `sync` or `pair`, `tone`, `window`

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes, "devicePage", foot_columns=4)
        self._title = make_label(role="title")
        self._table = QWidget()
        self._grid = edge_to_edge(QGridLayout(self._table))
        self._grid.setColumnStretch(1, 1)
        self._lines: list[tuple[QLabel, QLabel]] = []
        self._is_wide: bool | None = None
        self._foot.chosen.connect(self._press)
        self.told = make_label(name="deviceTold")
        self.told.hide()
        fill(self._body.column, self._title, self.told)
        # Languages with high letters need more room than a small screen has.
        fill(self._body.column, self._table, STRETCH)
        fill(self._rows, (self._body, 1), self._foot)
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
            for label in (name, value):
                label.setProperty("textSize", "small")
            self._lines.append((name, value))
            self._is_wide = None
        self._arrange_lines()
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
                value.setText(mark + _breakable(rows[place].value))
                set_role(value, rows[place].role)
        back = Option("back", TEXTS.say("manual.back"))
        self._foot.show_options(
            [back, *(_machine_acts(is_unknown=is_unknown) if acts is None else acts)]
        )
        if title:
            self._body.show_top()

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        super().set_sizes(sizes)
        self._grid.setHorizontalSpacing(sizes.px(40))
        self._grid.setVerticalSpacing(sizes.px(6))
        self._narrow_below, self._name_width = sizes.wide(_NARROW_BELOW), sizes.wide(_NAME_WIDTH)
        self._is_wide = None
        self._arrange_lines()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put values beside their names, or under them where there is no room."""
        super().resizeEvent(event)
        self._arrange_lines()

    def _arrange_lines(self) -> None:
        is_wide = self.width() >= self._narrow_below
        if is_wide is self._is_wide:
            return
        self._is_wide = is_wide
        for place, (name, value) in enumerate(self._lines):
            name.setMinimumWidth(self._name_width if is_wide else 0)
            name.setMaximumWidth(self._name_width if is_wide else _UNBOUNDED)
            if is_wide:
                self._grid.addWidget(name, place, 0)
                self._grid.addWidget(value, place, 1)
            else:
                self._grid.addWidget(name, 2 * place, 0, 1, 2)
                self._grid.addWidget(value, 2 * place + 1, 0, 1, 2)
        self._body.fit()

    def tell(self, text: str, role: str = "") -> None:
        """Say what becomes of what was done here, until the page is left."""
        self.told.setText(text)
        self.told.setVisible(bool(text))
        if text:
            self._body.reveal(self.told)
        set_role(self.told, role)

    def hideEvent(self, event: QHideEvent) -> None:
        """Forget what was told."""
        self.tell("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Esc lead back, and the arrows scroll."""
        if not self._body.take_key(event.key()):
            super().keyPressEvent(event)

    def _press(self, key: str) -> None:
        if key == "back":
            self.left.emit()
        else:
            self.acted.emit(key)


def _breakable(text: str) -> str:
    """Let an address end its line after a slash or a dot, where it is wider than the line."""
    return " ".join(
        word.replace("/", "/\u200b").replace(".", ".\u200b") if "://" in word else word
        for word in text.split(" ")
    )


def _machine_acts(*, is_unknown: bool) -> list[Option]:
    return [
        Option("pair", TEXTS.say("pair.start"))
        if is_unknown
        else Option("sync", TEXTS.say("device.sync")),
        Option("tone", TEXTS.say("device.tone")),
        Option("window", TEXTS.say("device.window")),
    ]
