"""Alarms over every page of the desk: what it is, what to do, and who sees to it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.during.alarms_client import DeskAlarm, list_alarms, take_notice
from gatekeeper.organizer.server_api import is_session_over
from gatekeeper.presenters.desk.alarm_words import spell_alarm
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.ui.filled_layouts import edge_to_edge, fill
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.desk_style import make_button, make_text
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import ServerFault

_SIGN: Final = "\u26a0"


class AlarmBar(QWidget):
    """Shows one alarm at a time; hidden while none stands.

    Attributes:
        may_take: Whether one's role lets one see to alarms.
    """

    seen = Signal(object)
    """Somebody sees to this one."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("deskAlarms")
        self._alarms: tuple[DeskAlarm, ...] = ()
        self._at = 0
        self.may_take = True
        self._count = make_text("", "bad", "alarmCount")
        self._what = make_text("", "heading", "alarmWhat")
        self._advice = make_text("", "", "alarmAdvice")
        self._who = make_text("", "lead", "alarmWho")
        self.take = make_button(TEXTS.say("alarm.seen"), "alarmSeen", self._take, is_main=True)
        self.next = make_button(TEXTS.say("alarm.next"), "alarmNext", self._turn)
        words = fill(QVBoxLayout(), self._count, self._what, self._advice, self._who)
        fill(edge_to_edge(QHBoxLayout(self)), (words, 1), self.take, self.next)
        self.hide()

    @property
    def shown(self) -> DeskAlarm | None:
        """The alarm that is shown."""
        return self._alarms[self._at] if self._at < len(self._alarms) else None

    @property
    def said(self) -> str:
        """What is said of it."""
        labels = (self._count, self._what, self._advice, self._who)
        return "" if self.isHidden() else "\n".join(label.text() for label in labels)

    def show_alarms(self, alarms: tuple[DeskAlarm, ...]) -> None:
        """Show what stands; the one that is looked at stays, unless a new one has come."""
        before, known = self.shown, {one.id for one in self._alarms}
        fresh = [one for one in alarms if one.id not in known and not one.seen_by]
        ids = [one.id for one in alarms]
        self._alarms = alarms
        if fresh or before is None or before.id not in ids:
            self._at = 0 if not fresh else ids.index(fresh[0].id)
        else:
            self._at = ids.index(before.id)
        self._show()

    def _show(self) -> None:
        shown = self.shown
        self.setVisible(shown is not None)
        if shown is None:
            return
        self._count.setText(f"{_SIGN} " + TEXTS.say("alarm.count", count=len(self._alarms)))
        what, advice = spell_alarm(shown)
        self._what.setText(TEXTS.say("alarm.where", what=what, event=shown.event))
        self._advice.setText(advice)
        self._who.setText(TEXTS.say("alarm.seen_by", name=shown.seen_by) if shown.seen_by else "")
        self._who.setVisible(bool(shown.seen_by))
        self.take.setVisible(self.may_take and not shown.seen_by)
        self.next.setVisible(len(self._alarms) > 1)

    def _take(self) -> None:
        if self.shown is not None:
            self.seen.emit(self.shown)

    def _turn(self) -> None:
        self._at = (self._at + 1) % max(1, len(self._alarms))
        self._show()


class AlarmFlow(QObject):
    """Asks what stands, and says who sees to it."""

    failed = Signal(str)
    """What went wrong with what somebody did."""
    answered = Signal()
    """The server has answered: it is there, whatever was said of it."""

    def __init__(self, bar: AlarmBar, session: DeskSession, desk: Desk) -> None:
        super().__init__(bar)
        self._bar, self._session, self._desk = bar, session, desk
        self._thread = session.thread
        self._is_looking = False
        bar.seen.connect(self._take)

    def look(self) -> None:
        """Ask what stands, unless that is being asked.

        Every page is watched by it: the desk is told of a server that is away and of a session
        that has ended, also where the page that is shown asks for nothing.
        """
        if self._is_looking:
            return
        self._is_looking = True
        organization_id = self._desk.organization.id

        def show(alarms: tuple[DeskAlarm, ...]) -> None:
            if not isValid(self):  # somebody else has sat down at the desk meanwhile
                return
            self._is_looking = False
            self._bar.show_alarms(alarms)
            self.answered.emit()

        def failed(fault: BaseException) -> None:
            if not isValid(self):
                return
            self._is_looking = False
            if isinstance(fault, ServerFault) or is_session_over(fault):
                self._session.on_fault(fault)
            else:
                self.answered.emit()

        self._thread.ask(lambda: list_alarms(self._desk.api, organization_id), show, failed)

    def _take(self, alarm: DeskAlarm) -> None:
        self._thread.ask(
            lambda: take_notice(self._desk.api, alarm),
            lambda _none: self.look(),
            lambda fault: self.failed.emit(spell_fault(fault)),
        )
