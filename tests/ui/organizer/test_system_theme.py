"""The desk wears what the system's own programs wear, high contrast too."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.colors import CONTRAST, DARK, LIGHT, THEMES, Theme
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_style import dress_desk, system_theme
from gatekeeper.ui.organizer.widgets.page_tabs import PageTabs

SCHEME, MORE = Qt.ColorScheme, Qt.ContrastPreference


@pytest.mark.parametrize(
    ("scheme", "wish", "theme"),
    [
        (SCHEME.Light, MORE.NoPreference, LIGHT),
        (SCHEME.Dark, MORE.NoPreference, DARK),
        (SCHEME.Unknown, MORE.NoPreference, LIGHT),
        (SCHEME.Light, MORE.HighContrast, CONTRAST),
        (SCHEME.Dark, MORE.HighContrast, CONTRAST),
    ],
)
def test_who_needs_high_contrast_has_it_at_the_desk(
    scheme: Qt.ColorScheme, wish: Qt.ContrastPreference, theme: Theme
) -> None:
    """Gates and tills had it; the desk had light and dark alone, whatever the system said."""
    hints = SimpleNamespace(
        colorScheme=lambda: scheme,
        accessibility=lambda: SimpleNamespace(contrastPreference=lambda: wish),
    )
    app = cast("QApplication", SimpleNamespace(styleHints=lambda: hints))
    assert system_theme(app) is theme


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_the_desk_wears_each_theme(qtbot: QtBot, theme: Theme) -> None:
    """Its sheet names pictures by what stands on the accent's colour."""
    make_application()
    window = QWidget()
    qtbot.addWidget(window)
    dress_desk(window, theme)
    assert theme.accent in window.styleSheet()
    dress_desk(window, LIGHT)


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_tabs_show_that_they_have_the_keyboard(qtbot: QtBot, theme: Theme) -> None:
    """The open one wore the ring of what has the keyboard, wherever that was."""
    make_application()
    tabs, other = PageTabs("tabs"), QPushButton()
    tabs.addTab(other, "First")
    tabs.addTab(QWidget(), "Second")
    qtbot.addWidget(tabs)
    dress_desk(tabs, theme)
    with qtbot.waitActive(tabs):
        tabs.show()
    ring = QColor(theme.accent).rgb()
    seen = []
    for part in (other, tabs.tabBar()):
        part.setFocus()
        QApplication.processEvents()
        picture = tabs.tabBar().grab().toImage()
        points = product(range(picture.width()), range(picture.height()))
        seen.append(any(picture.pixel(*at) == ring for at in points))
    assert seen == [False, True]
    dress_desk(tabs, LIGHT)
