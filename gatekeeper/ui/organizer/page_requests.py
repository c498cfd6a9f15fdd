"""What a page of the desk asks of the server: of several questions the last one is shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from shiboken6 import isValid

from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.organizer.server_api import Refused, is_no_member, is_session_over
from gatekeeper.presenters.desk.plan_words import spell_clash
from gatekeeper.presenters.desk.refusal_and_fault_words import (
    spell_fault,
    spell_refusal,
    spell_undone,
)
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.wording.texts import TEXTS

T = TypeVar("T")


class WorkingPage(Protocol):
    """A page of the desk that shows how a request of its goes."""

    def say(self, text: str, role: str) -> None:
        """Say what came of an act."""

    def set_busy(self, *, is_busy: bool) -> None:
        """Let no second act begin before the first one has ended."""


def entered(one: T | None) -> T:
    """Return what a page is about: what it asks, it asks once it was entered."""
    assert one is not None, "the page was entered"
    return one


class PageWork:
    """Asks in the desk's thread on behalf of one page.

    Args:
        page: Shows what came of it.
        session: Of whoever is signed in.
        spell: Says a refusal; "" for the usual words: whoever looks may look, only a manager act.
        says: Faults that the page says itself; of others, and of an ended session, the desk is
            told.

    Attributes:
        is_asking: Something was asked that is not answered yet.
        is_acting: It was an act.
    """

    def __init__(
        self,
        page: WorkingPage,
        session: DeskSession,
        spell: Callable[[Refused], str] = lambda _fault: "",
        says: tuple[type[BaseException], ...] = (Refused,),
    ) -> None:
        self._page, self._spell, self._says = page, spell, says
        self._thread, self._on_fault = session.thread, session.on_fault
        self.is_asking = self.is_acting = False
        self._turn = 0

    def forget(self) -> None:
        """Show nothing of what was asked so far: the page has turned to something else."""
        self._turn += 1
        self._finish()

    def do(
        self,
        work: Callable[[], Awaitable[T]],
        on_done: Callable[[T], object],
        *,
        is_act: bool = True,
        meanwhile: str = "",
        on_failed: Callable[[], object] | None = None,
        unanswered: str = "",
    ) -> None:
        """Do something; what was asked before it and comes later is not shown.

        An act that failed is told all the same: whoever has gone on meanwhile believes it done.
        The page says so itself: what the desk says of a cut network goes with the next look.

        Args:
            work: What is done.
            on_done: Shows what came of it.
            is_act: It changes something: the page is busy meanwhile.
            meanwhile: What is said while it lasts; `on_done` says what came of it.
            on_failed: Called once it is said that nothing came of it.
            unanswered: What is said of an act of which no answer came; "" for the usual.
        """
        page = self._page
        self._turn += 1
        turn = self._turn
        self.is_asking = True
        if is_act or meanwhile:
            page.say(meanwhile, "lead")
        if is_act:
            self.is_acting = True
            page.set_busy(is_busy=True)

        def done(result: T) -> None:
            if self._turn == turn and isValid(page):
                self._finish()
                on_done(result)
            else:
                self._tell_unwritten(result)

        def failed(fault: BaseException) -> None:
            is_shown = self._turn == turn
            is_gone = not isValid(page)  # somebody else has sat down at the desk meanwhile
            if is_gone or not (is_shown or is_act):
                return
            if is_shown:
                self._finish()
            if isinstance(fault, self._says) and not is_session_over(fault):
                said = (
                    self._spell(fault) or spell_refusal(fault, is_managers=is_act)
                    if isinstance(fault, Refused) and not is_no_member(fault)
                    else spell_fault(fault)
                )
                page.say(said if is_shown else TEXTS.say("desk.before", said=said), "bad")
            else:
                if meanwhile and is_shown:
                    page.say("", "lead")
                if is_act and not is_session_over(fault):
                    page.say(unanswered or spell_undone(fault), "bad")
                self._on_fault(fault)
            if is_shown and on_failed is not None:
                on_failed()

        self._thread.ask(work, done, failed)

    def look(
        self,
        work: Callable[[], Awaitable[T]],
        on_done: Callable[[T], object],
        *,
        on_failed: Callable[[], object] | None = None,
    ) -> None:
        """Look something up that takes a while: it is said, and nothing else begins meanwhile."""
        meanwhile = TEXTS.say("orders.looking")
        self.do(work, on_done, is_act=False, meanwhile=meanwhile, on_failed=on_failed)
        self._page.set_busy(is_busy=True)

    def _tell_unwritten(self, result: object) -> None:
        """Say that an act met somebody else's: whoever has gone on meanwhile believes it done."""
        if isinstance(result, Clash) and isValid(self._page):
            self._page.say(TEXTS.say("desk.before", said=spell_clash(result)), "bad")

    def _finish(self) -> None:
        self.is_asking = self.is_acting = False
        self._page.set_busy(is_busy=False)
