"""What happens at the page of a guest's own data: found, read, saved, erased."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject

from gatekeeper.organizer.guest_data import (
    Erased,
    FoundPerson,
    FoundPersons,
    GuestDataClient,
    Held,
)
from gatekeeper.organizer.saving import save_file
from gatekeeper.organizer.server_api import EventSite, Refused, is_session_over
from gatekeeper.presenters.desk_words import spell_fault
from gatekeeper.presenters.guest_data_words import spell_erased
from gatekeeper.presenters.order_words import spell_refusal
from gatekeeper.ui.organizer.guest_data_page import GuestDataPage
from gatekeeper.ui.organizer.retention_flow import RetentionFlow
from gatekeeper.ui.organizer.sitting import Sitting
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import EnvironmentFault

T = TypeVar("T")


class GuestDataFlow(QObject):
    """Does what the page of persons is asked for."""

    def __init__(self, page: GuestDataPage, sitting: Sitting) -> None:
        super().__init__(page)
        self._page, self._thread = page, sitting.thread
        self._office, self._on_fault = sitting.office, sitting.on_fault
        self._client: GuestDataClient | None = None
        self._turn = 0
        self._retention = RetentionFlow(page.retention, sitting)
        page.searched.connect(self._find)
        page.chose.connect(self._read)
        page.saved.connect(self.save)
        page.erased.connect(self._erase)

    def enter(self, site: EventSite) -> None:
        """Show nobody of another organization; persons are found over all its events."""
        if self._client is None or self._client.organization_id != site.organization_id:
            self._client = GuestDataClient(self._office, site)
            self._page.forget()
            self._retention.enter(site.organization_id)

    def _here(self) -> GuestDataClient:
        assert self._client is not None, "the page was entered"
        return self._client

    def _person(self) -> FoundPerson:
        assert self._page.person is not None, "its buttons are hidden else"
        return self._page.person

    def _find(self, text: str) -> None:
        client = self._here()

        def show(found: FoundPersons) -> None:
            self._page.say("", "lead")
            self._page.show_found(found)

        self._do(lambda: client.find(text), show)
        # Among a million tickets it takes seconds.
        self._page.say(TEXTS.say("orders.looking"), "lead")

    def _read(self, person: FoundPerson) -> None:
        client = self._here()

        def show(held: Held) -> None:
            self._page.say("", "lead")
            self._page.show_held(person, held)

        self._do(lambda: client.read(person), show)
        self._page.say(TEXTS.say("orders.looking"), "lead")

    def save(self, name: str) -> None:
        """Save all that is held of whom is shown."""
        client, person = self._here(), self._person()

        async def save() -> None:
            await save_file(name, await client.export(person))

        said = TEXTS.say("lists.saved", name=Path(name).name)
        self._do(save, lambda _none: self._page.say(said, "good"))

    def _erase(self, spared: Sequence[str]) -> None:
        client, person = self._here(), self._person()

        async def erase() -> tuple[Erased, Held]:
            done = await client.erase(person, spared)
            return done, await client.read(person)

        def show(result: tuple[Erased, Held]) -> None:
            done, left = result
            self._page.show_left(person, left)
            self._page.say(spell_erased(done, spared), "good")

        self._page.set_busy(is_busy=True)
        self._do(erase, show)

    def _do(self, work: Callable[[], Awaitable[T]], on_done: Callable[[T], object]) -> None:
        """Do something; what was asked before it and comes later is not shown."""
        client = self._here()
        self._turn += 1
        turn = self._turn

        def done(result: T) -> None:
            if self._client is client and self._turn == turn:
                self._page.set_busy(is_busy=False)
                on_done(result)

        def failed(fault: BaseException) -> None:
            if self._client is not client or self._turn != turn:
                return
            self._page.set_busy(is_busy=False)
            if isinstance(fault, Refused) and not is_session_over(fault):
                self._page.say(spell_refusal(fault, is_managers=True), "bad")
            elif isinstance(fault, EnvironmentFault):
                self._page.say(spell_fault(fault), "bad")
            else:
                self._page.say("", "lead")
                self._on_fault(fault)

        self._thread.ask(work, done, failed)
