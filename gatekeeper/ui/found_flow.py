"""Leads a supervisor from a holder who was found by name to their admission."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.supervisor.views import FoundHolder
from gatekeeper.ui.scan_desk import ScanDesk
from gatekeeper.ui.search_flow import holder_facts
from gatekeeper.ui.session_port import SessionPort
from gatekeeper.ui.supervisor_content import override_options
from gatekeeper.ui.texts import TEXTS
from gatekeeper.ui.widgets.action_grid import Option

_SHOWN = "shown"

Ask = Callable[[str, str, Sequence[Option], Callable[[str], None]], None]
"""Asks a question: title, hint, answers, and what is called with the answer."""
Do = Callable[[Callable[[SessionPort, str], ScanAnswer], Callable[[ScanAnswer], None]], None]
"""Has something done in the supervisor's name, and hands over what came of it."""


class FoundFlow:
    """The proof where the ticket's type wants one, how many, and why; then they are let in.

    Args:
        ask: Shows a question.
        do: Does it in the supervisor's name.
        desk: Knows time and zone.
        on_done: Told of the admission.
        on_refused: Called where the proof was not shown.
    """

    def __init__(
        self,
        ask: Ask,
        do: Do,
        desk: ScanDesk,
        on_done: Callable[[ScanAnswer], None],
        on_refused: Callable[[], None],
    ) -> None:
        self._put, self._do, self._desk = ask, do, desk
        self._on_done, self._on_refused = on_done, on_refused

    def begin(self, holder: FoundHolder) -> None:
        """Ask what has to be asked about a holder, then let them in."""
        if not holder.checks_id:
            self._ask_count(holder)
            return
        options = [
            Option(_SHOWN, TEXTS.say("names.proof_seen"), icon="yes", is_main=True),
            Option("refuse", TEXTS.say("decide.proof_refuse"), icon="no"),
        ]

        def answer(key: str) -> None:
            if key == _SHOWN:
                self._ask_count(holder)
            else:
                self._on_refused()

        self._ask(holder, TEXTS.say("decide.proof_hint"), options, answer)

    def _ask_count(self, holder: FoundHolder) -> None:
        if holder.persons < 2:
            self._ask_why(holder, 1)
            return
        options = [
            Option(str(count), TEXTS.say("decide.count_in", count=count))
            for count in range(1, holder.persons + 1)
        ]
        hint = TEXTS.say("decide.how_many")
        self._ask(holder, hint, options, lambda key: self._ask_why(holder, int(key)))

    def _ask_why(self, holder: FoundHolder, count: int) -> None:
        options = override_options(TEXTS, can_refuse=False)

        def admit(why: str) -> None:
            self._do(
                lambda session, person: session.admit_found(holder, count, why, person),
                self._on_done,
            )

        self._ask(holder, TEXTS.say("duty.override_hint"), options, admit)

    def _ask(
        self,
        holder: FoundHolder,
        hint: str,
        options: Sequence[Option],
        answer: Callable[[str], None],
    ) -> None:
        facts = holder_facts(holder, self._desk.now(), self._desk.zone, TEXTS)
        self._put(holder.name, f"{facts}\n{hint}", options, answer)
