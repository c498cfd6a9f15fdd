"""Somebody at the desk of a test, who is told of no more than the test wants to hear."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from gatekeeper.organizer.server_api import ServerApi
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.desk_thread import DeskThread
from tests.fakes.entropy import SeededEntropy


def make_desk_session(
    thread: object,
    office: object = None,
    on_fault: Callable[[BaseException], object] = lambda _fault: None,
    now: datetime = datetime(2026, 11, 28, 18, tzinfo=UTC),
) -> DeskSession:
    """Make one: work is left to a thread, perhaps a held one, and nothing is said over pages."""
    return DeskSession(
        cast("DeskThread", thread),
        cast("ServerApi", office),
        lambda fault: cast("None", on_fault(fault)),
        lambda _text, _role: None,
        lambda: now,
        SeededEntropy(),
    )
