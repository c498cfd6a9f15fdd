"""Where Tab goes in the desk's window: through its parts as they stand.

Qt goes by a chain in the order in which parts were made: a form that is made anew would come last
of all. Nothing is put into that chain here; at each press the layouts say what stands where.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLayout, QScrollArea, QWidget


def step_focus(window: QWidget, *, is_forth: bool) -> bool:
    """Give the focus to the next part that Tab comes to, or to the one before, round the window.

    Returns:
        Whether there is another one.
    """
    parts = list(_walk(window))
    at: QWidget | None = window.focusWidget()
    while at is not None and at not in parts:
        at = at.parentWidget()
    place = 0 if at is None else parts.index(at)
    around = [*parts[place + 1 :], *parts[:place]]
    for part in around if is_forth else reversed(around):
        if _is_stop(part):
            reason = Qt.FocusReason.TabFocusReason
            part.setFocus(reason if is_forth else Qt.FocusReason.BacktabFocusReason)
            return True
    return False


def _walk(part: QWidget) -> Iterator[QWidget]:
    """Yield a part and all in it that can be seen: what is laid out, then the rest by place."""
    yield part
    inside = [one for one in part.children() if isinstance(one, QWidget) and not one.isWindow()]
    layout = part.layout()
    laid = [] if layout is None else list(_laid_out(layout, inside))
    is_right_to_left = part.layoutDirection() is Qt.LayoutDirection.RightToLeft
    others = sorted(
        (one for one in inside if one not in laid),
        key=lambda one: (one.y(), -one.x() if is_right_to_left else one.x()),
    )
    for one in (*laid, *others):
        if not one.isHidden():
            yield from _walk(one)


def _laid_out(layout: QLayout, inside: Sequence[QWidget]) -> Iterator[QWidget]:
    """Yield what a layout and those in it hold, in order.

    It is asked where things are, not for its items: what Python gets hold of of these, Qt may
    delete, or Python.
    """
    inner = [one for one in layout.children() if isinstance(one, QLayout)]
    held: list[tuple[int, QWidget | QLayout]] = [(layout.indexOf(one), one) for one in inside]
    held += [(layout.indexOf(one), one) for one in inner]
    held.sort(key=lambda placed: _cell(layout, placed[0]))
    for place, one in held:
        if place < 0:
            continue
        if isinstance(one, QWidget):
            yield one
        else:
            yield from _laid_out(one, inside)


def _cell(layout: QLayout, place: int) -> tuple[int, int]:
    """Return row and column, or the place in the one row."""
    if place < 0 or not isinstance(layout, QGridLayout):
        return 0, place
    found = layout.getItemPosition(place)
    assert isinstance(found, tuple)
    return found[0], found[1]


def _is_stop(part: QWidget) -> bool:
    """Tell whether Tab comes to a part itself, and not to one that has its keys.

    A page that is seen whole has no use for keys of its own.
    """
    if isinstance(part, QScrollArea):
        bars = (part.verticalScrollBar(), part.horizontalScrollBar())
        if not any(bar.maximum() > bar.minimum() for bar in bars):
            return False
    takes_tab = part.focusPolicy() & Qt.FocusPolicy.TabFocus
    return bool(takes_tab) and part.focusProxy() is None and part.isEnabled()
