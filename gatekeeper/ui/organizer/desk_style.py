"""How the desk looks: the system's light, dark or high contrast, and small helpers of pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from string import Template
from typing import Final, TypeVar

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.presenters.colors import CONTRAST, DARK, LIGHT, Theme
from gatekeeper.ui.appearance import fill_palette, set_ground, sheet_values
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.wording.resource_files import read_resource, resource_folder
from gatekeeper.wording.texts import TEXTS

AnyWidget = TypeVar("AnyWidget", bound=QWidget)
_SUFFIXES: Final = {
    DARK.on_accent: "dark",
    LIGHT.on_accent: "light",
    CONTRAST.on_accent: "dark",
}
"""Of the icons that the style sheet draws, by what stands on the accent's colour."""
_ICONS: Final = ("tick", "down", "up", "left", "right")

_LETTERS: Final = 20
"""Of a name in a list that is shut: more are seen when it opens."""


def system_theme(app: QApplication) -> Theme:
    """Return the theme that the system's own programs wear."""
    hints = app.styleHints()
    if hints.accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast:
        return CONTRAST
    return DARK if hints.colorScheme() is Qt.ColorScheme.Dark else LIGHT


def dress_desk(window: QWidget, theme: Theme) -> None:
    """Give a window the desk's look, and the program the palette and font of it."""
    # Sizes that the sheet leaves open are the system's, whatever else this process has shown.
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    set_ground(window, fill_palette(theme), font)
    sheet = Template(read_resource("styles/desk.qss")).substitute(
        sheet_values(theme),
        **{name: _icon(f"{name}_{_SUFFIXES[theme.on_accent]}") for name in _ICONS},
    )
    if sheet != window.styleSheet():
        window.setStyleSheet(sheet)


def _icon(name: str) -> str:
    return (resource_folder() / "icons" / f"{name}.svg").as_posix()


def make_text(text: str, role: str = "", name: str = "") -> QLabel:
    """Make a label that wraps, of a role of the style sheet."""
    label = QLabel(text, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    # Else a Latin name begins at the left of a page that begins at the right, and an Arabic one
    # at the far end of a page that begins at the left.
    is_mirrored = QApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft
    near = Qt.AlignmentFlag.AlignRight if is_mirrored else Qt.AlignmentFlag.AlignLeft
    label.setAlignment(near | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)
    label.setProperty("role", role)
    label.setObjectName(name)
    return label


class DeskCard(QFrame):
    """A part of a page with a frame of its own, as the style sheet draws it."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("role", "card")


def line_up(*parts: QWidget) -> QHBoxLayout:
    """Put parts side by side, at the near end of the line."""
    return fill(QHBoxLayout(), *parts, STRETCH)


def fit_letters(box: QComboBox) -> None:
    """Give a list of names room for a usual one, however long or few they are."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(_LETTERS)


@contextmanager
def keep_place(view: QAbstractItemView) -> Iterator[None]:
    """Let a list that is filled anew stay where somebody has scrolled it."""
    bar = view.verticalScrollBar()
    place = bar.value()
    yield
    view.doItemsLayout()
    bar.setValue(place)


def headed(part: QWidget, key: str) -> QVBoxLayout:
    """Begin a page of the desk, or a tab of one, with its title and what it is there for."""
    title, lead = TEXTS.say(f"{key}.title"), TEXTS.say(f"{key}.lead")
    return fill(QVBoxLayout(part), make_text(title, "title"), make_text(lead, "lead"))


def make_button(
    text: str,
    name: str,
    on_click: Callable[..., object] | SignalInstance | None = None,
    *,
    is_main: bool = False,
) -> QPushButton:
    """Make a button, and what it does; the main one is what Enter presses in a form."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setAutoDefault(True)
    if on_click is not None:
        button.clicked.connect(on_click)
    if is_main:
        button.setProperty("role", "main")
        button.setDefault(True)
    return button


def called(widget: AnyWidget, name: str, said: str = "") -> AnyWidget:
    """Name a part for the style sheet and, where no label says it, for whoever hears the page."""
    widget.setObjectName(name)
    if said:
        widget.setAccessibleName(said)
    return widget


def give_role(widget: QWidget, role: str) -> None:
    """Let a widget look as a role of the style sheet from now on."""
    if widget.property("role") == role:
        return
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
