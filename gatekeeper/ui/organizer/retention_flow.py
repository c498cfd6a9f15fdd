"""What happens at the card of how long names are kept: shown, tried, set."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import QObject

from gatekeeper.organizer.retention import Retention, read_retention, set_retention
from gatekeeper.presenters.retention_words import spell_set
from gatekeeper.ui.organizer.page_work import PageWork, spell_as_told
from gatekeeper.ui.organizer.retention_card import RetentionCard
from gatekeeper.ui.organizer.sitting import Sitting
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import OrganizationId


class RetentionFlow(QObject):
    """Does what the card is asked for."""

    def __init__(self, card: RetentionCard, sitting: Sitting) -> None:
        super().__init__(card)
        self._now = sitting.now
        self._card, self._office = card, sitting.office
        self._work = PageWork(card, sitting, spell_as_told)
        self._of: OrganizationId | None = None
        card.asked.connect(self._preview)
        card.chosen.connect(self._set)

    def enter(self, organization_id: OrganizationId) -> None:
        """Show the rule of an organization."""
        self._of = organization_id
        self._card.forget()
        self._do(lambda: read_retention(self._office, organization_id), self._show_rule)

    def _show_rule(self, found: Retention) -> None:
        self._card.show_rule(found, self._now())
        self._card.say("", "lead")

    def _preview(self, days: int) -> None:
        of = self._of
        if of is None:
            return

        def show(found: Retention) -> None:
            self._card.show_preview(found, days, self._now())
            self._card.say("", "lead")

        self._do(lambda: read_retention(self._office, of, days), show)

    def _set(self, days: int | None) -> None:
        of = self._of
        if of is None:
            return

        def show(found: Retention) -> None:
            self._card.show_rule(found, self._now())
            self._card.say(spell_set(found), "good")

        self._do(lambda: set_retention(self._office, of, days), show)

    def _do(
        self, work: Callable[[], Awaitable[Retention]], on_done: Callable[[Retention], None]
    ) -> None:
        self._work.do(work, on_done, is_act=False, meanwhile=TEXTS.say("orders.looking"))
        self._card.set_busy(is_busy=True)
