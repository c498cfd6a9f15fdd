"""Walks a screen and finds what does not fit on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple, Protocol, runtime_checkable

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QAccessible, QFont, QTextLayout
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QTableWidget,
    QWidget,
)

from gatekeeper.presenters.sizes import TOUCH_LEAST_MM
from gatekeeper.ui.gate.pages.gate_window import GateWindow
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.held_button import HeldButton
from gatekeeper.ui.till.till_window import TillWindow
from gatekeeper.ui.widgets.action_button import ActionButton
from gatekeeper.ui.widgets.scroll_body import ScrollBody, ScrollRail
from gatekeeper.ui.widgets.text_fitting import PaintedText
from gatekeeper.ui.widgets.verdict_painting import VerdictPanel

_ANY_HEIGHT = 10_000
DESK_LEAST = (1180, 700)
"""What the desk may need of a screen, in pixels."""
_CELL = 3
"""Pixels that a column's head leaves at each side of its words."""
_COLUMN_MOST = 90
"""A name that somebody gave may be as long as it likes: of it so much is seen."""
_SLACK = 1.5
"""Pixels that roundings may take."""


Window = GateWindow | TillWindow
_TEXTS_OF_THEIR_OWN = (QPushButton, QCheckBox, QRadioButton)
_FIELDS = (QLineEdit, QComboBox, QAbstractSpinBox, *_TEXTS_OF_THEIR_OWN)
_PIXEL_MM = 25.4 / 96
"""On a usual screen."""
_CODE = re.compile(r"\b[0-9A-Z]{4}\u2060?-\u2060?[0-9A-Z]{4}\u2060?-\u2060?[0-9A-Z*~$=]")
"""A ticket's manual code, whatever holds it together."""


def settle() -> None:
    """Let a screen be laid out, and again for what that changed: words in pages in tabs."""
    for _ in range(4):
        QApplication.processEvents()


@runtime_checkable
class Paints(Protocol):
    """A widget that paints its texts itself, and tells where."""

    def painted_texts(self) -> list[PaintedText]: ...


class _Piece(NamedTuple):
    """Something that is seen: its place on the window, and whose it is."""

    owner: QWidget
    name: str
    box: QRectF


def cut_off_on(window: Window) -> list[str]:
    """Return what is wrong with the screen that is shown, each as a line of words."""
    seen = [*shown_on(window.page)]
    found: list[str] = []
    for part in seen:
        found += _clipped(part, window)
        found += _too_small_to_touch(part, window)
        found += _out_of_reach(part, window)
        found += torn_codes(part)
    return found + _overlapping(seen, window)


def cut_off_at_desk(window: QStackedWidget) -> list[str]:
    """Return what is wrong with the page of the organizer's desk: it is read, not touched."""
    page = window.currentWidget()
    assert page is not None, "a desk shows a page"
    least = page.minimumSizeHint()
    found = []
    if least.width() > DESK_LEAST[0] or least.height() > DESK_LEAST[1]:
        found.append(f"needs {least.width()} x {least.height()}, more than a small laptop has")
    for part in shown_on(page):
        found += torn_codes(part)
        if isinstance(part, QLabel):
            found += _clipped_label(part)
        elif isinstance(part, _TEXTS_OF_THEIR_OWN):
            if part.width() + _SLACK < part.sizeHint().width():
                found.append(f"clipped: {part.text()!r} ({part.objectName()})")
        elif isinstance(part, QHeaderView):
            found += _clipped_columns(part)
        elif isinstance(part, QTabBar):
            found += _clipped_tabs(part)
        elif isinstance(part, QScrollArea):
            found += _wider_than_its_view(part)
        box = QRect(part.mapTo(window, QPoint(0, 0)), part.size())
        is_leaf = isinstance(part, (QLabel, QAbstractButton)) and not _scrolls(part)
        if is_leaf and not window.rect().contains(box):
            found.append(f"outside: {getattr(part, 'text', str)()!r} ({part.objectName()})")
    return found


