"""How this device is set: language, theme, text size, volume, self-service."""

from __future__ import annotations

from typing import Final

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from gatekeeper.presenters.colors import THEMES
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.supervisor.device_settings import (
    TEXT_PERCENTS,
    VOLUME_PERCENTS,
    DeviceSettings,
    next_percent,
)
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.gate.pages.supervisor_page import SupervisorPage
from gatekeeper.ui.widget_texts import speak
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.ui.widgets.page_parts import make_label
from gatekeeper.wording.texts import TEXTS
from shared.kernel.languages import LANGUAGE_NAMES

_ROWS: Final = ("language", "theme", "text", "volume", "service")
_WORD_WIDTH: Final = 200
_NARROW_BELOW: Final = 1_300
_LESS: Final = "less"
_MORE: Final = "more"
_NOW: Final = "now"


class SettingsPage(SupervisorPage):
    """A row for each thing; a press holds at once, and is kept."""

    changed = Signal(object)  # DeviceSettings

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes, "settingsPage", foot_columns=1)
        self._settings = DeviceSettings()
        self._title = make_label(role="title")
        speak(self._title, "set.title")
        self._table = QWidget()
        self._grid = edge_to_edge(QGridLayout(self._table))
        self._grid.setColumnStretch(1, 1)
        self._parts: dict[str, ActionGrid] = {}
        self._labels: list[QLabel] = []
        self._is_wide: bool | None = None
        for name in _ROWS:
            label = make_label(role="muted")
            speak(label, f"set.{name}")
            columns = len(LANGUAGE_NAMES) if name == "language" else 3
            part = ActionGrid(sizes, columns, word_width=_WORD_WIDTH)
            part.chosen.connect(lambda key, name=name: self._press(name, key))
            self._labels.append(label)
            self._parts[name] = part
            self._grids.append(part)
        self._foot.chosen.connect(lambda _: self.left.emit())
        fill(self._body.column, self._title, STRETCH, self._table, STRETCH)
        fill(self._rows, (self._body, 1), self._foot)
        self.set_sizes(sizes)

    def part(self, name: str) -> ActionGrid:
        """Return a row's buttons."""
        return self._parts[name]

    def show_settings(self, settings: DeviceSettings) -> None:
        """Show what holds."""
        self._settings = settings
        self._parts["language"].show_options(
            [
                Option(code, name, is_main=code == (settings.language or TEXTS.language))
                for code, name in LANGUAGE_NAMES.items()
            ]
        )
        self._parts["theme"].show_options(
            [
                Option(name, TEXTS.say(f"set.theme_{name}"), is_main=name == settings.theme)
                for name in THEMES
            ]
        )
        self._show_percent("text", settings.text_percent, TEXT_PERCENTS)
        self._show_percent("volume", settings.volume_percent, VOLUME_PERCENTS)
        self._parts["service"].show_options(
            [
                Option("staff", TEXTS.say("set.staff"), is_main=not settings.is_self_service),
                Option("self", TEXTS.say("set.self"), is_main=settings.is_self_service),
            ]
        )
        self._foot.show_options([Option("back", TEXTS.say("manual.back"))])

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        super().set_sizes(sizes)
        self._grid.setHorizontalSpacing(sizes.px(40))
        self._grid.setVerticalSpacing(sizes.gap)
        self._narrow_below = sizes.wide(_NARROW_BELOW)
        self._grid.setColumnMinimumWidth(0, 0)
        self._is_wide = None
        self._arrange_rows()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put what is set beside its buttons, or above them where there is no room."""
        super().resizeEvent(event)
        self._arrange_rows()

    def _arrange_rows(self) -> None:
        is_wide = self.width() >= self._narrow_below
        if is_wide is self._is_wide:
            return
        self._is_wide = is_wide
        for place, (label, part) in enumerate(
            zip(self._labels, self._parts.values(), strict=True)
        ):
            if is_wide:
                self._grid.addWidget(label, place, 0)
                self._grid.addWidget(part, place, 1)
            else:
                self._grid.addWidget(label, 2 * place, 0, 1, 2)
                self._grid.addWidget(part, 2 * place + 1, 0, 1, 2)
        self._body.fit()

    def _show_percent(self, name: str, value: int, steps: tuple[int, ...]) -> None:
        what, now = TEXTS.say(f"set.{name}"), TEXTS.say("set.percent", value=value)
        self._parts[name].show_options(
            [
                Option(_LESS, "−", is_enabled=value > steps[0], spoken=f"{what} {now}. −"),
                Option(_NOW, now, is_label=True, spoken=f"{what} {now}"),
                Option(_MORE, "+", is_enabled=value < steps[-1], spoken=f"{what} {now}. +"),
            ]
        )

    def _press(self, name: str, key: str) -> None:
        now = self._settings
        by = -1 if key == _LESS else 1
        if name == "language":
            then = msgspec.structs.replace(now, language=key)
        elif name == "theme":
            then = msgspec.structs.replace(now, theme=key)
        elif name == "text":
            percent = next_percent(now.text_percent, by, TEXT_PERCENTS)
            then = msgspec.structs.replace(now, text_percent=percent)
        elif name == "volume":
            percent = next_percent(now.volume_percent, by, VOLUME_PERCENTS)
            then = msgspec.structs.replace(now, volume_percent=percent)
        else:
            then = msgspec.structs.replace(now, is_self_service=key == "self")
        if then != now:
            self.changed.emit(then)
