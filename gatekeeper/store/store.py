"""The device's store as a whole: one database, its tables, and transactions over all of them."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Final, NamedTuple, Self

import msgspec

from gatekeeper.store.awaited_arm import AwaitedArm
from gatekeeper.store.card_attempt_table import CardAttempts
from gatekeeper.store.cashier_list import CashierList
from gatekeeper.store.chunk_store import ChunkStore
from gatekeeper.store.claim_intents import ClaimIntents
from gatekeeper.store.database import Transaction
from gatekeeper.store.disk import Disk
from gatekeeper.store.disk_faults import close_after_all
from gatekeeper.store.entry_salvage import Owner
from gatekeeper.store.feed_state import FeedStates
from gatekeeper.store.fiscal_outcomes import FiscalOutcomes
from gatekeeper.store.gate_counts import GateCounts
from gatekeeper.store.heard_from_peers import PeerRecords
from gatekeeper.store.home_surrenders import HomeSurrenders
from gatekeeper.store.journal import Journal
from gatekeeper.store.open_sale_table import OpenSales
from gatekeeper.store.opening_damaged_journal import (
    UNSETTLED,
    find_damage,
    is_read_at_start,
    open_database,
)
from gatekeeper.store.print_job_table import PrintJobs
from gatekeeper.store.receipt_numbers import ReceiptNumbers
from gatekeeper.store.seen_tap_counters import TapCounters
from gatekeeper.store.shift_state import ShiftStates
from gatekeeper.store.single_values import read_number, write_number
from gatekeeper.store.ticket_changes import TicketChanges
from gatekeeper.store.till_seat_table import TillSeats
from gatekeeper.store.till_stock_table import TillStock
from gatekeeper.store.use_table import Uses
from gatekeeper.store.withdrawn_tickets import WithdrawnMark, WithdrawnTickets
from gatekeeper.store.zone_share_table import ZoneShares
from gatekeeper.version import PROGRAM
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import StoreFault
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import Duration, Instant
from shared.kernel.ports import CrashPoint, Entropy, no_crash
from shared.kernel.trouble import TroubleKind

_OFFSET: Final = "clock_offset"
_WALL_BASE: Final = "clock_wall_base"
_CLOCK_BOOT: Final = "clock_boot"
_CLOCK_ERROR: Final = "clock_error"


class JournalAuthor(msgspec.Struct, frozen=True):
    """The device whose journal is written, and the key that signs its entries."""

    device_id: DeviceId
    key: SigningKey
    entropy: Entropy
    program: str = PROGRAM


class KeptClock(NamedTuple):
    """What is known of the clock from the runs before.

    Attributes:
        offset: The last one to server time that was good; None where it was never known.
        wall_base: `GateClock.wall_base` of then; None where it was not kept.
        boot: `GateClock.boot` of then.
        error: `GateClock.error_at_zero` of then; None where it was not kept.
    """

    offset: Duration | None
    wall_base: Instant | None
    boot: int
    error: Duration | None = None


class Store:
    """Everything durable that a device keeps, besides its keys and manifest files.

    Attributes:
        disk: The folder.
        chunks: Its pieces of manifests.
        journal: The device's own record.
        uses: Passages known.
        changes: Tickets newer than the manifest.
        feeds: Cursor, manifest and conflicts per event.
        intents: Claims without an outcome.
        awaited_arm: Who was admitted and is before a turnstile's arm still.
        counts: Per gate.
        taps: Counters of NFC tags.
        till: What this till may sell and has sold.
        till_seats: Reserved seats that it alone may sell.
        cashiers: Who may work at it.
        shifts: Where its drawer's shifts stand.
        peers: What other gates said over the venue's network.
        homes: Tickets that this device has given up.
        shares: What it may let in of zones of limited capacity.
        cards: What a card terminal was asked for.
        prints: What was given to printers.
        fiscal: What a fiscal signer answered.
        withdrawn: Tickets whose rights were taken away, before its list says so.
        was_read_whole: Damage anywhere in the journal's file would have been seen at the start.
        is_unsettled: The database was damaged or lost, and the ledger has not told all again yet:
            what this device holds of homes, places and uses may be less than it knew.
        other_life: What others hold of this device's journal and it has not, or "".
        hidden_damage: What was found wrong with the file after the start, or "".
    """

    def __init__(
        self,
        disk: Disk,
        author: JournalAuthor,
        *,
        crash_point: CrashPoint = no_crash,
        repairs: bool = True,
    ) -> None:
        """Open the database and check the journal's last boot.

        Args:
            disk: The profile's folder.
            author: Whose journal.
            crash_point: Called between steps whose order matters.
            repairs: Set a damaged database aside and go on in a new one; only for whoever holds
                the profile's lock.

        Raises:
            StoreFault: if it cannot be used; if it is damaged, and not to be repaired.
        """
        self.disk = disk
        self.chunks = ChunkStore(disk)
        if not repairs and (damage := find_damage(disk)):
            message = (
                f"the journal {damage}; start the gate: it sets this journal aside and starts"
                " a new one"
            )
            raise StoreFault(message, kind=TroubleKind.DAMAGE_FOUND)
        self._database, loss = open_database(disk, Owner(author.device_id, author.key.public_key))
        connection = self._database.connection
        self.was_read_whole = is_read_at_start(connection)
        self.crash_point = crash_point
        try:
            self.journal = Journal(
                self._database,
                device_id=author.device_id,
                key=author.key,
                entropy=author.entropy,
                program=author.program,
                loss=loss,
            )
        except BaseException:
            close_after_all(connection)
            raise
        self._connection = connection
        self.is_unsettled = bool(read_number(connection, UNSETTLED))
        self.other_life = self.hidden_damage = ""
        self.uses = Uses(connection)
        self.changes = TicketChanges(connection)
        self.feeds = FeedStates(connection)
        self.intents = ClaimIntents(connection)
        self.awaited_arm = AwaitedArm(connection)
        self.counts = GateCounts(connection)
        self.taps = TapCounters(connection)
        self.till = TillStock(connection)
        self.receipt_numbers = ReceiptNumbers(connection)
        self.till_seats = TillSeats(connection)
        self.cashiers = CashierList(connection)
        self.shifts = ShiftStates(connection)
        self.open_sales = OpenSales(connection)
        self.peers = PeerRecords(connection, self.uses)
        self.homes = HomeSurrenders(connection)
        self.shares = ZoneShares(connection)
        self.cards = CardAttempts(connection)
        self.prints = PrintJobs(connection)
        self.fiscal = FiscalOutcomes(connection)
        self.withdrawn = WithdrawnTickets(connection, self.uses.generations)

    def transaction(self, step: str, *, is_durable: bool = True) -> StoreTransaction:
        """Give a block that becomes durable at its end, or changes nothing at all.

        Args:
            step: Names the block's two crash points, `<step>.before_commit` and
                `<step>.committed`.
            is_durable: Without it a power cut may take the block back, whole, as long as no
                durable one has followed: for what the server tells again.
        """
        return StoreTransaction(self, self._database.transaction(is_durable=is_durable), step)

    def read_clock_offset(self) -> Duration | None:
        """Return the last offset to server time that was good, or None."""
        offset = read_number(self._connection, _OFFSET)
        return None if offset is None else Duration(offset)

    def read_clock(self) -> KeptClock:
        """Return what was kept of the clock."""
        base = read_number(self._connection, _WALL_BASE)
        boot = read_number(self._connection, _CLOCK_BOOT)
        error = read_number(self._connection, _CLOCK_ERROR)
        return KeptClock(
            self.read_clock_offset(),
            None if base is None else Instant(base),
            boot or 0,
            None if error is None else Duration(error),
        )

    def write_clock(
        self, offset: Duration, wall_base: Instant, boot: int = 0, error: Duration | None = None
    ) -> None:
        """Keep a good offset to server time, with `GateClock`'s; inside a transaction."""
        if error is not None:
            write_number(self._connection, _CLOCK_ERROR, error)
        write_number(self._connection, _OFFSET, offset)
        write_number(self._connection, _WALL_BASE, wall_base)
        write_number(self._connection, _CLOCK_BOOT, boot)

    def settle(self) -> None:
        """Take note that the ledger has told all again; inside a transaction."""
        write_number(self._connection, UNSETTLED, 0)
        self.is_unsettled = False

    def keep_reservation(self) -> None:
        """Have numbers and the newest boot stand in the second file, where they do not yet."""
        self.journal.keep_reservation(self.disk)

    @property
    def wants_checkpoint(self) -> bool:
        """Whether a checkpoint cannot wait for an idle moment."""
        return self._database.wants_checkpoint

    def checkpoint(self) -> None:
        """Move committed pages into the database file; best while nobody scans.

        Raises:
            StoreFault: if the disk refuses; nothing is lost then.
        """
        self._database.checkpoint()

    def scrub(self) -> None:
        """Let nothing that was deleted stay in the database's files; see `JournalDatabase.scrub`.

        Raises:
            StoreFault: if the disk refuses, or another program has the database open.
        """
        self._database.scrub()

    def close(self) -> None:
        """Close the database."""
        self._database.close()


class StoreTransaction:
    """A transaction that takes back what memory holds of it if the disk refuses."""

    __slots__ = ("_rewind_journal", "_step", "_store", "_transaction", "_withdrawn")

    def __init__(self, store: Store, transaction: Transaction, step: str) -> None:
        self._store = store
        self._transaction = transaction
        self._step = step
        self._rewind_journal: Callable[[], None] | None = None
        self._withdrawn: WithdrawnMark = {}, {}

    def __enter__(self) -> Self:
        self._transaction.__enter__()
        self._rewind_journal = self._store.journal.mark()
        self._withdrawn = self._store.withdrawn.mark()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._store.crash_point(f"{self._step}.before_commit")
        try:
            self._transaction.__exit__(kind, error, traceback)
        except BaseException:
            self._rewind()
            raise
        if error is not None:
            self._rewind()
            return
        self._store.keep_reservation()
        self._store.crash_point(f"{self._step}.committed")

    def _rewind(self) -> None:
        assert self._rewind_journal is not None
        self._rewind_journal()
        self._store.withdrawn.rewind(self._withdrawn)
