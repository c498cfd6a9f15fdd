"""A manifest at rest: pages of 128 tickets in a database that can be thrown away.

A page is one row: the first id, the ids as 8-byte big-endian numbers in order, and their class
numbers likewise in 4 bytes. Finding one ticket in a million is one look-up and one search in a
kilobyte; opening the file reads no tickets at all. The file is never changed once it is named
by the journal database, so a half-written one is never used.
"""

from __future__ import annotations

import bisect
import operator
from collections.abc import Callable
from typing import Final

import apsw

from gatekeeper.store.disk import Disk
from gatekeeper.store.disk_faults import close_after_all, explained
from gatekeeper.store.kept_table import fetch_rows
from gatekeeper.store.seat_table import SeatTable, load_seats
from gatekeeper.store.stored_ids import to_column
from shared.credential.manual_code import MANUAL_BITS
from shared.kernel.errors import Malformed, StoreFault
from shared.kernel.id_types import TicketId
from shared.kernel.ids import TICKET_ID_BITS
from shared.kernel.trouble import TroubleKind
from shared.manifest.chunk_columns import CLASS_SIZE, ID_SIZE, MANUAL_SIZE, decode_columns
from shared.manifest.header import ChunkRef, ManifestHeader
from shared.manifest.signed_document import SignedDocument, decode_document, encode_document

PAGE_ROWS: Final = 128
_ID_BYTES: Final = PAGE_ROWS * ID_SIZE
_CLASS_BYTES: Final = PAGE_ROWS * CLASS_SIZE
_MANUAL_BYTES: Final = PAGE_ROWS * MANUAL_SIZE
_PARTS: Final = 256
_WHAT: Final = "the manifest"
_PREFIX: Final = "manifest-"
_TABLES: Final = """
CREATE TABLE page (lo INTEGER PRIMARY KEY, ids BLOB NOT NULL, classes BLOB NOT NULL) STRICT;
CREATE TABLE manual_page (lo INTEGER PRIMARY KEY, codes BLOB NOT NULL, ids BLOB NOT NULL) STRICT;
CREATE TABLE code_page (lo INTEGER PRIMARY KEY, ids BLOB NOT NULL, codes BLOB NOT NULL) STRICT;
CREATE TABLE seat_map (packed BLOB NOT NULL) STRICT;
CREATE TABLE seat (
  place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
  section TEXT NOT NULL, seat_row TEXT NOT NULL, number TEXT NOT NULL
) STRICT;
CREATE TABLE seat_ticket (ticket INTEGER PRIMARY KEY, place INTEGER NOT NULL) STRICT;
CREATE TABLE header (document BLOB NOT NULL) STRICT;
"""

_DAMAGES: Final = (
    apsw.Error, StoreFault, Malformed, ValueError, TypeError, AttributeError, LookupError,
    OverflowError,
)  # fmt: skip
"""What reading bytes that were never written can end in."""

ReadChunk = Callable[[ChunkRef], bytes]
"""Gives a chunk's bytes, verified against its hash."""
Loaded = Callable[[int], None]
"""Called with the number of tickets loaded so far."""


def file_name(header: ManifestHeader) -> str:
    """Return the name of the file for a manifest; each event counts its publications from 1."""
    return f"{_PREFIX}{header.config.event_id}-{header.epoch}-{header.sequence}.db"


def is_manifest_name(name: str) -> bool:
    """Tell whether a file of the profile is a manifest's, or was left beside one."""
    return name.startswith(_PREFIX)


def build_manifest_file(
    disk: Disk,
    document: SignedDocument,
    header: ManifestHeader,
    read_chunk: ReadChunk,
    loaded: Loaded,
) -> str:
    """Load a verified manifest into a new file and make it durable.

    Args:
        disk: Where.
        document: The signed header as it came.
        header: Its content, verified.
        read_chunk: Gives each chunk.
        loaded: Told of the progress.

    Returns:
        The file's name.

    Raises:
        Malformed: if a chunk does not hold what the header says.
        StoreFault: if the disk refuses.
    """
    name = file_name(header)
    disk.remove(name)
    connection = disk.connect(name)
    try:
        with explained(_WHAT):
            connection.execute("PRAGMA page_size=8192")
            if disk.is_exclusive:
                connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            # One by one: apsw runs nothing behind a statement whose row nobody has fetched.
            connection.execute("PRAGMA journal_mode=OFF")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute(f"BEGIN;{_TABLES}")
            connection.execute("INSERT INTO header VALUES (?)", (encode_document(document),))
            _load_tickets(connection, header, read_chunk, loaded)
            _load_manual_codes(connection, header, read_chunk)
            load_seats(connection, header, read_chunk)
            connection.execute("COMMIT")
    except BaseException:
        close_after_all(connection)
        disk.remove(name)
        raise
    with explained(_WHAT):
        connection.close()
    return name


