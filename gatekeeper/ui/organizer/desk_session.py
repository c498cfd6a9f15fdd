"""Somebody at the desk, from signing in to signing out: what every page's flow works with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from gatekeeper.organizer.server_api import ServerApi
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.ui.organizer.desk_thread import DeskThread
from shared.kernel.ports import Entropy


class DeskSession(NamedTuple):
    """What a page's flow is given of whoever is signed in.

    Attributes:
        thread: Does what takes time.
        api: The server, asked in their name.
        on_fault: Told what is no refusal: a cut network, an ended session.
        say: Says something over the pages, and in which role; "" takes back what was said.
        now: What time it is.
        entropy: Draws what is drawn at the desk.
    """

    thread: DeskThread
    api: ServerApi
    on_fault: Callable[[BaseException], None]
    say: Callable[[str, str], None]
    now: Callable[[], datetime]
    entropy: Entropy

    def telling(self, say: Callable[[str, str], None]) -> DeskSession:
        """Return the same with a page that says every fault itself, also a cut network."""
        return self._replace(on_fault=lambda fault: say(spell_fault(fault), "bad"))
