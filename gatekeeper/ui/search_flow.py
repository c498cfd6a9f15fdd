"""Leads a supervisor from a name to tickets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Final

from PySide6.QtCore import QObject, Signal

from gatekeeper.policy import FOUND_SHOWN_MAX
from gatekeeper.presenters.faults import raise_unforeseen, spell_fault
from gatekeeper.presenters.page_items import Option
from gatekeeper.presenters.ticket_tails import tail_of
from gatekeeper.supervisor.views import FoundHolder
from gatekeeper.ui.engine_thread import EngineThread
from gatekeeper.ui.scan_flow import ScanFlow
from gatekeeper.ui.windows.search_page import SearchPage
from gatekeeper.wording.texts import TEXTS, Texts
from gatekeeper.wording.times import spell_time
from shared.kernel.instant import Instant

_LETTERS_MIN: Final = 2
_VOID: Final = frozenset({"cancelled", "payment_expired"})


class SearchFlow(QObject):
    """One search after another, for as long as the supervisor is at work.

    Args:
        page: Shows it.
        engine: Searches.
        scans: Knows time and zone.
        touch: Told of every input, so that the supervisor's rights go on.
    """

    picked = Signal(object)  # FoundHolder

    def __init__(
        self, page: SearchPage, engine: EngineThread, scans: ScanFlow, touch: Callable[[], None]
    ) -> None:
        super().__init__(page)
        self._page, self._engine, self._scans = page, engine, scans
        self._person = ""
        self._found: dict[str, FoundHolder] = {}
        page.asked.connect(self._ask)
        page.touched.connect(touch)
        page.picked.connect(lambda ticket_id: self.picked.emit(self._found[ticket_id]))

    def begin(self, person: str) -> None:
        """Ask for a name.

        Args:
            person: The supervisor.
        """
        self._person = person
        self._page.restart()

    def end(self) -> None:
        """Leave no name on the screen or in the engine."""
        self._found = {}
        self._page.restart()
        self._engine.ask(lambda session: session.forget_names(), lambda _: None)

    def _ask(self, text: str) -> None:
        if len(text.strip()) < _LETTERS_MIN:
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
        options = [holder_option(one, now, zone, TEXTS) for one in found]
        key = "names.pick" if options else "names.none"
        if len(options) >= FOUND_SHOWN_MAX:
            key = "names.many"
        self._page.show_found(TEXTS.say(key), options)

    def _fail(self, fault: BaseException) -> None:
        self._page.show_found(spell_fault(fault), [])
        raise_unforeseen(fault)


def holder_option(one: FoundHolder, now: Instant, zone: tzinfo | None, texts: Texts) -> Option:
    """Return a found holder's button: who, and what `holder_facts` says."""
    is_void = one.state in _VOID
    icon = "no" if is_void or one.state.startswith("pending") else ""
    facts = holder_facts(one, now, zone, texts)
    return Option(one.ticket_id, one.name, facts, icon, is_enabled=not is_void)


def holder_facts(one: FoundHolder, now: Instant, zone: tzinfo | None, texts: Texts) -> str:
    """Say which ticket a holder has, and whether they entered."""
    ticket = texts.say("decide.ticket", ticket=tail_of(one.ticket_id, one.printed))
    parts = [texts.isolate(one.ticket_type) if one.ticket_type else "", ticket]
    is_fine = False
    if one.state in _VOID:
        parts.append(f"✕ {texts.say('names.void')}")
    elif one.state.startswith("pending"):
        parts.append(f"✕ {texts.say('names.unpaid')}")
    else:
        is_fine = True
    if one.entered_at is not None:
        time = spell_time(one.entered_at, now, zone, texts)
        parts.append(f"● {texts.say('names.entered', time=time, gate=one.gate)}")
    elif is_fine:
        parts.append(f"○ {texts.say('names.not_here')}")
    return " · ".join(part for part in parts if part)
