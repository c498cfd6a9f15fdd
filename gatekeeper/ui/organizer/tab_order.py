"""Where Tab comes to what is made anew: Qt itself puts it behind all else of the window."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def tab_before(later: QWidget, made: QWidget) -> None:
    """Let Tab come to all of what was made just now, in its own order, right before another part.

    Both are of one window already.
    """
    first = next(one for one in (later, *_chain(later)) if _is_stop(one))
    before = first.previousInFocusChain()
    while before is not None and (not _is_stop(before) or made.isAncestorOf(before)):
        before = before.previousInFocusChain()
    for part in (*_chain(made), first):
        if before is not None and before is not part:
            QWidget.setTabOrder(before, part)
        before = part


def _chain(whole: QWidget) -> list[QWidget]:
    """Return the stops in a part of the window, as Tab comes to them."""
    return [one for one in _all_from(whole) if whole.isAncestorOf(one) and _is_stop(one)]


def _all_from(widget: QWidget) -> Iterator[QWidget]:
    one = widget.nextInFocusChain()
    while one is not None and one is not widget:
        yield one
        one = one.nextInFocusChain()


def _is_stop(widget: QWidget) -> bool:
    """Tell whether Tab comes to a widget itself, and not to one that it is a part of."""
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
