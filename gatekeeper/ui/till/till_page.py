"""The till's one page: large keys at the left, what is bought and due at the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from gatekeeper.presenters.colors import DARK, Theme
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.presenters.till.button_layout import (
    AMOUNTS,
    DIGIT_KEYS,
    FOOT,
    LETTER_KEYS,
    LISTED,
    TILES,
    ButtonLayout,
)
from gatekeeper.presenters.till.keypad import DIGITS, LETTERS, MARKS
from gatekeeper.presenters.till.state import BasketRow, TillScreen
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.widget_texts import call_by
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.ui.widgets.idle_panel import IdlePanel
from gatekeeper.ui.widgets.page_parts import make_label, set_role
from gatekeeper.ui.widgets.qr_picture import QrPicture
from gatekeeper.ui.widgets.scroll_body import ScrollBody
from gatekeeper.ui.widgets.seat_panel import SeatPanel
from gatekeeper.wording.codes_in_sentences import hold_codes
from gatekeeper.wording.texts import TEXTS, hold_points

_CODE_SIDE: Final = 400
_CODE_LEAST_MM: Final = 28.0
"""Of a ticket's code on the screen: a telephone still reads it at arm's length."""
_EDGE: Final = 28
_EDGE_LEAST: Final = 6
_LEFT_SHARE: Final = 58
"""Of the width, in hundredths: what the keys have, where the sum stands beside them."""
_BODY_TOUCHES: Final = 2
"""What scrolls shows so many rows at least."""
_LARGE_MAX: Final = 14
"""Letters of a sum that stands large; a voucher's code has more, and is to have one line."""


