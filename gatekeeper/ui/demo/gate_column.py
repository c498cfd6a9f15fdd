"""A gate in the demo's window: its name, its cable, its kiosk, and what it knows of copies."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.presenters.colors import DARK
from gatekeeper.ui.demo.demo_style import Design, make_button, style_button, style_label
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.widget_texts import speak
from gatekeeper.wording.texts import TEXTS


class DeviceHead(QWidget):
    """A device's name, and the switch of its cable once somebody may pull it."""

    switched = Signal(bool)  # whether it is to be plugged in

    def __init__(self, name: str) -> None:
        super().__init__()
        self._is_plugged = True
        self.name = QLabel(name)
        self.cable = make_button("demo.pull", f"cable{name}")
        self.cable.clicked.connect(lambda: self.switched.emit(not self._is_plugged))
        self.row = fill(edge_to_edge(QHBoxLayout(self)), (self.name, 1), self.cable)
        self.cable.hide()

    def set_plugged(self, *, is_plugged: bool) -> None:
        """Say what the switch would do now."""
        self._is_plugged = is_plugged
        speak(self.cable, "demo.pull" if is_plugged else "demo.plug")

    def set_design(self, design: Design) -> None:
        """Take other sizes."""
        style_label(self.name, design, 19, is_bold=True)
        style_button(self.cable, design)


class GateColumn(QWidget):
    """Shows one gate."""

    chosen = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.gate, self._conflicts = name, 0
        self._answers: Counter[str] = Counter()
        self.kiosk: Kiosk | None = None
        self.head = DeviceHead(name)
        self.target: QPushButton = make_button("demo.scan_here", f"target{name}")
        self.target.setCheckable(True)
        self.target.clicked.connect(self.chosen)
        self.head.row.insertWidget(1, self.target)
        self.target.hide()
        self._waiting = QLabel()
        speak(self._waiting, "demo.starting")
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        self._busy.setTextVisible(False)
        self.note = QLabel()
        self.note.setObjectName(f"note{name}")
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.hide()
        self._rows = fill(
            edge_to_edge(QVBoxLayout(self)), self.head, (self._waiting, 1), self._busy, self.note
        )

    def take_kiosk(self, kiosk: Kiosk) -> None:
        """Show the gate's own window."""
        self.kiosk = kiosk
        self._waiting.hide()
        self._busy.hide()
        kiosk.window.setMinimumSize(1, 1)
        self._rows.insertWidget(1, kiosk.window, 1)
        self.let_touch(is_allowed=False)
        kiosk.window.show()
        self.show_plainly()

    def show_plainly(self) -> None:
        """Leave the gate's screen to what visitors see: the window has ways of its own to scan."""
        if self.kiosk is not None:
            self.kiosk.window.gate_page.set_self_service(is_on=True)

    def begin_trying(self) -> None:
        """Be free for hands."""
        self.let_touch(is_allowed=True)
        self.target.show()
        self.head.name.setText(self.gate)
        self.head.cable.show()
        self.show_conflicts(0)

    def retranslate(self) -> None:
        """Say anew what holds figures."""
        self.show_conflicts(self._conflicts)

    def let_touch(self, *, is_allowed: bool) -> None:
        """Let a finger act on the gate, or keep the story from being disturbed."""
        if self.kiosk is not None:
            self.kiosk.window.setAttribute(
                Qt.WidgetAttribute.WA_TransparentForMouseEvents, not is_allowed
            )

    def count(self, answer: ScanAnswer) -> None:
        """Count what the gate has answered, beside its name."""
        self._answers[answer.verdict] += 1
        admitted, others = self._answers["admit"], self._answers.total() - self._answers["admit"]
        self.head.name.setText(f"{TEXTS.isolate(self.gate)}  ·  ✓ {admitted}  ✕ {others}")

    def show_conflicts(self, count: int) -> None:
        """Say of how many copies the gate knows; 0 says nothing."""
        self._conflicts = count
        self.note.setVisible(count > 0)
        if count:
            self.note.setText(TEXTS.say("demo.gate_knows", count=count))

    def set_design(self, design: Design) -> None:
        """Take other sizes."""
        self._rows.setSpacing(design.px(6))
        self.head.set_design(design)
        style_button(self.target, design)
        style_label(self._waiting, design, 18, color=DARK.muted)
        height = design.px(10)
        self._busy.setStyleSheet(
            f"QProgressBar {{ min-height: {height}px; max-height: {height}px; }}"
        )
        self.note.setStyleSheet(
            f"QLabel {{ font-size: {design.px(16)}px; font-weight: 700; padding: {design.px(8)}px;"
            f" background: {DARK.strip.ground}; color: {DARK.strip.figure};"
            f" border-radius: {design.px(6)}px; }}"
        )
