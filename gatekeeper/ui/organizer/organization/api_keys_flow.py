"""What happens at the page of API keys: made, shown once, ended."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gatekeeper.organizer.organization.api_keys_client import (
    ApiKeyClient,
    ApiKeyOverview,
    Key,
    KeyRequest,
    NewKey,
)
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.api_key_words import spell_key_trouble
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.organization.api_keys_page import ApiKeysPage
from gatekeeper.ui.organizer.page_requests import PageWork, entered
from gatekeeper.wording.texts import TEXTS


class ApiKeysFlow(QObject):
    """Does what the page of keys is asked for."""

    def __init__(self, page: ApiKeysPage, session: DeskSession) -> None:
        super().__init__(page)
        page.setEnabled(False)  # until it is known whose they are
        self._page, self._api, self._now = page, session.api, session.now
        self._work = PageWork(page, session, spell_key_trouble)
        self._client: ApiKeyClient | None = None
        page.made.connect(self._make)
        page.revoked.connect(self._revoke)
        page.entered.connect(self._look_anew)

    def enter(self, site: EventSite) -> None:
        """Look how keys stand, where they are looked at: they are the organization's."""
        if self._client is None or self._client.organization_id != site.organization_id:
            self._client = ApiKeyClient(self._api, site)
            self._work.forget()
            self._page.forget()
            self._page.setEnabled(True)
        self._look_anew()

    def _look_anew(self) -> None:
        if self._client is not None and self._page.isVisible() and not self._work.is_asking:
            self._look()

    def _look(self) -> None:
        client, is_owner = entered(self._client), self._page.is_owner

        def show(overview: ApiKeyOverview) -> None:
            self._page.show_overview(overview, self._now())

        self._work.do(lambda: client.look(is_owner=is_owner), show, is_act=False)

    def _make(self, request: KeyRequest) -> None:
        if request.until is not None and request.until <= self._now():
            self._page.refuse_end()
            return

        def show(made: NewKey) -> None:
            self._page.show_made(made, self._now())
            self._look()

        self._work.do(lambda: entered(self._client).make(request), show)

    def _revoke(self, key: Key) -> None:
        def show(_none: None) -> None:
            self._page.show_key(None)
            self._page.say(TEXTS.say("api_keys.revoked", name=key.name), "good")
            self._look()

        self._work.do(lambda: entered(self._client).revoke(key), show)
