"""What happens at the card of a till's stock: read, sized, merged with another's edit."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gatekeeper.organizer.before_doors.till_stock_client import StockOfTill, read_stock, save_stock
from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.till_stock_words import words_of_stock
from gatekeeper.ui.organizer.before_doors.till_stock_card import StockCard
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.edit_clash_flow import EditClash
from gatekeeper.ui.organizer.page_requests import PageWork
from gatekeeper.wording.texts import TEXTS


class StockFlow(QObject):
    """Does what the card is asked for."""

    def __init__(self, card: StockCard, session: DeskSession) -> None:
        super().__init__(card)
        self._card, self._api = card, session.api
        self._work = PageWork(card, session)
        self._site: EventSite | None = None
        self._clash = EditClash(
            card.clash, lambda stock: stock.fields, self._save, lambda: self._look(is_anew=True)
        )
        card.entered.connect(self._turn)
        card.saved.connect(self._save)

    def enter(self, site: EventSite) -> None:
        """Look at the chosen till again; what is typed stays."""
        if self._site != site:
            self._site = None
            self._work.forget()
            self._card.forget()
            self._site = site
        self._look()

    def _turn(self) -> None:
        """Look at another till: nothing of the former one is shown any more."""
        self._clash.forget()
        self._work.forget()
        self._look()

    def _look(self, *, is_anew: bool = False) -> None:
        card, api, site, device = self._card, self._api, self._site, self._card.device
        if site is None or device is None or self._work.is_asking:
            return

        def show(stock: StockOfTill) -> None:
            card.show_stock(stock, is_anew=is_anew)

        self._work.do(lambda: read_stock(api, site, device.id), show, is_act=is_anew)

    def _save(self, stock: StockOfTill, fields: Fields, etag: str = "") -> None:
        card, api, site, device = self._card, self._api, self._site, self._card.device
        if site is None or device is None or device.id != stock.device_id:
            return

        def show(now: StockOfTill | Clash) -> None:
            if isinstance(now, Clash):
                self._clash.meet(stock, fields, now, words_of_stock(stock))
            else:
                card.show_stock(now, is_anew=True)
                card.say(TEXTS.say("stock.saved", name=device.name), "good")

        card.clash.clear()
        self._work.do(lambda: save_stock(api, site, stock, fields, etag), show)
