"""What happens at the page of looks: pictures are brought, the paper is drawn, all is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtCore import QObject, QTimer

from gatekeeper.organizer.prepare.ticket_design_client import (
    EventLook,
    LookClash,
    PagePreview,
    Picture,
    TicketDesignClient,
    draw_preview,
)
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.desk.plan_words import spell_clash
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault, spell_undone
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.prepare.ticket_design_page import TicketDesignPage
from gatekeeper.wording.texts import TEXTS

T = TypeVar("T")
_REST_MS: Final = 250
"""After the last key: a page is drawn in a tenth of a second."""
_INVALID: Final = 422


class TicketDesignFlow(QObject):
    """Does what the page is asked for."""

    def __init__(self, page: TicketDesignPage, session: DeskSession) -> None:
        super().__init__(page)
        page.setEnabled(False)
        self._page, self._thread, self._api = page, session.thread, session.api
        self._client: TicketDesignClient | None = None
        self._turn, self._is_due = 0, False
        self._timer = QTimer(self, interval=_REST_MS, singleShot=True)
        self._timer.timeout.connect(self._draw)
        page.changed.connect(self._timer.start)
        page.brought.connect(self._bring)
        page.saved.connect(self._save)
        page.undone.connect(self._read)

    def enter(self, site: EventSite) -> None:
        """Show an event's look; what is being chosen stays until another event is opened."""
        if self._client is None or self._client.site != site:
            self._client = TicketDesignClient(self._api, site)
            self._page.setEnabled(False)
            self._page.show_look(EventLook())
        elif not self._is_due:
            return
        self._read()

    def _read(self) -> None:
        """Read the look; where no answer comes, again when somebody looks next."""
        client, self._is_due = self._client, False
        if client is None:
            return
        self._page.say("", "lead")

        def show(look: EventLook) -> None:
            self._page.show_look(look)
            self._page.setEnabled(True)
            self._draw()

        def be_due() -> None:
            self._is_due = not self._page.isEnabled()

        self._do(client.read, show, be_due)

    def _bring(self, name: str, file: str) -> None:
        client = self._client
        if client is None:
            return
        self._page.say(TEXTS.say("look.bringing"), "lead")

        def show(found: tuple[Picture, bytes]) -> None:
            self._page.add_picture(name, *found)

        self._do(lambda: client.bring(Path(file)), show)

    def _save(self) -> None:
        client, look, kept = self._client, self._page.look, self._page.kept
        if client is None:
            return

        async def save() -> EventLook | LookClash:
            try:
                await client.save(look)
            except Refused as refusal:
                return await client.join(refusal, kept, look)
            return await client.read()

        # What is chosen meanwhile would be gone, and a second press meet the edit of the first.
        self._page.setEnabled(False)

        def show(kept: EventLook | LookClash) -> None:
            if isinstance(kept, LookClash):
                self._page.show_look(kept.theirs)
                self._page.show_look(kept.joined, is_kept=False)
                self._page.say(f"{spell_clash(kept.clash)} {TEXTS.say('look.changed')}", "bad")
            else:
                self._page.show_look(kept)
                self._page.say(TEXTS.say("look.kept"), "good")
            self._page.setEnabled(True)
            self._draw()

        self._do(save, show, lambda: self._page.setEnabled(True), is_act=True)

    def _draw(self) -> None:
        self._turn += 1
        turn, look = self._turn, self._page.look

        async def draw() -> PagePreview:
            return await asyncio.to_thread(draw_preview, look, TEXTS.language)

        def show(preview: PagePreview) -> None:
            if turn == self._turn:
                self._page.show_preview(preview)

        self._do(draw, show)

    def _do(
        self,
        work: Callable[[], Awaitable[T]],
        on_done: Callable[[T], object],
        on_failed: Callable[[], object] = lambda: None,
        *,
        is_act: bool = False,
    ) -> None:
        client = self._client

        def done(result: T) -> None:
            if self._client is client:
                on_done(result)
            elif isinstance(result, LookClash):  # whoever has gone on believes it done
                self._page.say(TEXTS.say("desk.before", said=spell_clash(result.clash)), "bad")

        def failed(fault: BaseException) -> None:
            is_shown = self._client is client
            said = _spell(fault)
            if is_act and not isinstance(fault, Refused):
                said = spell_undone(fault)
            elif not is_shown:  # whoever has gone on to another event believes it done
                said = TEXTS.say("desk.before", said=said)
            if is_shown or is_act:
                self._page.say(said, "bad")
            if is_shown:
                on_failed()

        self._thread.ask(work, done, failed)


def _spell(fault: BaseException) -> str:
    if isinstance(fault, Refused) and fault.status == _INVALID:
        named = {one.field.partition("[")[0] for one in fault.fields}
        if "content" in named:
            return TEXTS.say("look.no_picture")
    return spell_fault(fault)
