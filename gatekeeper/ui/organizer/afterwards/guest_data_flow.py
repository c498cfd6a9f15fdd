"""What happens at the page of a guest's own data: found, read, saved, erased."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from gatekeeper.organizer.afterwards.guest_data_client import (
    Erased,
    FoundPerson,
    FoundPersons,
    GuestDataClient,
    Held,
)
from gatekeeper.organizer.saved_file import save_file
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.desk.guest_data_words import spell_erased
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_refusal
from gatekeeper.ui.organizer.afterwards.guest_data_page import GuestDataPage
from gatekeeper.ui.organizer.afterwards.retention_flow import RetentionFlow
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.page_requests import PageWork, entered
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import EnvironmentFault


class GuestDataFlow(QObject):
    """Does what the page of persons is asked for.

    Args:
        page: Of persons.
        session: Of whoever is signed in.
        on_erased: Told once somebody is, or may be: other pages show whom they have found.
    """

    def __init__(
        self, page: GuestDataPage, session: DeskSession, on_erased: Callable[[], object]
    ) -> None:
        super().__init__(page)
        self._page, self._api = page, session.api
        self._on_erased = on_erased
        self._work = PageWork(
            page,
            session,
            partial(spell_refusal, is_managers=True),
            says=(Refused, EnvironmentFault),
        )
        self._client: GuestDataClient | None = None
        self._retention = RetentionFlow(page.retention, session)
        page.searched.connect(self._find)
        page.chose.connect(self._read)
        page.saved.connect(self.save)
        page.erased.connect(self._erase)

    def enter(self, site: EventSite) -> None:
        """Show nobody of another organization; persons are found over all its events."""
        if self._client is None or self._client.organization_id != site.organization_id:
            self._client = GuestDataClient(self._api, site)
            self._work.forget()
            self._page.forget()
        self._retention.enter(site.organization_id)

    def _person(self) -> FoundPerson:
        assert self._page.person is not None, "its buttons are hidden else"
        return self._page.person

    def _find(self, text: str) -> None:
        client = entered(self._client)

        def show(found: FoundPersons) -> None:
            self._page.say("", "lead")
            self._page.show_found(found)

        self._page.await_found()
        # Among a million tickets it takes seconds.
        looking = TEXTS.say("orders.looking")
        self._work.do(lambda: client.find(text), show, is_act=False, meanwhile=looking)

    def _read(self, person: FoundPerson) -> None:
        client = entered(self._client)

        def show(held: Held) -> None:
            self._page.say("", "lead")
            self._page.show_held(person, held)

        looking = TEXTS.say("orders.looking")
        self._work.do(lambda: client.read(person), show, is_act=False, meanwhile=looking)

    def save(self, name: str) -> None:
        """Save all that is held of whom is shown."""
        client, person = entered(self._client), self._person()

        async def save() -> None:
            await save_file(name, await client.export(person))

        said = TEXTS.say("lists.saved", name=Path(name).name)
        self._work.do(save, lambda _none: self._page.say(said, "good"), is_act=False)

    def _erase(self, spared: Sequence[str]) -> None:
        client, person, seen = entered(self._client), self._person(), entered(self._page.held)

        def show(result: tuple[Erased | None, Held]) -> None:
            done, left = result
            self._on_erased()
            if done is None:
                self._page.show_held(person, left, spared)
                self._page.say(TEXTS.say("persons.joined"), "bad")
                return
            self._page.show_left(person, left)
            self._page.say(spell_erased(done, spared), "good")

        self._work.do(lambda: client.erase(person, seen, spared), show, on_failed=self._on_erased)
