"""The demo window's own drawings: the headline, the wires to the server, the steps passed."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from gatekeeper.demo.steps import TOLD
from gatekeeper.presenters.colors import DARK
from gatekeeper.presenters.demo_content import StepContent
from gatekeeper.ui.demo.demo_style import Design, style_label
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.wording.texts import TEXTS

_CUT: Final = "#FF6B60"


class Headline(QWidget):
    """What happens now, and one sentence on what is seen and why it matters."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.text = QLabel(), QLabel()
        for label in (self.title, self.text):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setObjectName("demoTitle")
        self.text.setObjectName("demoText")
        rows = edge_to_edge(QVBoxLayout(self))
        rows.setSpacing(2)
        fill(rows, STRETCH, self.title, self.text, STRETCH)

    def show_step(self, content: StepContent) -> None:
        """Say what happens."""
        number = TEXTS.isolate(content.number)
        self.title.setText(
            TEXTS.beside(number, content.title) if content.number else content.title
        )
        self.text.setText(content.text)

    def set_design(self, design: Design) -> None:
        """Take other sizes; the height stays the same for every step."""
        style_label(self.title, design, 31, is_bold=True)
        style_label(self.text, design, 18.5, color=DARK.muted)
        self.setFixedHeight(design.px(110))


class Wires(QWidget):
    """Draws the server and a wire to each device, whole or cut."""

    def __init__(self) -> None:
        super().__init__()
        self._design = Design(QSize())
        self._devices: dict[str, QWidget] = {}
        self._cut: set[str] = set()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def add_device(self, name: str, widget: QWidget) -> None:
        """Draw a wire to the middle of a widget below."""
        self._devices[name] = widget

    def set_plugged(self, name: str, *, is_plugged: bool) -> None:
        """Draw a wire as whole or as cut."""
        (self._cut.discard if is_plugged else self._cut.add)(name)
        self.update()

    @property
    def cut(self) -> frozenset[str]:
        """The devices whose cable is pulled."""
        return frozenset(self._cut)

    def set_design(self, design: Design) -> None:
        """Take other sizes."""
        self._design = design
        self.setFixedHeight(design.px(58))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the server's box and the wires."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px = self._design.px
        font = QFont(self.font())
        font.setPixelSize(px(16))
        font.setBold(True)
        painter.setFont(font)
        said = TEXTS.say("demo.server")
        width = painter.fontMetrics().horizontalAdvance(said) + px(36)
        ends = {name: self._below(widget) for name, widget in self._devices.items()}
        first, second = (*ends.values(), 0.0, 0.0)[:2]
        middle = (first + second) / 2  # between the gates
        box = QRectF(middle - width / 2, px(2), width, px(30))
        for name, x in ends.items():
            self._draw_wire(painter, QPointF(middle, box.center().y()), x, name in self._cut)
        painter.setPen(QPen(QColor(DARK.good), 2))
        painter.setBrush(QColor(DARK.panel.ground))
        painter.drawRoundedRect(box, px(7), px(7))
        painter.setPen(QColor(DARK.panel.figure))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, said)
        painter.end()

    def _below(self, widget: QWidget) -> float:
        return float(self.mapFromGlobal(widget.mapToGlobal(QPoint(widget.width() // 2, 0))).x())

    def _draw_wire(self, painter: QPainter, start: QPointF, x: float, is_cut: bool) -> None:  # noqa: FBT001 - of the one caller
        px, bottom = self._design.px, float(self.height())
        corner, end = QPointF(x, start.y()), QPointF(x, bottom)
        if not is_cut:
            painter.setPen(QPen(QColor(DARK.good), px(4)))
            painter.drawPolyline([start, corner, end])
            return
        middle, half = (start.y() + bottom) / 2 + px(4), px(7)
        painter.setPen(QPen(QColor(DARK.line), px(4)))
        painter.drawPolyline([start, corner, QPointF(x, middle - half)])
        painter.drawLine(QPointF(x, middle + half), end)
        painter.setPen(QPen(QColor(_CUT), px(4), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for side in (-1, 1):
            painter.drawLine(
                QPointF(x - half, middle - side * half), QPointF(x + half, middle + side * half)
            )


class StepDots(QWidget):
    """Shows how far the story has come."""

    def __init__(self) -> None:
        super().__init__()
        self._design = Design(QSize())
        self._number = 0

    def show_number(self, number: int) -> None:
        """Show which step it is, from 1; 0 is none."""
        self._number = number
        self.setAccessibleName(TEXTS.say("demo.step_of", number=number, total=len(TOLD)))
        self.update()

    def set_design(self, design: Design) -> None:
        """Take other sizes."""
        self._design = design
        self.setFixedSize(design.px(26) * len(TOLD), design.px(44))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a dot for each step: passed, present, to come."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px, middle = self._design.px, self.height() / 2
        for index in range(len(TOLD)):
            place = len(TOLD) - 1 - index if TEXTS.is_right_to_left else index
            is_now, is_past = index + 1 == self._number, index + 1 < self._number
            radius = px(9) if is_now else px(6)
            painter.setPen(QPen(QColor(DARK.accent if is_now or is_past else DARK.line), 2))
            painter.setBrush(QColor(DARK.accent if is_now or is_past else DARK.page.ground))
            painter.drawEllipse(QPointF(px(26) * (place + 0.5), middle), radius, radius)
        painter.end()
