"""What happens at the card of the organization: read, changed, merged with another's edit."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.organization.organization_client import (
    OrganizationDetails,
    read_organization,
    save_organization,
)
from gatekeeper.presenters.desk.organization_words import (
    spell_organization_refusal,
    words_of_organization,
)
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.edit_clash_flow import EditClash
from gatekeeper.ui.organizer.organization.organization_card import OrganizationCard
from gatekeeper.ui.organizer.page_requests import PageWork
from gatekeeper.wording.texts import TEXTS


class OrganizationFlow(QObject):
    """Does what the card is asked for.

    Args:
        card: Where the organization is shown.
        session: Of whoever is signed in.
        desk: Whom it works for; told of another name, clock and currency.
        on_changed: Told once the organization is another one.
    """

    def __init__(
        self,
        card: OrganizationCard,
        session: DeskSession,
        desk: Desk,
        on_changed: Callable[[], object],
    ) -> None:
        super().__init__(card)
        self._card, self._desk, self._on_changed = card, desk, on_changed
        self._work = PageWork(card, session, spell_organization_refusal)
        self._clash = EditClash(
            card.clash, lambda details: details.fields, self._save, self._refill
        )
        card.saved.connect(self._save)

    def look(self) -> None:
        """Read the organization, unless that is being asked."""
        if not self._work.is_asking:
            self._work.do(self._read, self._show, is_act=False)

    async def _read(self) -> OrganizationDetails:
        return await read_organization(self._desk.api, self._desk.organization.id)

    def _show(self, details: OrganizationDetails, *, is_anew: bool = False) -> None:
        self._card.show_organization(details, is_anew=is_anew)
        before = self._desk.organization
        self._desk.call_organization(details.name, details.timezone, details.currency)
        if self._desk.organization != before:
            self._on_changed()

    def _save(self, details: OrganizationDetails, fields: Fields, etag: str = "") -> None:
        def show(clash: Clash | None) -> None:
            if clash is not None:
                self._clash.meet(details, fields, clash, words_of_organization())
                return
            self._refill()

        self._work.do(lambda: save_organization(self._desk.api, details, fields, etag), show)

    def _refill(self) -> None:
        def show(details: OrganizationDetails) -> None:
            self._show(details, is_anew=True)
            self._card.say(TEXTS.say("organization.saved"), "good")

        self._work.do(self._read, show, is_act=False)
