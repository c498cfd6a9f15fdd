"""The doors-ready board: a line for each thing, its sign, and what to do about it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.before_doors.doors_ready_acts import find_act
from gatekeeper.organizer.before_doors.doors_ready_judging import worst
from gatekeeper.organizer.before_doors.doors_ready_lines import BoardLine, Light
from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.desk.doors_ready_words import SIGNS, spell_advice, spell_line
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.desk_style import DeskCard, make_button, make_text
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.ui.organizer.widgets.scrolling_page import ScrollingPage
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_ago
from shared.kernel.instant import Duration

_SIGN: Final = "font-size: 15pt; font-weight: 700;"


class DoorsReadyPage(QWidget):
    """Shows the lines; each that is not green has its sentence, and a button where one helps."""

    asked = Signal(str, str)
    """An act of a line's button, and the name that the line is about."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("deskBoard")
        self._theme = theme
        self.may_act = self.is_owner = True
        self._lines: tuple[BoardLine, ...] = ()
        self._is_old = False
        self._acts: dict[tuple[str, str], QPushButton] = {}
        self._signs: list[QLabel] = []
        self._title = make_text(TEXTS.say("desk.doors_ready.looking"), "title", "boardTitle")
        self._age = make_text("", "lead", "boardAge")
        self._card = DeskCard()
        self._card.hide()  # until something was measured
        self._grid = QGridLayout(self._card)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnStretch(1, 1)
        scroll = ScrollingPage()
        holder = QWidget()
        fill(QVBoxLayout(holder), self._card, STRETCH)
        scroll.setWidget(holder)
        fill(QVBoxLayout(self), self._title, self._age, (scroll, 1))

    @property
    def said(self) -> list[str]:
        """Every sentence of the board, for who reads it aloud."""
        labels = self._card.findChildren(QLabel)
        return [label.text() for label in labels if label.objectName() == "boardLine"]

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        lines, self._lines = self._lines, ()
        if lines:
            self.show_lines(lines, self._now)

    def show_lines(self, lines: tuple[BoardLine, ...], now: datetime) -> None:
        """Show how things stand; what is the same stays as it is, with its focus."""
        self._now = now
        ready = sum(line.light is Light.GREEN for line in lines)
        light = worst(lines)
        title = TEXTS.say(f"desk.doors_ready.{light.name.lower()}")
        self._title.setText(f"{SIGNS[light]}  {title}")
        self._title.setStyleSheet(f"color: {self._color(light)};")
        self._age.setText(TEXTS.say("desk.doors_ready.count", ready=ready, of=len(lines)))
        is_old, self._is_old = self._is_old, False
        if not is_old and [(line.check, line.state, line.name) for line in lines] == [
            (line.check, line.state, line.name) for line in self._lines
        ]:
            for label, line in zip(self._sentences(), lines, strict=True):
                label.setText(let_break(spell_line(line, now)))
            self._lines = lines
            return
        former = self._focused_act()
        self._lines = lines
        self._clear()
        for row, line in enumerate(lines):
            self._add(row, line, now)
        if former in self._acts:
            self._acts[former].setFocus()

    def show_unmeasured(self, age: Duration, *, is_tried: bool) -> None:
        """Say that what stands here is old: no tick of it holds any more.

        Args:
            age: Since it was measured.
            is_tried: It could not be measured again; else it is just being measured.
        """
        if not self._lines:
            return  # nothing stands here
        title, said = ("unknown", "unmeasured") if is_tried else ("looking", "measuring")
        self._title.setText(f"?  {TEXTS.say(f'desk.doors_ready.{title}')}")
        self._title.setStyleSheet(f"color: {self._theme.bad};" if is_tried else "")
        self._age.setText(TEXTS.say(f"desk.doors_ready.{said}", age=spell_ago(age, TEXTS)))
        for sign in self._signs:
            sign.setText("?")
            sign.setAccessibleName("?")
            sign.setStyleSheet(_SIGN)
        self._is_old = True

    def forget(self) -> None:
        """Show nothing: it was of another event."""
        self._lines = ()
        self._clear()
        self._card.hide()
        self._title.setText(TEXTS.say("desk.doors_ready.looking"))
        self._title.setStyleSheet("")
        self._age.setText("")

    def _focused_act(self) -> tuple[str, str]:
        """Return the act, and the name that it is about, whose button has the focus."""
        found = (key for key, button in self._acts.items() if button.hasFocus())
        return next(found, ("", ""))

    def _sentences(self) -> list[QLabel]:
        labels = self._card.findChildren(QLabel)
        return [label for label in labels if label.objectName() == "boardLine"]

    def _add(self, row: int, line: BoardLine, now: datetime) -> None:
        sign = QLabel(SIGNS[line.light])
        sign.setAccessibleName(TEXTS.say(f"desk.light.{line.light.name.lower()}"))
        sign.setStyleSheet(f"color: {self._color(line.light)}; {_SIGN}")
        self._signs.append(sign)
        text = QVBoxLayout()
        text.setSpacing(1)
        text.addWidget(make_text(let_break(spell_line(line, now)), name="boardLine"))
        advice = spell_advice(line)
        if advice:
            text.addWidget(make_text(advice, "lead", "boardAdvice"))
        self._grid.addWidget(sign, row, 0)
        self._grid.addLayout(text, row, 1)
        act = find_act(line, self._lines, may_act=self.may_act, is_owner=self.is_owner)
        if act is not None:
            ways = QHBoxLayout()
            key = "safe.act" if act == "show_server" else f"desk.act.{act}"
            button = make_button(TEXTS.say(key), f"board_{act}_{row}")
            button.clicked.connect(lambda: self.asked.emit(act, line.name))
            self._acts[act, line.name] = button
            ways.addWidget(button)
            self._grid.addLayout(ways, row, 2)

    def _clear(self) -> None:
        """Take every line away: a new card takes the place of the former."""
        card = DeskCard()
        parent = self._card.parentWidget()
        assert parent is not None, "the card stands in its column"
        layout = parent.layout()
        assert layout is not None, "the card stands in its column"
        layout.replaceWidget(self._card, card)
        self._card.hide()
        self._card.deleteLater()
        self._card, self._acts, self._signs = card, {}, []
        self._grid = QGridLayout(card)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnStretch(1, 1)

    def _color(self, light: Light) -> str:
        return {
            Light.GREEN: self._theme.good,
            Light.AMBER: self._theme.warn,
            Light.RED: self._theme.bad,
        }[light]
