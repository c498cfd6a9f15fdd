"""No part of the desk is ever a window of its own: one that is shown before it is laid out is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget

from gatekeeper.presenters.colors import LIGHT
from gatekeeper.ui.application import make_application
from gatekeeper.ui.language import speak_language
from gatekeeper.ui.organizer.prepare.field_editors import MomentEdit
from tests.factories.desk_screens import PLAN, DeskScreens
from tests.factories.desk_states import show_states
from tests.ui.fitting import settle

pytestmark = pytest.mark.ui


class WindowWatch(QObject):
    """Notes what is shown as a window, and is neither the desk's nor a list or menu over it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Look at what is shown."""
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget):
            is_window = watched.windowType() is Qt.WindowType.Window
            if watched.isWindow() and is_window and watched.objectName() != "deskWindow":
                self.seen.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


@pytest.fixture
def watch() -> Iterator[WindowWatch]:
    app = make_application()
    speak_language(app, "en")
    watch = WindowWatch()
    app.installEventFilter(watch)
    yield watch
    app.removeEventFilter(watch)


@pytest.mark.parametrize("show", [DeskScreens.show_all, show_states])
def test_no_part_of_a_page_flashes_up_as_a_window(
    show: Callable[[DeskScreens], Iterator[str]], watch: WindowWatch
) -> None:
    """The box of a time did, took the keyboard from the desk, and what was typed next was lost."""
    screens = DeskScreens(1366, 728, LIGHT)
    for _ in show(screens):
        settle()
    screens.close()
    assert watch.seen == []


def test_a_time_that_is_shown_twice_is_no_window_either(watch: WindowWatch) -> None:
    """Nor is what says which of two it is, before it is laid out."""
    MomentEdit("2027-10-31T01:30:00Z", PLAN, is_needed=True)
    MomentEdit("2027-10-31T01:30:00Z", PLAN, is_needed=False)
    assert watch.seen == []
