"""Generations of tickets that this device has verified and its list does not have yet.

Whoever shows a ticket's newer credential proves that the older ones are superseded, also at a
gate that has not heard of the reissue.
"""

from __future__ import annotations

from typing import Final

import apsw
import msgspec

from gatekeeper.store.single_values import read_bytes, write_bytes
from shared.kernel.id_types import TicketId

_NAME: Final = "generations"
_FIRST: Final = 1
_DECODER: Final = msgspec.msgpack.Decoder(dict[int, int])
_ENCODER: Final = msgspec.msgpack.Encoder()


class Generations:
    """The highest generation shown of each such ticket; notes belong inside a transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Use the journal database's connection."""
        self._connection = connection
        kept = read_bytes(connection, _NAME)
        self._seen = {} if kept is None else _DECODER.decode(kept)

    def outdoes(self, ticket_id: TicketId | None, generation: int) -> bool:
        """Tell whether a credential of a higher generation was shown here."""
        return ticket_id is not None and self._seen.get(ticket_id, 0) > generation

    def note(self, ticket_id: TicketId, generation: int, listed: int | None) -> None:
        """Take a verified credential's generation.

        Args:
            ticket_id: Its ticket.
            generation: Its own.
            listed: What this device's list says; None where the ticket is not listed. The first
                credential of such a ticket is no news.
        """
        known = max(self._seen.get(ticket_id, 0), _FIRST if listed is None else listed)
        if generation > known:
            self._seen[ticket_id] = generation
            write_bytes(self._connection, _NAME, _ENCODER.encode(self._seen))