def _load_tickets(
    connection: apsw.Connection, header: ManifestHeader, read_chunk: ReadChunk, loaded: Loaded
) -> None:
    total, before = 0, -1
    for ref in header.chunks:
        ids, classes = decode_columns(read_chunk(ref), ID_SIZE, CLASS_SIZE)
        _check_span(ref, ids, ID_SIZE, header.prefix_bits, TICKET_ID_BITS)
        rows = []
        for place in range(0, ref.count, PAGE_ROWS):
            page = ids[place * ID_SIZE : place * ID_SIZE + _ID_BYTES]
            lo = int.from_bytes(page[:ID_SIZE], "big")
            if lo <= before:
                raise Malformed("the manifest's tickets are not in order")
            before = int.from_bytes(page[-ID_SIZE:], "big")
            start = place * CLASS_SIZE
            rows.append((to_column(TicketId(lo)), page, classes[start : start + _CLASS_BYTES]))
        connection.executemany("INSERT INTO page VALUES (?, ?, ?)", rows)
        total += ref.count
        loaded(total)
    if total != header.ticket_count:
        raise Malformed("the manifest holds another number of tickets than it says")


def _load_manual_codes(
    connection: apsw.Connection, header: ManifestHeader, read_chunk: ReadChunk
) -> None:
    by_id: list[list[bytes]] = [[] for _ in range(_PARTS)]
    for ref in header.manual_chunks:
        codes, ids = decode_columns(read_chunk(ref), MANUAL_SIZE, ID_SIZE)
        _check_span(ref, codes, MANUAL_SIZE, header.prefix_bits, MANUAL_BITS)
        rows = []
        for place in range(0, ref.count, PAGE_ROWS):
            page = codes[place * MANUAL_SIZE : place * MANUAL_SIZE + _MANUAL_BYTES]
            start = place * ID_SIZE
            lo = int.from_bytes(page[:MANUAL_SIZE], "big")
            rows.append((lo, page, ids[start : start + _ID_BYTES]))
        connection.executemany("INSERT INTO manual_page VALUES (?, ?, ?)", rows)
        _share_out(sorted(map(operator.add, _cut(ids, ID_SIZE), _cut(codes, MANUAL_SIZE))), by_id)
    _turn_codes(connection, by_id)


def _cut(rows: bytes, width: int) -> list[bytes]:
    return [rows[start : start + width] for start in range(0, len(rows), width)]


def _share_out(rows: list[bytes], parts: list[list[bytes]]) -> None:
    """Put sorted rows to the parts of their first bytes."""
    start = 0
    for first in range(_PARTS):
        is_last = first == _PARTS - 1
        end = len(rows) if is_last else bisect.bisect_left(rows, bytes((first + 1,)), start)
        parts[first] += rows[start:end]
        start = end


def _turn_codes(connection: apsw.Connection, by_id: list[list[bytes]]) -> None:
    """Keep the codes by their tickets as well: a scan of the picture names the printed code."""
    waiting: list[bytes] = []

    def keep(count: int) -> None:
        page, waiting[:count] = waiting[:count], []
        lo = int.from_bytes(page[0][:ID_SIZE], "big")
        ids = b"".join(one[:ID_SIZE] for one in page)
        codes = b"".join(one[ID_SIZE:] for one in page)
        connection.execute(
            "INSERT INTO code_page VALUES (?, ?, ?)", (to_column(TicketId(lo)), ids, codes)
        )

    for part in by_id:
        # Part by part: while one long list is sorted nothing else in this process runs.
        waiting += sorted(part)
        part.clear()
        while len(waiting) >= PAGE_ROWS:
            keep(PAGE_ROWS)
    if waiting:
        keep(len(waiting))


