"""Sizes, colours and style sheets of the demo's own parts; the gates in it have theirs."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from gatekeeper.presenters.colors import DARK
from gatekeeper.ui.widget_texts import speak

DESIGN: Final = QSize(1366, 768)
SMALLEST: Final = QSize(1000, 600)
"""Below this the window scrolls."""
_SCALE_MAX: Final = 2.2


class Design:
    """Pixels of a design for 1366×768."""

    def __init__(self, size: QSize) -> None:
        width, height = max(size.width(), SMALLEST.width()), max(size.height(), SMALLEST.height())
        scale = min(width / DESIGN.width(), height / DESIGN.height(), _SCALE_MAX)
        self.scale = max(0.72, scale)

    def px(self, pixels: float) -> int:
        """Return so many pixels of the design in pixels of the window."""
        return max(1, round(pixels * self.scale))


def style_label(
    label: QLabel, design: Design, size: float, *, color: str = "", is_bold: bool = False
) -> None:
    """Give a label its size and colour."""
    label.setStyleSheet(
        f"QLabel {{ font-size: {design.px(size)}px; color: {color or DARK.page.figure};"
        f" font-weight: {700 if is_bold else 400}; background: transparent; }}"
    )


def style_button(button: QPushButton, design: Design, *, is_main: bool = False) -> None:
    """Give a button its size and colours."""
    ground, figure = (DARK.accent, DARK.on_accent) if is_main else (DARK.panel.ground, "#FFFFFF")
    edge = DARK.accent if is_main else DARK.line
    focus = DARK.page.figure if is_main else DARK.accent
    button.setStyleSheet(
        f"QPushButton {{ font-size: {design.px(17)}px; font-weight: {700 if is_main else 600};"
        f" min-height: {design.px(44)}px; max-height: {design.px(44)}px;"
        f" padding: 0 {design.px(14)}px; border: 2px solid {edge};"
        f" border-radius: {design.px(7)}px; background: {ground}; color: {figure}; }}"
        f"QPushButton:focus {{ border: 3px solid {focus}; }}"
        f"QPushButton:checked {{ border: 3px solid {DARK.good}; color: {DARK.good}; }}"
        f"QPushButton:pressed {{ background: {DARK.line}; color: #FFFFFF; }}"
        f"QPushButton:disabled {{ background: {DARK.page.ground}; color: {DARK.muted}; }}"
    )


def style_panel(panel: QWidget, design: Design) -> None:
    """Give a part a ground of its own, by its object name."""
    panel.setStyleSheet(
        f"#{panel.objectName()} {{ background: {DARK.panel.ground};"
        f" border: 2px solid {DARK.line}; border-radius: {design.px(8)}px; }}"
    )


def make_button(key: str, name: str) -> QPushButton:
    """Make a button that says a text of the catalogue."""
    button = QPushButton()
    speak(button, key)
    button.setObjectName(name)
    button.setAutoDefault(False)
    return button