def hard_to_hit(window: QStackedWidget) -> list[str]:
    """Return fields of the desk's page that a finger misses, and choices whose names are cut."""
    page = window.currentWidget()
    assert page is not None, "a desk shows a page"
    found = []
    for part in shown_on(page):
        if isinstance(part.parentWidget(), QComboBox | QAbstractSpinBox):
            continue
        if isinstance(part, _FIELDS) and part.height() * _PIXEL_MM < TOUCH_LEAST_MM:
            found.append(f"only {part.height()} px high: {part.objectName()}")
        if isinstance(part, QComboBox) and not (part.isEditable() or isinstance(part, ChoiceBox)):
            found.append(f"does not cut with dots: {part.objectName()}")
    return found


def hard_to_press(window: QStackedWidget) -> list[str]:
    """Return what takes the keyboard on the desk's page, and has no name or hears no Enter."""
    page = window.currentWidget()
    assert page is not None, "a desk shows a page"
    found = []
    for part in shown_on(page):
        is_inner = isinstance(part.parentWidget(), QComboBox | QAbstractSpinBox)
        is_asked = isinstance(part, (*_FIELDS, QAbstractItemView, QPlainTextEdit))
        if is_asked and not is_inner and part.focusPolicy() is not Qt.FocusPolicy.NoFocus:
            heard = QAccessible.queryAccessibleInterface(part)
            if not heard.text(QAccessible.Text.Name):
                found.append(f"nameless: {type(part).__name__} {part.objectName()}")
            is_held = isinstance(part.parentWidget(), HeldButton)
            if isinstance(part, QPushButton) and not (part.autoDefault() or is_held):
                found.append(f"deaf to Enter: {part.objectName()}")
    return found


def heard_alike(window: QStackedWidget) -> list[str]:
    """Return what on the desk's page is told from its like, or at all, only by whoever sees it.

    What stands in an empty field as an example is no name: nobody hears it once it is filled.
    """
    page = window.currentWidget()
    assert page is not None, "a desk shows a page"
    heard: dict[tuple[type, str], list[str]] = {}
    for part in shown_on(page):
        kind = next((one for one in _FIELDS if isinstance(part, one)), None)
        is_inner = isinstance(part.parentWidget(), QComboBox | QAbstractSpinBox)
        if kind is not None and not is_inner and part.isEnabled() and part.isVisible():
            heard.setdefault((kind, _own_name(part)), []).append(part.objectName())
    nameless = [name for (_, said), names in heard.items() if not said for name in names]
    alike = [f"{said!r}: {names}" for (_, said), names in heard.items() if said and names[1:]]
    return [f"nameless: {name}" for name in nameless] + [f"heard alike: {one}" for one in alike]


def _own_name(part: QWidget) -> str:
    """Return as what somebody hears a part, whatever stands in it."""
    labels = QAccessible.queryAccessibleInterface(part).relations(QAccessible.RelationFlag.Label)
    label = " ".join(one.text(QAccessible.Text.Name) for one, _ in labels)
    words = part.text() if isinstance(part, QAbstractButton) else ""
    return (part.accessibleName() or label or words) + part.accessibleDescription()


def shown_on(page: QWidget) -> Iterator[QWidget]:
    """Give what a page shows; most of a window's parts belong to pages that are hidden."""
    left = [page]
    while left:
        for part in left.pop().children():
            if isinstance(part, QWidget) and not part.isHidden():
                yield part
                left.append(part)


def torn_codes(part: QWidget) -> list[str]:
    """Find tickets' codes that two lines may share where there is less room than here."""
    texts: list[str] = []
    if isinstance(part, QLabel) and part.wordWrap():
        texts = [part.text()]
    elif isinstance(part, QTableWidget) and part.wordWrap():
        rows, columns = range(part.rowCount()), range(part.columnCount())
        cells = [part.item(row, column) for row in rows for column in columns]
        texts = [cell.text() for cell in cells if cell is not None]
    return [
        f"may break: {found[0]!r} ({part.objectName()})"
        for text in texts
        for found in _CODE.finditer(text)
        if _breaks(text, found.span(), part.font())
    ]


