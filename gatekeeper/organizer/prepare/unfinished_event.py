"""An event whose making is not finished, as the desk's folder remembers it.

A desk that is killed in the middle leaves half an event at the server, and perhaps a supervisor
whose badge nobody has seen: the next desk says so, and goes on.
"""

from __future__ import annotations

import contextlib
from typing import Final

import msgspec

from gatekeeper.organizer.prepare.event_draft import EventDraft
from gatekeeper.store.disk import Disk
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import OrganizationId
from shared.kernel.undecodable import UNDECODABLE

FILE: Final = "unfinished-event.json"


class UnfinishedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What was drafted, and how much of it is made; without badges and PINs.

    Attributes:
        organization_id: Whose event it is.
        draft: The event.
        before: Ids of the events and people that there were already.
        made: The id of each thing that was made, by the name of its step.
        unheard: The steps that were asked for without an answer: they may be done.
    """

    organization_id: OrganizationId
    draft: EventDraft
    before: frozenset[str]
    made: dict[str, str]
    unheard: frozenset[str]


class UnfinishedEvents:
    """The one event that this desk has not finished, if there is one.

    Args:
        disk: The desk's folder.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def find(self, organization_id: OrganizationId) -> UnfinishedEvent | None:
        """Return what was not finished for an organization; None also where nobody can read it."""
        try:
            content = self._disk.read(FILE)
            found = msgspec.json.decode(content or b"null", type=UnfinishedEvent | None)
        except (GatekeeperError, *UNDECODABLE):
            return None
        return found if found is not None and found.organization_id == organization_id else None

    def keep(self, event: UnfinishedEvent) -> None:
        """Remember it; a disk that refuses is no reason not to make the event."""
        with contextlib.suppress(GatekeeperError):
            self._disk.write(FILE, msgspec.json.format(msgspec.json.encode(event)))

    def forget(self) -> None:
        """Let go of it: it is finished, or somebody has said to leave it."""
        with contextlib.suppress(GatekeeperError):
            self._disk.remove(FILE)
