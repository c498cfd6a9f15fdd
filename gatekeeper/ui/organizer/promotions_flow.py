"""What happens in the room of discounts and vouchers: discounts are listed, made, removed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from PySide6.QtCore import QObject

from gatekeeper.organizer.merging import Fields
from gatekeeper.organizer.office import EventSite, Office, Refused
from gatekeeper.organizer.promotions import (
    Discounts,
    Promotion,
    add_promotion,
    read_discounts,
    remove_promotion,
)
from gatekeeper.presenters.promotion_words import spell_trouble
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.promotions_page import PromotionsPage
from gatekeeper.ui.organizer.vouchers_flow import VouchersFlow
from gatekeeper.wording.texts import TEXTS

T = TypeVar("T")
_UNAUTHENTICATED = 401


class PromotionsFlow(QObject):
    """Does what the page of discounts is asked for.

    Args:
        page: Where they are shown.
        thread: Does what takes time.
        office: Somebody signed in.
        on_fault: Told what is no refusal: a cut network, an ended session.
        now: This laptop's clock.
    """

    def __init__(
        self,
        page: PromotionsPage,
        thread: DeskThread,
        office: Office,
        on_fault: Callable[[BaseException], None],
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(page)
        self._page, self._thread, self._office = page, thread, office
        self._on_fault = on_fault
        self._site: EventSite | None = None
        self._is_asking = False
        self._vouchers = VouchersFlow(page.vouchers, thread, office, on_fault, now)
        page.tabs.currentChanged.connect(lambda _tab: self._look_at_shown())
        page.added.connect(self._add)
        page.removed.connect(self._remove)

    def enter(self, site: EventSite) -> None:
        """Show an event's discounts."""
        if self._site != site:
            self._site, self._is_asking = site, False
            self._page.setEnabled(True)
            self._page.forget()
        self._look_at_shown()

    def _look_at_shown(self) -> None:
        """Read what is looked at: discounts, or vouchers."""
        if self._site is None:
            return
        if self._page.is_vouchers_shown:
            self._vouchers.enter(self._site)
        elif not self._is_asking:
            self._look()

    def _look(self, then: Callable[[], object] = lambda: None) -> None:
        site, page = self._here(), self._page

        def show(found: Discounts) -> None:
            page.show_discounts(found)
            then()

        self._do(lambda: read_discounts(self._office, site), show)

    def _here(self) -> EventSite:
        assert self._site is not None, "the room was entered"
        return self._site

    def _add(self, fields: Fields) -> None:
        site, page = self._here(), self._page

        def show(made: Promotion) -> None:
            page.clear_form()
            said = TEXTS.say("promo.added", name=made.name)
            self._look(lambda: page.say(said, "good"))

        page.setEnabled(False)
        self._do(lambda: add_promotion(self._office, site, fields), show)

    def _remove(self, promotion: Promotion) -> None:
        site, page = self._here(), self._page

        def show(_none: None) -> None:
            said = TEXTS.say("promo.removed", name=promotion.name)
            self._look(lambda: page.say(said, "good"))

        page.setEnabled(False)
        self._do(lambda: remove_promotion(self._office, site, promotion), show)

    def _do(self, work: Callable[[], Awaitable[T]], on_done: Callable[[T], object]) -> None:
        site = self._here()
        self._is_asking = True

        def finish() -> bool:
            if self._site != site:
                return False
            self._is_asking = False
            self._page.setEnabled(True)
            return True

        def done(result: T) -> None:
            if finish():
                on_done(result)

        def failed(fault: BaseException) -> None:
            if not finish():
                return
            if isinstance(fault, Refused) and fault.status != _UNAUTHENTICATED:
                self._page.say(spell_trouble(fault), "bad")
            else:
                self._on_fault(fault)

        self._thread.ask(work, done, failed)
