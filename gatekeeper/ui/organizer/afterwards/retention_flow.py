"""What happens at the card of how long names are kept: shown, tried, set."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gatekeeper.organizer.afterwards.retention_client import (
    Retention,
    read_retention,
    set_retention,
)
from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.presenters.desk.plan_words import spell_clash
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.presenters.desk.retention_words import spell_set
from gatekeeper.ui.organizer.afterwards.retention_card import RetentionCard
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.page_requests import PageWork
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK
from shared.kernel.id_types import OrganizationId


class RetentionFlow(QObject):
    """Does what the card is asked for."""

    def __init__(self, card: RetentionCard, session: DeskSession) -> None:
        super().__init__(card)
        self._now = session.now
        self._card, self._api = card, session.api
        self._work = PageWork(card, session, spell_fault)
        self._of: OrganizationId | None = None
        self._is_due = False
        self._before: Retention | None = None
        card.asked.connect(self._preview)
        card.chosen.connect(self._set)

    def enter(self, organization_id: OrganizationId) -> None:
        """Show the rule of an organization, once; again where no answer came."""
        if self._of == organization_id and not self._is_due:
            return
        self._of, self._is_due = organization_id, False
        self._card.forget()
        self._work.look(
            lambda: read_retention(self._api, organization_id),
            self._show_rule,
            on_failed=self._be_due,
        )

    def _be_due(self) -> None:
        """Read the rule when somebody looks next."""
        self._is_due = True

    def _show_rule(self, found: Retention, said: str = "", role: str = "lead") -> None:
        self._before = found
        self._card.show_rule(found, self._now())
        self._card.say(said, role)

    def _preview(self, days: int) -> None:
        of = self._of
        if of is None:
            return

        def show(found: Retention) -> None:
            self._before = found
            self._card.show_preview(found, days, self._now())
            self._card.say("", "lead")

        self._work.look(lambda: read_retention(self._api, of, days), show)

    def _set(self, days: int | None) -> None:
        of, before, api = self._of, self._before, self._api
        if of is None or before is None:
            return

        def show(found: Retention | Clash) -> None:
            if isinstance(found, Retention):
                self._show_rule(found, spell_set(found), "good")
                return
            said = spell_clash(found, ORGANIZATION_CLOCK)
            self._work.look(
                lambda: read_retention(api, of), lambda now: self._show_rule(now, said, "bad")
            )

        self._work.look(lambda: set_retention(api, of, before, days), show)
