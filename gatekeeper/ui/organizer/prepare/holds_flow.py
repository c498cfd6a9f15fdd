"""What happens where tickets are kept back: listed, made, released."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject

from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.organizer.prepare.holds_client import (
    KeptBack,
    StockHold,
    keep_back,
    read_kept,
    release_hold,
)
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.organizer.unheard_making import UnheardMaking
from gatekeeper.presenters.desk.hold_words import spell_hold_refusal, spell_what
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.page_requests import PageWork, entered
from gatekeeper.ui.organizer.prepare.holds_page import HoldsPage
from gatekeeper.wording.texts import TEXTS

_FORBIDDEN: Final = 403
_EACH: Final = 4
"""Of the desk's looks every so many one is here: ended holds are read along."""


class HoldsFlow(QObject):
    """Does what the page of holds is asked for."""

    def __init__(self, page: HoldsPage, session: DeskSession) -> None:
        super().__init__(page)
        self._page, self._api = page, session.api
        self._work = PageWork(page, session, spell_hold_refusal)
        self._site: EventSite | None = None
        self._making = UnheardMaking()
        self._looks = 0
        self._is_shut = False
        page.added.connect(self._add)
        page.released.connect(self._release)

    def enter(self, site: EventSite, *, is_anew: bool = False) -> None:
        """Look what is kept back of an event, while that is seen; what is typed stays.

        Args:
            site: Which event.
            is_anew: Now, whenever the last look was.
        """
        if self._site != site:
            self._site, self._is_shut, is_anew = site, False, True
            self._work.forget()
            self._page.forget()
        if not self._page.isVisible() or self._work.is_asking or self._is_shut:
            return
        self._looks += 1
        if is_anew or self._page.kept is None or self._looks >= _EACH:
            self._look()

    def _look(self) -> None:
        site = entered(self._site)
        self._looks = 0

        async def read() -> KeptBack | None:
            try:
                return await read_kept(self._api, site)
            except Refused as refusal:
                if refusal.status != _FORBIDDEN:
                    raise
                return None

        def show(kept: KeptBack | None) -> None:
            if kept is None:
                self._is_shut = True  # asked again, it would be refused again
                self._page.say(TEXTS.say("holds.needs_staff"), "warn")
            else:
                self._page.show_kept(kept)

        self._work.do(read, show, is_act=False)

    def _look_again(self) -> None:
        """Show what stands: perhaps it was done though its answer was lost."""
        if self._page.isVisible():
            self._look()

    def _add(self, fields: Fields) -> None:
        site, page = entered(self._site), self._page

        def show(made: StockHold) -> None:
            page.show_made()
            page.say(TEXTS.say("holds.added", name=made.name), "good")
            self._look()

        self._work.do(
            lambda: keep_back(self._api, site, fields, self._making),
            show,
            on_failed=self._look_again,
        )

    def _release(self, hold: StockHold) -> None:
        site, page = entered(self._site), self._page
        assert page.kept is not None, "it was listed"
        what = spell_what(hold, page.kept)

        def show(_none: None) -> None:
            page.say(TEXTS.say("holds.released", what=what), "good")
            self._look()

        self._making.forget()
        self._work.do(
            lambda: release_hold(self._api, site, hold), show, on_failed=self._look_again
        )
