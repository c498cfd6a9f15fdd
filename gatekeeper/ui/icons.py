"""Draws the program's own icons: SVG on a grid of 24, in two colours of the state."""

from __future__ import annotations

from functools import cache
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgRenderer

from gatekeeper.presenters.colors import Look
from gatekeeper.wording.resource_files import read_resource

_FIGURE: Final = "#111111"
_GROUND: Final = "#eeeeee"
_MIRRORED: Final = frozenset({"exit", "undo"})
"""What points along the line of reading; checks, keys and crosses do not turn."""


def draw_icon(painter: QPainter, name: str, box: QRectF, look: Look) -> None:
    """Draw an icon into a box, its shape in the figure's colour, its sign in the ground's.

    Without room nothing is drawn: Qt would draw into an empty box as large as it likes.
    """
    if box.isEmpty():
        return
    renderer = _renderer(name, look)
    if name not in _MIRRORED or painter.layoutDirection() != Qt.LayoutDirection.RightToLeft:
        renderer.render(painter, box)
        return
    painter.save()
    painter.translate(2 * box.center().x(), 0)
    painter.scale(-1, 1)
    renderer.render(painter, box)
    painter.restore()


@cache
def _renderer(name: str, look: Look) -> QSvgRenderer:
    drawing = read_resource(f"icons/{name}.svg")
    colored = drawing.replace(_FIGURE, look.figure).replace(_GROUND, look.ground)
    return QSvgRenderer(QByteArray(colored.encode()))
