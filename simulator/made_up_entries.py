"""What is written into a device's journal by who has the device: its program knows nothing."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.session import GateSession
from shared.journal.entry import Body
from shared.kernel.id_types import EventId


def write_made_up(session: GateSession, event_id: EventId, bodies: Iterable[Body]) -> int:
    """Append entries to a device's journal, at one instant; returns how many there were."""
    stamp, done = session._recorder.stamp(), 0  # noqa: SLF001 - who has the device has its parts
    for body in bodies:
        with session.store.transaction("made up"):
            session.store.journal.append(body, stamp, event_id=event_id)
        done += 1
    return done
