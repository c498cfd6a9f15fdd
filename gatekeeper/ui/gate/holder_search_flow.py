"""Leads a supervisor from a name to tickets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from gatekeeper.gate.holder_search import FOUND_SHOWN_MAX, LETTERS_MIN
from gatekeeper.presenters.fault_words import raise_unforeseen, spell_fault
from gatekeeper.presenters.gate.holder_search_content import holder_option
from gatekeeper.supervisor.shown_to_supervisors import FoundHolder
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.pages.holder_search_page import SearchPage
from gatekeeper.ui.gate.pages.supervisor_frame import SupervisorFrame
from gatekeeper.ui.gate.scan_flow import ScanFlow
from gatekeeper.wording.texts import TEXTS


class SearchFlow(QObject):
    """One search after another, for as long as the supervisor is at work.

    Args:
        frame: Has the page.
        engine: Searches.
        scans: Knows time and zone.
        touch: Told of every input, so that the supervisor's rights go on.
    """

    picked = Signal(object)  # FoundHolder

    def __init__(
        self,
        frame: SupervisorFrame,
        engine: EngineThread,
        scans: ScanFlow,
        touch: Callable[[], None],
    ) -> None:
        super().__init__(frame)
        self._frame, self._engine, self._scans, self._touch = frame, engine, scans, touch
        self._person = ""
        self._found: dict[str, FoundHolder] = {}
        SupervisorFrame.search.when_made(frame, self._wire)

    @property
    def _page(self) -> SearchPage:
        return self._frame.search

    def _wire(self, page: SearchPage) -> None:
        page.asked.connect(self._ask)
        page.touched.connect(self._touch)
        page.picked.connect(lambda ticket_id: self.picked.emit(self._found[ticket_id]))

    def begin(self, person: str) -> None:
        """Ask for a name.

        Args:
            person: The supervisor.
        """
        self._person = person
        self._page.restart()

    def look_again(self) -> None:
        """Show who was found as they stand now: somebody may have come in meanwhile."""
        if self._page.text:
            self._ask(self._page.text)

    def end(self) -> None:
        """Leave no name on the screen or in the engine."""
        self._found = {}
        SupervisorFrame.search.if_made(self._frame, lambda page: page.restart())
        self._engine.ask(lambda session: session.forget_names(), lambda _: None)

    def _ask(self, text: str) -> None:
        if len(text.strip()) < LETTERS_MIN:
            self._page.show_found(TEXTS.say("names.hint"), [])
            return
        person = self._person

        def take(found: Sequence[FoundHolder]) -> None:
            if self._page.text == text:
                self._show(found)

        self._engine.ask(lambda session: session.search_names(text, person), take, self._fail)

    def _show(self, found: Sequence[FoundHolder]) -> None:
        now, zone = self._scans.now(), self._scans.zone
        self._found = {one.ticket_id: one for one in found}
        options = [holder_option(one, now, zone) for one in found]
        key = "names.pick" if options else "names.none"
        if len(options) >= FOUND_SHOWN_MAX:
            key = "names.many"
        self._page.show_found(TEXTS.say(key), options)

    def _fail(self, fault: BaseException) -> None:
        self._page.show_found(spell_fault(fault), [])
        raise_unforeseen(fault)
