"""Webhooks, called other programs: those that are told what happens; and API keys beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.organization.webhooks_client import Program
from gatekeeper.presenters.desk.webhook_words import spell_program, spell_secrets, spell_standing
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import give_role, headed, make_button, make_text
from gatekeeper.ui.organizer.edit_clash_box import ClashBox
from gatekeeper.ui.organizer.organization.api_keys_page import ApiKeysPage
from gatekeeper.ui.organizer.organization.webhook_form import WebhookForm
from gatekeeper.ui.organizer.organization.webhook_log import WebhookLog
from gatekeeper.ui.organizer.widgets.confirmation_cards import LossQuestion, YesOrNo
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.list_beside_form import make_side_list
from gatekeeper.ui.organizer.widgets.page_tabs import PageTabs
from gatekeeper.ui.organizer.widgets.scrolling_page import ScrollingPage
from gatekeeper.ui.organizer.widgets.secret_card import SecretCard
from gatekeeper.ui.organizer.widgets.wrapping_row import WrappingRow
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK

Question = Literal["", "renew", "remove"]
_TOUCH = 40
_LEFT = 290


class WebhooksPage(LastActLine, QWidget):
    """Sets programs up, looks after them, and shows what was sent.

    Attributes:
        program: Which one is shown; None for a new one.
        keys: By which programs ask, in a tab of their own.
        tabs: Programs that are told, and keys.
        program_tabs: What a program is sent, and its log.
    """

    added = Signal(object)
    """The fields of a new program."""
    saved = Signal(object, object)
    """A program as the form was filled, and its fields as they shall be."""
    paused = Signal(object, bool)
    tried = Signal(object)
    renewed = Signal(object)
    removed = Signal(object)
    chose = Signal()
    """Another program is shown, or the log of this one."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskPrograms")
        self.program: Program | None = None
        self._programs: tuple[Program, ...] = ()
        self._question: Question = ""
        self._asked_of: Program | None = None
        self.form, self.log, self.clash = WebhookForm(), WebhookLog(), ClashBox(ORGANIZATION_CLOCK)
        self.form.sent.connect(self._send)
        self.clash.stand_before(self.form.save)
        told = QWidget()
        rows = headed(told, "programs")
        middle = fill(QHBoxLayout(), self._make_left(), (self._make_right(), 1))
        rows.addLayout(middle, 1)
        self.keys, self.tabs = ApiKeysPage(), PageTabs("programsTabs")
        self.tabs.tabBar().setMinimumHeight(_TOUCH)
        self.tabs.addTab(told, TEXTS.say("programs.tab.told"))
        self.tabs.addTab(self.keys, TEXTS.say("api_keys.title"))
        fill(edge_to_edge(QVBoxLayout(self)), self.tabs)
        self.forget()
        self._resting = (self.form, self.clash, self._ways, self.card, self.log, self.list)

    def _make_left(self) -> QVBoxLayout:
        self.list = make_side_list("programList", TEXTS.say("programs.title"), _LEFT)
        self.list.currentRowChanged.connect(self._choose)
        self._new = make_button(TEXTS.say("programs.new"), "programNew")
        self._new.clicked.connect(lambda: self._turn_to(None))
        return fill(QVBoxLayout(), (self.list, 1), self._new)

    def _make_right(self) -> QVBoxLayout:
        self.card = YesOrNo("program")
        self.card.agreed.connect(self._answer)
        self._title = make_text("", "heading", "programTitle")
        self.state = make_text("", "lead", "programState")
        self._note = make_text("", "lead", "programsNote")
        settings = QWidget()
        fill(QVBoxLayout(settings), self.form, self.clash, STRETCH)
        log = QWidget()
        area = ScrollingPage()  # its tables are as tall as their words, whatever room there is
        area.setWidget(self.log)
        QVBoxLayout(log).addWidget(area)
        self.program_tabs = PageTabs("programTabs")
        self.program_tabs.tabBar().setMinimumHeight(_TOUCH)
        self.program_tabs.addTab(settings, TEXTS.say("programs.tab.settings"))
        self.program_tabs.addTab(log, TEXTS.say("programs.tab.log"))
        self.program_tabs.currentChanged.connect(lambda _tab: self.chose.emit())
        right = fill(QVBoxLayout(), self._title, self.state, self._make_ways(), self.card)
        self._secret_card = SecretCard("program", TEXTS.say("programs.secret"))
        self._secret_card.copied.connect(lambda: self.say(TEXTS.say("programs.copied"), "good"))
        self.secret = self._secret_card.field
        fill(right, self._secret_card, self._note, (self.program_tabs, 1))
        return right

    def _make_ways(self) -> QWidget:
        self._ways = QWidget()
        row = WrappingRow()
        self._ways.setLayout(row)
        self._try = self._way(row, "try", lambda: self.tried.emit(self.program))
        self._pause = self._way(row, "pause", self._turn)
        self._renew = self._way(row, "renew", lambda: self.ask("renew"))
        self._remove = self._way(row, "remove", lambda: self.ask("remove"))
        return self._ways

    def _way(self, row: WrappingRow, key: str, act: Callable[[], object]) -> QPushButton:
        button = make_button(TEXTS.say(f"programs.{key}"), f"program_{key}")
        button.clicked.connect(lambda _on=False: act())
        row.addWidget(button)
        return button

    @property
    def is_log_shown(self) -> bool:
        """Whether the log of a program is looked at."""
        return self.program is not None and self.program_tabs.currentIndex() == 1

    def forget(self) -> None:
        """Show nothing: it was another organization's."""
        self.show_programs(())
        self.show_program(None)

    def show_programs(self, programs: Sequence[Program]) -> None:
        """List the programs; what is typed of the one that is shown stays."""
        self._programs = tuple(programs)
        ids = [one.id for one in programs]
        shown = self.program
        rows = {one.id: spell_program(one) for one in programs}
        self.list.show_rows(rows, shown.id if shown else None)
        if shown is None:
            return
        if shown.id not in ids:
            self.show_program(None)
            self.say(TEXTS.say("programs.gone", name=shown.name), "lead")
            return
        now = programs[ids.index(shown.id)]
        is_typed_in, self.program = self.form.is_typed_in, now
        if not is_typed_in:
            self.form.show_program(now)
        self._show_state()

    def show_program(self, program: Program | None) -> None:
        """Show one program, or the form of a new one."""
        self.program = program
        self.form.show_program(program)
        self.log.forget()
        self.clash.clear()
        self.show_secret("")
        self.ask("")
        self.say("", "lead")
        self.list.mark(program.id if program else None)
        with QSignalBlocker(self.program_tabs):
            if program is None:
                self.program_tabs.setCurrentIndex(0)
            self.program_tabs.setTabVisible(1, program is not None)
        self._show_state()

    @property
    def loss(self) -> LossQuestion:
        """What comes before whatever would take a secret away that nobody has."""
        return self._secret_card.question

    def show_secret(self, secret: str, *, is_second: bool = False) -> None:
        """Show a secret; it can be had no second time. "" takes it away."""
        said = TEXTS.say("programs.once_both" if is_second else "programs.once")
        self._secret_card.show_secret(secret, said)

    def hideEvent(self, event: QHideEvent) -> None:
        """Show no secret that somebody has to whoever comes back to this page."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._secret_card.turn_away()

    def _show_state(self) -> None:
        program = self.program
        key = "programs.new_title" if program is None else ""
        self._title.setText(TEXTS.say(key) if program is None else program.name)
        lines = (
            [TEXTS.say("programs.new_lead")]
            if program is None
            else [one for one in (spell_standing(program), spell_secrets(program)) if one]
        )
        self.state.setText("\n".join(lines))
        is_bad = program is not None and (program.is_failing or program.stopped_because != "")
        give_role(self.state, "bad" if is_bad else "lead")
        self._ways.setVisible(program is not None)
        if program is None:
            return
        self._pause.setText(TEXTS.say("programs.go_on" if program.is_paused else "programs.pause"))
        self._try.setEnabled(not program.is_paused)
        self._try.setToolTip(TEXTS.say("programs.paused.asked") if program.is_paused else "")
        self.log.is_paused = program.is_paused
        self.log.show_sent(self.log.sent)

    def _choose(self, row: int) -> None:
        if row >= 0:
            self._turn_to(self._programs[row])

    def _turn_to(self, program: Program | None) -> None:
        """Show another program, once nothing is lost by it."""
        self.list.mark(self.program.id if self.program else None)  # until it is shown
        if self.form.is_typed_in:
            self.say(TEXTS.say("desk.plan.save_first"))
            return

        def turn() -> None:
            self.show_program(program)
            if program is not None:
                self.chose.emit()

        self.loss.before(turn)

    def _turn(self) -> None:
        if self.program is not None:
            self.paused.emit(self.program, not self.program.is_paused)

    def ask(self, question: Question) -> None:
        """Ask before what cannot be undone."""
        # As it was when it was asked: another desk may draw a secret before the answer.
        self._question, self._asked_of = question, self.program
        self.card.hide()
        if not question or self.program is None:
            return
        is_third = question == "renew" and self.program.old_secret_until is not None
        key = "programs.ask_renew_again" if is_third else f"programs.ask_{question}"
        asked = TEXTS.say(key, name=self.program.name)
        self.card.ask(asked, TEXTS.say(f"programs.yes_{question}"))

    def _answer(self) -> None:
        if self._asked_of is not None:
            (self.renewed if self._question == "renew" else self.removed).emit(self._asked_of)

    def _send(self, fields: object) -> None:
        if self.form.base is None:
            self.added.emit(fields)
        else:
            self.saved.emit(self.form.base, fields)
