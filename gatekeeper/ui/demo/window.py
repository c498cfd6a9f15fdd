"""The demo's window: the story told on two real gates and a till, then tried by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.demo.codes_to_try import Card
from gatekeeper.demo.gates import StoryGate
from gatekeeper.demo.steps import Step, Tally
from gatekeeper.presenters.colors import DARK
from gatekeeper.presenters.demo_content import StepContent, describe_page, describe_step
from gatekeeper.presenters.fault_words import spell_fault
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.supervisor.device_settings import DeviceSettings
from gatekeeper.ui.appearance import dress
from gatekeeper.ui.demo.big_code import BigCode
from gatekeeper.ui.demo.demo_style import SMALLEST, Design, make_button, style_button
from gatekeeper.ui.demo.devices_layout import DevicesLayout
from gatekeeper.ui.demo.kiosk_gate import KioskGate
from gatekeeper.ui.demo.own_page import OwnPage
from gatekeeper.ui.demo.story_thread import Stage
from gatekeeper.ui.demo.try_flow import TryFlow
from gatekeeper.ui.demo.window_parts import Headline, StepDots
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.ui.wedge_filter import WedgeFilter
from gatekeeper.ui.widget_texts import call_by, retranslate, speak
from gatekeeper.wording.texts import TEXTS
from shared.kernel.languages import LANGUAGE_NAMES
from shared.kernel.ports import Clock
from shared.wire.feed import ConflictNotice

_SETTLE_MS: Final = 80
_SCALE_AT_START: Final = 0.5
"""Until the gates are there, which dress the program by their own size."""
MakeKiosk = Callable[[Path, DeviceSettings], Kiosk]


class DemoWindow(QWidget):
    """Shows the story, and lets somebody try.

    Args:
        app: The program.
        clock: The machine's.
        make_kiosk: Makes a gate's kiosk on a profile folder.
        language: Begun with.
        prefix: Before the commands of the last page.
    """

    def __init__(
        self,
        app: QApplication,
        clock: Clock,
        make_kiosk: MakeKiosk,
        language: str,
        prefix: str,
    ) -> None:
        super().__init__()
        self.setObjectName("demoWindow")
        self.setAcceptDrops(True)
        self._app, self._make_kiosk = app, make_kiosk
        dress(self, DARK, Sizes(_SCALE_AT_START))
        speak_language(app, language)
        self._stage: Stage | None = None
        self._step, self._tally, self._fault = Step.BUILD, Tally(), ""
        self._has_card = self._wants_try = False
        self._design = Design(QSize())
        self.keys = WedgeFilter(app, clock)
        self.keys.tapped.connect(self._take_tap)
        self.devices, self.own = DevicesLayout(), OwnPage(prefix)
        self.trying = TryFlow(self.devices.columns, self.devices.card, self.keys, clock, self)
        self._make_controls()
        self._compose()
        self._settle = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self.take_size)
        self._show()

    @property
    def _is_own(self) -> bool:
        """Whether it shows what to do for an event of one's own."""
        return self._pages.currentWidget() is self._own_area

    @property
    def is_broken(self) -> bool:
        """Whether the story could not go on."""
        return bool(self._fault)

    def take_stage(self, stage: Stage) -> None:
        """Show what is played there."""
        self._stage = stage
        stage.began.connect(self._begin)
        stage.saw.connect(lambda gate, answer: self.devices.columns[gate].count(answer))
        stage.sampled.connect(self.devices.till.show_advance)
        stage.sold.connect(self.devices.till.show_sale)
        stage.plugged.connect(self.devices.take_plugged)
        stage.reported.connect(self._take_conflicts)
        stage.carded.connect(self._take_card)
        stage.failed.connect(self._take_fault)
        self.devices.till.sell_wanted.connect(stage.sell)
        self.devices.till.open_wanted.connect(stage.open_counter)
        for device, head in self.devices.heads.items():
            head.switched.connect(
                lambda is_plugged, device=device: stage.plug(device, is_plugged=is_plugged)
            )

    async def open_gate(self, folder: Path) -> StoryGate:
        """Open a gate's kiosk on a profile; called by the story, in its own thread."""
        stage = self._stage
        assert stage is not None
        kiosk: Kiosk = await stage.in_window(lambda settle: self._open_kiosk(folder, settle))
        return KioskGate(kiosk, stage)

    def stop(self) -> None:
        """Leave the gates in order, then the venue."""
        self.trying.close()
        for column in self.devices.columns.values():
            if column.kiosk is not None:
                column.kiosk.stop()
        if self._stage is not None:
            self._stage.stop()
        self._app.removeEventFilter(self.keys)

    # ---- how it is made

    def _make_controls(self) -> None:
        self.headline, self.dots = Headline(), StepDots()
        self.pause = make_button("demo.pause", "pauseButton")
        self.next = make_button("demo.next", "nextButton")
        self.try_it = make_button("demo.try_it", "tryButton")
        self.own_event = make_button("demo.own_event", "ownButton")
        self.back = make_button("demo.back", "backButton")
        self.language = QComboBox()
        self.language.setObjectName("languageBox")
        call_by(self.language, "set.language")
        for code, name in LANGUAGE_NAMES.items():
            self.language.addItem(name, code)
        self.language.setCurrentIndex(list(LANGUAGE_NAMES).index(TEXTS.language))
        self.language.currentIndexChanged.connect(self._speak)
        self.pause.clicked.connect(self._pause)
        self.next.clicked.connect(self._skip)
        self.try_it.clicked.connect(self._try)
        self.own_event.clicked.connect(self._show_own)
        self.back.clicked.connect(self._show_room)

    def _compose(self) -> None:
        top = fill(QHBoxLayout(), (self.headline, 1), self.language)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.devices)
        own = self._own_area = QScrollArea()
        own.setObjectName("ownScroll")
        own.setWidgetResizable(True)
        own.setWidget(self.own)
        own.setStyleSheet("#ownScroll, #ownPage { background: transparent; border: none; }")
        self._pages.addWidget(own)
        controls = fill(QHBoxLayout(), self.dots, STRETCH)
        for button in (self.pause, self.next, self.back, self.try_it, self.own_event):
            controls.addWidget(button)
        self._content = QWidget()
        self._content.setObjectName("demoContent")
        self._rows = fill(QVBoxLayout(self._content), top, (self._pages, 1), controls)
        # Not resized by Qt, which would ask wrapped texts how high they want to be.
        scroll = self._scroll = QScrollArea()
        scroll.setObjectName("demoScroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self._content)
        scroll.setStyleSheet(
            "#demoScroll, #demoContent { background: transparent; border: none; }"
        )
        fill(edge_to_edge(QVBoxLayout(self)), scroll)
        self.big_code = BigCode(self)
        self.devices.card.enlarged.connect(self.big_code.show_code)

    def take_size(self) -> None:
        """Give every part its size in this window; a small one scrolls."""
        self._settle.stop()
        self._content.resize(self._scroll.size().expandedTo(SMALLEST))
        design = self._design = Design(self.size())
        self._rows.setContentsMargins(design.px(18), design.px(6), design.px(18), design.px(12))
        self._rows.setSpacing(design.px(8))
        for part in (self.headline, self.dots, self.devices, self.own, self.big_code):
            part.set_design(design)
        self.language.setStyleSheet(
            f"QComboBox {{ font-size: {design.px(16)}px; min-height: {design.px(40)}px;"
            f" padding: 0 {design.px(10)}px; background: {DARK.panel.ground}; color: #FFFFFF;"
            f" border: 2px solid {DARK.line}; border-radius: {design.px(7)}px; }}"
            f"QComboBox:focus {{ border: 3px solid {DARK.accent}; }}"
        )
        self._arrange()

    # ---- the story

    def _open_kiosk(self, folder: Path, settle: Callable[[Kiosk], None]) -> None:
        column = next(one for one in self.devices.columns.values() if one.kiosk is None)
        kiosk = self._make_kiosk(folder, DeviceSettings(language=TEXTS.language))
        kiosk.flow.opened.connect(lambda _: settle(kiosk))
        kiosk.start()
        kiosk.settings.changed.connect(self._follow_language)
        kiosk.settings.changed.connect(column.show_plainly)
        column.take_kiosk(kiosk)

    def _begin(self, step: Step, tally: Tally) -> None:
        self._step, self._tally = step, tally
        self._show()

    def _take_conflicts(self, gate: str, conflicts: tuple[ConflictNotice, ...]) -> None:
        self.devices.columns[gate].show_conflicts(len(conflicts))

    def _take_card(self, card: Card) -> None:
        self._has_card = True
        self.devices.card.show_card(card, self._design)
        if self._wants_try and not self.trying.is_on:
            self._begin_trying()
        self._show()

    def _take_fault(self, fault: BaseException) -> None:
        self._fault = spell_fault(fault)
        self._show()

    # ---- what somebody does

    def _pause(self) -> None:
        stage = self._stage
        if stage is not None and self._step is not Step.END:
            stage.is_paused = not stage.is_paused
            self._show()

    def _skip(self) -> None:
        if self._stage is not None:
            self._stage.skip()
            self._show()

    def _try(self) -> None:
        """Try the gates, as soon as the story is over."""
        self._wants_try = True
        if self._has_card:
            self._begin_trying()
        elif self._stage is not None:
            self._stage.hurry()
        self._show()

    def _begin_trying(self) -> None:
        self.trying.begin()
        self.devices.begin_trying()
        self._show_room()

    def _show_own(self) -> None:
        self._pages.setCurrentWidget(self._own_area)
        self._show()

    def _show_room(self) -> None:
        self._pages.setCurrentWidget(self.devices)
        self._show()

    def _take_tap(self, key: int, modifiers: int) -> None:
        is_control = bool(modifiers & Qt.KeyboardModifier.ControlModifier.value)
        acts = {Qt.Key.Key_P: self._pause, Qt.Key.Key_N: self._skip, Qt.Key.Key_T: self._try}
        if key == Qt.Key.Key_F11:
            (self.showNormal if self.isFullScreen() else self.showFullScreen)()
        elif self.big_code.isVisible():
            return
        elif self.trying.is_on:
            self.trying.take_tap(key, modifiers)
        elif key in acts and not is_control:
            acts[Qt.Key(key)]()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take pictures, from a folder or another program."""
        mime = event.mimeData()
        if self.trying.is_on and (mime.hasUrls() or mime.hasImage()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Scan a picture that was dropped."""
        if self.trying.is_on:
            self.trying.drop(event, self)

    # ---- languages

    def _speak(self, index: int) -> None:
        """Speak another language, and the gates with it."""
        language = str(self.language.itemData(index))
        for column in self.devices.columns.values():
            if column.kiosk is not None:
                settings = column.kiosk.settings
                settings.apply(msgspec.structs.replace(settings.current, language=language))
        speak_language(self._app, language)
        retranslate(self)
        self.devices.retranslate()
        self.own.retranslate()
        self._show()

    def _follow_language(self) -> None:
        """Speak the language that a supervisor chose at one of the gates."""
        self.language.setCurrentIndex(list(LANGUAGE_NAMES).index(TEXTS.language))

    # ---- showing

    def _show(self) -> None:
        """Say and offer what holds now."""
        content = self._describe()
        self.headline.show_step(content)
        self.dots.show_number(content.number)
        self._arrange()

    def _describe(self) -> StepContent:
        if self._fault:
            return describe_page("broken", TEXTS, why=self._fault)
        if self._is_own:
            return describe_page("own", TEXTS)
        if self.trying.is_on:
            return describe_page("try", TEXTS)
        return describe_step(self._step, self._tally, TEXTS)

    def _arrange(self) -> None:
        """Offer the buttons that mean something now."""
        is_playing = self._step is not Step.END and not self.trying.is_on and not self._fault
        is_paused = self._stage is not None and self._stage.is_paused
        speak(self.pause, "demo.go_on" if is_paused else "demo.pause")
        self.dots.setVisible(not self.trying.is_on and not self._is_own)
        self.pause.setVisible(is_playing)
        self.next.setVisible(is_playing)
        self.next.setEnabled(self._step is not Step.BUILD)
        self.try_it.setVisible(not self.trying.is_on and not self._is_own and not self._fault)
        is_late = self._step is Step.END
        self.try_it.setEnabled(not self._wants_try)
        self.own_event.setVisible(not self._is_own and (is_late or self.trying.is_on))
        self.back.setVisible(self._is_own)
        main = self.try_it if is_late and not self.trying.is_on else self.own_event
        for button in (self.pause, self.next, self.try_it, self.own_event, self.back):
            style_button(button, self._design, is_main=button is main)

    def sizeHint(self) -> QSize:
        """Return most of the screen."""
        size = self.screen().availableSize()
        return QSize(round(size.width() * 0.94), round(size.height() * 0.92))

    def showEvent(self, event: QShowEvent) -> None:
        """Take the size that it is shown with."""
        super().showEvent(event)
        self.take_size()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take other sizes once the window stands still."""
        super().resizeEvent(event)
        self._settle.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(DARK.page.ground))
        painter.end()
