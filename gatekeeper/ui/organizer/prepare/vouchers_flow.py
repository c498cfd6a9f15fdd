"""What happens at the page of vouchers: found, made, their codes saved, withdrawn."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject

from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.organizer.prepare.vouchers_client import (
    PAGE,
    Made,
    Voucher,
    VoucherClient,
    Vouchers,
    Which,
)
from gatekeeper.organizer.saved_file import write_whole
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_gone
from gatekeeper.presenters.desk.voucher_words import write_codes
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.page_requests import PageWork, entered
from gatekeeper.ui.organizer.prepare.vouchers_page import VouchersPage
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import ServerFault
from shared.kernel.os_errors import words_of_system

_SERVER_FAULTS: Final = 500


class VouchersFlow(QObject):
    """Does what the page is asked for."""

    def __init__(self, page: VouchersPage, session: DeskSession) -> None:
        super().__init__(page)
        self._page, self._api, self._entropy = page, session.api, session.entropy
        self._work = PageWork(page, session, partial(spell_gone, "vouchers.gone"))
        self._site: EventSite | None = None
        self._maker: VoucherClient | None = None
        self._words, self._which, self._most = "", Which.ALL, PAGE
        page.now = session.now
        page.searched.connect(self._search)
        page.wants_more.connect(self._show_more)
        page.added.connect(self._add)
        page.withdrawn.connect(self._withdraw)
        page.codes.saved.connect(self._save)

    def enter(self, site: EventSite) -> None:
        """Show the vouchers of an event's organization."""
        if self._site != site:
            if self._site is None or self._site.organization_id != site.organization_id:
                self._maker = self._at(site)  # it knows what was not answered, at any event
            self._site = site
            self._words, self._which, self._most = "", Which.ALL, PAGE
            if not self._work.is_acting:  # else new codes would be lost, which are told once
                self._work.forget()
            self._page.forget()
            self._look()
        elif not (self._work.is_asking or self._words or self._most > PAGE):
            self._look()

    def _look(self) -> None:
        """Read what was last asked for, unless an act is under way, which reads after it."""
        if self._site is None or self._work.is_acting:
            return
        client = self._at(self._site)
        words, which, most = self._words, self._which, self._most

        def show(found: Vouchers) -> None:
            is_search = bool(words) or which is not Which.ALL
            self._page.show_vouchers(found, is_search=is_search)

        self._work.do(lambda: client.read(words, which, most), show, is_act=False)

    def _search(self, words: str, which: str) -> None:
        self._words, self._which, self._most = words, Which(which), PAGE  # Qt tells plain text
        self._page.forget_question()
        self._look()

    def _show_more(self) -> None:
        self._most += PAGE
        self._look()

    def _at(self, site: EventSite) -> VoucherClient:
        return VoucherClient(self._api, site, self._entropy)

    def _add(self, fields: Fields) -> None:
        client, page = entered(self._maker), self._page

        async def make() -> tuple[Made, ...] | None:
            try:
                return await client.make(fields)
            except ServerFault:
                return None
            except Refused as fault:
                if fault.status < _SERVER_FAULTS:
                    raise
                return None

        def show(made: tuple[Made, ...] | None) -> None:
            if made is None:  # the form stays as it is: asked for again, they are the same
                page.say(TEXTS.say("vouchers.lost", go=TEXTS.say("vouchers.go")), "bad")
            else:
                page.show_made(made)
            self._words, self._which, self._most = "", Which.ALL, PAGE
            page.show_all()
            self._look()

        self._work.do(make, show)

    def _withdraw(self, vouchers: tuple[Voucher, ...]) -> None:
        client, page = entered(self._maker), self._page

        def show(_none: None) -> None:
            page.say(TEXTS.say("vouchers.withdrawn", count=len(vouchers)), "good")
            self._look()

        self._work.do(lambda: client.withdraw(vouchers), show, on_failed=self._look)

    def _save(self, name: str) -> None:
        card = self._page.codes
        content = write_codes(card.made)

        async def save() -> str:
            try:
                await asyncio.to_thread(write_whole, Path(name), content)
            except OSError as fault:
                return words_of_system(fault)
            return ""

        def show(why: str) -> None:
            file = Path(name).name
            if why:
                card.say(TEXTS.say("vouchers.unsaved", name=file, why=why), "bad")
            else:
                card.take(TEXTS.say("lists.saved", name=file))

        self._work.do(save, show)
