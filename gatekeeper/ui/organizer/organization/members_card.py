"""Members of the organization at the page of people: their roles, and a code for another one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec import structs
from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QListWidget, QPushButton, QVBoxLayout

from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.organization.members_client import (
    Invitation,
    Member,
    change_role,
    invite,
    is_open,
    list_members,
    remove,
)
from gatekeeper.organizer.roles import MEMBERS_FROM, ROLES, has_role
from gatekeeper.presenters.desk.plan_words import spell_clash, words_of_members
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.ui.filled_layouts import fill
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.desk_style import DeskCard, called, make_button, make_text
from gatekeeper.ui.organizer.edit_clash_box import ClashBox
from gatekeeper.ui.organizer.edit_clash_flow import EditClash
from gatekeeper.ui.organizer.page_requests import PageWork
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.confirmation_cards import YesOrNo
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.wrapping_row import WrappingRow
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK

Ask = Callable[[Callable[[], Awaitable[Any]], Callable[[Any], object]], None]


class MembersCard(LastActLine, DeskCard):
    """Lists the members, changes a role, removes one, and shows a new invitation once."""

    invited = Signal(str)
    changed = Signal(object, str)
    """A member, and the role that they shall have."""
    removed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("membersCard")
        self._members: tuple[Member, ...] = ()
        rows = QVBoxLayout(self)
        rows.addWidget(make_text(TEXTS.say("safe.members.title"), "heading"))
        rows.addWidget(make_text(TEXTS.say("safe.members.lead"), "lead"))
        self.list = called(QListWidget(), "memberList", TEXTS.say("safe.members.title"))
        self.list.setMaximumHeight(120)
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clash = ClashBox(ORGANIZATION_CLOCK)
        fill(rows, self.clash, self.list)
        self.role = called(ChoiceBox(), "memberRole", TEXTS.say("safe.members.role"))
        for role in ROLES:
            self.role.addItem(TEXTS.say(f"safe.role.{role}"), role)
        self._address, self._asked = "", ""
        self._for_chosen: list[QPushButton] = []
        ways = WrappingRow(self.role)
        for key, name, act in (
            ("invite", "memberInvite", self._invite),
            ("change", "memberChange", self._change),
            ("remove", "memberRemove", self._remove),
        ):
            button = make_button(TEXTS.say(f"safe.members.{key}"), name, act)
            ways.addWidget(button)
            if act != self._invite:
                self._for_chosen.append(button)
        self.question = YesOrNo("memberRemove")
        self.question.agreed.connect(lambda: self.removed.emit(self._chosen()))
        self.list.itemSelectionChanged.connect(self._follow_choice)
        self._follow_choice()
        fill(rows, ways, self.question)
        self._note = make_text("", "bad", "memberNote")
        self._note.hide()
        rows.addWidget(self._note)
        self._may = make_text("", "lead", "memberMay")
        self.role.currentIndexChanged.connect(self._say_role)
        rows.addWidget(self._may)
        self._say_role()
        self.code = make_text("", "secret", "memberCode")
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._how = make_text("", "", "memberHow")
        self._once = make_text("", "lead", "memberOnce")
        copy = make_button(TEXTS.say("safe.members.copy"), "memberCopy", self._copy)
        self._open = (self.code, self._how, copy)
        fill(rows, self.code, self._how, self._once)
        rows.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeft)
        for widget in (*self._open, self._once):
            widget.hide()

    def show_members(self, members: Sequence[Member]) -> None:
        """List who there is; the chosen one stays chosen."""
        if tuple(members) == self._members:
            return
        chosen = self._chosen()
        self._members = tuple(members)
        ids = [one.user_id for one in members]
        row = ids.index(chosen.user_id) if chosen is not None and chosen.user_id in ids else -1
        with QSignalBlocker(self.list):
            self.list.clear()
            for one in members:
                role = TEXTS.say(f"safe.role.{one.role}")
                self.list.addItem(TEXTS.beside(one.name, one.email, role))
            self.list.setCurrentRow(row)
        self._follow_choice()

    def show_address(self, address: str) -> None:
        """Know where others join this server."""
        self._address = address

    def show_code(self, code: str) -> None:
        """Show an invitation; it can be had no second time."""
        self.code.setText(code)
        self._how.setText(
            TEXTS.say(
                "safe.members.how",
                icon=TEXTS.say("icon.desk.name"),
                join=TEXTS.say("desk.first.join"),
                address=TEXTS.isolate(self._address),
                have=TEXTS.say("safe.invited.have"),
            )
        )
        self._once.setText(TEXTS.say("safe.members.once"))
        for widget in (*self._open, self._once):
            widget.setVisible(bool(code))

    def show_ended(self) -> None:
        """Show no code that makes nobody a member any more, and say so."""
        self.code.clear()
        self._once.setText(TEXTS.say("safe.members.ended"))
        for widget in self._open:
            widget.hide()

    def _copy(self) -> None:
        """Copy what the other person needs: how, where, and the code."""
        QGuiApplication.clipboard().setText(f"{self._how.text()}\n{self.code.text()}")

    def _follow_choice(self) -> None:
        chosen = self._chosen()
        if chosen is None or chosen.user_id != self._asked:
            self.question.hide()  # it names another one
        for button in self._for_chosen:
            button.setEnabled(chosen is not None)

    def _say_role(self) -> None:
        self._may.setText(TEXTS.say(f"role.may.{self.role.currentData()}"))

    def _invite(self) -> None:
        self.invited.emit(str(self.role.currentData()))

    def _change(self) -> None:
        if (chosen := self._chosen()) is not None:
            self.changed.emit(chosen, str(self.role.currentData()))

    def _remove(self) -> None:
        if (chosen := self._chosen()) is not None:
            self._asked = chosen.user_id
            ask = TEXTS.say("safe.members.remove_ask", name=chosen.name)
            self.question.ask(ask, TEXTS.say("safe.members.remove"))

    def _chosen(self) -> Member | None:
        return self._members[self._row] if 0 <= self._row < len(self._members) else None

    @property
    def _row(self) -> int:
        """The row that is marked, or -1: current is also one where only the keyboard came to."""
        return next((one.row() for one in self.list.selectedIndexes()), -1)


class MembersFlow(QObject):
    """Joins the card and the server.

    Args:
        card: What is shown.
        session: Of whoever is signed in.
        desk: What can be asked of the server.
        ask: Looks at something and hands on what is found; faults are told over the pages.
    """

    def __init__(self, card: MembersCard, session: DeskSession, desk: Desk, ask: Ask) -> None:
        super().__init__(card)
        self._card, self._desk, self._ask = card, desk, ask
        self._work = PageWork(card, session, spell_fault)
        self._invitation: Invitation | None = None
        self._clash = EditClash(card.clash, lambda member: member.fields, self._save, self.look)
        card.invited.connect(self._invite)
        card.changed.connect(lambda member, role: self._save(member, {"role": role}))
        card.removed.connect(self._remove)

    def look(self) -> None:
        """List the members anew, for whoever may see them; and whether the code is still good."""
        if not has_role(self._desk.organization.role, MEMBERS_FROM):
            return
        api, organization = self._desk.api, self._desk.organization.id
        self._ask(lambda: list_members(api, organization), self._card.show_members)
        if (invitation := self._invitation) is None:
            return

        def show(is_good: bool) -> None:  # noqa: FBT001 - an answer
            if not is_good and invitation is self._invitation:
                self._invitation = None
                self._card.show_ended()

        self._ask(lambda: is_open(api, organization, invitation), show)

    def _invite(self, role: str) -> None:
        api, organization = self._desk.api, self._desk.organization.id

        def show(invitation: Invitation) -> None:
            self._invitation = invitation
            self._card.show_code(invitation.code)

        self._work.do(lambda: invite(api, organization, role), show)

    def _save(self, member: Member, fields: Fields, etag: str = "") -> None:
        api, organization = self._desk.api, self._desk.organization.id
        now = structs.replace(member, etag=etag or member.etag)

        def show(clash: Clash | None) -> None:
            if clash is None:
                self.look()
            else:
                self._clash.meet(member, fields, clash, words_of_members())

        self._work.do(lambda: change_role(api, organization, now, fields["role"]), show)

    def _remove(self, member: Member) -> None:
        api, organization = self._desk.api, self._desk.organization.id

        def show(clash: Clash | None) -> None:
            self.look()
            if clash is not None:  # whoever removes decides anew, upon what the list shows now
                self._card.say(spell_clash(clash, ORGANIZATION_CLOCK))

        self._work.do(lambda: remove(api, organization, member), show)
