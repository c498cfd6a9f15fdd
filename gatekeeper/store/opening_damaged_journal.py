"""Opening the journal's database whatever has become of it, and saving what can still be read.

A file that is missing, empty or damaged is set aside as evidence, never written over, and the
device goes on in a new one with what could be read of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

import apsw
import msgspec

from gatekeeper.store.database import JOURNAL_NAME, JournalDatabase
from gatekeeper.store.disk import Disk
from gatekeeper.store.disk_faults import close_after_all, explained
from gatekeeper.store.entry_salvage import Owner, restore_entries
from gatekeeper.store.feed_state import FeedStates
from gatekeeper.store.journal_numbers import Reservation, read_reservation
from gatekeeper.store.journal_tables import read_version
from gatekeeper.store.kept_table import fetch_rows
from gatekeeper.store.manifest_file import is_manifest_name
from gatekeeper.store.single_values import read_number, write_number
from gatekeeper.store.wal_check import has_lost_entries, read_frames
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.trouble import TroubleKind
from shared.kernel.undecodable import UNDECODABLE

ASIDE: Final = "damaged"
UNSETTLED: Final = "unsettled"
_FLOOR: Final = "seq_floor"
_LOG: Final = f"{JOURNAL_NAME}-wal"
_SIDES: Final = ("", "-wal", "-shm")
_ASIDE_MAX: Final = 1_000
_NOT_KEPT: Final = frozenset(
    {
        "zone_share",
        "share_use",
        "share_code",
        "till",
        "allotment",
        "stock_grant",
        "price_allotment",
    }
)
"""What is only right if it is whole: places and tickets that the ledger has granted."""
_FAULTS_READ: Final = 100
CHECKED_AT_START: Final = 8 << 20
"""Bytes. Of a larger file the tables that grow with the event are read after the start: a million
tickets that were used are 204 MB, which take seconds, and a gate shall stand at once."""
DOUBT_NAME: Final = "journal.doubt"
"""A file that says: the next start reads all of the journal's file, however long it takes."""
BEGUN_NAME: Final = "journal.salvage"
"""A file that says under which name a damaged journal is set aside, and why, until the new one
holds what could be read of it."""
_GROWING: Final = frozenset({"use", "ticket_change", "peer_entry"})
_PROBES_MAX: Final = 1_000_000
"""Rows that are looked for one by one between two damaged places."""


class Loss(msgspec.Struct, frozen=True):
    """That the journal's file was found damaged in this start.

    Attributes:
        why: One sentence.
        reservation: What the second file says of it.
    """

    why: str
    reservation: Reservation


def open_database(disk: Disk, owner: Owner) -> tuple[JournalDatabase, Loss | None]:
    """Open the journal's database; where it is damaged, a new one with what is left of it.

    Args:
        disk: The profile's folder.
        owner: Whose entries are put back where SQLite does not find them.

    Raises:
        StoreFault: if the disk refuses, or a newer program wrote the journal.
    """
    mark = read_reservation(disk)
    names = disk.names("")
    begun = (disk.read(BEGUN_NAME) or b"").decode(errors="replace")
    aside, _, why = begun.partition(" ")
    if is_set_aside(aside) and aside.endswith(JOURNAL_NAME):
        _take_back(disk, aside, names)
        return _begin_in_new(disk, owner, (aside, why), mark)
    has_worked = mark is not None or any(is_manifest_name(name) for name in names)
    log = disk.read(_LOG) or b""  # SQLite takes it away when it has been read
    why = _find_damage_of_log(log) or _find_damage(
        disk,
        is_there=JOURNAL_NAME in names,
        has_worked=has_worked,
        is_whole=DOUBT_NAME in names,
        mark=mark,
    )
    if not why:
        database = JournalDatabase(disk)
        _forget_doubt(disk, names)
        return database, None
    return _begin_in_new(disk, owner, (_name_aside(names), why), mark, log)


def _begin_in_new(
    disk: Disk, owner: Owner, begun: tuple[str, str], mark: Reservation | None, log: bytes = b""
) -> tuple[JournalDatabase, Loss]:
    """Set the file aside and go on in a new one; whoever ends in between does all of it again."""
    aside, why = begun
    disk.write(BEGUN_NAME, f"{aside} {why}".encode())
    # Asked anew: SQLite took the log away when the damage had been looked for.
    names = disk.names("")
    _set_aside(disk, aside, names)
    is_kept = aside in disk.names("")
    database = JournalDatabase(disk)
    try:
        image = disk.read(aside) or b""
        log = log or disk.read(f"{aside}-wal") or b""
        if is_kept:
            _salvage(disk, aside, database.connection)
            why += f"; it is kept as {aside}"
        with database.transaction():
            restore_entries(database.connection, owner, image, log)
        loss = Loss(f"the journal {why}", mark or Reservation(0))
        _begin_anew(database, loss)
        _forget_doubt(disk, names)
        # Emptied first: a file's removal alone may be taken back by a power cut.
        disk.write(BEGUN_NAME, b"")
        disk.remove(BEGUN_NAME)
    except BaseException:
        close_after_all(database.connection)
        raise
    return database, loss


