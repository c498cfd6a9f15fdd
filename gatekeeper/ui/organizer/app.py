"""Opens the organizer's desk on this machine, until it is closed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import msgspec

from gatekeeper.device.composition_root import enrolment_ways
from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.own_device import OwnDevices
from gatekeeper.organizer.prepare.unfinished_event import UnfinishedEvents
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.this_machine import System
from gatekeeper.ui.application import ending_by_signals, make_application
from gatekeeper.ui.organizer.desk_flow import DeskFlow
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.desk_style import dress_desk, system_theme
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.desk_window import DeskWindow
from gatekeeper.ui.organizer.sign_in.sign_in_flow import FirstStart
from gatekeeper.ui.switching_language import speak_language, system_language
from gatekeeper.unforeseen_errors import log_unforeseen
from shared.kernel.errors import GatekeeperError

_DEVICES: Final = "devices"


class OrganizerDesk:
    """The window with all that happens in it.

    Args:
        folder: What the desk keeps.
        system: This machine.
        url: A server to join, or None.
    """

    def __init__(self, folder: Path, system: System, url: str | None = None) -> None:
        self._app, self._clock = make_application("desk"), system.clock
        self.own = OwnDevices(
            folder / _DEVICES, system.open_disk, system.entropy, enrolment_ways()
        )
        self._unfinished = UnfinishedEvents(system.open_disk(folder))
        speak_language(self._app, system_language())
        self.window, self.thread = DeskWindow(), DeskThread("desk")
        dress_desk(self.window, system_theme(self._app))
        self.first = FirstStart(self.window, self.thread, folder, system, url)
        self.first.done.connect(self._open)
        self.flow: DeskFlow | None = None
        self._desk: Desk | None = None
        hints = self._app.styleHints()
        hints.colorSchemeChanged.connect(self._follow_system)
        hints.accessibility().contrastPreferenceChanged.connect(self._follow_system)

    def begin(self) -> None:
        """Start; the first page follows."""
        self.thread.start()
        self.first.begin()

    def stop(self) -> None:
        """End what goes on; a server of this laptop goes on serving."""
        if self.flow is not None:
            self.flow.stop()
        self.thread.stop()

    def _open(self, desk: Desk) -> None:
        if self.flow is not None and desk is self._desk:
            self.flow.resume()
            return
        self._desk = desk
        was_at = None if self.flow is None else (self.flow.site, self.flow.event_pages.page)
        if self.flow is not None:
            self.flow.leave()
        theme = system_theme(self._app)
        self.flow = DeskFlow(
            self.window,
            self.thread,
            desk,
            theme,
            self._clock,
            self.own,
            self._unfinished,
            self.first.server,
        )
        self.flow.signed_out.connect(lambda why: self.first.ask_again(why, desk))
        flow = self.flow
        flow.moved.connect(self._remember_address)
        flow.event_pages.takes_role.connect(lambda role: self._open(desk.in_role(role)))
        if was_at is not None:  # a session that has ended is no reason to be led elsewhere
            flow.site, flow.first_page = was_at
        self.window.may_close = flow.may_close
        EventPages.server.when_made(
            flow.event_pages,
            lambda page: page.wants_sheet.connect(lambda: self.first.make_sheet(desk, flow.begin)),
        )
        self.flow.begin()

    def _remember_address(self, url: str) -> None:
        """Look for the server there at the next start, too."""
        memory, flow = self.first.memory, self.flow
        assert memory is not None, "somebody is signed in"
        assert flow is not None, "it tells of this"
        try:
            self.first.keep(msgspec.structs.replace(memory, url=url))
        except GatekeeperError as fault:
            flow.event_pages.say(spell_fault(fault))

    def _follow_system(self) -> None:
        theme = system_theme(self._app)
        dress_desk(self.window, theme)
        if self.flow is not None:
            self.flow.event_pages.set_theme(theme)


def run_organizer(folder: Path, system: System, url: str | None) -> int:
    """Run the window until it is closed or asked to end; returns the exit status."""
    app = make_application("desk")
    sys.excepthook = log_unforeseen
    desk = OrganizerDesk(folder, system, url)
    with ending_by_signals(app):
        desk.window.closed.connect(lambda: app.exit(0))
        desk.window.resize(desk.window.sizeHint())
        desk.window.show()
        desk.begin()
        try:
            return app.exec()
        finally:
            desk.stop()
