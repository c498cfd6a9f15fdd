"""The push channel: what it says, so that devices fetch what is new (`docs/specs/sync.md`)."""

from __future__ import annotations

import msgspec

from shared.kernel.id_types import EventId


class PushMessage(msgspec.Struct, frozen=True):
    """What the push channel says: there is something to fetch. JSON text frames."""

    event_id: EventId
    epoch: int
    head: int
