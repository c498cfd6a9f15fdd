"""What happens in the inbox of conflicts: sides read, evidence saved, a disposition given."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from gatekeeper.organizer.during.conflicts_client import (
    Conflict,
    list_conflicts,
    read_evidence,
    read_sides,
    settle,
)
from gatekeeper.organizer.saved_file import save_file
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.conflict_words import (
    spell_conflict,
    spell_disposition,
    spell_evidence,
)
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_undone
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.during.conflicts_page import ConflictsPage
from gatekeeper.wording.texts import TEXTS


class ConflictsFlow(QObject):
    """Does what the inbox is asked for."""

    def __init__(self, page: ConflictsPage, session: DeskSession) -> None:
        super().__init__(page)
        self._page, self._thread, self._api = page, session.thread, session.api
        self._on_fault, self._say = session.on_fault, session.say
        self._site: EventSite | None = None
        self._is_asking = False
        self._told = self._about = ""
        page.chose.connect(self._read_sides)
        page.settled.connect(self._settle)
        page.wants_evidence.connect(self._save_evidence)

    def enter(self, site: EventSite) -> None:
        """Show an event's conflicts as they are now."""
        if self._site != site:
            self._site, self._is_asking = site, False
            self._told = ""
            self._page.forget()
        if not self._is_asking:
            self._look()

    def _look(self) -> None:
        site = self._here()
        self._is_asking = True

        def show(conflicts: tuple[Conflict, ...]) -> None:
            if self._site == site:
                self._is_asking = False
                self._page.show_conflicts(conflicts)
                self._say(self._told, "bad")

        self._thread.ask(lambda: list_conflicts(self._api, site), show, self._fail)

    def _here(self) -> EventSite:
        assert self._site is not None, "conflicts are an event's"
        return self._site

    def _read_sides(self, conflict_id: str) -> None:
        site = self._here()
        if self._told and conflict_id != self._about:
            self._told = ""
            self._say("", "bad")
        self._thread.ask(
            lambda: read_sides(self._api, site, conflict_id),
            lambda sides: self._page.show_sides(conflict_id, sides),
            self._fail,
        )

    def _settle(self, seen: Conflict, disposition: str, note: str) -> None:
        site = self._here()

        def show(decided: str | None) -> None:
            self._told, self._about = "", seen.id
            if decided:
                self._told = TEXTS.say("desk.conflicts.decided", what=spell_disposition(decided))
            elif decided is not None:
                self._told = TEXTS.say("desk.conflicts.joined")
            self._look()

        def failed(fault: BaseException) -> None:
            self._told, self._about = spell_undone(fault), seen.id
            self._fail(fault)

        self._thread.ask(lambda: settle(self._api, site, seen, disposition, note), show, failed)

    def _save_evidence(self, conflict: Conflict, name: str) -> None:
        """Save what proves itself, and beside it the same in words."""
        from gatekeeper.printing.pdf_evidence import write_evidence_pages

        site, file = self._here(), Path(name)
        page = file.with_name(f"{file.name}.pdf")

        async def save() -> None:
            sides = await read_sides(self._api, site, conflict.id)
            event = (await self._api.get(site.path))["name"]
            told = spell_evidence(conflict, sides, event, file.name)
            pages = write_evidence_pages(TEXTS, spell_conflict(conflict), told)
            await save_file(name, await read_evidence(self._api, site, conflict.id))
            await save_file(str(page), pages)

        said = TEXTS.say("desk.conflicts.saved", name=file.name, page=page.name)
        self._thread.ask(save, lambda _none: self._say(said, "good"), self._fail)

    def _fail(self, fault: BaseException) -> None:
        self._is_asking = False
        self._on_fault(fault)
