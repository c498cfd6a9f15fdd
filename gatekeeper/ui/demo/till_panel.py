"""The till in the demo's window: what it sold, the code that it handed over, what is left."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from gatekeeper.boxoffice.answers import Sale
from gatekeeper.demo.server_and_devices import TILL
from gatekeeper.presenters.colors import DARK
from gatekeeper.ui.demo.demo_style import (
    Design,
    make_button,
    style_button,
    style_label,
    style_panel,
)
from gatekeeper.ui.demo.gate_column import DeviceHead
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.widget_texts import speak
from gatekeeper.ui.widgets.qr_picture import QrPicture
from gatekeeper.wording.texts import TEXTS


class TillPanel(QWidget):
    """Shows the till, and lets somebody sell."""

    sell_wanted = Signal()
    open_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._sale: Sale | None = None
        self._advance = 0
        self._left, self._design = 0, Design(QSize())
        self.head = DeviceHead(TILL)
        speak(self.head.name, "demo.till")
        self._panel = QFrame()
        self._panel.setObjectName("tillPanel")
        self.state, self.said, self.left = QLabel(), QLabel(), QLabel()
        for label in (self.state, self.said, self.left):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setTextFormat(Qt.TextFormat.PlainText)
        speak(self.state, "demo.till.connected")
        speak(self.said, "demo.till.nothing")
        self.picture = QrPicture(120)
        self.sell = make_button("demo.till.sell", "sellButton")
        self.sell.clicked.connect(self.sell_wanted)
        self.open = make_button("demo.till.open", "openTillButton")
        self.open.clicked.connect(self.open_wanted)
        for button in (self.sell, self.open):
            button.hide()
        inside = fill(QVBoxLayout(self._panel), self.state, STRETCH)
        inside.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        fill(inside, self.said, self.left, STRETCH, self.sell, self.open)
        self._rows = fill(edge_to_edge(QVBoxLayout(self)), self.head, (self._panel, 1))

    def set_plugged(self, *, is_plugged: bool) -> None:
        """Say whether it sells alone."""
        self.head.set_plugged(is_plugged=is_plugged)
        speak(self.state, "demo.till.connected" if is_plugged else "demo.till.alone")
        self.state.setProperty("isAlone", not is_plugged)
        self._color_state()

    def show_advance(self, code: str, count: int) -> None:
        """Show one of the codes that were sold before the doors opened."""
        self._advance = count
        self.picture.show_code(code)
        self.retranslate()

    def show_sale(self, sale: Sale, left: int) -> None:
        """Show what was sold, and the first ticket's code."""
        self._sale, self._left = sale, left
        self.picture.show_code(sale.tickets[0].digits)
        self.retranslate()

    def begin_trying(self) -> None:
        """Let hands sell."""
        self.head.cable.show()
        self.sell.show()
        self.open.show()

    def retranslate(self) -> None:
        """Say anew what holds figures."""
        sale = self._sale
        if sale is None and self._advance:
            self.said.setProperty("textKey", "")
            self.said.setText(TEXTS.say("demo.till.advance", count=self._advance))
        if sale is None:
            return
        self.said.setProperty("textKey", "")
        total = TEXTS.money(sale.total)
        said = TEXTS.say(
            "demo.till.sold", count=len(sale.tickets), total=total, receipt=sale.receipt_number
        )
        self.said.setText(said)
        self.left.setText(TEXTS.say("demo.till.left", left=self._left))

    def set_design(self, design: Design) -> None:
        """Take other sizes."""
        self._design = design
        self._rows.setSpacing(design.px(6))
        self.head.set_design(design)
        style_panel(self._panel, design)
        self._color_state()
        style_label(self.said, design, 17, is_bold=True)
        style_label(self.left, design, 15, color=DARK.muted)
        style_button(self.sell, design, is_main=True)
        style_button(self.open, design)
        self.picture.set_side(design.px(150))

    def _color_state(self) -> None:
        is_alone = bool(self.state.property("isAlone"))
        color = DARK.warn if is_alone else DARK.good
        style_label(self.state, self._design, 17, color=color, is_bold=True)