def _breaks(text: str, span: tuple[int, int], font: QFont) -> bool:
    """Tell whether Qt may begin a line within a stretch of a text."""
    layout = QTextLayout(text, font)
    layout.beginLayout()
    starts = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(1)
        starts.append(line.textStart())
    layout.endLayout()
    return any(span[0] < start < span[1] for start in starts)


def _clipped_columns(head: QHeaderView) -> list[str]:
    """Find columns whose own words have no room; a long name of theirs is cut with dots."""
    model, found = head.model(), []
    table = head.parentWidget()
    if head.orientation() is not Qt.Orientation.Horizontal or table is None:
        return []
    for column in range(head.count()):
        whole = (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole)
        said = (model.headerData(column, Qt.Orientation.Horizontal, role) for role in whole)
        text = str(next(filter(None, said), ""))
        longest = max(text.split(), key=len, default="")
        needs = head.fontMetrics().horizontalAdvance(longest) + 2 * _CELL
        if 0 < head.sectionSize(column) < min(needs, _COLUMN_MOST):
            found.append(f"clipped: column {text!r} ({table.objectName()})")
    return found


def _clipped_tabs(bar: QTabBar) -> list[str]:
    """Find tabs outside of their bar, whose words have no room, or that hide while open."""
    at = bar.currentIndex()
    lost = [] if at < 0 or bar.isTabVisible(at) else [f"hidden: open tab {bar.tabText(at)!r}"]
    return lost + [
        f"clipped: tab {bar.tabText(tab)!r}"
        for tab in range(bar.count())
        if bar.isTabVisible(tab) and not bar.rect().contains(bar.tabRect(tab))
    ]


def _wider_than_its_view(area: QScrollArea) -> list[str]:
    """Find what has to be moved from side to side to be read."""
    inner = area.widget()
    if inner is None or inner.width() <= area.viewport().width() + _SLACK:
        return []
    return [f"wider than its view: {inner.objectName() or type(inner).__name__}"]


def _scrolls(part: QWidget) -> bool:
    parent = part.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def _clipped(part: QWidget, window: Window) -> list[str]:
    """Find words that have no room, or are too small to be read."""
    if isinstance(part, QLabel) and part.text():
        return _clipped_label(part)
    if not isinstance(part, Paints):
        return []
    found = []
    for text in part.painted_texts():
        box = text.box
        is_outside = (
            box.left() < -_SLACK
            or box.right() > part.width() + _SLACK
            or box.top() < -_SLACK
            or box.bottom() > part.height() + _SLACK
        )
        if is_outside:
            found.append(f"clipped: {text.text!r} ({part.objectName()})")
        if text.px < int(window.sizes.least * 0.97):
            found.append(f"letters of {text.px} px: {text.text!r} ({part.objectName()})")
    return found


def _clipped_label(part: QLabel) -> list[str]:
    if not part.text():
        return []
    width, height = part.width(), part.height()
    margins = 2 * part.margin() + (part.contentsMargins().left() * 2)
    if part.wordWrap():
        room = QRect(0, 0, width - margins, _ANY_HEIGHT)
        wrap = Qt.TextFlag.TextWordWrap.value
        widest = part.fontMetrics().boundingRect(room, wrap, part.text()).width()
        is_cut = part.heightForWidth(width) > height + 1 or widest > width - margins + _SLACK
    else:
        is_cut = part.sizeHint().width() > width + 1 or part.sizeHint().height() > height + 1
    return [f"clipped: {part.text()!r} ({part.objectName()})"] if is_cut else []


