"""The customer's display: a second window, on a screen of its own where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QPixmap, QResizeEvent, QScreen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from gatekeeper.presenters.colors import Theme
from gatekeeper.presenters.till.customer_display_content import CUSTOMER_CODE_SHOWN, CustomerScreen
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.widget_texts import call_by
from gatekeeper.ui.widgets.qr_picture import QrPicture
from gatekeeper.ui.widgets.window_fonts import font_families
from gatekeeper.wording.texts import TEXTS, Texts
from shared.kernel.instant import MILLISECOND

CUSTOMER_LINES_MAX: Final = 4
"""Kinds of tickets that a display names; more are counted."""

_EDGE: Final = 0.05
_WIDTH_OF_SIZE: Final = 1.7
"""A display narrower than this many heights gives its letters less room."""
_LETTERS: Final = {
    "customerEvent": 0.05,
    "customerTitle": 0.06,
    "customerWelcome": 0.11,
    "customerLine": 0.048,
    "customerLabel": 0.046,
    "customerAmount": 0.13,
    "customerNote": 0.05,
    "customerCode": 0.06,
}
"""Sizes of letters, as parts of the window's height."""


class CustomerDisplay(QWidget):
    """Shows a `CustomerScreen`; it takes no press and no key.

    Args:
        theme: Its colours.
        logo: A picture over the event's name while nobody buys; None for none.
        texts: The language that it speaks.
    """

    def __init__(self, theme: Theme, logo: Path | None = None, texts: Texts = TEXTS) -> None:
        super().__init__()
        self.setObjectName("customerDisplay")
        self.setWindowTitle(texts.say("customer.title"))
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowFlag(Qt.WindowType.WindowDoesNotAcceptFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.texts = texts
        self._theme = theme
        self._screen = CustomerScreen()
        self._logo = QPixmap(str(logo)) if logo is not None else QPixmap()
        self._hide = QTimer(self, interval=CUSTOMER_CODE_SHOWN // MILLISECOND, singleShot=True)
        self._hide.timeout.connect(self.take_code_away)
        self._compose()
        self.show_screen(CustomerScreen())

    # ---- what is shown

    def show_screen(self, screen: CustomerScreen) -> None:
        """Show this; a code goes after a while, so that nobody else takes it along."""
        is_same_code = screen.code == self._screen.code
        self._screen = screen
        if screen.code and not is_same_code:
            self._hide.start()
        elif not screen.code:
            self._hide.stop()
        self._draw(screen if not screen.code or self._hide.isActive() else _bare(screen))

    def take_code_away(self) -> None:
        """Show no code any more until there is another one."""
        self._hide.stop()
        self._draw(_bare(self._screen))

    def _draw(self, screen: CustomerScreen) -> None:
        self.setProperty("kind", screen.kind)
        right_to_left = self.texts.is_right_to_left
        self.setLayoutDirection(
            Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight
        )
        lead = Qt.AlignmentFlag.AlignRight if right_to_left else Qt.AlignmentFlag.AlignLeft
        lead |= Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
        leading = [self._event, self._label, self._amount, self._note]
        for label in (*leading, *(text for text, _ in self._lines)):
            label.setAlignment(lead)
        is_idle = screen.kind == "idle"
        _write(self._event, "" if is_idle else screen.event)
        _write(self._welcome, screen.event if is_idle else "")
        _write(self._title, screen.title)
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter if is_idle else lead)
        self._write_lines(screen)
        _write(self._label, screen.label)
        _write(self._amount, screen.amount)
        _write(self._note, screen.note)
        self._picture.show_code(screen.code)
        for part in (self._picture, self._beside):
            part.setVisible(bool(screen.code))
        _write(self._code, self.texts.isolate(screen.code_text) if screen.code_text else "")
        _write(self._which, screen.code_note)
        self._brand.setVisible(is_idle and not self._logo.isNull())
        self._top.setVisible(not is_idle)

    def _write_lines(self, screen: CustomerScreen) -> None:
        shown = screen.lines[:CUSTOMER_LINES_MAX]
        more = len(screen.lines) - len(shown)
        for number, (text, amount) in enumerate(self._lines):
            line = shown[number] if number < len(shown) else None
            said = "" if line is None else line.text
            if line is not None and more and number == CUSTOMER_LINES_MAX - 1:
                said = self.texts.say("customer.more", count=more + 1)
                _write(amount, "")
            else:
                _write(amount, "" if line is None else line.amount)
            _write(text, self.texts.isolate(said) if said else "")

    # ---- where it stands

    def take_place(self, away_from: QScreen | None, *, is_wanted: bool) -> None:
        """Fill a screen that is not the till's, or hide; where it is wanted, be a window.

        Args:
            away_from: The till's screen.
            is_wanted: Show it also where there is no second screen.
        """
        others = [one for one in QGuiApplication.screens() if one is not away_from]
        if others:
            self.setGeometry(others[0].geometry())
            self.showFullScreen()
        elif is_wanted:
            self.resize(800, 480)
            self.showNormal()
        else:
            self.hide()

    # ---- inside

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let letters and code follow the size of the display."""
        super().resizeEvent(event)
        self._dress()

    def _compose(self) -> None:
        self._event = _label("customerEvent")
        self._welcome = _label("customerWelcome", is_wrapped=True)
        self._welcome.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = _label("customerTitle", is_wrapped=True)
        self._label, self._amount = _label("customerLabel"), _label("customerAmount")
        self._note = _label("customerNote", is_wrapped=True)
        self._code, self._which = _label("customerCode"), _label("customerLabel")
        for one in (self._code, self._which):
            one.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._brand = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._picture = QrPicture(100)
        self._picture.setObjectName("customerPicture")
        call_by(self._picture, "till.ticket_picture")
        self._lines = [
            (_label("customerLine"), _label("customerLine")) for _ in range(CUSTOMER_LINES_MAX)
        ]
        self._top = QWidget()
        fill(edge_to_edge(QHBoxLayout(self._top)), self._event)
        rows = QGridLayout()
        rows.setColumnStretch(0, 1)
        rows.setSpacing(0)
        for number, (text, amount) in enumerate(self._lines):
            rows.addWidget(text, number, 0)
            rows.addWidget(amount, number, 1, Qt.AlignmentFlag.AlignTrailing)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        for part in (self._brand, self._welcome, self._title):
            words.addWidget(part)
        fill(words, rows, STRETCH)
        for part in (self._label, self._amount, self._note):
            words.addWidget(part)
        words.addStretch(1)
        self._beside = QWidget()
        ticket = edge_to_edge(QVBoxLayout(self._beside))
        ticket.setSpacing(0)
        ticket.addStretch(1)
        ticket.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        fill(ticket, self._code, self._which, STRETCH)
        body = fill(QHBoxLayout(), (words, 1), self._beside)
        self._body = body
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        fill(self._column, self._top, (body, 1))

    def _dress(self) -> None:
        height = min(self.height(), round(self.width() / _WIDTH_OF_SIZE))
        edge = max(8, round(height * _EDGE))
        self._column.setContentsMargins(edge, edge, edge, edge)
        self._body.setSpacing(edge)
        page = self._theme.page
        names = ", ".join(f'"{name}"' for name in font_families())
        rules = [
            f"#customerDisplay {{ background: {page.ground}; }}",
            f"#customerDisplay QLabel {{ color: {page.figure}; font-family: {names}; }}",
            "#customerDisplay QLabel { background: transparent; padding: 0; }",
        ]
        for name, part in _LETTERS.items():
            color = (
                self._theme.muted if name in {"customerEvent", "customerLabel"} else page.figure
            )
            weight = 700 if name in {"customerAmount", "customerWelcome", "customerCode"} else 400
            size = max(12, round(height * part))
            rules.append(
                f"#{name} {{ font-size: {size}px; color: {color}; font-weight: {weight}; }}"
            )
        self.setStyleSheet("\n".join(rules))
        # Half of a display's width at most, and its height less what stands under it.
        side = min(round(self.width() * 0.52), round(self.height() * 0.69))
        self._picture.set_side(side)
        if not self._logo.isNull():
            self._brand.setPixmap(
                self._logo.scaled(
                    round(self.width() * 0.6),
                    round(self.height() * 0.4),
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )


def _bare(screen: CustomerScreen) -> CustomerScreen:
    """Return what is left of a sale once its code is taken away: the event's name."""
    return CustomerScreen(event=screen.event)


def _label(name: str, *, is_wrapped: bool = False) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(is_wrapped)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _write(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
    label.setVisible(bool(text))
