"""The device's journal on disk: appended to, never changed; each start of the program a boot.

`append` belongs inside a transaction of the store, together with the rows that the entry causes,
so that a use and its entry are durable in the same instant.

Source:
    docs/decisions/0005-journal-durable-before-green.md
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, LiteralString

import msgspec

from gatekeeper.store.boots import BootState
from gatekeeper.store.chain_check import check_boot, find_head
from gatekeeper.store.database import JournalDatabase
from gatekeeper.store.disk import Disk
from gatekeeper.store.journal_numbers import RESERVED, Reservation, write_reservation
from gatekeeper.store.kept_table import fetch_rows
from gatekeeper.store.opening_damaged_journal import Loss
from gatekeeper.store.releases_and_undos import ClaimEnd, keep_end, list_ends
from gatekeeper.store.scan_numbers import ScanNumbers
from gatekeeper.store.single_values import read_number, write_number
from shared.journal.chain import ChainHead, SignedEntry, encode_body, encode_entry
from shared.journal.entry import (
    BOOT_SIZE,
    CONTEXT,
    ENTRY_VERSION,
    KIND_OF_BODY,
    NO_HASH,
    Body,
    BootBody,
    Entry,
    ReleaseBody,
    ScanBody,
    UndoBody,
)
from shared.kernel.ed25519 import SigningKey, sha256
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import Duration, Instant
from shared.kernel.ports import Entropy

_SEQ_FLOOR: Final = "seq_floor"
LOST_MAX: Final = 1_000_000
"""Entries of one boot that a disk can have lost at most; a gate makes fewer in a year. Whoever
claims more has made the number up, and numbers are not unlimited."""


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """When an entry was made and what the device knew then; see `Entry` for the fields."""

    wall: Instant
    monotonic: Duration
    offset: Duration | None = None
    offset_error: Duration | None = None
    epoch: int = 0
    cursor: int = 0


class PendingEntry(msgspec.Struct, frozen=True):
    """An entry to upload, and where it stands."""

    boot: bytes
    dseq: int
    signed: SignedEntry


class Journal:
    """The journal of one device: its signed entries on disk, and the next ones.

    Attributes:
        device_id: Whose.
        public_key: The device's.
        damage: What was found wrong with the journal in this run, or "".
        lost_range: First and last `seq` of what was sealed because of it, or None.
    """

    def __init__(
        self,
        database: JournalDatabase,
        *,
        device_id: DeviceId,
        key: SigningKey,
        entropy: Entropy,
        program: str,
        loss: Loss | None = None,
    ) -> None:
        """Read where the journal stands and check the last boot; all, after a loss.

        Raises:
            StoreFault: if the database cannot be read.
        """
        self.device_id = device_id
        self.public_key = key.public_key
        self._database = database
        self._connection = database.connection
        self._key = key
        self._entropy = entropy
        self._program = program
        self._head: ChainHead | None = None
        self._scans = ScanNumbers(database.connection)
        self._boots = _load_boots(database)
        floor = read_number(self._connection, _SEQ_FLOOR) or 0
        last = self._boots[-1].seq_of(self._boots[-1].last_dseq) if self._boots else 0
        self._next_seq = max(last, floor) + 1
        self.damage = self._unsaid = ""
        self.lost_range: tuple[int, int] | None = None
        self._reserved = 0
        self._marks_boot = True
        self._first_hash = b""
        self._previous = self._check_last_boot() if loss is None else self._check_all(loss)

    # -- writing -----------------------------------------------------------------------------

    def append(self, body: Body, stamp: Stamp, *, event_id: EventId = EventId("")) -> int:
        """Add an entry; the first one in a process begins a boot.

        Must run inside a transaction of the store, and is durable when that has ended.

        Args:
            body: What to record.
            stamp: When, and knowing what.
            event_id: The event it belongs to, or "".

        Returns:
            The entry's `seq`.

        Raises:
            Malformed: if the entry would be too long.
        """
        if self._head is None:
            self._begin_boot(stamp)
        return self._add(body, stamp, event_id)

    def start(self, stamp: Stamp) -> None:
        """Begin this process's boot, unless it has begun; inside a transaction."""
        if self._head is None:
            self._begin_boot(stamp)

    def _begin_boot(self, stamp: Stamp) -> None:
        previous = self._previous
        if self._unsaid:
            self._connection.executemany(
                "UPDATE boot SET sealed_at=? WHERE number=?",
                [(boot.sealed_at, boot.number) for boot in self._boots],
            )
        state = BootState(
            number=self._boots[-1].number + 1 if self._boots else 1,
            boot=self._entropy.random_bytes(BOOT_SIZE),
            first_seq=self._next_seq,
            last_dseq=0,
            acknowledged=0,
            sealed_at=None,
        )
        self._connection.execute(
            "INSERT INTO boot (number, boot, first_seq) VALUES (?, ?, ?)",
            (state.number, state.boot, state.first_seq),
        )
        self._boots.append(state)
        self._head = ChainHead(state.boot, 0, previous.hash)
        body = BootBody(self._program, previous.boot, previous.dseq, self._unsaid)
        self._unsaid = ""
        self._add(body, stamp, EventId(""))
        self._first_hash, self._marks_boot = self._head.hash, True

    def _add(self, body: Body, stamp: Stamp, event_id: EventId) -> int:
        head, seq = self._head, self._next_seq
        assert head is not None
        entry = Entry(
            v=ENTRY_VERSION,
            device_id=self.device_id,
            boot=head.boot,
            dseq=head.dseq + 1,
            seq=seq,
            previous=head.hash,
            kind=KIND_OF_BODY[type(body)],
            event_id=event_id,
            wall=stamp.wall,
            monotonic=stamp.monotonic,
            offset=stamp.offset,
            offset_error=stamp.offset_error,
            epoch=stamp.epoch,
            cursor=stamp.cursor,
            body=encode_body(body),
        )
        encoded = encode_entry(entry)
        self._connection.execute(
            "INSERT INTO entry (seq, entry, signature) VALUES (?, ?, ?)",
            (seq, encoded, self._key.sign(CONTEXT, encoded)),
        )
        if isinstance(body, ReleaseBody | UndoBody):
            keep_end(self._connection, seq, entry)
        elif isinstance(body, ScanBody):
            self._scans.add(seq)
        self._head = ChainHead(head.boot, entry.dseq, sha256(encoded))
        self._next_seq = seq + 1
        self._boots[-1].last_dseq = entry.dseq
        return seq

    def keep_reservation(self, disk: Disk) -> None:
        """Have boot and numbers stand in the second file as well; after a commit."""
        if self._head is None or (
            not self._marks_boot and self._next_seq + RESERVED // 2 <= self._reserved
        ):
            return
        reserved = self._next_seq + RESERVED
        line = Reservation(reserved, self._head.boot.hex(), self._first_hash.hex())
        if write_reservation(disk, line):
            self._reserved, self._marks_boot = reserved, False

    def mark(self) -> Callable[[], None]:
        """Return what goes back to where the journal stands now; for a transaction that fails."""
        head, previous, next_seq, unsaid = (
            self._head,
            self._previous,
            self._next_seq,
            self._unsaid,
        )

        def rewind() -> None:
            self._head, self._previous = head, previous
            self._next_seq, self._unsaid = next_seq, unsaid
            self._scans.forget()
            self._boots = _load_boots(self._database)

        return rewind

    # -- reading -----------------------------------------------------------------------------

    @property
    def boots(self) -> tuple[BootState, ...]:
        """Every boot, oldest first; not to be changed."""
        return tuple(self._boots)

    @property
    def last_seq(self) -> int:
        """The newest entry's number; 0 before the first."""
        return self._boots[-1].seq_of(self._boots[-1].last_dseq) if self._boots else 0

    def first_of_interest(self, event_id: EventId) -> int:
        """Return the place among `boots` of the first that other gates of an event may want.

        Boots before it bear no entry of that event, and the server holds them.
        """
        rows = fetch_rows(
            self._connection,
            "SELECT seq FROM entry WHERE instr(entry, CAST(? AS BLOB)) > 0 ORDER BY seq LIMIT 1",
            (event_id,),
        )
        for place, boot in enumerate(self._boots):
            is_of_event = bool(rows) and boot.seq_of(boot.last_dseq) >= rows[0][0]
            if boot.pending or is_of_event:
                return place
        return max(0, len(self._boots) - 1)

    @property
    def pending(self) -> int:
        """How many entries the server has not acknowledged."""
        return sum(boot.pending for boot in self._boots)

    @property
    def first_pending(self) -> int | None:
        """The number of the oldest of those, if there is one."""
        waiting = (one.seq_of(one.acknowledged + 1) for one in self._boots if one.pending)
        return next(waiting, None)

    @property
    def pending_scans(self) -> int:
        """How many of those are scans.

        Raises:
            StoreFault: if the database cannot be read.
        """
        return self._scans.count_pending(self._boots)

    def pending_entries(self, is_full: Callable[[int, int], bool]) -> list[PendingEntry]:
        """Give the oldest unacknowledged entries, in order, boot after boot.

        Args:
            is_full: Tells by the entries' number and their bytes when no further one is wanted.
        """
        found: list[PendingEntry] = []
        size = 0
        for boot in self._boots:
            if not boot.pending:
                continue
            first, last = boot.seq_of(boot.acknowledged + 1), boot.seq_of(boot.sound_dseq)
            for seq, signed in self.read(first, last):
                if is_full(len(found), size):
                    return found
                found.append(PendingEntry(boot.boot, seq - boot.first_seq + 1, signed))
                size += len(signed.entry)
        return found

    def read(self, first_seq: int, last_seq: int) -> Iterator[tuple[int, SignedEntry]]:
        """Yield entries with their `seq`, both ends included.

        Raises:
            StoreFault: if the database cannot be read.
        """
        return self._read("seq BETWEEN ? AND ?", (first_seq, last_seq))

    def read_naming(self, word: bytes) -> Iterator[tuple[int, SignedEntry]]:
        """Yield the entries whose bytes hold a word, with their `seq`; SQLite does the looking.

        Raises:
            StoreFault: if the database cannot be read.
        """
        return self._read("instr(entry, ?) > 0", (word,))

    def _read(
        self, which: LiteralString, values: tuple[int | bytes, ...]
    ) -> Iterator[tuple[int, SignedEntry]]:
        rows = self._connection.execute(
            f"SELECT seq, entry, signature FROM entry WHERE {which} ORDER BY seq",  # noqa: S608 - one of the two above
            values,
        )
        for seq, entry, signature in rows:
            # A half-written page may hold what no statement of ours could write.
            yield seq, SignedEntry(entry or b"", signature or b"")

    def ends_in(self, first_seq: int, last_seq: int) -> list[ClaimEnd]:
        """Return what releases and undos of a range of numbers said, damaged entries included."""
        return list_ends(self._connection, first_seq, last_seq)

    # -- what the server says ------------------------------------------------------------------

    def acknowledge(self, boot: bytes, dseq: int) -> int:
        """Record how far the server holds a boot; inside a transaction.

        Returns:
            How many more entries of this boot than known before the server holds and this disk
            has lost; 0 normally.

        Raises:
            Malformed: if no disk can have lost so many, or the number is none; nothing of such
                an answer is to be believed.
        """
        for state in self._boots:
            if state.boot == boot:
                if not 0 <= dseq <= state.last_dseq + LOST_MAX:
                    raise Malformed(
                        f"the server says that it holds entry {dseq} of a boot that has"
                        f" {state.last_dseq}; its answer was not used"
                    )
                lost = 0
                if state.sealed_at is None and dseq > state.last_dseq + state.lost:
                    lost = dseq - state.last_dseq - state.lost
                    state.lost += lost
                    self._connection.execute(
                        "UPDATE boot SET lost=? WHERE number=?", (state.lost, state.number)
                    )
                held = min(dseq, state.sound_dseq)
                if held > state.acknowledged:
                    state.acknowledged = held
                    self._connection.execute(
                        "UPDATE boot SET acknowledged=? WHERE number=?", (held, state.number)
                    )
                return lost
        return 0

    def send_again_after(self, boot: bytes, dseq: int) -> None:
        """Go back to where the server says that its copy of a boot ends; inside a transaction.

        Where it has nothing of a boot, it may lack the boots before as well, and gets them again.
        """
        self._scans.forget()
        for state in self._boots:
            if state.boot == boot or dseq == 0:
                state.acknowledged = min(state.acknowledged, dseq)
                self._connection.execute(
                    "UPDATE boot SET acknowledged=? WHERE number=?",
                    (state.acknowledged, state.number),
                )
            if state.boot == boot:
                return

    def offer_all_again(self) -> None:
        """Forget every acknowledgement, for a ledger of a new epoch; inside a transaction."""
        self._scans.forget()
        self._connection.execute("UPDATE boot SET acknowledged=0")
        for state in self._boots:
            state.acknowledged = 0

    def skip_numbers(self, count: int) -> None:
        """Leave numbers unused that lost entries may have had; inside a transaction.

        Within a boot numbers have no gap, so the next entry begins a new one.

        Raises:
            Malformed: if no disk can have lost so many.
        """
        if not 0 <= count <= LOST_MAX:
            raise Malformed(f"{count} numbers cannot have been lost")
        if self._head is not None:
            self._previous, self._head = self._head, None
        self._next_seq += count
        write_number(self._connection, _SEQ_FLOOR, self._next_seq - 1)

    def note_problem(self, boot: bytes, dseq: int, status: str, problem: str) -> None:
        """Keep what the server said against an entry; inside a transaction."""
        for state in self._boots:
            if state.boot == boot:
                self._connection.execute(
                    "INSERT OR REPLACE INTO entry_problem VALUES (?, ?, ?)",
                    (state.seq_of(dseq), status, problem),
                )

    def seal_after(self, boot: bytes, dseq: int, why: str) -> None:
        """Give up what follows an entry, because it is damaged; inside a transaction.

        The next entry begins a boot that says so. What can still be read of `lost_range` is to be
        put on record again.
        """
        numbers = [state.number for state in self._boots if state.boot == boot]
        if not numbers:
            return
        for state in self._boots:
            if state.boot == boot:
                state.sealed_at = dseq
                self.lost_range = (state.seq_of(dseq + 1), self.last_seq)
            elif state.number > numbers[0]:
                # Its first entry leads back to what is given up.
                state.sealed_at = 0
        self.damage = self._unsaid = why
        self._previous, self._head = find_head(self.read, self._boots), None

    def _check_all(self, loss: Loss) -> ChainHead:
        """Give the head to continue from after a loss, and what was saved is not sound."""
        for boot in self._boots:
            sound, why = check_boot(self.read, boot, self.device_id, self.public_key)
            if why and boot.sealed_at is None:
                self.seal_after(boot.boot, sound, why)
                break
        self.damage = self._unsaid = loss.why
        head = find_head(self.read, self._boots)
        return head if head.boot else loss.reservation.head

    def _check_last_boot(self) -> ChainHead:
        """Give the head to continue from, and say what is wrong with the last boot."""
        if not self._boots:
            return ChainHead(b"", 0, NO_HASH)
        last = self._boots[-1]
        if last.sealed_at is None:
            sound, why = check_boot(self.read, last, self.device_id, self.public_key)
            if why:
                self.lost_range = (last.seq_of(sound + 1), self.last_seq)
                last.sealed_at = sound
                self.damage = self._unsaid = why
        return find_head(self.read, self._boots)


def _load_boots(database: JournalDatabase) -> list[BootState]:
    connection = database.connection
    rows = fetch_rows(
        connection,
        "SELECT number, boot, first_seq, acknowledged, sealed_at, lost FROM boot ORDER BY number",
    )
    boots = [
        BootState(
            number=number,
            boot=boot,
            first_seq=first,
            last_dseq=0,
            acknowledged=held,
            sealed_at=sealed,
            lost=lost,
        )
        for number, boot, first, held, sealed, lost in rows
    ]
    for place, boot in enumerate(boots):
        following = boots[place + 1].first_seq if place + 1 < len(boots) else 1 << 62
        ((last,),) = fetch_rows(
            connection,
            "SELECT max(seq) FROM entry WHERE seq >= ? AND seq < ?",
            (boot.first_seq, following),
        )
        boot.last_dseq = 0 if last is None else last - boot.first_seq + 1
    return boots