def _too_small_to_touch(part: QWidget, window: Window) -> list[str]:
    """Find what a finger misses."""
    if not isinstance(part, QAbstractButton | QLineEdit | ScrollRail):
        return []
    if isinstance(part, ActionButton) and not part.isEnabled() and part.is_label:
        return []
    least = TOUCH_LEAST_MM / window.sizes.pixel_mm - _SLACK
    boxes = [QRectF(part.rect())]
    if isinstance(part, ScrollRail):
        boxes = list(part.arrows())
    return [
        f"{box.width():.0f}×{box.height():.0f} px to touch, less than {least:.0f}:"
        f" {part.objectName()} {getattr(part, 'text', str)()!r}"
        for box in boxes
        if min(box.width(), box.height()) < least
    ]


def _out_of_reach(part: QWidget, window: Window) -> list[str]:
    """Find what is outside of the screen, or of what scrolls."""
    if not _is_leaf(part):
        return []
    body = _body_of(part)
    if body is None:
        box = QRect(part.mapTo(window, QPoint(0, 0)), part.size())
        inside = window.rect().contains(box)
    else:
        box = QRect(part.mapTo(body.content, QPoint(0, 0)), part.size())
        inside = body.content.rect().contains(box)
        room = body.area.viewport()
        inside = inside and body.content.width() <= room.width() + _SLACK
        inside = inside and (not body.can_scroll or body.rail.isVisibleTo(window))
        least = TOUCH_LEAST_MM / window.sizes.pixel_mm
        inside = inside and room.height() >= min(body.content.height(), 2 * least) - _SLACK
    return [] if inside else [f"outside: {part.objectName()} {getattr(part, 'text', str)()!r}"]


def _overlapping(seen: list[QWidget], window: Window) -> list[str]:
    """Find what stands on something else."""
    pieces = [piece for part in seen for piece in _pieces_of(part, window)]
    found = []
    for one, other in combinations(pieces, 2):
        # A verdict places its texts by itself: they may stand on each other as well.
        if one.owner is other.owner and not isinstance(one.owner, VerdictPanel):
            continue
        common = one.box.intersected(other.box)
        if common.width() > _SLACK and common.height() > _SLACK:
            found.append(f"overlap: {one.name} and {other.name}")
    return found


def _pieces_of(part: QWidget, window: Window) -> list[_Piece]:
    if not _is_leaf(part) or part.width() <= 0 or part.height() <= 0:
        return []
    origin = part.mapTo(window, QPoint(0, 0))
    body = _body_of(part)
    # What has been scrolled away is covered by what does not scroll.
    shown = QRectF(window.rect())
    if body is not None:
        view = body.area.viewport()
        shown = QRectF(QRect(view.mapTo(window, QPoint(0, 0)), view.size()))
    name = f"{part.objectName() or type(part).__name__} {getattr(part, 'text', str)()!r}"
    if isinstance(part, VerdictPanel):
        layout = part.layout_now()
        boxes = [text.box for text in part.painted_texts()]
        boxes += [] if layout is None else [layout.icon]
    elif isinstance(part, ActionButton) or not isinstance(part, Paints):
        boxes = [QRectF(part.rect())]
    else:
        # A button may stand over the ground of a page, not over its words.
        boxes = [text.box for text in part.painted_texts()]
    placed = [box.translated(origin).intersected(shown) for box in boxes]
    return [_Piece(part, name, box) for box in placed if box.isValid()]


def _is_leaf(part: QWidget) -> bool:
    kinds = (QAbstractButton, QLineEdit, QListWidget, QProgressBar, ScrollRail, Paints)
    return isinstance(part, kinds) or (isinstance(part, QLabel) and bool(part.text()))


def _body_of(part: QWidget) -> ScrollBody | None:
    parent = part.parentWidget()
    while parent is not None:
        if isinstance(parent, ScrollBody):
            return None if isinstance(part, ScrollRail) else parent
        parent = parent.parentWidget()
    return None