def _take_back(disk: Disk, aside: str, names: list[str]) -> None:
    """Remove the new file that a start did not end, its own last; nothing was written in it."""
    if aside in names and JOURNAL_NAME in names:
        for side in reversed(_SIDES):
            disk.remove(JOURNAL_NAME + side)


def find_damage(disk: Disk) -> str:
    """Say what is wrong with the journal's file, without changing anything; "" if nothing is."""
    log = disk.read(_LOG) or b""
    damage = _find_damage_of_log(log)
    if damage and disk.read(_LOG) == log:  # else the program that works with it has just written
        return damage
    names = disk.names("")
    mark = read_reservation(disk)
    is_there = JOURNAL_NAME in names
    return _find_damage(disk, is_there=is_there, has_worked=True, is_whole=True, mark=mark)


def find_hidden_damage(disk: Disk) -> str:
    """Read what the start has left unread; where it is damaged, have the next start read all.

    Beside the program that works with the file, on a connection of its own.

    Returns:
        What is wrong, or "".

    Raises:
        StoreFault: if the disk refuses.
    """
    if disk.is_exclusive:
        return ""
    damage = find_damage(disk)
    if damage:
        disk.write(DOUBT_NAME, b"")
    return damage


def is_read_at_start(connection: apsw.Connection) -> bool:
    """Tell whether a journal of this size is read whole when it is opened."""
    return _bytes_of(connection) <= CHECKED_AT_START


def _forget_doubt(disk: Disk, names: list[str]) -> None:
    if DOUBT_NAME in names:
        disk.remove(DOUBT_NAME)


def _bytes_of(connection: apsw.Connection) -> int:
    ((pages,),) = fetch_rows(connection, "PRAGMA page_count")
    ((size,),) = fetch_rows(connection, "PRAGMA page_size")
    return int(pages) * int(size)


def _checks(connection: apsw.Connection, *, is_whole: bool) -> Iterator[str]:
    """Name what has to be read: all, or each table but those that grow with the event."""
    if is_whole or is_read_at_start(connection):
        yield f"PRAGMA quick_check({_FAULTS_READ})"
        return
    tables = fetch_rows(connection, "SELECT name FROM sqlite_master WHERE type='table'")
    for (name,) in tables:
        if name not in _GROWING:
            yield f"PRAGMA quick_check({name})"


def _find_damage_of_log(log: bytes) -> str:
    return "has a log that is damaged in its middle" if has_lost_entries(read_frames(log)) else ""


def _find_damage(
    disk: Disk, *, is_there: bool, has_worked: bool, is_whole: bool, mark: Reservation | None
) -> str:
    if not is_there:
        return "is missing although this device has worked" if has_worked else ""
    connection = disk.connect(JOURNAL_NAME)
    try:
        with explained("the journal"):
            if disk.is_exclusive:
                connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            if read_version(connection) == 0:
                return "is empty although this device has worked" if has_worked else ""
            found = [
                row
                for check in list(_checks(connection, is_whole=is_whole))
                for row in fetch_rows(connection, check)
            ]
            # A torn page may hold what no statement of ours wrote: the journal seals such entries.
            is_sound = all(text == "ok" or text.startswith("NULL value") for (text,) in found)
            if not is_sound or not _has_good_states(connection):
                return "is damaged"
            return "" if _has_boot(connection, mark) else "has lost its newest part"
    except StoreFault as fault:
        if fault.kind is not TroubleKind.DAMAGE_FOUND:
            raise
        return "is damaged"
    finally:
        close_after_all(connection)


def _has_boot(connection: apsw.Connection, mark: Reservation | None) -> bool:
    """Whether the newest boot by the second file is here: it was committed before it stood there.

    Else the log beside the database is lost, or its beginning is damaged, and SQLite leaves it
    out; or the database is an older copy.
    """
    boot = b"" if mark is None else mark.head.boot
    query = "SELECT EXISTS (SELECT 1 FROM boot WHERE boot=?)"
    return not boot or fetch_rows(connection, query, (boot,)) == [(1,)]


def _has_good_states(connection: apsw.Connection) -> bool:
    """Whether each event's page and plan have their form: SQLite looks into no long value."""
    feeds = FeedStates(connection)
    try:
        for (event_id,) in fetch_rows(connection, "SELECT event_id FROM feed"):
            feeds.get(event_id)
    except (BadInput, *UNDECODABLE):
        return False
    except apsw.SQLError:
        pass  # an older program's table
    return True