def _check_span(ref: ChunkRef, rows: bytes, width: int, prefix_bits: int, key_bits: int) -> None:
    """Refuse a chunk whose count or first and last keys are not those of its header's line.

    Raises:
        Malformed: if so.
    """
    shift = key_bits - prefix_bits
    ends = (rows[:width], rows[-width:])
    if len(rows) != ref.count * width or any(
        int.from_bytes(end, "big") >> shift != ref.prefix for end in ends
    ):
        raise Malformed("a piece of the manifest does not hold what the manifest says")


class ManifestFile:
    """A loaded manifest, open for look-ups.

    Attributes:
        document: The signed header; verify it before use.
        is_damaged: A look-up has found something that was never written.
        seats: The event's reserved seats; none in manifests without.
    """

    def __init__(self, disk: Disk, name: str, *, checks: bool = False) -> None:
        """Open the file.

        Args:
            disk: The profile's folder.
            name: The file.
            checks: Read all of its pages, to find at once what a look-up would stumble over.

        Raises:
            StoreFault: if it is missing or damaged.
        """
        self.name = name
        self.is_damaged = False
        if name not in disk.names(""):
            message = f"{name} is missing; sync once to fetch the manifest again"
            raise StoreFault(message, kind=TroubleKind.DATA_DAMAGED)
        self._connection = disk.connect(name)
        try:
            with explained(_WHAT):
                if disk.is_exclusive:
                    self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
                self._connection.execute("PRAGMA query_only=1;PRAGMA cache_size=-16384")
                ((content,),) = fetch_rows(self._connection, "SELECT document FROM header")
                named = "SELECT 1 FROM sqlite_master WHERE name='code_page'"
                self._has_codes = bool(fetch_rows(self._connection, named))
            self.seats = SeatTable(self._connection, self.note_damage)
            self.document = decode_document(content)
            if checks and fetch_rows(self._connection, "PRAGMA quick_check(1)") != [("ok",)]:
                raise self.note_damage()
        except _DAMAGES as fault:
            close_after_all(self._connection)
            raise self.note_damage() from fault

    def find_class(self, ticket_id: TicketId) -> int | None:
        """Return the class number of a ticket, or None if it is not listed.

        Raises:
            StoreFault: if the file cannot be read.
        """
        sql = "SELECT ids, classes FROM page WHERE lo<=? ORDER BY lo DESC LIMIT 1"
        return self._find(
            sql, to_column(ticket_id), ticket_id.to_bytes(ID_SIZE, "big"), CLASS_SIZE
        )

    def find_manual(self, code: int) -> int | None:
        """Return the id of the ticket that a manual code stood for, or None.

        Raises:
            StoreFault: if the file cannot be read.
        """
        sql = "SELECT codes, ids FROM manual_page WHERE lo<=? ORDER BY lo DESC LIMIT 1"
        return self._find(sql, code, code.to_bytes(MANUAL_SIZE, "big"), ID_SIZE)

    def find_code(self, ticket_id: TicketId) -> int | None:
        """Return the manual code of a ticket; None without one, and in files of before.

        Raises:
            StoreFault: if the file cannot be read.
        """
        if not self._has_codes:
            return None
        sql = "SELECT ids, codes FROM code_page WHERE lo<=? ORDER BY lo DESC LIMIT 1"
        key = ticket_id.to_bytes(ID_SIZE, "big")
        return self._find(sql, to_column(ticket_id), key, MANUAL_SIZE)

    def _find(self, sql: str, lowest: int, key: bytes, size: int) -> int | None:
        """Return the number that stands beside a key in the page that would hold it."""
        try:
            row = self._connection.execute(sql, (lowest,)).fetchone()
            if row is None:
                return None
            keys, values = row
            if len(keys) // len(key) * size != len(values):
                raise self.note_damage()
            place = _find_row(keys, key)
            if place is None:
                return None
            return int.from_bytes(values[place * size : (place + 1) * size], "big")
        except _DAMAGES as fault:
            raise self.note_damage() from fault

    def note_damage(self) -> StoreFault:
        """Return the fault for something that was never written, by whoever looked it up."""
        self.is_damaged = True
        message = f"{self.name} is damaged; sync once to fetch the manifest again"
        return StoreFault(message, kind=TroubleKind.DATA_DAMAGED)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _find_row(rows: bytes, wanted: bytes) -> int | None:
    """Return the place of a fixed-width row, or None; a match across rows is none."""
    width, start = len(wanted), 0
    while (found := rows.find(wanted, start)) >= 0:
        if found % width == 0:
            return found // width
        start = found + 1
    return None
