"""Where messages of another program go, and of what: its name, its address, what it hears of."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.organizer.organization.webhooks_client import KINDS, Program, find_flaw
from gatekeeper.presenters.desk.webhook_words import spell_kind
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import (
    called,
    give_role,
    line_up,
    make_button,
    make_text,
)
from gatekeeper.wording.texts import TEXTS
from shared.field_limits import NAME_SIZE_MAX, URL_SIZE_MAX

_COLUMNS = 2
_TOUCH = 36


class WebhookForm(QWidget):
    """Takes what is typed of a new program, or of one that is there.

    Attributes:
        base: As it was read when the form was filled; None for a new one.
        save: Sends it.
    """

    sent = Signal(object)
    """The fields, as `Program.fields`."""

    def __init__(self) -> None:
        super().__init__()
        self.base: Program | None = None
        self.name = self._field("name", NAME_SIZE_MAX)
        self.url = self._field("url", URL_SIZE_MAX)
        # An address stands from left to right everywhere.
        self.url.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.all = called(QCheckBox(TEXTS.say("programs.all")), "programAll")
        self.all.setMinimumHeight(_TOUCH)
        self.all.toggled.connect(self._arrange)
        self.kinds = {kind: QCheckBox(spell_kind(kind)) for kind in KINDS}
        grid = QGridLayout()
        grid.setVerticalSpacing(0)
        grid.addWidget(self.all, 0, 0)
        for place, (kind, box) in enumerate(self.kinds.items(), 1):
            box.setObjectName(f"programKind_{kind}")
            box.toggled.connect(lambda _on: self._offer_to_discard())
            box.setMinimumHeight(_TOUCH)
            grid.addWidget(box, place // _COLUMNS, place % _COLUMNS)
        self.flaw = make_text("", "bad", "programFlaw")
        self.save = make_button("", "programSave", self._send, is_main=True)
        self._back = make_button(TEXTS.say("programs.undo"), "programUndo")
        self._back.clicked.connect(lambda: self.show_program(self.base))
        ways = line_up(self.save, self._back)
        rows = edge_to_edge(QVBoxLayout(self))
        for key, field in (("name", self.name), ("url", self.url)):
            fill(rows, make_text(TEXTS.say(f"programs.{key}")), field)
        fill(rows, make_text(TEXTS.say("programs.kinds")), grid, self.flaw, ways)
        self._shown = self._said
        self.show_program(None)

    @property
    def fields(self) -> Fields:
        """What is typed."""
        return {
            "name": self.name.text().strip(),
            "url": self.url.text().strip(),
            "kinds": [] if self.all.isChecked() else self._ticked,
        }

    @property
    def _said(self) -> tuple[Fields, bool]:
        """What is typed, and whether everything is ticked: the same fields as nothing."""
        return self.fields, self.all.isChecked()

    @property
    def is_typed_in(self) -> bool:
        """Whether something is typed that was not saved."""
        if self.base is None:
            return bool(self.name.text().strip() or self.url.text().strip())
        return self.fields != self.base.fields

    def show_program(self, program: Program | None) -> None:
        """Show a program as it is, or an empty form."""
        self.base = program
        self.name.setText("" if program is None else program.name)
        self.url.setText("" if program is None else program.url)
        kinds = () if program is None else program.kinds
        self.all.setChecked(not kinds)
        for kind, box in self.kinds.items():
            box.setChecked(kind in kinds)
        key = "programs.add" if program is None else "programs.save"
        self.save.setText(TEXTS.say(key))
        self.say("")
        self._shown = self._said
        self._arrange()

    def say(self, text: str) -> None:
        """Say what is wrong with what was typed."""
        self.flaw.setText(text)
        self.flaw.setVisible(bool(text))
        give_role(self.flaw, "bad")

    @property
    def _ticked(self) -> list[str]:
        known = [kind for kind, box in self.kinds.items() if box.isChecked()]
        # Of a newer server: no box here, and not to be lost by an edit of the rest.
        rest = [] if self.base is None else [one for one in self.base.kinds if one not in KINDS]
        return sorted([*known, *rest])

    def _field(self, key: str, letters: int) -> QLineEdit:
        field = called(QLineEdit(), f"program_{key}", TEXTS.say(f"programs.{key}"))
        field.setPlaceholderText(TEXTS.say(f"programs.{key}.hint"))
        field.setMaxLength(letters)
        field.returnPressed.connect(self._send)
        field.textChanged.connect(lambda _text: self.say(""))
        field.textChanged.connect(lambda _text: self._offer_to_discard())
        return field

    def _arrange(self) -> None:
        for box in self.kinds.values():
            box.setVisible(not self.all.isChecked())
        self._offer_to_discard()

    def _offer_to_discard(self) -> None:
        self._back.setEnabled(self._said != self._shown)

    def _send(self) -> None:
        fields = self.fields
        kinds = None if self.all.isChecked() else fields["kinds"]
        flaw = find_flaw(fields["name"], fields["url"], kinds)
        if flaw:
            self.say(TEXTS.say(f"programs.flaw.{flaw}"))
            if flaw != "kinds":
                (self.name if flaw == "name" else self.url).setFocus()
            return
        self.sent.emit(fields)