def is_set_aside(name: str) -> bool:
    """Tell whether a file of the profile is a damaged database that was set aside."""
    return name.startswith(f"{ASIDE}-")


def _name_aside(names: list[str]) -> str:
    taken = set(names)
    return next(
        name
        for number in range(1, _ASIDE_MAX)
        if (name := f"{ASIDE}-{number}-{JOURNAL_NAME}") not in taken
    )


def _set_aside(disk: Disk, aside: str, names: list[str]) -> None:
    """Move the file and what belongs to it out of the way, the file first."""
    if JOURNAL_NAME not in names and aside not in names:
        for side in _SIDES:
            disk.remove(JOURNAL_NAME + side)  # SQLite reads no log without its database
        return
    for side in _SIDES:
        if JOURNAL_NAME + side in names:
            disk.rename(JOURNAL_NAME + side, aside + side)


def _begin_anew(database: JournalDatabase, loss: Loss) -> None:
    """Skip all numbers that may have been used, and have the ledger tell everything again."""
    connection = database.connection
    with database.transaction():
        used = [loss.reservation.seq, read_number(connection, _FLOOR) or 0]
        for table in ("entry", "use", "claim_end"):
            ((last,),) = fetch_rows(connection, f"SELECT max(seq) FROM {table}")  # noqa: S608 - fixed text
            used.append(last or 0)
        write_number(connection, _FLOOR, max(used))
        write_number(connection, UNSETTLED, 1)
        feeds = FeedStates(connection)
        for (event_id,) in fetch_rows(connection, "SELECT event_id FROM feed"):
            try:
                state = feeds.get(event_id)
            except Exception:  # noqa: BLE001 - whatever stands there, it is no state
                connection.execute("DELETE FROM feed WHERE event_id=?", (event_id,))
                continue
            is_same = state.manifest_epoch == state.epoch
            start = min(state.cursor, state.manifest_cursor) if is_same else 0
            feeds.put(event_id, msgspec.structs.replace(state, cursor=start))


def _salvage(disk: Disk, aside: str, connection: apsw.Connection) -> None:
    """Copy every row that can still be read and has its form."""
    damaged = disk.connect(aside)
    damaged.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)  # it stays as it was found
    try:
        if disk.is_exclusive:
            damaged.execute("PRAGMA locking_mode=EXCLUSIVE")
        tables = fetch_rows(
            connection, "SELECT name, sql FROM sqlite_master WHERE type='table' ORDER BY name"
        )
        connection.execute("BEGIN IMMEDIATE")
        for name, made_by in tables:
            if name not in _NOT_KEPT:
                _copy_rows(damaged, connection, name, has_rowid="WITHOUT ROWID" not in made_by)
        connection.execute("COMMIT")
    except apsw.Error:
        # Not even its list of tables can be read: the new database stays empty.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    finally:
        close_after_all(damaged)


def _copy_rows(
    damaged: apsw.Connection, connection: apsw.Connection, table: str, *, has_rowid: bool
) -> None:
    names = [row[1] for row in fetch_rows(connection, f"PRAGMA table_info({table})")]
    rows = _rows_by_number(damaged, table) if has_rowid else _rows(damaged, table, "")
    for row in rows:
        held = names[: len(row)]  # an earlier version has written fewer
        columns, marks = ", ".join(held), ", ".join("?" for _ in held)
        insert = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - a table of ours
        with contextlib.suppress(apsw.Error):  # a value of another kind than the column's
            connection.execute(insert, row)


def _rows(damaged: apsw.Connection, table: str, order: str) -> Iterator[tuple[Any, ...]]:
    with contextlib.suppress(apsw.Error):
        yield from damaged.execute(f"SELECT * FROM {table} {order}")  # noqa: S608 - a table of ours


def _rows_by_number(damaged: apsw.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    """Read from both ends up to the damage, and what lies between row by row."""
    low = high = 0
    for number, *row in _numbered(damaged, table, ""):
        low = number
        yield tuple(row)
    for number, *row in _numbered(damaged, table, "DESC"):
        if number <= low:
            return
        high = number
        yield tuple(row)
    for number in range(low + 1, min(high, low + _PROBES_MAX)):
        with contextlib.suppress(apsw.Error):
            yield from damaged.execute(f"SELECT * FROM {table} WHERE rowid=?", (number,))  # noqa: S608 - a table of ours


def _numbered(damaged: apsw.Connection, table: str, way: str) -> Iterator[tuple[Any, ...]]:
    with contextlib.suppress(apsw.Error):
        yield from damaged.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid {way}")  # noqa: S608 - a table of ours
