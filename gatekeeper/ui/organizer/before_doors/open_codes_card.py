"""Codes for devices that nobody has used yet: which there are, and one of them taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout

from gatekeeper.organizer.before_doors.open_codes_client import (
    OpenCode,
    list_open_codes,
    take_code_back,
)
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.open_code_words import spell_open_code
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_gone
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.desk_style import DeskCard, make_button, make_text
from gatekeeper.ui.organizer.page_requests import PageWork, entered
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.plain_table import (
    chosen_of,
    fill_table,
    make_table,
    stay_at_row,
)
from gatekeeper.wording.texts import TEXTS

_HEIGHT: Final = 110


class OpenCodesCard(LastActLine, DeskCard):
    """Lists open codes; hidden while there are none, and from whoever may take none back."""

    taken_back = Signal(object)

    def __init__(self) -> None:
        super().__init__("codesCard")
        self.may_edit = True
        self._codes: tuple[OpenCode, ...] = ()
        columns = [TEXTS.say(f"desk.devices.column.{one}") for one in ("role", "gate")]
        columns += [TEXTS.say(f"codes.column.{one}") for one in ("by", "until")]
        self.table = make_table("openCodes", TEXTS.say("codes.title"), columns, _HEIGHT)
        self.table.itemSelectionChanged.connect(self._arrange)
        self._go = make_button(TEXTS.say("codes.take_back"), "codeTakeBack", self._take_back)
        self._note = make_text("", "lead", "codesNote")
        rows = QVBoxLayout(self)
        fill(rows, make_text(TEXTS.say("codes.title"), "heading"))
        fill(rows, make_text(TEXTS.say("codes.lead"), "lead"), self.table)
        rows.addWidget(self._go, 0, Qt.AlignmentFlag.AlignLeading)
        rows.addWidget(self._note)
        self.forget()

    def let_edit(self, *, may_edit: bool) -> None:
        """Offer codes to be taken back, or nothing."""
        self.may_edit = may_edit

    def forget(self) -> None:
        """Show nothing: what was said is of another event's page."""
        self.say("")
        self._codes = ()
        fill_table(self.table, ())
        self._arrange()

    def show_codes(
        self, codes: tuple[OpenCode, ...], site: EventSite, gates: Mapping[str, str]
    ) -> None:
        """List the codes as they are now; the chosen one stays."""
        before = chosen_of(self.table, self._codes)
        chosen = None if before is None else before.id
        self._codes = codes
        fill_table(self.table, [spell_open_code(one, site, gates) for one in codes])
        stay_at_row(self.table, [one.id for one in codes], chosen)
        self._arrange()

    def _arrange(self) -> None:
        self.table.setVisible(bool(self._codes))
        self._go.setVisible(bool(self._codes))
        self._go.setEnabled(chosen_of(self.table, self._codes) is not None)
        self.setVisible(bool(self._codes or self.note))

    def _take_back(self) -> None:
        if (code := chosen_of(self.table, self._codes)) is not None:
            self.taken_back.emit(code)


class OpenCodesFlow(QObject):
    """Looks which codes are open, and takes one back."""

    def __init__(self, card: OpenCodesCard, session: DeskSession) -> None:
        super().__init__(card)
        self._card, self._api = card, session.api
        self._work = PageWork(card, session, lambda fault: spell_gone("codes.gone", fault))
        self._site: EventSite | None = None
        self._gates: Mapping[str, str] = {}
        card.taken_back.connect(self._take_back)

    def enter(self, site: EventSite, gates: Mapping[str, str]) -> None:
        """Show the codes as they are now.

        Args:
            site: The event whose devices are looked at.
            gates: Names of its gates, by their ids.
        """
        if self._site != site:
            self._work.forget()
        self._site, self._gates = site, gates
        if self._card.may_edit and not self._work.is_asking:
            self._look()

    def _look(self) -> None:
        api, site, gates = self._api, entered(self._site), self._gates

        def show(codes: tuple[OpenCode, ...]) -> None:
            self._card.show_codes(codes, site, gates)

        self._work.do(lambda: list_open_codes(api, site), show, is_act=False)

    def _take_back(self, code: OpenCode) -> None:
        api, site = self._api, entered(self._site)

        def show(_none: None) -> None:
            self._card.say(TEXTS.say("codes.taken_back"), "good")
            self._look()

        self._work.do(lambda: take_code_back(api, site, code), show, on_failed=self._look)
