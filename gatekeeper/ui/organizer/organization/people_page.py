"""Supervisors, stewards and cashiers: the list, one of them beside it, and badges shown once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtWidgets import (
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from gatekeeper.organizer.organization.new_staff import MadePerson
from gatekeeper.organizer.organization.staff_client import Staff
from gatekeeper.presenters.desk.staff_words import spell_staff
from gatekeeper.ui.filled_layouts import STRETCH, edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import headed, make_text
from gatekeeper.ui.organizer.organization.badges_card import BadgesCard
from gatekeeper.ui.organizer.organization.members_card import MembersCard
from gatekeeper.ui.organizer.organization.new_badge_form import NewBadgeForm
from gatekeeper.ui.organizer.organization.organization_card import OrganizationCard
from gatekeeper.ui.organizer.organization.staff_card import StaffCard
from gatekeeper.ui.organizer.widgets.list_beside_form import make_side_list, stand_beside
from gatekeeper.ui.organizer.widgets.page_tabs import PageTabs
from gatekeeper.ui.organizer.widgets.search_field import SearchField
from gatekeeper.wording.texts import TEXTS

_LEFT: Final = 290
_LIST_HEIGHT: Final = 160


class PeoplePage(QWidget):
    """Lists who works at gates and tills, looks after each, and makes badges for others.

    Attributes:
        card: Whoever was chosen.
        asking: Whose badge is to be made.
        badges: Badges that were drawn just now.
        members: Who works at desks.
        organization: The organization itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskPeople")
        self._staff: tuple[Staff, ...] = ()
        self._currency = "EUR"
        self.card, self.badges, self.members = StaffCard(), BadgesCard(), MembersCard()
        self.asking = NewBadgeForm()
        here = QWidget()
        rows = fill(headed(here, "desk.people"), self.asking, self.badges)
        middle = fill(QHBoxLayout(), self._make_left())
        right = QVBoxLayout()
        self._hint = make_text(TEXTS.say("staff.choose"), "lead", "staffHint")
        fill(right, self._hint, self.card, STRETCH)
        middle.addLayout(right, 1)
        rows.addLayout(middle, 1)
        desks = QWidget()
        fill(QVBoxLayout(desks), self.members, STRETCH)
        self.organization = OrganizationCard()
        self.tabs = PageTabs("peopleTabs")
        self.tabs.addTab(here, TEXTS.say("staff.tab"))
        self.tabs.addTab(desks, TEXTS.say("safe.members.title"))
        self.tabs.addTab(self.organization, TEXTS.say("organization.tab"))
        fill(edge_to_edge(QVBoxLayout(self)), self.tabs)

    def _make_left(self) -> QVBoxLayout:
        self.list = make_side_list("peopleList", TEXTS.say("desk.people.title"), _LEFT)
        self.list.setMinimumHeight(_LIST_HEIGHT)
        self.list.currentRowChanged.connect(self._choose)
        search = SearchField(self.list, "peopleSearch")
        stand_beside(search, _LEFT)
        return fill(QVBoxLayout(), search, (self.list, 1))

    @property
    def is_house_shown(self) -> bool:
        """Whether the organization is looked at."""
        return self.tabs.currentWidget() is self.organization

    def let_edit(self, *, may_edit: bool, is_owner: bool) -> None:
        """Offer what changes people, and the members, or only show the rest."""
        self.card.may_edit = may_edit
        self.organization.let_edit(may_edit=is_owner)
        self.tabs.setTabVisible(1, may_edit)

    def show_people(self, staff: Sequence[Staff], currency: str) -> None:
        """List who there is; whoever is looked at stays, with what is typed."""
        before = self.card.staff
        self._staff, self._currency = tuple(staff), currency
        ids = [one.id for one in staff]
        rows = {one.id: spell_staff(one) for one in staff}
        self.list.show_rows(rows, before.id if before else None)
        if before is not None and before.id in ids:
            self.card.look_again(self._staff[ids.index(before.id)])
        elif before is not None:
            self.show_staff(None)

    def show_staff(self, staff: Staff | None) -> None:
        """Show one of them, or nobody."""
        self.card.show_staff(staff, self._currency)
        self._hint.setVisible(staff is None)

    def show_badges(self, people: Sequence[MadePerson]) -> None:
        """Show badges that were drawn just now; they can be had no second time."""
        self.badges.show_badges(people)
        if people:
            self.asking.name.clear()

    def say(self, text: str, role: str) -> None:
        """Say what came of an act: at whoever is looked at, else at the badges."""
        (self.badges if self.card.staff is None else self.card).say(text, role)

    def set_busy(self, *, is_busy: bool) -> None:
        """Let no second act begin before the first one has ended."""
        self.setEnabled(not is_busy)

    def _choose(self, row: int) -> None:
        if not 0 <= row < len(self._staff):
            return
        chosen, shown = self._staff[row], self.card.staff
        self.list.mark(shown.id if shown else None)  # until they are shown
        if self.card.is_typed_in:
            self.card.say(TEXTS.say("desk.plan.save_first"))
            return
        self.card.loss.before(lambda: self._turn_to(chosen))

    def _turn_to(self, staff: Staff) -> None:
        self.list.mark(staff.id)
        self.show_staff(staff)
