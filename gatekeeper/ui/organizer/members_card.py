"""Members of the organization in the room of people: their roles, and a code for another one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QListWidget, QVBoxLayout

from gatekeeper.organizer.desk import Desk
from gatekeeper.organizer.members import (
    ROLES,
    Member,
    change_role,
    invite,
    list_members,
    remove,
)
from gatekeeper.ui.organizer.looks import make_button, make_text
from gatekeeper.wording.texts import TEXTS

Ask = Callable[[Callable[[], Awaitable[Any]], Callable[[Any], object]], None]


class MembersCard(QFrame):
    """Lists the members, changes a role, removes one, and shows a new invitation once."""

    invited = Signal(str)
    changed = Signal(str, str)
    removed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setObjectName("membersCard")
        self._members: tuple[Member, ...] = ()
        rows = QVBoxLayout(self)
        rows.addWidget(make_text(TEXTS.say("safe.members.title"), "heading"))
        rows.addWidget(make_text(TEXTS.say("safe.members.lead"), "lead"))
        self.list = QListWidget()
        self.list.setObjectName("memberList")
        self.list.setMaximumHeight(120)
        rows.addWidget(self.list)
        self.role = QComboBox()
        self.role.setObjectName("memberRole")
        self.role.setAccessibleName(TEXTS.say("safe.members.role"))
        for role in reversed(ROLES):
            self.role.addItem(TEXTS.say(f"safe.role.{role}"), role)
        ways = QHBoxLayout()
        ways.addWidget(self.role)
        for key, name, act in (
            ("invite", "memberInvite", self._invite),
            ("change", "memberChange", self._change),
            ("remove", "memberRemove", self._remove),
        ):
            button = make_button(TEXTS.say(f"safe.members.{key}"), name)
            button.clicked.connect(act)
            ways.addWidget(button)
        ways.addStretch(1)
        rows.addLayout(ways)
        self.code = make_text("", "secret", "memberCode")
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._once = make_text(TEXTS.say("safe.members.once"), "lead")
        for label in (self.code, self._once):
            label.hide()
            rows.addWidget(label)

    def show_members(self, members: Sequence[Member]) -> None:
        """List who there is; the chosen one stays chosen."""
        if tuple(members) == self._members:
            return
        row = self.list.currentRow()
        self._members = tuple(members)
        self.list.clear()
        for one in members:
            role = TEXTS.say(f"safe.role.{one.role}")
            self.list.addItem(f"{one.name} · {one.email} · {role}")
        self.list.setCurrentRow(min(row, self.list.count() - 1))

    def show_code(self, code: str) -> None:
        """Show an invitation; it can be had no second time."""
        self.code.setText(code)
        for label in (self.code, self._once):
            label.setVisible(bool(code))

    def _invite(self) -> None:
        self.invited.emit(str(self.role.currentData()))

    def _change(self) -> None:
        if (chosen := self._chosen()) is not None:
            self.changed.emit(chosen.user_id, str(self.role.currentData()))

    def _remove(self) -> None:
        if (chosen := self._chosen()) is not None:
            self.removed.emit(chosen.user_id)

    def _chosen(self) -> Member | None:
        row = self.list.currentRow()
        return self._members[row] if 0 <= row < len(self._members) else None


class MembersFlow(QObject):
    """Joins the card and the server.

    Args:
        card: What is shown.
        desk: What can be asked of the server.
        ask: Does something and hands on what came of it; faults are told over the rooms.
    """

    def __init__(self, card: MembersCard, desk: Desk, ask: Ask) -> None:
        super().__init__(card)
        self._card, self._desk, self._ask = card, desk, ask
        card.invited.connect(self._invite)
        card.changed.connect(self._change)
        card.removed.connect(self._remove)

    def look(self) -> None:
        """List the members anew."""
        office, organization = self._desk.office, self._desk.organization.id
        self._ask(lambda: list_members(office, organization), self._card.show_members)

    def _invite(self, role: str) -> None:
        office, organization = self._desk.office, self._desk.organization.id
        self._ask(lambda: invite(office, organization, role), self._card.show_code)

    def _change(self, user_id: str, role: str) -> None:
        office, organization = self._desk.office, self._desk.organization.id
        self._ask(
            lambda: change_role(office, organization, user_id, role), lambda _none: self.look()
        )

    def _remove(self, user_id: str) -> None:
        office, organization = self._desk.office, self._desk.organization.id
        self._ask(lambda: remove(office, organization, user_id), lambda _none: self.look())
