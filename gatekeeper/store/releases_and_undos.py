"""What this device has said to take claims back, kept beside the entries that say it.

Where such an entry is found damaged it is said again from here: a claim that was given back would
else stay spent at the ledger, and an admission that was taken back would count.
"""

from __future__ import annotations

import contextlib
from typing import Any, Final

import apsw
import msgspec

from gatekeeper.store.kept_table import fetch_rows
from shared.journal.entry import Entry, EntryKind, ReleaseBody, UndoBody
from shared.kernel.errors import Malformed
from shared.kernel.id_types import EventId
from shared.kernel.packing import unpack

_DECODERS: Final[dict[str, msgspec.msgpack.Decoder[Any]]] = {
    EntryKind.RELEASE: msgspec.msgpack.Decoder(ReleaseBody),
    EntryKind.UNDO: msgspec.msgpack.Decoder(UndoBody),
}


class ClaimEnd(msgspec.Struct, frozen=True):
    """A release or an undo, and the event that it belongs to."""

    event_id: EventId
    body: ReleaseBody | UndoBody


def keep_end(connection: apsw.Connection, seq: int, entry: Entry) -> None:
    """Keep what an entry takes back; inside the entry's transaction."""
    connection.execute(
        "INSERT INTO claim_end VALUES (?, ?, ?, ?)", (seq, entry.event_id, entry.kind, entry.body)
    )


def list_ends(connection: apsw.Connection, first_seq: int, last_seq: int) -> list[ClaimEnd]:
    """Return what was taken back under a range of numbers, in order; damaged rows are left out."""
    rows = fetch_rows(
        connection,
        "SELECT event_id, kind, body FROM claim_end WHERE seq BETWEEN ? AND ? ORDER BY seq",
        (first_seq, last_seq),
    )
    found = []
    for event_id, kind, content in rows:
        with contextlib.suppress(Malformed, KeyError):
            found.append(ClaimEnd(event_id, unpack(content, _DECODERS[kind], "a claim's end")))
    return found
