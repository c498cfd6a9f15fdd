"""Leads a supervisor from a name to tickets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Final

from PySide6.QtCore import QObject

from gatekeeper.supervisor.views import FoundHolder
from gatekeeper.ui.engine_thread import EngineThread
from gatekeeper.ui.faults import raise_unforeseen, spell_fault
from gatekeeper.ui.scan_desk import ScanDesk
from gatekeeper.ui.texts import TEXTS, Texts
from gatekeeper.ui.times import spell_time
from gatekeeper.ui.windows.device_page import Row
from gatekeeper.ui.windows.search_page import SearchPage
from shared.kernel.instant import Instant
from shared.manifest.names import FOUND_MAX

_LETTERS_MIN: Final = 2
_TICKET_DIGITS_SHOWN: Final = 4
_VOID: Final = frozenset({"cancelled", "payment_expired"})


class SearchFlow(QObject):
    """One search after another, for as long as the supervisor is at work.

    Args:
        page: Shows it.
        engine: Searches.
        desk: Knows time and zone.
        touch: Told of every input, so that the supervisor's rights go on.
    """

    def __init__(
        self, page: SearchPage, engine: EngineThread, desk: ScanDesk, touch: Callable[[], None]
    ) -> None:
        super().__init__(page)
        self._page, self._engine, self._desk = page, engine, desk
        self._person = ""
        page.asked.connect(self._ask)
        page.touched.connect(touch)

    def begin(self, person: str) -> None:
        """Ask for a name.

        Args:
            person: The supervisor.
        """
        self._person = person
        self._page.restart()

    def end(self) -> None:
        """Leave no name on the screen or in the engine."""
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
        now, zone = self._desk.now(), self._desk.zone
        rows = [holder_row(one, now, zone, TEXTS) for one in found]
        key = "names.none" if not rows else "names.title"
        if len(rows) >= FOUND_MAX:
            key = "names.many"
        self._page.show_found(TEXTS.say(key), rows)

    def _fail(self, fault: BaseException) -> None:
        self._page.show_found(spell_fault(fault), [])
        raise_unforeseen(fault)


def holder_row(one: FoundHolder, now: Instant, zone: tzinfo | None, texts: Texts) -> Row:
    """Return a found holder's line: who, which ticket, whether they entered."""
    ticket = texts.say("decide.ticket", ticket=one.ticket_id[-_TICKET_DIGITS_SHOWN:])
    parts = [one.ticket_type, ticket]
    role = ""
    if one.state in _VOID:
        parts.append(f"✕ {texts.say('names.void')}")
        role = "bad"
    elif one.state.startswith("pending"):
        parts.append(f"✕ {texts.say('names.unpaid')}")
        role = "bad"
    if one.entered_at is not None:
        time = spell_time(one.entered_at, now, zone, texts)
        parts.append(f"● {texts.say('names.entered', time=time, gate=one.gate)}")
    elif not role:
        parts.append(f"○ {texts.say('names.not_here')}")
    return Row(one.name, " · ".join(part for part in parts if part), role)
