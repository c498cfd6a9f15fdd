"""The journal on disk: chained over restarts, rolled back whole, verified after damage."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gatekeeper.store.chain_check import verify_journal
from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.journal import Stamp
from gatekeeper.store.journal_tables import MAJOR
from gatekeeper.store.store import JournalAuthor, Store
from shared.journal.chain import decode_entry
from shared.journal.entry import NoteBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import StoreFault
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import Duration, Instant
from shared.wire.entries_per_upload import is_full
from tests.factories.strength import sized
from tests.fakes.entropy import SeededEntropy
from tests.fakes.power_cut_disk import PowerCutDisk

KEY = SigningKey(bytes(32))
STAMP = Stamp(wall=Instant(1), monotonic=Duration(2))


class Abandoned(Exception):
    """The transaction is given up."""


class JournalMachine(RuleBasedStateMachine):
    """Appends, failures, restarts, power cuts and acknowledgements in any order."""

    @initialize()
    def open(self) -> None:
        self.disk = PowerCutDisk()
        self.entropy = SeededEntropy("journal")
        self.texts: list[str] = []
        self.store = Store(self.disk, JournalAuthor(DeviceId("dv_1"), KEY, self.entropy))

    @rule(count=st.integers(1, 4))
    def append(self, count: int) -> None:
        with self.store.transaction("note"):
            for _ in range(count):
                self.texts.append(f"note {len(self.texts)}")
                self.store.journal.append(NoteBody("test", self.texts[-1]), STAMP)

    @rule(count=st.integers(1, 3))
    def give_up(self, count: int) -> None:
        before = self.store.journal.last_seq
        with pytest.raises(Abandoned), self.store.transaction("note"):
            for _ in range(count):
                self.store.journal.append(NoteBody("test", "never"), STAMP)
            raise Abandoned
        assert self.store.journal.last_seq == before

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = Store(self.disk, JournalAuthor(DeviceId("dv_1"), KEY, self.entropy))

    @rule(seed=st.integers(0, 1000))
    def cut_power(self, seed: int) -> None:
        self.disk = self.disk.cut(seed)
        self.store = Store(self.disk, JournalAuthor(DeviceId("dv_1"), KEY, self.entropy))

    @rule(count=st.integers(1, 5))
    def acknowledge(self, count: int) -> None:
        pending = self.store.journal.pending_entries(lambda number, _: number >= count)
        if pending:
            with self.store.transaction("ack"):
                self.store.journal.acknowledge(pending[-1].boot, pending[-1].dseq)

    @rule()
    def offer_again(self) -> None:
        with self.store.transaction("ack"):
            self.store.journal.offer_all_again()

    @rule(count=st.integers(1, 3))
    def skip(self, count: int) -> None:
        with self.store.transaction("skip"):
            self.store.journal.skip_numbers(count)

    @invariant()
    def holds_all_and_verifies(self) -> None:
        if not hasattr(self, "store"):
            return
        journal = self.store.journal
        report = verify_journal(journal.read, journal.boots, DeviceId("dv_1"), KEY.public_key)
        assert report.problems == ()
        entries = [decode_entry(s.entry) for _, s in journal.read(1, journal.last_seq)]
        notes = [entry for entry in entries if entry.kind == "note"]
        assert len(notes) == len(self.texts)
        numbers = [entry.seq for entry in entries]
        assert numbers == sorted(set(numbers))
        pending = journal.pending_entries(is_full)
        assert len(pending) == journal.pending
        order = [decode_entry(one.signed.entry).seq for one in pending]
        assert order == sorted(order)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()


TestJournalMachine = JournalMachine.TestCase
TestJournalMachine.settings = settings(
    max_examples=sized(15, 40), stateful_step_count=25, deadline=None
)


def test_a_journal_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    """An older program does not touch what a newer one wrote."""
    author = JournalAuthor(DeviceId("dv_1"), KEY, SeededEntropy())
    store = Store(FolderDisk(tmp_path), author)
    store._database.connection.execute(f"PRAGMA user_version={(MAJOR + 1) << 16}")
    store.close()
    with pytest.raises(StoreFault, match="newer version"):
        Store(FolderDisk(tmp_path), author)


def test_damage_in_the_last_boot_is_found_at_start(tmp_path: Path) -> None:
    """A changed byte ends the boot where it stands, and the next boot says why."""
    author = JournalAuthor(DeviceId("dv_1"), KEY, SeededEntropy())
    store = Store(FolderDisk(tmp_path), author)
    with store.transaction("note"):
        for number in range(5):
            store.journal.append(NoteBody("test", f"{number}"), STAMP)
    store._database.connection.execute(
        "UPDATE entry SET entry=zeroblob(length(entry)) WHERE seq=4"
    )
    store.close()

    store = Store(FolderDisk(tmp_path), author)
    assert "entry 4" in store.journal.damage
    assert store.journal.lost_range == (4, 6)
    assert [one.dseq for one in store.journal.pending_entries(is_full)] == [1, 2, 3]
    with store.transaction("start"):
        store.journal.start(STAMP)
    journal = store.journal
    report = verify_journal(journal.read, journal.boots, DeviceId("dv_1"), KEY.public_key)
    assert len(report.problems) == 1
    assert "sealed" in report.problems[0]
    store.close()


@pytest.mark.parametrize("column", ["entry", "signature"])
def test_a_page_that_was_half_written_is_damage_as_well(tmp_path: Path, column: str) -> None:
    """A disk that lies about its writes may leave rows that our own statements could not make."""
    author = JournalAuthor(DeviceId("dv_1"), KEY, SeededEntropy())
    store = Store(FolderDisk(tmp_path), author)
    with store.transaction("note"):
        for number in range(3):
            store.journal.append(NoteBody("test", f"{number}"), STAMP)
    store.close()
    (file,) = tmp_path.glob("journal*.db")
    as_made, lax = f"{column} BLOB NOT NULL", f"{column} BLOB"
    for before, after, then in (
        (as_made, lax, f"UPDATE entry SET {column}=NULL WHERE seq=3"),
        (lax, as_made, "SELECT 1"),
    ):
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("PRAGMA writable_schema=ON")
            connection.execute(
                "UPDATE sqlite_schema SET sql=replace(sql, ?, ?) WHERE name='entry'",
                (before, after),
            )
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute(then)

    store = Store(FolderDisk(tmp_path), author)
    assert "entry 3" in store.journal.damage
    assert [one.dseq for one in store.journal.pending_entries(is_full)] == [1, 2]
    store.close()
