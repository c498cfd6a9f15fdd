"""A code as a QR picture, black on white, as a buyer's phone shows it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


def draw_qr(text: str) -> QImage:
    """Draw a code, each module as one pixel."""
    # With numpy, which the desk needs for nothing else that it shows at its start.
    from gatekeeper.printing.qr_modules import QUIET_MODULES, qr_modules

    modules = qr_modules(text)
    side = len(modules) + 2 * QUIET_MODULES
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    for row, column in zip(*modules.nonzero(), strict=True):
        place = QPoint(int(column) + QUIET_MODULES, int(row) + QUIET_MODULES)
        image.setPixelColor(place, Qt.GlobalColor.black)
    return image


class QrPicture(QWidget):
    """Shows one code as large as whole pixels allow; nothing while there is none."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self._image: QImage | None = None
        self._side = side
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_code(self, text: str) -> None:
        """Show a code, or nothing for ""."""
        self._image = draw_qr(text) if text else None
        self.update()

    def set_side(self, side: int) -> None:
        """Be so many pixels wide and high."""
        self._side = side
        self.updateGeometry()

    @property
    def module_px(self) -> int:
        """How many pixels wide a module is; 0 where whole ones have no room."""
        if self._image is None:
            return 0
        return min(self.width(), self.height()) // self._image.width()

    def sizeHint(self) -> QSize:
        """Return a square."""
        return QSize(self._side, self._side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the code in the middle, on white."""
        if self._image is None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(Qt.GlobalColor.white))
        scale = max(1, self.module_px)
        side = self._image.width() * scale
        box = QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)
        if side > min(self.width(), self.height()):  # too small for whole pixels: a picture only
            box = self.rect()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(box, self._image)
        painter.end()
