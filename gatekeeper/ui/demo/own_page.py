"""What to do next for an event of one's own: the commands in their order, each to be copied."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gatekeeper.presenters.colors import DARK
from gatekeeper.presenters.demo_content import Task, own_event
from gatekeeper.ui.demo.demo_style import (
    Design,
    make_button,
    style_button,
    style_label,
    style_panel,
)
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.widget_texts import speak
from gatekeeper.wording.texts import TEXTS


class TaskRow(QFrame):
    """One thing to do."""

    def __init__(self, number: int, task: Task) -> None:
        super().__init__()
        self.setObjectName(f"task{number}")
        self._number, self._command = number, task.command
        self.title, self.command = QLabel(), QLabel(task.command)
        self.title.setWordWrap(True)
        for label in (self.title, self.command):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.command.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.command.setWordWrap(True)
        self.command.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy: QPushButton = make_button("demo.own.copy", f"copy{number}")
        self.copy.clicked.connect(self._copy)
        words = fill(QVBoxLayout(), self.title, self.command)
        fill(QHBoxLayout(self), (words, 1), self.copy)

    def say(self, task: Task) -> None:
        """Say what it is for."""
        self.title.setText(f"{TEXTS.isolate(self._number)}. {task.title}")
        speak(self.copy, "demo.own.copy")

    def set_design(self, design: Design) -> None:
        """Take other sizes."""
        style_panel(self, design)
        style_label(self.title, design, 18, is_bold=True)
        style_button(self.copy, design)
        self.command.setStyleSheet(
            f"QLabel {{ font-family: monospace; font-size: {design.px(16)}px;"
            f" color: {DARK.good}; background: transparent; }}"
        )

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._command)
        speak(self.copy, "demo.own.copied")


class OwnPage(QWidget):
    """Lists what to do."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.setObjectName("ownPage")
        self._prefix = prefix
        self.rows = [TaskRow(number, task) for number, task in self._tasks()]
        self._more = QLabel(wordWrap=True)
        speak(self._more, "demo.own.more")
        column = edge_to_edge(QVBoxLayout(self))
        for row in self.rows:
            column.addWidget(row)
        fill(column, self._more, STRETCH)
        self._column = column
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything anew."""
        for row, (_, task) in zip(self.rows, self._tasks(), strict=True):
            row.say(task)

    def set_design(self, design: Design) -> None:
        """Take other sizes."""
        self._column.setSpacing(design.px(8))
        style_label(self._more, design, 17, color=DARK.muted)
        for row in self.rows:
            row.set_design(design)

    def _tasks(self) -> list[tuple[int, Task]]:
        return list(enumerate(own_event(TEXTS, self._prefix), 1))
