"""Putting back into a new journal what stands whole anywhere on the pages of a damaged one.

An entry proves itself by its device's signature, and names its boot and its place there; so
neither list of tables nor list of boots is needed. The server may hold some already, and says so.
"""

from __future__ import annotations

import apsw
import msgspec

from gatekeeper.store.kept_table import fetch_rows
from gatekeeper.store.raw_pages import PAGE_SIZE, entries_on
from gatekeeper.store.releases_and_undos import keep_end
from gatekeeper.store.wal_check import read_frames
from shared.journal.chain import SignedEntry, decode_entry, is_signed_by
from shared.journal.entry import Entry, EntryKind
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId


class Owner(msgspec.Struct, frozen=True):
    """Whose journal it must be, and the key that its entries verify under."""

    device_id: DeviceId
    public_key: bytes

    def read(self, signed: SignedEntry) -> Entry | None:
        """Decode an entry; None if it is not of its form, another's, or not signed."""
        try:
            entry = decode_entry(signed.entry)
        except Malformed:
            return None
        is_theirs = entry.device_id == self.device_id and is_signed_by(signed, self.public_key)
        return entry if is_theirs else None


def restore_entries(connection: apsw.Connection, owner: Owner, image: bytes, log: bytes) -> None:
    """Add the entries that are not there yet, and the boots of all; inside a transaction.

    Args:
        connection: The new database.
        owner: Whose entries.
        image: The damaged database's file.
        log: The log that stood beside it, b"" for none.
    """
    frames = [frame for frame in read_frames(log) if frame.is_sound]
    newest = {frame.page: frame.content for frame in frames}

    def page_at(number: int) -> bytes:
        start = (number - 1) * PAGE_SIZE
        return newest.get(number, image[start : start + PAGE_SIZE] if number > 0 else b"")

    known = {seq for (seq,) in fetch_rows(connection, "SELECT seq FROM entry")}
    # The newest first: of one number an older page may hold what a refused commit has left.
    places = range(0, len(image), PAGE_SIZE)
    pages = [frame.content for frame in reversed(frames)]
    for page in (*pages, *(image[place : place + PAGE_SIZE] for place in places)):
        for seq, signed in entries_on(page, page_at):
            if seq in known:
                continue
            entry = owner.read(signed)
            if entry is None or entry.seq != seq:
                continue
            known.add(seq)
            connection.execute(
                "INSERT INTO entry (seq, entry, signature) VALUES (?, ?, ?)",
                (seq, signed.entry, signed.signature),
            )
            if entry.kind in {EntryKind.RELEASE, EntryKind.UNDO}:
                connection.execute("DELETE FROM claim_end WHERE seq=?", (seq,))
                keep_end(connection, seq, entry)
    _restore_boots(connection, owner)


def _restore_boots(connection: apsw.Connection, owner: Owner) -> None:
    """Name the boots that only entries still tell of, in the order of their numbers."""
    boots = fetch_rows(
        connection, "SELECT boot, first_seq, acknowledged, sealed_at, lost FROM boot"
    )
    known = {boot for boot, *_ in boots}
    count = len(boots)
    for seq, content, signature in connection.execute("SELECT seq, entry, signature FROM entry"):
        signed = SignedEntry(content or b"", signature or b"")
        try:
            boot = decode_entry(signed.entry).boot
        except Malformed:
            continue
        if boot in known:
            continue
        entry = owner.read(signed)
        if entry is not None and entry.seq == seq:
            known.add(boot)
            boots.append((boot, seq - entry.dseq + 1, 0, None, 0))
    if len(boots) == count:
        return
    boots.sort(key=lambda row: row[1])
    connection.execute("DELETE FROM boot")
    connection.executemany(
        "INSERT INTO boot (number, boot, first_seq, acknowledged, sealed_at, lost)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [(number, *row) for number, row in enumerate(boots, 1)],
    )
