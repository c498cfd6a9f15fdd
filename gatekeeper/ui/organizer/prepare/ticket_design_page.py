"""The page where an event gets its picture and its tickets their design, with the paper beside."""

from __future__ import annotations

from typing import Final

import msgspec
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.prepare.ticket_design_client import EventLook, PagePreview, Picture
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.desk_style import called, give_role, make_button, make_text
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.picture_field import PictureField
from gatekeeper.ui.organizer.widgets.wrapping_row import WrappingRow
from gatekeeper.wording.texts import TEXTS
from shared.manifest.ticket_design import LINES, NOTE_LINES_MAX, NOTE_SIZE_MAX, PAGES, is_legible

SWATCHES: Final = ("", "#7a1f5c", "#0c4a6e", "#14532d", "#7c2d12", "#4c1d95")
"""Black, and colours that are read on white."""
EXAMPLE: Final = "#7a1f5c"
_TOUCH: Final = 36
_NOTE_HEIGHT: Final = 92
_PREVIEW: Final = QSize(260, 320)


class TicketDesignPage(QWidget):
    """A form at one side, the printed page at the other."""

    changed = Signal()
    """Something was chosen: the preview is out of date."""
    saved = Signal()
    undone = Signal()
    brought = Signal(str, str)
    """For `logo` or `picture`, a file's path."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("lookPage")
        self._look = self._kept = EventLook()
        self._pixmap = QPixmap()
        self.fields = {name: PictureField(name) for name in ("picture", "logo")}
        for field in self.fields.values():
            field.chosen.connect(self.brought)
            field.removed.connect(self._remove)
        self.band = self._tick("band")
        self.lines = {line: self._tick(f"line.{line}") for line in LINES}
        self.accent = called(QLineEdit(), "look_accent")
        self.accent.setMaxLength(7)
        self.accent.setPlaceholderText(EXAMPLE)
        self.accent.setAccessibleName(TEXTS.say("look.accent"))
        self.accent.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.accent.textEdited.connect(self._take)
        self.swatches = [self._swatch(color) for color in SWATCHES]
        self.note = called(QPlainTextEdit(), "look_note")
        self.note.setFixedHeight(_NOTE_HEIGHT)
        self.note.setTabChangesFocus(True)
        self.note.setAccessibleName(TEXTS.say("look.note"))
        self.note.textChanged.connect(self._take)
        self.page = called(ChoiceBox(), "look_page", TEXTS.say("look.page"))
        for one in PAGES:
            self.page.addItem(TEXTS.say(f"look.page.{one}"), one)
        self.page.activated.connect(self._take)
        self.save = make_button(TEXTS.say("look.save"), "lookSave", self.saved, is_main=True)
        self.undo = make_button(TEXTS.say("look.undo"), "lookUndo", self.undone)
        self.plain = make_button(TEXTS.say("look.plain"), "lookPlain", self._make_plain)
        self.said = make_text("", "lead", "lookSaid")
        self._fault = make_text("", "bad", "lookFault")
        self.preview = called(QLabel(), "lookPreview")
        self.preview.setMinimumSize(_PREVIEW)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self.preview.setAccessibleName(TEXTS.say("look.preview"))
        self._lay_out()
        self.show_look(EventLook())

    def _lay_out(self) -> None:
        form = QVBoxLayout()
        form.addWidget(make_text(TEXTS.say("look.title"), "heading"))
        form.addWidget(make_text(TEXTS.say("look.lead"), "lead"))
        for field in self.fields.values():
            form.addWidget(field)
        form.addWidget(self.band)
        colors = fill(QHBoxLayout(), make_text(TEXTS.say("look.accent")), (self.accent, 1))
        for swatch in self.swatches:
            colors.addWidget(swatch)
        fill(form, colors, make_text(TEXTS.say("look.shows")))
        lines = QGridLayout()
        for place, box in enumerate(self.lines.values()):
            lines.addWidget(box, place // 3, place % 3)
        fill(form, lines, make_text(TEXTS.say("look.note")), self.note)
        last = fill(QHBoxLayout(), make_text(TEXTS.say("look.page")), (self.page, 1))
        fill(form, last, STRETCH)
        acts = WrappingRow(self.save, self.undo, self.plain)
        paper = QVBoxLayout()
        fill(paper, acts, self._fault, self.said, make_text(TEXTS.say("look.preview"), "lead"))
        paper.addWidget(self.preview, 1)
        fill(QHBoxLayout(self), (form, 1), (paper, 1))

    @property
    def look(self) -> EventLook:
        """What is chosen now."""
        return self._look

    @property
    def kept(self) -> EventLook:
        """What the server had when the choice began."""
        return self._kept

    @property
    def is_changed(self) -> bool:
        """Whether something was chosen that is not saved."""
        return self._look.fields() != self._kept.fields()

    @property
    def fault(self) -> str:
        """What keeps it from being saved; "" for nothing."""
        return self._fault.text()

    def show_look(self, look: EventLook, *, is_kept: bool = True) -> None:
        """Show a look; a kept one is what the server has."""
        self._look = look
        if is_kept:
            self._kept = look
        widgets = [self.band, self.accent, self.note, self.page, *self.lines.values()]
        blockers = [QSignalBlocker(one) for one in widgets]
        self.accent.setText(look.accent)
        self.band.setChecked(look.has_band)
        for line, box in self.lines.items():
            box.setChecked(line not in look.hidden)
        if self.note.toPlainText() != look.note:
            self.note.setPlainText(look.note)
        self.page.setCurrentIndex(self.page.findData(look.page))
        del blockers
        for name, field in self.fields.items():
            picture = look.pictures.get(getattr(look, f"{name}_id") or "")
            field.show_picture(None if picture is None else look.contents.get(picture.digest))
        self._judge()

    def add_picture(self, name: str, picture: Picture, content: bytes) -> None:
        """Show a picture that was brought; it is on tickets once it is saved."""
        look = self._look
        has_band = {"has_band": True} if name == "picture" else {}
        self._choose(
            **{f"{name}_id": picture.id},
            **has_band,
            pictures=look.pictures | {picture.id: picture},
            contents=look.contents | {picture.digest: content},
        )

    def show_preview(self, preview: PagePreview) -> None:
        """Show the page as it is printed."""
        stride = 3 * preview.width
        form = QImage.Format.Format_RGB888
        image = QImage(preview.dots, preview.width, preview.height, stride, form).copy()
        self._pixmap = QPixmap.fromImage(image)
        self._fit_preview()
        if not preview.is_read and not self.fault:
            self._show_fault(TEXTS.say("look.unread"))

    def say(self, text: str, role: str) -> None:
        """Say what came of an act."""
        self.said.setText(text)
        self.said.setVisible(bool(text))
        give_role(self.said, role)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the page fit what is beside the form."""
        super().resizeEvent(event)
        self._fit_preview()

    def _fit_preview(self) -> None:
        if self._pixmap.isNull():
            self.preview.clear()
            return
        keep = Qt.AspectRatioMode.KeepAspectRatio
        smooth = Qt.TransformationMode.SmoothTransformation
        self.preview.setPixmap(self._pixmap.scaled(self.preview.size(), keep, smooth))

    def _tick(self, key: str) -> QCheckBox:
        box = called(QCheckBox(TEXTS.say(f"look.{key}")), f"look_{key}")
        box.setMinimumHeight(_TOUCH)
        box.toggled.connect(self._take)
        return box

    def _swatch(self, color: str) -> QPushButton:
        button = make_button("", f"look_swatch_{color.removeprefix('#') or 'black'}")
        button.setFixedSize(_TOUCH, _TOUCH)
        button.setStyleSheet(
            f"background: {color or '#000000'}; border-radius: 6px; padding: 0; min-width: 0;"
        )
        button.setAccessibleName(color or TEXTS.say("look.black"))
        button.setToolTip(color or TEXTS.say("look.black"))
        button.clicked.connect(lambda: self._choose(accent=color))
        return button

    def _take(self) -> None:
        """Take over what the fields say."""
        self._choose(
            accent=self.accent.text().strip().lower(),
            has_band=self.band.isChecked(),
            hidden=tuple(line for line, box in self.lines.items() if not box.isChecked()),
            note=self.note.toPlainText(),
            page=str(self.page.currentData()),
        )

    def _remove(self, name: str) -> None:
        has_band = {"has_band": False} if name == "picture" else {}
        self._choose(**{f"{name}_id": None}, **has_band)

    def _make_plain(self) -> None:
        """Choose nothing; it is undone until it is saved."""
        plain = EventLook()
        self._choose(**{name: getattr(plain, name) for name in plain.fields()})

    def _choose(self, **chosen: object) -> None:
        self.show_look(msgspec.structs.replace(self._look, **chosen), is_kept=False)
        self.say("", "lead")
        self.changed.emit()

    def _judge(self) -> None:
        """Say what would be refused, and offer what can be done."""
        look = self._look
        fault = ""
        if not is_legible(look.accent):
            fault = TEXTS.say("look.pale", example=EXAMPLE)
        elif len(look.note) > NOTE_SIZE_MAX or len(look.note.splitlines()) > NOTE_LINES_MAX:
            fault = TEXTS.say("look.long", letters=NOTE_SIZE_MAX, lines=NOTE_LINES_MAX)
        self.band.setEnabled(look.picture_id is not None)
        self.plain.setEnabled(look.fields() != EventLook().fields())
        self.undo.setEnabled(self.is_changed)
        self._show_fault(fault)

    def _show_fault(self, fault: str) -> None:
        self._fault.setText(fault)
        self._fault.setVisible(bool(fault))
        self.save.setEnabled(self.is_changed and not fault)
