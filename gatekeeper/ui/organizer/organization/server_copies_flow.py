"""What is said of the copies of this laptop's own server, and what is done with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject

from gatekeeper.organizer.before_doors.doors_ready_lines import BoardLine
from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.own_server import OwnServer
from gatekeeper.organizer.own_server_copies import (
    Missing,
    copy_to,
    find_missing,
    judge_copies,
    read_address,
    read_copies,
    read_take_over,
    wait_no_longer,
)
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.doors_ready_words import spell_advice, spell_line, spell_missing
from gatekeeper.ui.organizer.organization.server_page import ServerPage


class _Ask(Protocol):
    """Does something and hands on what came of it; faults are told over the pages."""

    def __call__(
        self, work: Callable[[], Awaitable[Any]], on_done: Callable[[Any], object]
    ) -> None: ...


def judge_own_copies(server: OwnServer, now: datetime) -> BoardLine:
    """Return the board's line on the copies of this laptop's server."""
    return judge_copies(read_copies(server.folder), now, has_sheet=server.has_sheet)


class ServerCopiesFlow(QObject):
    """Leads through copies of a server that runs on this laptop.

    Args:
        page: What is shown.
        server: This laptop's.
        desk: What can be asked of it.
        ask: Does something in the desk's thread.
        say: Says something over the pages; "" takes back what was said.
        site: Which event is open; None before there is one.
        now: What time it is.
    """

    def __init__(
        self,
        page: ServerPage,
        server: OwnServer,
        desk: Desk,
        ask: _Ask,
        say: Callable[[str], object],
        site: Callable[[], EventSite | None],
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(page)
        self._page, self._server, self._desk = page, server, desk
        self._ask, self._say, self._site, self._now = ask, say, site, now
        self._is_looking = False
        page.chose_folder.connect(self._copy_to)
        page.gave_up.connect(self._wait_no_longer)

    def look(self) -> None:
        """Say how the copies stand."""
        now = self._now()
        line = judge_own_copies(self._server, now)
        self._page.show_copies(line.light, spell_line(line, now), spell_advice(line))
        self._page.show_address(read_address(self._server.folder))
        self._look_for_missing()

    def _look_for_missing(self) -> None:
        """Say what only the dead server held, where this one took over."""
        site, server = self._site(), self._server
        if self._is_looking or read_take_over(server.folder) is None or site is None:
            return
        self._is_looking = True

        async def find() -> Missing | None:
            try:
                devices = await self._desk.devices.list_all(site)
                return await find_missing(
                    server, {one.id: one.name for one in devices if not one.is_revoked}
                )
            finally:
                self._is_looking = False

        def show(missing: Missing | None) -> None:
            if missing is not None:
                self._page.show_missing(spell_missing(missing), missing.awaited)

        self._ask(find, show)

    def _wait_no_longer(self, device_id: str) -> None:
        self._ask(lambda: wait_no_longer(self._server, device_id), lambda _none: self.look())

    def _copy_to(self, folder: Path) -> None:
        self._say("")
        self._ask(lambda: copy_to(self._server, folder), lambda _none: self.look())
