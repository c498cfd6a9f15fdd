"""What happens at the page of discounts and vouchers: discounts are listed, made, removed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.organizer.prepare.promotions_client import (
    Discounts,
    ListedPromotion,
    add_promotion,
    read_discounts,
    remove_promotion,
)
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.organizer.unheard_making import UnheardMaking
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_gone
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.page_requests import PageWork, entered
from gatekeeper.ui.organizer.prepare.promotions_page import PromotionsPage
from gatekeeper.ui.organizer.prepare.vouchers_flow import VouchersFlow
from gatekeeper.wording.texts import TEXTS


class PromotionsFlow(QObject):
    """Does what the page of discounts is asked for."""

    def __init__(self, page: PromotionsPage, session: DeskSession) -> None:
        super().__init__(page)
        self._page, self._api = page, session.api
        self._work = PageWork(page, session, partial(spell_gone, "promo.gone"))
        self._site: EventSite | None = None
        self._making = UnheardMaking()
        self._vouchers = VouchersFlow(page.vouchers, session)
        page.tabs.currentChanged.connect(lambda _tab: self._look_at_shown())
        page.added.connect(self._add)
        page.removed.connect(self._remove)

    def enter(self, site: EventSite) -> None:
        """Show an event's discounts."""
        if self._site != site:
            self._site = site
            self._work.forget()
            self._page.forget()
        self._look_at_shown()

    def _look_at_shown(self) -> None:
        """Read what is looked at: discounts, or vouchers."""
        if self._site is None:
            return
        if self._page.is_vouchers_shown:
            self._vouchers.enter(self._site)
        elif not self._work.is_asking:
            self._look()

    def _look(self, then: Callable[[], object] = lambda: None) -> None:
        site, page = entered(self._site), self._page

        def show(found: Discounts) -> None:
            page.show_discounts(found)
            then()

        self._work.do(lambda: read_discounts(self._api, site), show, is_act=False)

    def _add(self, fields: Fields) -> None:
        site, page = entered(self._site), self._page

        def show(made: ListedPromotion) -> None:
            page.show_made()
            said = TEXTS.say("promo.added", name=made.name)
            self._look(lambda: page.say(said, "good"))

        self._work.do(lambda: add_promotion(self._api, site, fields, self._making), show)

    def _remove(self, promotion: ListedPromotion) -> None:
        site, page = entered(self._site), self._page

        def show(_none: None) -> None:
            said = TEXTS.say("promo.removed", name=promotion.name)
            self._look(lambda: page.say(said, "good"))

        self._making.forget()
        self._work.do(lambda: remove_promotion(self._api, site, promotion), show)
