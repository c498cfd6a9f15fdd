"""The gate's screen: bars, the waiting picture, the verdict over the whole ground."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from gatekeeper.presenters.colors import Look, ScreenState, Theme, look_of
from gatekeeper.presenters.gate.decision_buttons_and_keys import Choice
from gatekeeper.presenters.gate.how_long_screens_stay import HINT_STAYS_MS, LAST_STAYS_MS
from gatekeeper.presenters.gate.open_decision import Act
from gatekeeper.presenters.gate.verdict_content import VerdictContent
from gatekeeper.presenters.page_items import Fact
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.widget_texts import explain_by
from gatekeeper.ui.widgets.action_bar import ActionBar
from gatekeeper.ui.widgets.action_button import ActionButton
from gatekeeper.ui.widgets.idle_panel import IdlePanel
from gatekeeper.ui.widgets.info_bar import Banner, InfoBar
from gatekeeper.ui.widgets.page_parts import make_button
from gatekeeper.ui.widgets.recent_scans import RecentScans
from gatekeeper.ui.widgets.verdict_painting import VerdictPanel
from gatekeeper.wording.texts import TEXTS

_BARS: Final = {
    "exit": ScreenState.EXIT,
    "evacuate": ScreenState.DENY,
    "paused": ScreenState.PAUSED,
    "deny": ScreenState.DENY,
}
"""Whose colours the top bar has while a gate waits that does not let people in."""
_BAR_SHARE: Final = 0.12
"""Of the height: what a bar may take before it drops what is secondary."""
_FRAMED: Final = frozenset({ScreenState.DENY, ScreenState.REFER})


class GatePage(QWidget):
    """Shows what the lane says; takes no keys and holds no focus.

    Args:
        sizes: The design's sizes in pixels.
        theme: Colours of everything that is no verdict.
    """

    state_changed = Signal(str)
    manual_wanted = Signal()
    image_wanted = Signal()
    undo_wanted = Signal()
    supervisor_wanted = Signal()
    acted = Signal(str)  # an `Act`
    stepped = Signal(int)
    typed = Signal(int)
    replied = Signal(int)  # the number of an answer, from 0
    left_verdict = Signal()  # what could be said to the last verdict can be said no more

    def __init__(self, sizes: Sizes, theme: Theme, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setObjectName("gatePage")
        self._sizes, self._theme = sizes, theme
        self._state, self._idle_icon = ScreenState.IDLE, "idle"
        self._is_framed = self._is_self_service = False
        self._alone: Fact | None = None
        self._offered: tuple[Choice, ...] = ()
        self._back = QTimer(self, singleShot=True)
        self._back.timeout.connect(self.show_idle)
        self._hint = QTimer(self, singleShot=True)
        self._hint.timeout.connect(self._end_hint)
        self._make_parts()
        self._compose()
        self._take_look(look_of(ScreenState.IDLE, theme))

    # ---- what it shows

    @property
    def state(self) -> ScreenState:
        """What the screen says as a whole."""
        return self._state

    def show_idle(self) -> None:
        """Wait for the next scan."""
        self._back.stop()
        self._leave_verdict()
        self._stack.setCurrentWidget(self._idle_area)
        self._enter(ScreenState.IDLE, is_framed=False)

    def show_checking(self) -> None:
        """Say that the answer takes a moment."""
        content = VerdictContent(
            state=ScreenState.CHECKING, icon="checking", word=TEXTS.say("checking.title")
        )
        self.show_verdict(content)

    def show_verdict(self, content: VerdictContent, previous: str = "") -> None:
        """Show a verdict over the whole screen, at once, whatever was there before.

        Args:
            content: The verdict.
            previous: A small line on the scan just before.
        """
        self._leave_verdict()
        self.verdict.show_content(content, look_of(content.state, self._theme), previous=previous)
        self._stack.setCurrentWidget(self._verdict_area)
        self._enter(content.state, is_framed=content.is_framed and content.state in _FRAMED)
        self._stay(content.stays_ms)

    def offer(
        self,
        choices: Sequence[Choice],
        *,
        count: int | None = None,
        most: int = 1,
        replies: Sequence[str] = (),
    ) -> None:
        """Show what a person can say to the verdict on the screen; see `ActionBar`.

        What may be said but need not be stands in the corner, where it takes no room.
        """
        self._offered = tuple(choices)
        if len(choices) == 1:
            [choice] = choices
            self._aside.setObjectName(f"{choice.act}Aside")
            self._aside.show_choice(choice.label, choice.hint, choice.icon, is_main=False)
            self._place_aside()
        is_aside = len(choices) == 1 and self._has_room_aside()
        shown = () if is_aside else choices
        self.action_bar.show_choices(shown, count=count, most=most, replies=replies)
        self._aside.setVisible(is_aside)
        if is_aside:
            self._aside.raise_()

    def _has_room_aside(self) -> bool:
        """Tell whether the corner is free of words and of the drawing."""
        corner = QRectF(self._aside.geometry())
        layout = self.verdict.layout_now()
        boxes = [text.box for text in self.verdict.painted_texts()]
        if layout is not None:
            boxes.append(layout.icon)
        return not any(box.intersects(corner) for box in boxes)

    def show_working(self) -> None:
        """Take the buttons away: something was said."""
        self.offer(())

    def set_self_service(self, *, is_on: bool) -> None:
        """Show only what is for the public, or everything."""
        self._is_self_service = is_on
        for part in (self.recent, self._manual, self._image):
            part.setVisible(not is_on)
        self.offer_undo(is_possible=False)
        self._arrange_split()

    def offer_undo(self, *, is_possible: bool) -> None:
        """Show or hide the way to take the last admission back."""
        self._undo.setVisible(is_possible and not self._is_self_service)

    def show_last(self, content: VerdictContent) -> None:
        """Show a past verdict so that nobody can take it for a fresh one: no ground, a header."""
        page = look_of(ScreenState.IDLE, self._theme)
        past = Look(page.ground, look_of(content.state, self._theme).ground)
        shown = VerdictContent(
            state=ScreenState.IDLE,
            icon=content.icon,
            word=content.word,
            facts=content.facts,
            holder=content.holder,
            steps=content.steps,
            staff=content.staff,
            header=content.header,
        )
        visible = past if content.state is not ScreenState.DENY else Look(page.ground, page.figure)
        self._leave_verdict()
        self.verdict.show_content(shown, page, icon_look=visible)
        self._stack.setCurrentWidget(self._verdict_area)
        self._enter(ScreenState.IDLE, is_framed=False)
        self._show_banner(Fact(content.header, is_bold=True), self._notice)
        self._stay(LAST_STAYS_MS)

    def show_hint(self, text: str, *, ms: int = HINT_STAYS_MS) -> None:
        """Say something small for a moment; it changes no verdict."""
        self._show_banner(Fact(text, is_bold=True), self._notice)
        self._hint.start(ms)

    def set_alone(self, fact: Fact | None) -> None:
        """Show or hide the banner of a gate that is cut off; it never covers a verdict."""
        self._alone = fact
        if not self._hint.isActive() and self.banner.property("kind") != "last":
            self._end_hint()

    def set_doors(self, fact: Fact | None) -> None:
        """Say, over verdicts as well, that the date's doors are closed; None: they are not."""
        self.doors.setVisible(fact is not None)
        if fact is not None:
            self.doors.set_facts((fact,))

    def set_idle_words(self, title: str, hint: str, icon: str) -> None:
        """Say what to do at this gate; the drawing also gives the top bar its colour."""
        self.idle.set_words(title, hint, icon)
        self._idle_icon = icon
        self._take_look(self.look)

    def show_picture(self, picture: QImage | None) -> None:
        """Show the camera's newest picture while waiting."""
        self.idle.show_picture(picture)

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.doors.set_look(theme.banner)
        self.recent.set_theme(theme)
        self.idle.set_look(theme.page)
        for button in (self._undo, self._staff, self._manual, self._image):
            button.set_look(theme.buttons)
        self._take_look(look_of(self._state, theme))

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        for bar in (self.top, self.banner, self.doors, self.bottom):
            bar.set_sizes(sizes)
        for part in (self.verdict, self.idle, self.recent):
            part.set_sizes(sizes)
        self.action_bar.set_sizes(sizes)
        for button in (self._aside, self._undo, self._staff, self._manual, self._image):
            button.set_sizes(sizes)
        self._set_margins()
        self._limit_bars()

    @property
    def _notice(self) -> Look:
        """A line that stands out for a moment on the page of any theme."""
        return Look(self._theme.page.figure, self._theme.page.ground)

    @property
    def look(self) -> Look:
        """The ground and figure that the whole screen has now."""
        return look_of(self._state, self._theme)

    @property
    def bar_look(self) -> Look:
        """The top bar's ground and figure: at a gate that is no entrance not the screen's."""
        state = self._state
        if state is ScreenState.IDLE:
            state = _BARS.get(self._idle_icon, state)
        return look_of(state, self._theme)

    # ---- how it is made

    def _make_parts(self) -> None:
        self.top = InfoBar(self._sizes, "name.app")
        self.bottom = InfoBar(self._sizes, "name.status")
        self.banner = Banner(self._sizes, "name.status")
        self.banner.hide()
        self.doors = Banner(self._sizes, "name.status")
        self.doors.set_look(self._theme.banner)
        self.doors.hide()
        self.idle = IdlePanel(self._sizes, self._theme.page)
        self.recent = RecentScans(self._sizes)
        self.recent.set_theme(self._theme)
        self.verdict = VerdictPanel(self._sizes)
        self.verdict.resized.connect(self._keep_corner_free)
        self.action_bar = ActionBar(self._sizes)
        self.action_bar.acted.connect(self.acted)
        self.action_bar.stepped.connect(self.stepped)
        self.action_bar.typed.connect(self.typed)
        self.action_bar.replied.connect(self.replied)
        self._aside = ActionButton(self._sizes)
        self._aside.clicked.connect(lambda: self.acted.emit(Act.SUPERVISOR.value))
        self._undo = self._make_button("keys.undo", "undoButton")
        self._undo.clicked.connect(self.undo_wanted)
        self._undo.hide()
        self._staff = self._make_button("decide.supervisor", "supervisorButton")
        self._staff.clicked.connect(self.supervisor_wanted)
        self._manual = self._make_button("keys.manual", "manualButton")
        self._manual.clicked.connect(self.manual_wanted)
        self._image = self._make_button("keys.image", "imageButton")
        self._image.clicked.connect(self.image_wanted)

    def _make_button(self, key: str, name: str) -> ActionButton:
        # A scanner types Enter: nothing on this screen may be pressed by a key.
        button = make_button(key, name=name, takes_focus=False)
        explain_by(button, "keys.tip")
        button.set_look(self._theme.buttons)
        return button

    def _compose(self) -> None:
        self._idle_area = QWidget()
        self._side = QWidget()
        self._column = fill(edge_to_edge(QVBoxLayout(self._side)), (self.recent, 1), self._undo)
        self._buttons = fill(QHBoxLayout(), self._manual, self._image)
        fill(self._column, self._buttons, self._staff)
        self._split = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._idle_area)
        self._split.setContentsMargins(0, 0, 0, 0)
        fill(self._split, (self.idle, 66), (self._side, 34))
        self._middle = QWidget()
        self._stack = QStackedLayout(self._middle)
        self._stack.addWidget(self._idle_area)
        self._verdict_area = QWidget()
        self._verdict_area.installEventFilter(self)
        fill(edge_to_edge(QVBoxLayout(self._verdict_area)), (self.verdict, 1), self.action_bar)
        self._stack.addWidget(self._verdict_area)
        self._aside.setParent(self._verdict_area)
        self._aside.hide()
        self._rows = fill(
            QVBoxLayout(self), self.top, self.banner, self.doors, (self._middle, 1), self.bottom
        )
        self._set_margins()

    def _set_margins(self) -> None:
        # The frame's width is kept free in every state, so that nothing moves when it appears.
        edge = self._sizes.frame + self._sizes.px(10)
        self._rows.setContentsMargins(edge, self._sizes.frame, edge, self._sizes.frame)
        self._rows.setSpacing(self._sizes.px(4))
        self._split.setSpacing(self._sizes.px(30))
        self._buttons.setSpacing(self._sizes.gap)
        self._arrange_split()
        self._place_aside()

    def _place_aside(self) -> None:
        """Put the corner's button where lines end, above everything."""
        width = min(self._sizes.wide(310), self._verdict_area.width() // 2)
        height = self._aside.heightForWidth(width)
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        margin = self._sizes.margin
        left = margin if is_mirrored else self._verdict_area.width() - margin - width
        self._aside.setGeometry(left, self._sizes.gap, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the verdict's area."""
        if watched is self._verdict_area and event.type() == QEvent.Type.Resize:
            self._place_aside()
        return False

    def _keep_corner_free(self) -> None:
        """Put the corner's button below the words where they have come under it."""
        if not self._aside.isHidden() and not self._has_room_aside():
            self.offer(self._offered)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the list beside the picture, or under it on an upright screen."""
        super().resizeEvent(event)
        self.verdict.set_page_size(self.size())
        self._limit_bars()
        self._arrange_split()

    def _limit_bars(self) -> None:
        """Keep the height for what is read from afar."""
        self.banner.set_edge(self._sizes.px(12))
        self.action_bar.set_page_height(self.height())
        self.doors.set_edge(self._sizes.px(12))
        for bar in (self.top, self.banner, self.doors, self.bottom):
            bar.set_limit(int(self.height() * _BAR_SHARE))

    def _arrange_split(self) -> None:
        """Give the picture everything where there is no list: the public alone is there."""
        is_beside = self.width() >= self.height() and not self._is_self_service
        self._split.setDirection(
            QBoxLayout.Direction.LeftToRight if is_beside else QBoxLayout.Direction.TopToBottom
        )
        self._split.setStretchFactor(self._side, 0 if self._is_self_service else 34)
        corner = Qt.AlignmentFlag.AlignRight if self._is_self_service else Qt.AlignmentFlag(0)
        self._column.setAlignment(self._staff, corner)
        self._staff.setMinimumWidth(self._sizes.wide(310) if self._is_self_service else 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill the whole ground with the state's colour, and draw its frame."""
        painter = QPainter(self)
        look = self.look
        painter.fillRect(event.rect(), QColor(look.ground))
        bar = QRect(0, 0, self.width(), self.top.geometry().bottom())
        painter.fillRect(bar, QColor(self.bar_look.ground))
        if self._is_framed:
            width = self._sizes.frame
            pen = QPen(QColor(look.figure), width)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            inset = width // 2
            painter.drawRect(self.rect().adjusted(inset, inset, inset - width, inset - width))
        painter.end()

    # ---- changing

    def _enter(self, state: ScreenState, *, is_framed: bool) -> None:
        is_new = state is not self._state
        self._state, self._is_framed = state, is_framed
        self.banner.setProperty("kind", "")
        self._hint.stop()
        self._end_hint()
        self._take_look(look_of(state, self._theme))
        if is_new:
            self.state_changed.emit(state.value)

    def _leave_verdict(self) -> None:
        self.offer(())
        self.left_verdict.emit()

    def _take_look(self, look: Look) -> None:
        self.action_bar.set_look(look)
        self._aside.set_look(look)
        self.top.set_look(self.bar_look)
        self.bottom.set_look(look)
        self.update()

    def _stay(self, ms: int) -> None:
        if ms > 0:
            self._back.start(ms)
        else:
            self._back.stop()

    def _show_banner(self, fact: Fact, look: Look) -> None:
        self.banner.setProperty("kind", "last")
        self.banner.set_look(look)
        self.banner.set_facts((fact,))
        self.banner.show()

    def _end_hint(self) -> None:
        """Return to the banner that lasts: the gate is alone, or none."""
        self.banner.setProperty("kind", "")
        if self._alone is None or self._state is not ScreenState.IDLE:
            self.banner.hide()
            return
        self.banner.set_look(self._theme.banner)
        self.banner.set_facts((self._alone,))
        self.banner.show()
