"""What happens at the page of people: badges made, rights edited, badges and PINs renewed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.organization.new_staff import MadePerson
from gatekeeper.organizer.organization.staff_client import Staff
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.plan_words import spell_clash
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_gone
from gatekeeper.presenters.desk.staff_words import words_of_staff
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.edit_clash_flow import EditClash
from gatekeeper.ui.organizer.organization.badges_card import BadgesFlow
from gatekeeper.ui.organizer.organization.members_card import Ask, MembersFlow
from gatekeeper.ui.organizer.organization.organization_flow import OrganizationFlow
from gatekeeper.ui.organizer.organization.people_page import PeoplePage
from gatekeeper.ui.organizer.page_requests import PageWork
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK
from shared.kernel.ports import Clock


class PeopleFlow(QObject):
    """Does what the page of people is asked for.

    Args:
        page: Where they are shown.
        session: Of whoever is signed in.
        desk: What can be asked of the server.
        clock: For how long a printer is waited for.
        ask: Does something of the members', and hands on what came of it.
        on_renamed: Told once the organization has another name, clock or currency.
    """

    def __init__(
        self,
        page: PeoplePage,
        session: DeskSession,
        desk: Desk,
        clock: Clock,
        ask: Ask,
        on_renamed: Callable[[], object],
    ) -> None:
        super().__init__(page)
        self._page, self._thread, self._desk = page, session.thread, desk
        self._on_fault, self._say = session.on_fault, session.say
        self._staff = desk.staff
        self._work = PageWork(page, session, partial(spell_gone, "staff.gone"))
        self._is_asking = False
        self._clash = EditClash(
            page.card.clash, lambda staff: staff.fields, self._save, self._refill
        )
        self.members = MembersFlow(page.members, session, desk, ask)
        self.badges = BadgesFlow(page.badges, session.thread, desk, clock)
        self.organization = OrganizationFlow(page.organization, session, desk, on_renamed)
        page.organization.tell_time(session.now)
        page.tabs.currentChanged.connect(lambda _tab: self._look_at_house())
        card = page.card
        page.asking.wanted.connect(self._add)
        card.saved.connect(self._save)
        card.renewed.connect(self._renew)
        card.pin_renewed.connect(self._renew_pin)
        card.withdrawn.connect(self._withdraw)
        card.removed.connect(self._remove)

    @property
    def _currency(self) -> str:
        return self._desk.organization.currency

    def enter(self, _site: EventSite) -> None:
        """List who there is; people are the organization's, whatever event is chosen."""
        if self._is_asking or self._work.is_acting:
            return
        self._is_asking = True
        self._look_at_house()

        def show(staff: tuple[Staff, ...]) -> None:
            self._is_asking = False
            if not self._work.is_acting:
                self._page.show_people(staff, self._currency)
            self.members.look()
            self._say("", "bad")

        def failed(fault: BaseException) -> None:
            self._is_asking = False
            self._on_fault(fault)

        self._thread.ask(self._staff.read, show, failed)

    def _look_at_house(self) -> None:
        if self._page.is_house_shown:
            self.organization.look()

    def _add(self, name: str, role: str) -> None:
        def show(person: MadePerson) -> None:
            self._page.show_badges([person])
            self._look()

        self._work.do(lambda: self._staff.add(name, role), show)

    def _look(self, then: Callable[[], object] = lambda: None) -> None:
        def show(staff: tuple[Staff, ...]) -> None:
            self._page.show_people(staff, self._currency)
            then()

        self._work.do(self._staff.read, show)

    def _save(self, staff: Staff, fields: Fields, etag: str = "") -> None:
        def show(clash: Clash | None) -> None:
            if clash is not None:
                self._clash.meet(staff, fields, clash, words_of_staff(self._currency))
                return
            self._refill()

        self._work.do(lambda: self._staff.save(staff, fields, etag), show)

    def _refill(self) -> None:
        """Show whoever is shown as the server has them, whatever stands in the form."""
        card = self._page.card

        def show() -> None:
            card.undo()
            card.say(TEXTS.say("staff.saved"), "good")

        self._look(show)

    def _renew(self, staff: Staff) -> None:
        def show(person: MadePerson | Clash) -> None:
            if isinstance(person, Clash):
                self._tell(person)
                return
            self._page.show_badges([person])
            self._end("staff.renewed", staff)

        self._work.do(lambda: self._staff.renew_badge(staff), show)

    def _renew_pin(self, staff: Staff) -> None:
        def show(pin: str | Clash) -> None:
            if isinstance(pin, Clash):
                self._tell(pin)
                return
            self._page.card.show_pin(TEXTS.say("desk.people.pin", pin=pin))
            self._end("staff.pin_renewed", staff)

        self._work.do(lambda: self._staff.renew_pin(staff), show)

    def _withdraw(self, staff: Staff) -> None:
        self._work.do(
            lambda: self._staff.withdraw(staff),
            lambda clash: self._finish(clash, staff, "withdrawn"),
        )

    def _remove(self, staff: Staff) -> None:
        self._work.do(
            lambda: self._staff.remove(staff), lambda clash: self._finish(clash, staff, "removed")
        )

    def _finish(self, clash: Clash | None, staff: Staff, key: str) -> None:
        if clash is not None:
            self._tell(clash)
        else:
            self._end(f"staff.{key}", staff)

    def _tell(self, clash: Clash) -> None:
        """Let whoever ends or draws something decide anew, upon what is shown now."""
        said = spell_clash(clash, ORGANIZATION_CLOCK)
        self._look(lambda: self._page.card.say(said, "bad"))

    def _end(self, key: str, staff: Staff) -> None:
        """Read anew, and say what was done."""
        said = TEXTS.say(key, name=staff.name)
        self._look(lambda: self._page.say(said, "good"))
