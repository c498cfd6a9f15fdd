"""A gate's list on paper, asked for at the page of devices: which gate, how far it is, stop."""

from __future__ import annotations

import threading
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from gatekeeper.organizer.before_doors.gate_paper_lists_client import ListFacts, Stopped, save_list
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.desk_style import (
    called,
    fit_letters,
    give_role,
    make_button,
    make_text,
)
from gatekeeper.ui.organizer.page_requests import entered
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_where_to_save
from gatekeeper.wording.texts import TEXTS


class GateListCard(QWidget):
    """Offers the list of each gate."""

    wanted = Signal(str, str)
    """A gate's id, and the file's name."""
    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        rows = edge_to_edge(QVBoxLayout(self))
        rows.addWidget(make_text(TEXTS.say("paper.title"), "heading"))
        rows.addWidget(make_text(TEXTS.say("paper.lead"), "lead"))
        ask = QHBoxLayout()
        self.gate = called(ChoiceBox(), "paperGate", TEXTS.say("paper.title"))
        fit_letters(self.gate)
        self.go = make_button(TEXTS.say("paper.go"), "paperGo", self._ask)
        self.stop = make_button(TEXTS.say("paper.stop"), "paperStop", self.stopped)
        self.progress = called(QProgressBar(), "paperProgress")
        fill(ask, self.gate, self.go, self.progress, self.stop, STRETCH)
        rows.addLayout(ask)
        self.note = make_text("", "lead", "paperNote")
        rows.addWidget(self.note)
        self.show_idle()

    def show_gates(self, gates: dict[str, str]) -> None:
        """Offer the event's gates in their order; the chosen one stays chosen."""
        chosen = self.gate.currentData()
        self.gate.clear()
        for gate_id, name in gates.items():
            self.gate.addItem(name, gate_id)
        self.gate.setCurrentIndex(max(0, self.gate.findData(chosen)))
        self.go.setEnabled(bool(gates))

    def show_progress(self, done: int, of: int) -> None:
        """Show how many lines are done."""
        self.go.setEnabled(False)
        self.stop.show()
        self.progress.show()
        self.progress.setRange(0, of)
        self.progress.setValue(done)

    def show_idle(self, text: str = "", role: str = "lead") -> None:
        """Offer a list again, and say how the last one ended."""
        self.stop.hide()
        self.progress.hide()
        self.go.setEnabled(self.gate.count() > 0)
        self.note.setText(text)
        self.note.setVisible(bool(text))
        give_role(self.note, role)

    def _ask(self) -> None:
        name = f"{self.gate.currentText()}.pdf".replace("/", "-").replace("\\", "-")
        if chosen := ask_where_to_save(self, TEXTS.say("paper.go"), name):
            self.wanted.emit(str(self.gate.currentData()), chosen)


class GateListFlow(QObject):
    """Has a gate's list made, and shows how far it is."""

    _moved = Signal(int, int)

    def __init__(self, card: GateListCard, session: DeskSession) -> None:
        super().__init__(card)
        self._card, self._thread, self._api = card, session.thread, session.api
        self._site: EventSite | None = None
        self._gives_up = threading.Event()
        self._moved.connect(card.show_progress)
        card.wanted.connect(self.save)
        card.stopped.connect(self._gives_up.set)

    def enter(self, site: EventSite) -> None:
        """Make lists of an event's gates."""
        if site != self._site:
            self._gives_up.set()
            self._site = site
            self._card.show_idle()

    def save(self, gate_id: str, name: str) -> None:
        """Save a gate's list as a file."""
        site, gives_up = entered(self._site), threading.Event()
        self._card.stopped.disconnect(self._gives_up.set)
        self._gives_up = gives_up
        self._card.stopped.connect(gives_up.set)
        file, language = Path(name), TEXTS.language

        def told(done: int, of: int) -> None:
            if gives_up.is_set():
                raise Stopped
            self._moved.emit(done, of)

        def done(facts: ListFacts) -> None:
            if self._site == site:
                role = "bad" if facts.unreadable else "good"
                self._card.show_idle(_spell(facts, file.name), role)

        def failed(fault: BaseException) -> None:
            if isinstance(fault, Stopped):
                self._card.show_idle(TEXTS.say("paper.stopped"))
            else:
                self._card.show_idle(spell_fault(fault), "bad")

        self._thread.ask(
            lambda: save_list(self._api, site, gate_id, language, file, told), done, failed
        )


def _spell(facts: ListFacts, name: str) -> str:
    """Say what was saved, and what is not on it."""
    key = "paper.saved_doubles" if facts.doubles_possible else "paper.saved"
    said = [TEXTS.say(key, name=name, tickets=facts.tickets, plan=facts.plan)]
    if facts.nowhere:
        said.append(TEXTS.say("paper.nowhere", tickets=facts.nowhere))
    if facts.homeless:
        said.append(TEXTS.say("paper.homeless", tickets=facts.homeless))
    if facts.unreadable:
        said.append(TEXTS.say("paper.unreadable", tickets=facts.unreadable))
    return " ".join(said)
