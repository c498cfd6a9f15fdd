"""The card to try the gates with: each code as a picture, with what it is, to be clicked."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.demo.codes_to_try import Card, CardCode, CardKind
from gatekeeper.presenters.colors import DARK
from gatekeeper.ui.demo.demo_style import Design, make_button, style_button, style_label
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.widget_texts import call_by, explain_by, speak
from gatekeeper.ui.widgets.qr_picture import QrPicture
from gatekeeper.wording.texts import TEXTS


class Enlarger(QPushButton):
    """A code's picture, which shows it large when it is pressed."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.setObjectName("enlarger")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        call_by(self, "demo.card.large")
        explain_by(self, "demo.card.large")
        self.picture = QrPicture(66)
        self.picture.show_code(code)
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 3, 3, 3)
        row.addWidget(self.picture)

    def set_design(self, design: Design) -> None:
        """Take other sizes."""
        side = design.px(66)
        self.picture.set_side(side)
        self.setFixedSize(side + 6, side + 6)
        self.setStyleSheet(
            "#enlarger { background: transparent; border: none; padding: 0; min-height: 0; }"
            f"#enlarger:focus {{ border: 3px solid {DARK.accent}; }}"
            f"#enlarger:hover {{ background: {DARK.accent}; }}"
        )


class CodeButton(QPushButton):
    """A code of the card: its picture, its name, and what to expect of it."""

    def __init__(self, code: CardCode) -> None:
        super().__init__()
        self.setObjectName(f"code_{code.kind.value}")
        self.code, self._height_min = code, 0
        self.enlarger = Enlarger(code.text)
        self.title, self.meaning = QLabel(), QLabel()
        for label in (self.title, self.meaning):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 6, 6, 6)
        row.addWidget(self.enlarger)
        words = QVBoxLayout()
        words.setSpacing(1)
        fill(words, STRETCH, self.title, self.meaning, STRETCH)
        row.addLayout(words, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as the words need: a button asks only for its own text."""
        super().resizeEvent(event)
        self._grow()

    def _grow(self) -> None:
        layout = self.layout()
        assert layout is not None
        self.setFixedHeight(max(layout.totalHeightForWidth(self.width()), self._height_min))

    def say(self, pin: str) -> None:
        """Say what it is, in the language that holds now."""
        self.title.setText(TEXTS.say(f"demo.code.{self.code.kind.value}"))
        self.meaning.setText(TEXTS.say(f"demo.code.{self.code.kind.value}.text", pin=pin))
        self._grow()
        self.setAccessibleName(f"{self.title.text()}. {self.meaning.text()}")

    def set_design(self, design: Design) -> None:
        """Take other sizes."""
        style_label(self.title, design, 16, is_bold=True)
        style_label(self.meaning, design, 14, color=DARK.muted)
        self.enlarger.set_design(design)
        self.setStyleSheet(
            f"#{self.objectName()} {{ background: {DARK.panel.ground}; padding: 0;"
            f" border: 2px solid {DARK.line}; border-radius: {design.px(7)}px;"
            " min-height: 0; }"
            f"#{self.objectName()}:focus {{ border: 3px solid {DARK.accent}; }}"
            f"#{self.objectName()}:pressed {{ background: {DARK.line}; }}"
        )
        self._height_min = design.px(78)
        self._grow()


class CardPanel(QFrame):
    """Shows the card."""

    scanned = Signal(str)  # a code that was clicked
    enlarged = Signal(str, str)  # what a code is, and the code
    paste_wanted = Signal()
    picture_wanted = Signal()
    camera_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._pin = ""
        self._buttons: dict[CardKind, CodeButton] = {}
        self._how = QLabel(wordWrap=True)
        speak(self._how, "demo.card.how")
        self.paste = make_button("demo.card.paste", "pasteButton")
        self.picture = make_button("demo.card.picture", "pictureButton")
        self.camera = make_button("demo.card.camera", "cameraButton")
        self.camera.setCheckable(True)
        self.paste.clicked.connect(self.paste_wanted)
        self.picture.clicked.connect(self.picture_wanted)
        self.camera.clicked.connect(self.camera_wanted)
        self._list = QWidget()
        self._codes = QVBoxLayout(self._list)
        self._codes.setContentsMargins(0, 0, 6, 0)
        self._codes.addStretch(1)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._list)
        ways = QGridLayout()
        ways.addWidget(self.paste, 0, 0)
        ways.addWidget(self.picture, 0, 1)
        ways.addWidget(self.camera, 1, 0, 1, 2)
        fill(edge_to_edge(QVBoxLayout(self)), self._how, (self._scroll, 1), ways)

    def show_card(self, card: Card, design: Design) -> None:
        """Show the codes, in the card's order; a code that is new comes to its place."""
        self._pin = card.pin
        for index, code in enumerate(card.codes):
            button = self._buttons.get(code.kind)
            if button is not None and button.code == code:
                continue
            if button is not None:
                self._codes.removeWidget(button)
                button.deleteLater()
            button = self._buttons[code.kind] = CodeButton(code)
            button.clicked.connect(self._tell(code.text))
            button.enlarger.clicked.connect(self._enlarge(button))
            button.say(card.pin)
            button.set_design(design)
            self._codes.insertWidget(index, button)

    @property
    def codes(self) -> tuple[CardCode, ...]:
        """The codes that are shown."""
        return tuple(button.code for button in self._buttons.values())

    def button_of(self, kind: CardKind) -> CodeButton:
        """Return the button of a code."""
        return self._buttons[kind]

    def retranslate(self) -> None:
        """Say everything anew."""
        for button in self._buttons.values():
            button.say(self._pin)

    def set_design(self, design: Design) -> None:
        """Take other sizes."""
        style_label(self._how, design, 15.5, color=DARK.muted)
        for button in (self.paste, self.picture, self.camera):
            style_button(button, design)
        for code in self._buttons.values():
            code.set_design(design)
        self._scroll.setStyleSheet(
            "QScrollArea, QScrollArea > QWidget > QWidget { background: transparent;"
            f" border: none; }} QScrollBar:vertical {{ width: {design.px(22)}px; }}"
        )

    def _enlarge(self, button: CodeButton) -> object:
        def enlarge() -> None:
            self.enlarged.emit(button.title.text(), button.code.text)

        return enlarge

    def _tell(self, text: str) -> object:
        def tell() -> None:
            self.scanned.emit(text)

        return tell
