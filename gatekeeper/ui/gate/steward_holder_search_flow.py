"""Lets a steward on duty look guests up: to say where to go, not to let them in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gatekeeper.presenters.gate.holder_search_content import holder_facts
from gatekeeper.presenters.gate.supervisor_content import steward_options
from gatekeeper.presenters.page_items import Option
from gatekeeper.supervisor.shown_to_supervisors import FoundHolder
from gatekeeper.supervisor.unlocking_and_locking_again import Badge
from gatekeeper.ui.gate.holder_search_flow import SearchFlow
from gatekeeper.ui.gate.scan_flow import ScanFlow
from gatekeeper.wording.texts import TEXTS

Answer = Callable[[str], None]
"""Called with the key of the answer that was chosen."""


class GuestFlow:
    """A search by name, and what is known of the guest; from there a supervisor is called.

    Args:
        search: Looks up.
        scans: Knows time and zone.
        ask: Shows a question: title, hint, answers, what is called.
        show_search: Shows the page for names.
        call: Asks for a supervisor.

    Attributes:
        steward: Who looks, or None.
    """

    def __init__(
        self,
        search: SearchFlow,
        scans: ScanFlow,
        *,
        ask: Callable[[str, str, Sequence[Option], Answer], None],
        show_search: Callable[[], None],
        call: Callable[[], None],
    ) -> None:
        self._search, self._scans = search, scans
        self._ask, self._show_search, self._call = ask, show_search, call
        self.steward: Badge | None = None

    def begin(self, steward: Badge) -> None:
        """Offer the search, or a supervisor."""
        self.steward = steward

        def answer(key: str) -> None:
            if key == "names":
                self._search.begin(steward.person)
                self._show_search()
            else:
                self._call()

        self._ask(TEXTS.say("decide.supervisor"), "", steward_options(), answer)

    def show(self, holder: FoundHolder) -> None:
        """Say what is known of a guest who was found."""
        facts = holder_facts(holder, self._scans.now(), self._scans.zone)
        hint = f"{facts}\n{TEXTS.say('steward.found_hint')}"
        call = Option("call", TEXTS.say("decide.supervisor"), icon="key")
        self._ask(TEXTS.isolate(holder.name), hint, [call], lambda _: self._call())
