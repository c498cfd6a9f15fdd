"""The till's one page: large keys at the left, what is bought and due at the right."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QVBoxLayout, QWidget

from gatekeeper.presenters.colors import ButtonLook
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.sizes import Sizes
from gatekeeper.presenters.till_desk import DIGITS
from gatekeeper.presenters.till_values import BasketRow, TillScreen
from gatekeeper.ui.phrases import call_by
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.ui.widgets.qr_picture import QrPicture
from gatekeeper.ui.widgets.scroll_body import ScrollBody
from gatekeeper.ui.windows.page_parts import make_label, set_role
from gatekeeper.wording.texts import TEXTS

_TILE_COLUMNS: Final = 3
_TILE_WIDTH: Final = 300
_TILE_LETTERS: Final = 1.35
_QUICK_COLUMNS: Final = 5
_QUICK_WIDTH: Final = 150
_DIGIT_COLUMNS: Final = 3
_DIGIT_WIDTH: Final = 90
_DIGIT_LETTERS: Final = 1.8
_CODE_SIDE: Final = 400
_AMOUNT_SIZE: Final = "code"


class TillPage(QWidget):
    """Shows a `TillScreen`; every button's key is told by `pressed`.

    Args:
        family: The font.
        sizes: The design's sizes in pixels.
    """

    pressed = Signal(str)

    def __init__(self, family: str, sizes: Sizes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tillPage")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._sizes = sizes
        self._status = make_label(role="muted", name="tillStatus")
        self._title = make_label(role="lead", name="tillTitle")
        self.ways = ActionGrid(family, sizes, _TILE_COLUMNS, word_width=_TILE_WIDTH)
        self.ways.set_letters(_TILE_LETTERS)
        self.quick = ActionGrid(family, sizes, _QUICK_COLUMNS, word_width=_QUICK_WIDTH)
        self.digits = ActionGrid(
            family, sizes, _DIGIT_COLUMNS, word_width=_DIGIT_WIDTH, takes_focus=False
        )
        self.digits.set_sign_keys()
        self.digits.set_letters(_DIGIT_LETTERS)
        self.rows = ActionGrid(family, sizes, 1, takes_focus=False)
        self.foot = ActionGrid(family, sizes, _TILE_COLUMNS, word_width=_DIGIT_WIDTH)
        self._label = make_label(role="muted", name="tillLabel")
        self._amount = make_label(role=_AMOUNT_SIZE, name="tillAmount")
        self._amount.setWordWrap(False)
        self._note = make_label(name="tillNote")
        self._picture = QrPicture(sizes.px(_CODE_SIDE))
        self._picture.setObjectName("tillTicket")
        call_by(self._picture, "till.ticket_picture")
        self._code_text = make_label(name="tillCodeText")
        self._grids = (self.ways, self.quick, self.digits, self.rows, self.foot)
        for grid in self._grids:
            grid.chosen.connect(self.pressed)
        self._compose()
        self._show_digits()

    def show_screen(self, screen: TillScreen) -> None:
        """Show this."""
        self.setProperty("step", screen.step.value)
        _write(self._status, TEXTS.list(screen.status))
        _write(self._title, screen.title)
        self.ways.show_options(() if screen.has_digits else screen.ways)
        self.ways.setVisible(bool(screen.ways) and not screen.has_digits)
        self.quick.show_options(screen.ways if screen.has_digits else ())
        self.quick.setVisible(bool(screen.ways) and screen.has_digits)
        self.digits.setVisible(screen.has_digits)
        self.rows.show_options(
            [
                Option(
                    f"less:{row.code}" if row.code >= 0 else f"row:{number}",
                    _spell_row(row),
                    is_label=row.code < 0,
                    spoken="" if row.code < 0 else TEXTS.say("till.less", what=row.text),
                )
                for number, row in enumerate(screen.rows)
            ]
        )
        self.rows.setVisible(bool(screen.rows))
        _write(self._label, screen.label)
        _write(self._amount, screen.amount)
        _write(self._note, screen.note)
        set_role(self._note, "bad" if screen.is_bad else "good")
        self.foot.show_options(screen.foot)
        self.foot.setVisible(bool(screen.foot))
        self._picture.show_code(screen.code)
        self._picture.setVisible(bool(screen.code))
        _write(self._code_text, screen.code_text)

    def set_sizes(self, sizes: Sizes) -> None:
        """Take other sizes."""
        self._sizes = sizes
        for grid in self._grids:
            grid.set_sizes(sizes)
        for body in (self._left, self._right):
            body.set_sizes(sizes)
        self._picture.set_side(sizes.px(_CODE_SIDE))
        edge = sizes.px(28)
        self._column.setContentsMargins(edge, edge, edge, edge)
        self._column.setSpacing(sizes.gap)
        self._split.setSpacing(sizes.px(28))

    def set_look(self, look: ButtonLook) -> None:
        """Take the theme's colours."""
        for grid in self._grids:
            grid.set_look(look)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put what is bought beside the keys, or under them on an upright screen."""
        is_wide = event.size().width() >= event.size().height()
        self._split.setDirection(
            QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        )
        super().resizeEvent(event)

    def _compose(self) -> None:
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._status)
        self._column.addWidget(self._title)
        self._left, self._right = ScrollBody(self._sizes), ScrollBody(self._sizes)
        for part in (self.ways, self.quick, self.digits):
            self._left.column.addWidget(part)
        self._left.column.addStretch(1)
        for one in (self._picture, self._code_text, self.rows, self._note):
            self._right.column.addWidget(one)
        self._right.column.addStretch(1)
        self._right.column.setAlignment(self._picture, Qt.AlignmentFlag.AlignHCenter)
        side = QWidget()
        sums = QVBoxLayout(side)
        sums.setContentsMargins(0, 0, 0, 0)
        for widget in (self._right, self._label, self._amount):
            sums.addWidget(widget)
        sums.setStretch(0, 1)
        self._split = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._split.addWidget(self._left, 58)
        self._split.addWidget(side, 42)
        self._column.addLayout(self._split, 1)
        self._column.addWidget(self.foot)
        self.set_sizes(self._sizes)

    def _show_digits(self) -> None:
        keys = [Option(f"digit:{sign}", sign) for sign in DIGITS]
        erase = Option("erase", "⌫", spoken=TEXTS.say("till.erase"))
        self.digits.show_options([*keys, erase])


def _spell_row(row: BasketRow) -> str:
    said = TEXTS.list(part for part in (row.text, row.amount) if part)
    return said if row.code < 0 else f"− {said}"


def _write(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
    label.setVisible(bool(text))
