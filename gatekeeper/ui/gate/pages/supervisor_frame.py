"""A supervisor's screens under one strip that says who is at work, and for how long."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.page_items import Fact
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.gate.pages.choice_page import ChoicePage
from gatekeeper.ui.gate.pages.conflict_page import ConflictPage
from gatekeeper.ui.gate.pages.device_page import DevicePage
from gatekeeper.ui.gate.pages.holder_search_page import SearchPage
from gatekeeper.ui.gate.pages.manual_page import ManualPage
from gatekeeper.ui.gate.pages.rehearsal_page import RehearsalPage
from gatekeeper.ui.gate.pages.settings_page import SettingsPage
from gatekeeper.ui.gate.pages.supervisor_page import SupervisorPage
from gatekeeper.ui.gate.pages.unlock_page import UnlockPage
from gatekeeper.ui.lazy_pages import LatePage
from gatekeeper.ui.widgets.info_bar import Banner
from gatekeeper.ui.widgets.page_parts import give_focus

_STRIP_SHARE: Final = 0.1


class SupervisorFrame(QWidget):
    """Holds the screens and shows one.

    Attributes:
        unlock: Badge and PIN.
        menu: What can be done.
        choice: Reasons, gates, admissions.
        conflicts: What contradicts itself.
        device: The machine's condition.
        settings: How it is set.
        listing: Lines of facts: who entered.
        rehearsal: A queue that is played before doors.
        search: Holders by name.
        paper: Codes of a list on paper.
    """

    unlock = LatePage(lambda self: UnlockPage(self.sizes))
    menu = LatePage(lambda self: ChoicePage(self.sizes, columns=3, at_once=12))
    choice = LatePage(lambda self: ChoicePage(self.sizes))
    conflicts = LatePage(lambda self: ConflictPage(self.sizes))
    device = LatePage(lambda self: DevicePage(self.sizes))
    settings = LatePage(lambda self: SettingsPage(self.sizes))
    listing = LatePage(lambda self: DevicePage(self.sizes))
    rehearsal = LatePage(lambda self: RehearsalPage(self.sizes))
    search = LatePage(lambda self: SearchPage(self.sizes))
    paper = LatePage(lambda self: ManualPage(self.sizes, words="paper_code"))

    def __init__(self, sizes: Sizes, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("supervisorFrame")
        self.sizes, self._theme = sizes, theme
        self._strip = Banner(sizes, "duty.strip_name")
        self._parts: list[UnlockPage | ManualPage | SupervisorPage] = []
        self._stack = QStackedWidget()
        self._rows = edge_to_edge(QVBoxLayout(self))
        self._rows.setSpacing(0)
        fill(self._rows, self._strip, (self._stack, 1))
        self._strip.set_edge(sizes.px(44))
        self.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the height for what is done here."""
        super().resizeEvent(event)
        self._limit_strip()

    def _limit_strip(self) -> None:
        self._strip.set_limit(int(self.height() * _STRIP_SHARE))

    @property
    def part(self) -> QWidget | None:
        """The screen that is shown."""
        return self._stack.currentWidget()

    def add_page(self, part: UnlockPage | ManualPage | SupervisorPage) -> None:
        """Color a screen that was just made; it has its sizes."""
        self._parts.append(part)
        self._stack.addWidget(part)
        part.set_theme(self._theme)

    def show_part(self, part: QWidget) -> None:
        """Show one screen."""
        self._stack.setCurrentWidget(part)
        if isinstance(part, UnlockPage | SearchPage | ManualPage):
            part.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.isVisible():
            give_focus(part)

    def say_duty(self, *facts: str) -> None:
        """Say who is at work, and for how long."""
        self._strip.set_facts(
            tuple(Fact(text, is_bold=place == 0) for place, text in enumerate(facts))
        )

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self._strip.set_look(theme.strip)
        for part in self._parts:
            part.set_theme(theme)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self.sizes = sizes
        self._strip.set_sizes(sizes)
        self._strip.set_edge(sizes.px(44))
        self._limit_strip()
        for part in self._parts:
            part.set_sizes(sizes)
