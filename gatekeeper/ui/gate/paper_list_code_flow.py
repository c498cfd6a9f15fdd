"""Leads a supervisor from a code on a list on paper to its entry, one line after another.

Also where a ticket names nobody, or the organizer gives the event's gates no names.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gatekeeper.gate.keying_in_paper_list import OnPaper
from gatekeeper.gate.requests import KeyIn
from gatekeeper.presenters.fault_words import raise_unforeseen, spell_fault
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.pages.supervisor_frame import SupervisorFrame
from gatekeeper.ui.gate.paper_list_flow import Ask, DoAsSupervisor, ListedLine, PaperFlow
from gatekeeper.ui.gate.scan_flow import ScanFlow
from gatekeeper.wording.texts import TEXTS


class PaperCodeFlow:
    """Takes codes for as long as the supervisor is at work.

    Args:
        frame: Has the page where they are typed.
        engine: Knows what they mean.
        scans: Knows time and zone.
        ask: Shows a question.
        do: Does it in the supervisor's name.
        show: Shows the page.
    """

    def __init__(
        self,
        frame: SupervisorFrame,
        engine: EngineThread,
        scans: ScanFlow,
        *,
        ask: Ask,
        do: DoAsSupervisor,
        show: Callable[[], None],
    ) -> None:
        self._frame, self._engine, self._scans, self._show = frame, engine, scans, show
        self._paper = PaperFlow(ask, do, scans, self._go_on)
        self._person = ""
        SupervisorFrame.paper.when_made(frame, lambda page: page.submitted.connect(self._look))

    def begin(self, person: str) -> None:
        """Ask for the first code.

        Args:
            person: The supervisor.
        """
        self._person = person
        self._go_on()

    def _look(self, code: str) -> None:
        now = self._scans.now()
        request = KeyIn(code=code, first=now, last=now, person=self._person)
        self._engine.ask(
            lambda gate: gate.supervision.look_on_paper(request),
            partial(self._ask, code),
            self._fail,
        )

    def _ask(self, code: str, found: OnPaper) -> None:
        title = TEXTS.beside(code, found.ticket_type)
        self._paper.begin(ListedLine(title, found.persons, lambda _: code))

    def _go_on(self) -> None:
        self._frame.paper.restart()
        self._show()

    def _fail(self, fault: BaseException) -> None:
        self._frame.paper.say(spell_fault(fault), "bad")
        raise_unforeseen(fault)
