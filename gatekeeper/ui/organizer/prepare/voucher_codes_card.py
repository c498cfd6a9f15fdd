"""New vouchers' codes: told this once, copied or saved, and let go after a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout

from gatekeeper.organizer.prepare.vouchers_client import Made
from gatekeeper.presenters.desk.voucher_words import spell_amount, spell_codes
from gatekeeper.ui.filled_layouts import STRETCH, fill
from gatekeeper.ui.organizer.desk_style import DeskCard, called, make_button, make_text
from gatekeeper.ui.organizer.widgets.confirmation_cards import YesOrNo
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_where_to_save
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.wording.texts import TEXTS

_HEIGHT = 150


class VoucherCodesCard(LastActLine, DeskCard):
    """Shows codes until somebody has them; it is hidden where there are none.

    Attributes:
        made: The vouchers whose codes are shown.
        is_taken: They were copied or saved.
    """

    saved = Signal(str)
    """The file's name."""
    left = Signal()
    """The codes are let go."""

    def __init__(self) -> None:
        super().__init__("voucherCodesCard")
        self.made: tuple[Made, ...] = ()
        self.is_taken = False
        self._then: Callable[[], object] | None = None
        self._title = make_text("", "heading", "voucherCodesTitle")
        self.codes = called(QPlainTextEdit(), "voucherCodes", TEXTS.say("vouchers.codes.name"))
        self.codes.setReadOnly(True)
        self.codes.setTabChangesFocus(True)
        self.codes.setFixedHeight(_HEIGHT)
        self._save = make_button(TEXTS.say("vouchers.save"), "voucherSave", is_main=True)
        self._save.clicked.connect(self._choose_file)
        copy = make_button(TEXTS.say("vouchers.copy"), "voucherCopy", self._copy)
        done = make_button(TEXTS.say("vouchers.done"), "voucherDone", self._ask)
        ways = fill(QHBoxLayout(), self._save, copy, done, STRETCH)
        self._note = make_text("", "lead", "voucherCodesNote")
        self.question = YesOrNo("voucherDone", no="lose.stay")
        self.question.agreed.connect(self._leave)
        rows = QVBoxLayout(self)
        rows.addWidget(self._title)
        rows.addWidget(make_text(TEXTS.say("vouchers.codes.lead"), "lead"))
        rows.addWidget(self.codes)
        rows.addLayout(ways)
        rows.addWidget(self._note)
        rows.addWidget(self.question)
        self.show_codes(())

    @property
    def is_safe(self) -> bool:
        """Whether nothing is lost when the card goes: no codes, or somebody has them."""
        return not self.made or self.is_taken

    def show_codes(self, made: Sequence[Made]) -> None:
        """Show new codes, or none."""
        self.made, self.is_taken = tuple(made), False
        self.codes.setPlainText(spell_codes(self.made))
        self.question.hide()
        self.say("", "lead")
        self.setVisible(bool(made))
        if made:
            each = made[0].voucher
            value = spell_amount(each.value_minor, each.currency)
            count = len(made)
            self._title.setText(TEXTS.say("vouchers.codes", count=count, value=value))
            self._save.setFocus()

    def take(self, said: str) -> None:
        """Say that somebody has the codes now."""
        self.is_taken = True
        self.question.hide()
        self.say(said, "good")

    def ask_to_close(self, close: Callable[[], object]) -> None:
        """Ask before codes that nobody has go with the window; whoever agrees closes it."""
        self._then = close
        self.question.ask(TEXTS.say("vouchers.done.ask"), TEXTS.say("vouchers.close"))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(spell_codes(self.made))
        self.take(TEXTS.say("programs.copied"))

    def _choose_file(self) -> None:
        if name := ask_where_to_save(self, TEXTS.say("vouchers.save"), "voucher-codes.csv"):
            self.saved.emit(name)

    def _ask(self) -> None:
        if self.is_taken:
            self._leave()
        else:
            self._then = None
            asked, yes = (TEXTS.say(f"vouchers.done.{one}") for one in ("ask", "yes"))
            self.question.ask(asked, yes)

    def _leave(self) -> None:
        then, self._then = self._then, None
        self.show_codes(())
        self.left.emit()
        if then is not None:
            then()
