"""The pages of the desk at its side, by the parts of an evening: set-up to the organization."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from gatekeeper.wording.texts import TEXTS

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "setup": ("plan", "seats", "ticket_design", "promotions", "guests"),
    "before": ("doors_ready", "devices", "date_moves", "event_cancelling"),
    "during": ("live", "conflicts", "orders", "alarm_limits"),
    "after": ("reports", "audit", "guest_data"),
    "organization": ("people", "programs", "server"),
}
"""The pages of each part, in the order of an evening."""
PAGES: Final = tuple(chain.from_iterable(PARTS.values()))
_WIDTH: Final = 200
_ROW_LEAST: Final = 36
"""Pixels of a row: 9 mm, for a finger; where there is no room for them all, they scroll."""
_ROW_MOST: Final = 40
_HEAD_HEIGHT: Final = 26
_STEP: Final = 18
"""Pixels that one step of the wheel scrolls: half a row."""
_HEAD_PT: Final = 9.5
_PAGE: Final = Qt.ItemDataRole.UserRole


class DeskMenu(QListWidget):
    """Lists the pages; a heading over each part is passed over by keys and pointer.

    Ctrl+1 to Ctrl+5 go to a part, and from page to page inside of it; Ctrl+PgUp and Ctrl+PgDown
    go to the page before and the next one.
    """

    entered = Signal(str)
    """A page was gone to."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskPages")
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(TEXTS.say("desk.pages"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(_STEP)
        self._pages: dict[str, QListWidgetItem] = {}
        self._heads: dict[str, QListWidgetItem] = {}
        for place, (part, pages) in enumerate(PARTS.items(), 1):
            title = TEXTS.say(f"desk.part.{part}")
            keys = QKeySequence(f"Ctrl+{place}")
            self._heads[part] = self._add_head(title, keys)
            for page in pages:
                self._pages[page] = self._add_page(page, title, keys)
            QShortcut(keys, self, lambda part=part: self._go_to(part))
        QShortcut(QKeySequence("Ctrl+PgUp"), self, lambda: self._step(-1))
        QShortcut(QKeySequence("Ctrl+PgDown"), self, lambda: self._step(1))
        self.currentItemChanged.connect(self._tell)

    @property
    def page(self) -> str:
        """Which page is chosen; "" before the first."""
        return str(self.currentItem().data(_PAGE)) if self.currentRow() >= 0 else ""

    @property
    def offered(self) -> tuple[str, ...]:
        """The pages that are there for this role, from the top."""
        return tuple(page for page, item in self._pages.items() if not item.isHidden())

    @property
    def is_folded(self) -> bool:
        """Whether it takes no room: keys still go from page to page."""
        return self.maximumWidth() == 0

    def fold(self, *, is_folded: bool) -> None:
        """Take no room, or stand at the side; hidden, its keys would do nothing."""
        self.setFixedWidth(0 if is_folded else _WIDTH)
        takes = Qt.FocusPolicy.NoFocus if is_folded else Qt.FocusPolicy.StrongFocus
        self.setFocusPolicy(takes)

    def enter(self, page: str) -> None:
        """Go to a page."""
        self.setCurrentItem(self._pages[page])

    def offer(self, pages: frozenset[str]) -> None:
        """Leave out all other pages, and the headings of parts without any."""
        for page, item in self._pages.items():
            item.setHidden(page not in pages)
        for part, head in self._heads.items():
            head.setHidden(not pages.intersection(PARTS[part]))
        self._share_height()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Home and End go to pages, not to headings."""
        if event.matches(QKeySequence.StandardKey.MoveToStartOfLine) and self.offered:
            self.enter(self.offered[0])
        elif event.matches(QKeySequence.StandardKey.MoveToEndOfLine) and self.offered:
            self.enter(self.offered[-1])
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the rows what height there is."""
        super().resizeEvent(event)
        self._share_height()

    def _add_head(self, title: str, keys: QKeySequence) -> QListWidgetItem:
        head = QListWidgetItem(title, self)
        head.setFlags(Qt.ItemFlag.NoItemFlags)
        font = QFont(self.font())
        font.setPointSizeF(_HEAD_PT)
        font.setWeight(QFont.Weight.DemiBold)
        head.setFont(font)
        head.setToolTip(keys.toString(QKeySequence.SequenceFormat.NativeText))
        head.setData(_PAGE, "")
        return head

    def _add_page(self, page: str, part: str, keys: QKeySequence) -> QListWidgetItem:
        item = QListWidgetItem(TEXTS.say(f"desk.page.{page}"), self)
        item.setData(_PAGE, page)
        spoken = TEXTS.list([item.text(), part])
        item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
        item.setToolTip(f"{item.text()} ({keys.toString(QKeySequence.SequenceFormat.NativeText)})")
        return item

    def _tell(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(_PAGE):
            above = self.item(self.row(item) - 1)
            if not above.data(_PAGE):  # a part's first page brings its heading with it
                self.scrollToItem(above)
                self.scrollToItem(item)
            self.entered.emit(str(item.data(_PAGE)))

    def _go_to(self, part: str) -> None:
        """Go to a part's first page, or on inside of it."""
        there = [page for page in PARTS[part] if not self._pages[page].isHidden()]
        if there:
            place = there.index(self.page) + 1 if self.page in there else 0
            self.enter(there[place % len(there)])

    def _step(self, by: int) -> None:
        offered = self.offered
        if offered:
            place = offered.index(self.page) + by if self.page in offered else 0
            self.enter(offered[min(max(place, 0), len(offered) - 1)])

    def _off_middle(self, height: int) -> float:
        """Return how far from its middle a page is cut at the menu's foot, by the rows' height."""
        left = float(self.viewport().height())
        for row in range(self.count()):
            item = self.item(row)
            each = height if item.data(_PAGE) else _HEAD_HEIGHT
            if item.isHidden():
                continue
            if left <= each:
                return abs(left / each - 0.5) if item.data(_PAGE) else 1.0
            left -= each
        return 1.0

    def _share_height(self) -> None:
        """Let the rows be as high as they can be while all of them are seen.

        Where they cannot be, the last one that is seen is cut in its middle: so there are more.
        """
        heads = sum(not head.isHidden() for head in self._heads.values())
        rows = max(1, len(self.offered))
        free = self.viewport().height() - heads * _HEAD_HEIGHT
        if free // rows < _ROW_LEAST:
            height = min(range(_ROW_LEAST, _ROW_MOST + 1), key=self._off_middle)
        else:
            height = min(free // rows, _ROW_MOST)
        for items, each in ((self._heads, _HEAD_HEIGHT), (self._pages, height)):
            for item in items.values():
                if item.sizeHint().height() != each:
                    item.setSizeHint(QSize(0, each))