class TillPage(QWidget):
    """Shows a `TillScreen`; every button's key is told by `pressed`."""

    pressed = Signal(str)

    def __init__(self, sizes: Sizes, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tillPage")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._sizes, self._has_side = sizes, False
        self._is_across, self._is_beside = True, False
        self._screen: TillScreen | None = None
        self._status = make_label(role="muted", name="tillStatus")
        self._title = make_label(role="lead", name="tillTitle")
        self._note = make_label(name="tillNote")
        self._idle = IdlePanel(sizes, DARK.page)
        self.ways = ActionGrid(sizes, TILES.columns, word_width=TILES.width)
        self.ways.set_letters(TILES.letters)
        self.list = ActionGrid(sizes, LISTED.columns, word_width=LISTED.width)
        self.quick = ActionGrid(sizes, AMOUNTS.columns, word_width=AMOUNTS.width)
        self.digits = _make_signs(sizes, DIGIT_KEYS)
        self.digits.set_letters(DIGIT_KEYS.letters)
        self.letters = _make_signs(sizes, LETTER_KEYS)
        self.rows = ActionGrid(sizes, LISTED.columns, word_width=LISTED.width)
        self.foot = ActionGrid(sizes, FOOT.columns, word_width=FOOT.width, is_even=True)
        self.seats = SeatPanel(sizes)
        self.seats.chosen.connect(self.pressed)
        self._label = make_label(role="muted", name="tillLabel")
        self._amount = make_label(role="code", name="tillAmount")
        self._picture = QrPicture(sizes.px(_CODE_SIDE))
        self._picture.setObjectName("tillTicket")
        call_by(self._picture, "till.ticket_picture")
        self._code_text = make_label(name="tillCodeText")
        parts = (self.ways, self.list, self.quick, self.digits, self.letters)
        self._grids = (*parts, self.rows, self.foot)
        for grid in self._grids:
            grid.chosen.connect(self.pressed)
        self._compose(parts)
        self._show_keys()

    def show_screen(self, screen: TillScreen) -> None:
        """Show this."""
        if screen == self._screen:
            return
        self._screen = screen
        self.setProperty("step", screen.step.value)
        is_bare = bool(screen.icon)
        _write(self._status, TEXTS.beside(*screen.status))
        set_role(self._status, "warn" if screen.is_alone else "muted")
        _write(self._title, "" if is_bare else screen.title)
        _write(self._note, screen.note)
        set_role(self._note, "bad" if screen.is_bad else "good")
        if is_bare:
            self._idle.set_words(screen.title, screen.label, screen.icon)
        self._idle.setVisible(is_bare)
        self._work.setVisible(not is_bare)
        self._show_left(screen)
        self.rows.show_options([_row(number, one) for number, one in enumerate(screen.rows)])
        self.rows.setVisible(bool(screen.rows))
        _write(self._label, "" if is_bare else screen.label)
        _write(self._amount, screen.amount)
        self.foot.show_options(screen.foot)
        self.foot.setVisible(bool(screen.foot))
        self._picture.show_code(screen.code)
        self._picture.setVisible(bool(screen.code))
        _write(self._code_text, hold_codes(screen.code_text))
        self._has_side = bool(screen.rows or screen.code or screen.code_text)
        self._side.setVisible(self._has_side or bool(screen.amount))
        self._fit()

    def _show_left(self, screen: TillScreen) -> None:
        is_keyed = screen.has_digits or screen.has_letters
        offered = {
            self.ways: not screen.is_list and not is_keyed,
            self.list: screen.is_list,
            self.quick: is_keyed,
        }
        for grid, is_wanted in offered.items():
            grid.show_options(screen.ways if is_wanted else ())
            grid.setVisible(is_wanted and bool(screen.ways))
        self.digits.setVisible(screen.has_digits)
        self.letters.setVisible(screen.has_letters)
        self._left.setVisible(bool(screen.ways or screen.has_digits or screen.has_letters))
        if screen.seats is not None:
            self.seats.show_picture(screen.seats)
        self.seats.setVisible(screen.seats is not None)

    def begin(self) -> None:
        """Take the keyboard for a new screen, at its top."""
        (self if self.seats.isHidden() else self.seats.map).setFocus()
        for body in (self._left, self._right):
            body.show_top()

    def offered(self) -> tuple[str, ...]:
        """Return the keys of what can be pressed now, but for single signs."""
        grids = (self.ways, self.list, self.quick, self.rows, self.foot)
        return tuple(
            key
            for grid in grids
            if grid.isVisible()
            for key in grid.keys
            if grid.button(key).isEnabled()
        )

    def listed(self) -> tuple[str, ...]:
        """Return the keys of what the screen offers besides its foot, in order.

        Where none of it can be pressed yet, they are those of what has to be chosen first.
        """
        grid = next((one for one in (self.list, self.quick) if one.isVisible()), self.ways)
        keys = [key for key in grid.keys if not grid.button(key).is_label]
        if any(grid.button(key).isEnabled() for key in keys):
            return tuple(keys)
        return tuple(key for key in self.rows.keys if not self.rows.button(key).is_label)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        for grid in self._grids:
            grid.set_sizes(sizes)
        for body in (self._left, self._right):
            body.set_sizes(sizes)
            body.setMinimumHeight(self._body_least)
        self.seats.set_sizes(sizes)
        self._idle.set_sizes(sizes)
        self._picture.set_side(sizes.px(_CODE_SIDE))
        self._column.setSpacing(sizes.gap)
        self._sums.setSpacing(sizes.gap)
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for grid in self._grids:
            grid.set_look(theme.buttons)
        self.seats.set_theme(theme)
        self._idle.set_look(theme.page)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put what is bought beside the keys, or under them on an upright screen."""
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        """Drop what is secondary, and let what scrolls take the room that is left."""
        self._arrange()
        self._drop()
        for layout in (self._column, self._split, self._beside):
            layout.activate()  # what was hidden till now has its size with it, not events later
        for grid in (self.ways, self.list, self.quick, self.digits, self.letters):
            if not (grid is self.quick and self._is_beside):
                grid.arrange(self._left.width())
        self._picture.set_side(self._code_side())
        for body in (self._left, self._right):
            body.fit()

    def _code_side(self) -> int:
        """Return how large a ticket's code is: with room for its words under it."""
        words = self._code_text.heightForWidth(self._right.width()) + self._sizes.gap
        whole = self._sizes.px(_CODE_SIDE)
        return max(self._code_least, min(whole, self._right.height() - words))

    @property
    def _code_least(self) -> int:
        return min(self._sizes.px(_CODE_SIDE), self._sizes.mm(_CODE_LEAST_MM))

    def _arrange(self) -> None:
        """Let what is keyed in be seen whole, if it would not be under what is offered.

        Amounts go beside the digits then, over the sum; letters take the whole width.
        """
        self._show_all()
        inner = self.width() - 2 * self._sizes.px(_EDGE)
        left = (inner - self._split.spacing()) * _LEFT_SHARE // 100
        parts = [self.digits, self.letters, self.quick]
        around = (self._status, self._title, self._note, self.foot)
        has_room = self._keys_height(parts, left) <= self._work_height(inner, around)
        is_wide = self.width() >= self.height()
        self._is_across = is_wide and (has_room or self.letters.isHidden())
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._split.setDirection(across if self._is_across else down)
        right = inner - left - self._split.spacing()
        over = self.quick.heightForWidth(right) + 2 * self._sizes.title
        has_place = over <= self._work_height(inner, (self.foot,))
        is_beside = self._is_across and not has_room and has_place and not self.digits.isHidden()
        if is_beside is not self._is_beside:
            self._move_amounts(is_beside=is_beside)

    def _move_amounts(self, *, is_beside: bool) -> None:
        """Put the amounts that are offered over the sum, or back over the digits."""
        self._is_beside = is_beside
        is_hidden = self.quick.isHidden()
        focused = next((key for key in self.quick.keys if self.quick.button(key).hasFocus()), "")
        below = self._sums if is_beside else self.digits
        column = self._beside if is_beside else self._left.column
        at = next(at for at in range(column.count()) if below in _held_at(column, at))
        column.insertWidget(at, self.quick)
        self.quick.setHidden(is_hidden)
        if focused:
            self.quick.button(focused).setFocus()

    def _keys_height(self, parts: Sequence[ActionGrid], width: int) -> int:
        heights = [part.heightForWidth(width) for part in parts if not part.isHidden()]
        return sum(heights) + self._sizes.gap * max(0, len(heights) - 1)

    def _work_height(self, inner: int, beside: Sequence[QWidget]) -> int:
        """Return the height that is left beside what stands above and below, in that width."""
        heights = [one.heightForWidth(inner) for one in beside if not one.isHidden()]
        used = sum(heights) + self._sizes.gap * len(heights)
        return self.height() - 2 * self._sizes.px(_EDGE) - used

    def _drop(self) -> None:
        """Drop what is secondary where there is no room, until keys or sums are seen whole.

        Where even that does not suffice, they scroll as all else does.
        """
        inner = self.width() - 2 * self._sizes.px(_EDGE)
        share = _LEFT_SHARE if self._is_across else 100
        keyed = [self.digits, self.letters, *([] if self._is_beside else [self.quick])]
        whole = self._keys_height(keyed, inner * share // 100 - self._split.spacing())
        is_keyed = not (self.digits.isHidden() and self.letters.isHidden())
        body = self._left
        is_alone = self._left.isHidden() and self.seats.isHidden()
        if is_alone and not self.rows.isHidden():  # sums: nothing is pressed beside them
            body, whole = self._right, self.rows.heightForWidth(inner)
        if (is_keyed or body is self._right) and whole > self._body_least:
            body.setMinimumHeight(whole)
            if self._drop_in_order():
                self._part_sum(inner)
                return
        self._show_all()
        self._left.setMinimumHeight(self._body_least)
        # A guest photographs the code as it comes up: half of one is read by nothing.
        code = 0 if self._picture.isHidden() else self._code_least
        self._right.setMinimumHeight(max(self._body_least, code))
        self._drop_in_order()
        self._part_sum(inner)

    def _show_all(self) -> None:
        """Show what has been dropped again."""
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._sums.setDirection(down if self._is_across else across)
        # Where the keys need the height, what was bought has been seen by then.
        is_keyed = not (self.digits.isHidden() and self.letters.isHidden())
        has_bought = self._has_side and (self._is_across or not is_keyed)
        self._right.setVisible(has_bought)
        share = 100 - _LEFT_SHARE if has_bought or self._is_across else 0
        self._split.setStretchFactor(self._side, share)
        set_role(self._amount, "code" if len(self._amount.text()) <= _LARGE_MAX else "title")
        self._set_edge(_EDGE)
        self._status.setVisible(bool(self._status.text()))
        if self._title.isHidden() and self._title.text():
            self._unfold_title()
        self._title.setVisible(bool(self._title.text()))
        self.seats.allow_legend(is_allowed=True)

    def _drop_in_order(self) -> bool:
        """Drop one thing after the other until there is room; tell whether there is."""
        steps: list[Callable[[], object]] = [
            lambda: self.seats.allow_legend(is_allowed=False),
            self._narrow_sum,
            self._status.hide,
            self._fold_title,
            lambda: self._set_edge(_EDGE_LEAST),
            self._unfold_title,
        ]
        if self._is_beside:
            steps.insert(1, self._right.hide)
        for step in steps:
            if self._has_room():
                return True
            step()
        return self._has_room()

    def _narrow_sum(self) -> None:
        """Write the sum beside its name, and no larger than a title."""
        self._sums.setDirection(QBoxLayout.Direction.LeftToRight)
        set_role(self._amount, "title")

    def _part_sum(self, inner: int) -> None:
        """Write a sum under its name again that is too long beside it, if there is room by now."""
        beside, below = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        names = 0 if self._label.isHidden() else self._label.minimumSizeHint().width()
        needed = names + self._sums.spacing() + self._amount.sizeHint().width()
        if self._is_across or self._sums.direction() is not beside or needed <= inner:
            return
        self._sums.setDirection(below)
        if not self._has_room():
            self._sums.setDirection(beside)

    def _fold_title(self) -> None:
        """Say in the place of the sum's name what has no room at the top."""
        self._title.hide()
        if self._label.text():
            self._label.setText(self._title.text())

    def _unfold_title(self) -> None:
        """Leave it out where even that takes too much room."""
        if self._screen is not None:
            self._label.setText(self._screen.label)

    @property
    def _body_least(self) -> int:
        return _BODY_TOUCHES * self._sizes.touch_least + 2

    def _set_edge(self, reference: int) -> None:
        edge = self._sizes.px(reference)
        self._column.setContentsMargins(edge, edge, edge, edge)
        self._split.setSpacing(max(edge, self._sizes.gap))

    def _has_room(self) -> bool:
        for layout in (self._sums, self._beside, self._split, self._column):
            layout.invalidate()  # the inner ones tell the outer ones only with the next event
        for part in (self._side, self._work):
            part.updateGeometry()  # nor is the size forgotten that each had before
        height: int = self._column.minimumHeightForWidth(self.width())
        return height <= self.height()

    def _compose(self, parts: tuple[ActionGrid, ...]) -> None:
        self._column = fill(QVBoxLayout(self), self._status, self._title, self._note)
        self._left, self._right = ScrollBody(self._sizes), ScrollBody(self._sizes)
        for part in parts:
            self._left.column.addWidget(part)
        self._left.column.addStretch(1)
        for one in (self._picture, self._code_text, self.rows):
            self._right.column.addWidget(one)
        self._right.column.addStretch(1)
        self._right.column.setAlignment(self._picture, Qt.AlignmentFlag.AlignHCenter)
        self._side = QWidget()
        self._beside = side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        fill(side, (self._right, 100), STRETCH)
        self._sums = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        fill(self._sums, self._label, self._amount)
        side.addLayout(self._sums)
        self._work = QWidget()
        self._split = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._work)
        self._split.setContentsMargins(0, 0, 0, 0)
        self._split.addWidget(self.seats, _LEFT_SHARE)
        self._split.addWidget(self._left, _LEFT_SHARE)
        self._split.addWidget(self._side, 100 - _LEFT_SHARE)
        fill(self._column, (self._idle, 1), (self._work, 1), self.foot)
        self.set_sizes(self._sizes)

    def _show_keys(self) -> None:
        erase = Option("erase", "⌫", spoken=TEXTS.say("till.erase"))
        self.digits.show_options([*(Option(f"digit:{sign}", sign) for sign in DIGITS), erase])
        names = {" ": "space", "@": "at_sign", ".": "point", ":": "colon"}
        spoken = {sign: TEXTS.say(f"till.{name}") for sign, name in names.items()}
        letters = [
            Option(f"letter:{sign}", sign.replace(" ", "␣"), spoken=spoken.get(sign, ""))
            for sign in LETTERS
        ]
        letters.insert(-len(MARKS), erase)
        self.letters.show_options(letters)


def _held_at(column: QBoxLayout, place: int) -> tuple[QWidget | QLayout | None, ...]:
    item = column.itemAt(place)
    return () if item is None else (item.widget(), item.layout())


def _make_signs(sizes: Sizes, keys: ButtonLayout) -> ActionGrid:
    """Return keys of single signs, which stand in the same order everywhere."""
    grid = ActionGrid(sizes, keys.columns, word_width=keys.width, takes_focus=False)
    grid.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    grid.set_sign_keys()
    return grid


def _row(number: int, row: BasketRow) -> Option:
    said = TEXTS.beside(row.text, row.amount)
    if not row.key:
        return Option(f"row:{number}", said, is_label=True)
    return Option(row.key, said, is_main=row.is_main, spoken=row.spoken)


def _write(label: QLabel, text: str) -> None:
    said = hold_points(text)
    if label.text() != said:
        label.setText(said)
    label.setVisible(bool(text))
