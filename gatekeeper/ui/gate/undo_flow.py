"""Leads a supervisor from one of the latest admissions to its entry that takes it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Undo
from gatekeeper.presenters.gate.supervisor_content import undo_options, undo_reasons
from gatekeeper.presenters.page_items import Option
from gatekeeper.ui.gate.engine_thread import EngineThread
from gatekeeper.ui.gate.paper_list_flow import DoAsSupervisor
from gatekeeper.ui.gate.scan_flow import ScanFlow
from gatekeeper.wording.texts import TEXTS

UNDO_AMONG: Final = 40
"""The newest scans, among which a supervisor is offered what can be undone."""


class Put(Protocol):
    """Asks something: title, hint, answers, and what is called with the key of the chosen one."""

    def __call__(
        self, title: str, hint: str, options: Sequence[Option], answer: Callable[[str], None], /
    ) -> None:
        """Show it."""


class UndoFlow:
    """Asks which, and why.

    Args:
        engine: Knows the latest answers.
        scans: Knows the zone.
        ask: Shows a question.
        do: Does it in the supervisor's name.
        on_done: Called when it is on record.
    """

    def __init__(
        self,
        engine: EngineThread,
        scans: ScanFlow,
        *,
        ask: Put,
        do: DoAsSupervisor,
        on_done: Callable[[], None],
    ) -> None:
        self._engine, self._scans = engine, scans
        self._ask, self._do, self._on_done = ask, do, on_done

    def begin(self) -> None:
        """Offer the latest admissions."""
        self._engine.ask(lambda session: session.undoable(UNDO_AMONG), self._ask_which)

    def _ask_which(self, answers: Sequence[ScanAnswer]) -> None:
        options = undo_options(answers, self._scans.now(), self._scans.zone)
        by_claim: dict[str, ScanAnswer] = {answer.claim_id: answer for answer in answers}
        hint = TEXTS.say("duty.undo_hint" if options else "undo.nothing")
        title = TEXTS.say("duty.undo")
        self._ask(title, hint, options, lambda claim_id: self._ask_why(by_claim[claim_id]))

    def _ask_why(self, answer: ScanAnswer) -> None:
        def take_back(why: str) -> None:
            self._do(partial(Undo, answer.claim_id, why), lambda _: self._on_done())

        title, hint = TEXTS.say("duty.undo"), TEXTS.say("undo.effect")
        self._ask(title, hint, undo_reasons(), take_back)
