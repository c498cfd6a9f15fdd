"""What happens at the page of who did what: read page by page, narrowed, saved as a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from gatekeeper.organizer.afterwards.audit_client import (
    AuditClient,
    AuditFacts,
    AuditFilter,
    AuditLines,
)
from gatekeeper.organizer.saved_file import save_file
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.desk.audit_words import spell_audit_saved
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.ui.organizer.afterwards.audit_page import AuditPage
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.page_requests import PageWork
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import EnvironmentFault


class AuditFlow(QObject):
    """Does what the page of the audit is asked for."""

    def __init__(self, page: AuditPage, session: DeskSession) -> None:
        super().__init__(page)
        self._page, self._api = page, session.api
        self._work = PageWork(page, session, spell_fault, says=(Refused, EnvironmentFault))
        self._client: AuditClient | None = None
        self._next, self._wanted = "", AuditFilter()
        page.wanted.connect(self._look)
        page.wants_more.connect(self._read_on)
        page.saved.connect(self.save)

    def enter(self, site: EventSite) -> None:
        """Show all that was done in the organization; read anew when it is asked for."""
        if self._client is None or self._client.organization_id != site.organization_id:
            self._client = AuditClient(self._api, site.organization_id)
            self._work.forget()
            self._page.forget()
            self._look()

    def _look(self) -> None:
        """Read the first page of what is chosen."""
        client, wanted = self._client, self._page.chosen
        if client is None:
            return
        if wanted.days.is_empty:
            self._page.say(TEXTS.say("days.wrong"), "bad")
            return

        async def read() -> tuple[AuditFacts, AuditLines]:
            facts = await client.read_facts()
            return facts, await client.read(wanted, facts.zone)

        def show(found: tuple[AuditFacts, AuditLines]) -> None:
            facts, page = found
            self._next, self._wanted = page.next, wanted
            self._page.show_facts(facts)
            self._page.show_page(page)
            self._page.say("", "lead")

        self._work.look(read, show)

    def _read_on(self) -> None:
        client, facts = self._client, self._page.facts
        if client is None or facts is None or not self._next:
            return
        wanted, after = self._wanted, self._next

        def show(page: AuditLines) -> None:
            self._next = page.next
            self._page.add_page(page)
            self._page.say("", "lead")

        self._work.look(lambda: client.read(wanted, facts.zone, after), show)

    def save(self, name: str) -> None:
        """Save all that was asked for, not only what is shown of it."""
        client, facts, wanted = self._client, self._page.facts, self._wanted
        if client is None or facts is None:
            return

        async def save() -> bytes:
            file = await client.read_file(wanted, facts.zone)
            await save_file(name, file)
            return file

        def show(file: bytes) -> None:
            self._page.say(spell_audit_saved(file, Path(name).name), "good")

        self._work.look(save, show)
