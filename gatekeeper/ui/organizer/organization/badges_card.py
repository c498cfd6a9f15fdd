"""Badges that were drawn just now: shown once, saved as PDF or printed, one of them or all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.organization.new_staff import MadePerson
from gatekeeper.organizer.saved_file import write_whole
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_file_fault
from gatekeeper.presenters.desk.role_state_and_age_words import spell_role
from gatekeeper.printing.ports import Paper
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_style import DeskCard, make_button, make_text
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.laptop_printer import print_here
from gatekeeper.ui.organizer.widgets.confirmation_cards import LossQuestion
from gatekeeper.ui.organizer.widgets.file_dialogs import ask_where_to_save
from gatekeeper.ui.organizer.widgets.last_act_line import LastActLine
from gatekeeper.ui.organizer.widgets.long_names import let_break
from gatekeeper.ui.widgets.qr_picture import QrPicture
from gatekeeper.wording.texts import TEXTS
from shared.kernel.ports import Clock

_QR_SIDE: Final = 200
_NOT_IN_NAMES: Final = re.compile(r"[^\w.-]+")
"""Of files, on any system."""
_NAME_SIZE: Final = 60
_People = Callable[[], tuple[MadePerson, ...]]


class BadgesCard(LastActLine, QWidget):
    """Shows badges, whose codes cannot be had a second time.

    Attributes:
        people: Whose are shown.
        question: Comes before whatever would take away what nobody has.
    """

    saved = Signal(object, str)
    """Some of them, and the file's name."""
    printed = Signal(object)
    """Some of them, at this laptop's printer."""

    def __init__(self) -> None:
        super().__init__()
        self.people: tuple[MadePerson, ...] = ()
        self._taken: tuple[MadePerson, ...] = ()
        rows = edge_to_edge(QVBoxLayout(self))
        self._all = QWidget()
        ways = self._make_ways("", lambda: self.people)
        ways.setContentsMargins(0, 0, 0, 0)
        self._all.setLayout(ways)
        self._note = make_text("", "lead", "badgesNote")
        self._cards = QVBoxLayout()
        self.question = LossQuestion("badgesLose", "badges", self._is_safe, self.forget)
        fill(rows, self._all, self._note, self.question, self._cards)
        self._kept = make_button(TEXTS.say("vouchers.done"), "badgesKept", self.forget)
        rows.addWidget(self._kept, 0, Qt.AlignmentFlag.AlignLeading)
        self.forget()

    def show_badges(self, people: Sequence[MadePerson]) -> None:
        """Show badges that were drawn just now, over those that nobody has yet.

        A badge that takes the place of one that is shown still comes with that one's PIN.
        """
        waiting = [one for one in self.people if not self._has(one)]
        pins = {one.id: one.pin for one in waiting if one.id}
        new = [replace(one, pin=one.pin or pins.get(one.id, "")) for one in people]
        renewed = {one.id for one in people} - {""}
        self._show((*new, *(one for one in waiting if one.id not in renewed)))

    def forget(self) -> None:
        """Show none any more."""
        self._show(())

    def take(self, people: Sequence[MadePerson]) -> None:
        """Note whose badges are on paper or in a file: a PIN is in neither."""
        self._taken = (*self._taken, *people)

    def _has(self, person: MadePerson) -> bool:
        return person in self._taken and not person.pin

    def _is_safe(self) -> bool:
        return all(self._has(one) for one in self.people)

    def _show(self, people: Sequence[MadePerson]) -> None:
        self.people, self._taken = tuple(people), ()
        self.question.hide()
        self._kept.setVisible(bool(people))
        while (item := self._cards.takeAt(0)) is not None:
            widget = item.widget()
            assert widget is not None, "every item is a card"
            widget.hide()
            widget.deleteLater()
        for person in people:
            self._cards.addWidget(self._make_card(person))
        self._all.setVisible(len(people) > 1)
        self.say("", "lead")

    def _make_card(self, person: MadePerson) -> QFrame:
        card = DeskCard("badgeCard")
        picture = QrPicture(_QR_SIDE)
        picture.show_code(person.badge)
        text = QVBoxLayout()
        text.addWidget(make_text(let_break(person.name), "heading"))
        text.addWidget(make_text(spell_role(person.role)))
        if person.pin:
            said = TEXTS.say("desk.people.pin", pin=person.pin)
            text.addWidget(make_text(said, "secret", "pin"))
        once = "desk.people.once" if person.pin else "desk.people.once_badge"
        text.addWidget(make_text(TEXTS.say(once), "lead"))
        text.addStretch(1)
        text.addLayout(self._make_ways(person.name, lambda: (person,)))
        fill(QHBoxLayout(card), picture, (text, 1))
        return card

    def _make_ways(self, whose: str, people: _People) -> QHBoxLayout:
        """Make the ways to paper of one person's badge, or of all where nobody is named."""
        row = QHBoxLayout()
        key, name = ("", "") if whose else (".all", "All")
        save = make_button(TEXTS.say(f"staff.badge.save{key}"), f"badgeSave{name}")
        save.clicked.connect(lambda: self._choose(people()))
        paper = make_button(TEXTS.say(f"staff.badge.print{key}"), f"badgePrint{name}")
        paper.clicked.connect(lambda: self.printed.emit(people()))
        for button in (save, paper):
            if whose:
                button.setAccessibleName(TEXTS.about(whose, button.text()))
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _choose(self, people: tuple[MadePerson, ...]) -> None:
        if name := ask_where_to_save(self, TEXTS.say("staff.badge.save"), name_file(people)):
            self.saved.emit(people, name)


def name_file(people: Sequence[MadePerson]) -> str:
    """Return what a file of badges is called: whose they are, so that none replaces another."""
    names = _NOT_IN_NAMES.sub("-", "-".join(one.name for one in people)).strip("-.")
    return f"badges-{names[:_NAME_SIZE].strip('-.')}.pdf" if names else "badges.pdf"


class BadgesFlow(QObject):
    """Writes and prints badges.

    Args:
        card: Where they are shown.
        thread: Does what takes time.
        desk: Of which organization.
        clock: For how long a printer is waited for.
    """

    def __init__(self, card: BadgesCard, thread: DeskThread, desk: Desk, clock: Clock) -> None:
        super().__init__(card)
        self._card, self._thread, self._desk, self._clock = card, thread, desk, clock
        card.saved.connect(self.save)
        card.printed.connect(self.print)

    def write(self, people: Sequence[MadePerson]) -> bytes:
        """Return badges as PDF, in the desk's language."""
        from gatekeeper.printing.pdf_staff_badges import StaffBadge, write_staff_badges

        badges = [StaffBadge(one.name, spell_role(one.role), one.badge) for one in people]
        return write_staff_badges(TEXTS, self._desk.organization.name, badges)

    def save(self, people: Sequence[MadePerson], name: str) -> None:
        """Write a file, and open it as the system shows PDF."""
        file = Path(name)
        try:
            write_whole(file, self.write(people))
        except OSError as fault:
            self._card.say(spell_file_fault(file.name, fault), "bad")
            return
        self._card.take(people)
        self._card.say(TEXTS.say("staff.badge.saved", name=file.name), "good")
        QDesktopServices.openUrl(QUrl.fromLocalFile(name))

    def print(self, people: Sequence[MadePerson]) -> None:
        """Give them to this laptop's printer."""
        paper = Paper("badges", self.write(people), 0)

        def say(text: str, role: str) -> None:
            if role == "good":
                self._card.take(people)
            self._card.say(text, role)

        print_here(self._thread, self._clock, paper, say)
