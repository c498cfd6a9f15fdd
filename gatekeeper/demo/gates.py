"""The demo's gates, as the story uses them: opened here, or by a window that shows them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Scan
from gatekeeper.sync.engine import SyncOutcome
from gatekeeper.this_machine import System
from shared.kernel.id_types import EventId
from shared.wire.feed import ConflictNotice


class StoryGate(Protocol):
    """A gate at which the story shows tickets."""

    async def scan(self, digits: str) -> ScanAnswer:
        """Show a code to the gate."""

    async def sync(self) -> SyncOutcome:
        """Let the gate talk to the server now.

        Raises:
            ServerFault: if the server cannot be reached.
        """

    async def uses(self, event_id: EventId) -> set[str]:
        """Return the claim ids of the uses that the gate knows of and nobody took back."""

    async def conflicts(self) -> tuple[ConflictNotice, ...]:
        """Return the conflicts that the gate has heard of."""

    async def close(self) -> None:
        """Leave the gate."""


OpenGate = Callable[[Path], Awaitable[StoryGate]]
"""Opens the gate whose profile is in a folder."""


class SessionGate:
    """A gate without a window."""

    def __init__(self, session: GateSession) -> None:
        """Use a session that is open."""
        self.session = session

    async def scan(self, digits: str) -> ScanAnswer:
        """Show a code to the gate."""
        return await self.session.scan(Scan(digits))

    async def sync(self) -> SyncOutcome:
        """Let the gate talk to the server now."""
        return await self.session.sync_once()

    async def uses(self, event_id: EventId) -> set[str]:
        """Return the claim ids of the uses that nobody took back."""
        return uses_of(self.session, event_id)

    async def conflicts(self) -> tuple[ConflictNotice, ...]:
        """Return the conflicts that the gate has heard of."""
        return tuple(self.session.supervision.conflicts())

    async def close(self) -> None:
        """Leave the gate."""
        await self.session.close()


def uses_of(session: GateSession, event_id: EventId) -> set[str]:
    """Return the claim ids of the uses that a device knows of and nobody took back."""
    return {use.claim_id for use in session.store.uses.list_all(event_id) if not use.annulled}


async def open_session_gate(folder: Path, system: System) -> SessionGate:
    """Open a gate without a window.

    Raises:
        StoreFault: if the profile cannot be used.
    """
    return SessionGate(await GateSession.open(folder, system=system))
