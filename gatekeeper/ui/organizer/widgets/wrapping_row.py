"""A row of parts that goes on in the next line where the window is too narrow for all of them."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QStyle, QWidget


class WrappingRow(QLayout):
    """Parts side by side, at the near end of each line."""

    def __init__(self, *parts: QWidget) -> None:
        """Prepare.

        Args:
            parts: In their order.
        """
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        for part in parts:
            self.addWidget(part)

    def addItem(self, item: QLayoutItem) -> None:
        """See `QLayout`."""
        self._items.append(item)

    def count(self) -> int:
        """See `QLayout`."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """See `QLayout`: Qt asks behind the end as well."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """See `QLayout`."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """See `QLayout`: it needs no more than its parts do."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """See `QLayout`."""
        return True

    def heightForWidth(self, width: int) -> int:
        """See `QLayout`."""
        return self._place(QRect(0, 0, width, 0), is_asked=True)

    def sizeHint(self) -> QSize:
        """See `QLayout`: all in one line."""
        hints = [item.sizeHint() for item in self._shown()]
        gaps = self._gap() * max(0, len(hints) - 1)
        width = sum(hint.width() for hint in hints) + gaps
        return QSize(width, max((hint.height() for hint in hints), default=0))

    def minimumSize(self) -> QSize:
        """See `QLayout`: room for the widest part."""
        size = QSize(0, 0)
        for item in self._shown():
            size = size.expandedTo(item.minimumSize())
        return size

    def setGeometry(self, rect: QRect) -> None:
        """See `QLayout`."""
        super().setGeometry(rect)
        self._place(rect, is_asked=False)

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _gap(self) -> int:
        return max(0, self.spacing())

    def _place(self, rect: QRect, *, is_asked: bool) -> int:
        """Place the parts, or ask how high they would stand; returns that."""
        parent = self.parentWidget()
        direction = Qt.LayoutDirection.LeftToRight if parent is None else parent.layoutDirection()
        gap, x, y, line_height = self._gap(), 0, 0, 0
        for item in self._shown():
            size = item.sizeHint().expandedTo(item.minimumSize())
            size.setWidth(min(size.width(), max(rect.width(), item.minimumSize().width())))
            if x and x + size.width() > rect.width():
                x, y, line_height = 0, y + line_height + gap, 0
            if not is_asked:
                place = QRect(rect.topLeft() + QPoint(x, y), size)
                item.setGeometry(QStyle.visualRect(direction, rect, place))
            x, line_height = x + size.width() + gap, max(line_height, size.height())
        return y + line_height
