"""The disk: what was synced stays, the rest is lost, kept or torn; real SQLite proves it."""

from __future__ import annotations

import apsw
import pytest

from gatekeeper.store.disk import Disk
from gatekeeper.store.disk_faults import explained
from shared.kernel.errors import StoreFault
from simulator.kernel.dice import Dice
from simulator.kernel.disk import SECTOR, DiskGone, SimDisk, SimDiskFile


def _open(disk: SimDisk, synchronous: str = "FULL") -> apsw.Connection:
    connection = disk.connect("journal.db")
    connection.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    connection.execute(f"PRAGMA synchronous={synchronous}").fetchall()
    connection.execute("CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b BLOB)")
    return connection


def _write_until_cut(disk: SimDisk, dice: Dice, synchronous: str) -> tuple[SimDisk, int]:
    """Write until the power goes at a random operation; give the disk found and what was acked."""
    connection = _open(disk, synchronous)
    found: list[SimDisk] = []
    disk.faults.on_cut = lambda: found.append(disk.power_cut(dice))
    disk.faults.operations_left = dice.between(1, 400)
    acknowledged = 0
    with pytest.raises((DiskGone, apsw.IOError)):
        while acknowledged < 10_000:
            number = acknowledged + 1
            connection.execute("INSERT INTO t VALUES (?, ?)", (number, bytes(300)))
            acknowledged = number
            if number % 37 == 0:
                connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    disk.release()
    return found[0], acknowledged


def _count_kept(disk: SimDisk) -> int | None:
    """Return how many rows are there, or None if the file is damaged."""
    try:
        connection = _open(disk)
        ((state,),) = connection.execute("PRAGMA integrity_check(1)").fetchall()
        ((count,),) = connection.execute("SELECT count(*) FROM t").fetchall()
        assert isinstance(count, int)
    except apsw.Error:
        return None
    finally:
        disk.discard()
        disk.release()
    return count if state == "ok" else None


@pytest.mark.parametrize(
    ("synchronous", "ignores_sync", "may_lose"),
    [("FULL", False, False), ("NORMAL", False, True), ("OFF", False, True), ("FULL", True, True)],
)
def test_a_power_cut_loses_acknowledged_commits_only_without_sync(
    synchronous: str, ignores_sync: bool, may_lose: bool
) -> None:
    """`FULL` on an honest disk keeps every commit; less than that loses some within 40 cuts."""
    lost = 0
    for seed in range(40):
        dice = Dice(f"cut {seed}")
        disk = SimDisk()
        disk.faults.ignores_sync = ignores_sync
        found, acknowledged = _write_until_cut(disk, dice, synchronous)
        kept = _count_kept(found)
        lost += kept is None or kept < acknowledged
    assert (lost > 0) is may_lose


def test_an_unsynced_write_is_lost_kept_or_torn_by_sector() -> None:
    """Each sector is found as before or as after, and all three outcomes happen."""
    outcomes = set()
    for seed in range(60):
        file = SimDiskFile(b"-" * (4 * SECTOR))
        file.write(100, b"+" * (2 * SECTOR))
        found = bytes(file.after_cut(Dice(str(seed)), keep=0.4).live)
        marks = found[100 : 100 + 2 * SECTOR]
        outcomes.add({0: "lost", 2 * SECTOR: "kept"}.get(marks.count(b"+"), "torn"))
        assert found[:100] == b"-" * 100
        assert found[100 + 2 * SECTOR :] == b"-" * (2 * SECTOR - 100)
        for start in range(0, 4 * SECTOR, SECTOR):
            written = found[max(100, start) : min(100 + 2 * SECTOR, start + SECTOR)]
            assert len(set(written)) <= 1
    assert outcomes == {"lost", "kept", "torn"}


def test_a_kill_keeps_what_was_written_without_sync() -> None:
    """Only the power takes writes away: the operating system outlives the program."""
    disk = SimDisk()
    connection = _open(disk, "OFF")
    connection.execute("INSERT INTO t VALUES (1, x'00')")
    found = disk.kill()
    assert _count_kept(found) == 1
    with pytest.raises(apsw.Error):
        connection.execute("INSERT INTO t VALUES (2, x'00')")
    disk.release()


def test_the_old_disk_refuses_everything_after_the_cut() -> None:
    """A program that does not notice its end cannot write on."""
    disk = SimDisk()
    disk.write("profile.json", b"{}")
    found = disk.power_cut(Dice("1"))
    with pytest.raises(DiskGone):
        disk.read("profile.json")
    with pytest.raises(DiskGone):
        disk.write("profile.json", b"")
    assert found.read("profile.json") == b"{}"


def test_a_file_written_durably_survives_and_another_may_not() -> None:
    """Not durable, a file is found as it was, as it is, empty or torn."""
    found = set()
    for seed in range(40):
        disk = SimDisk()
        disk.write("a", b"old")
        disk.write("b", b"old")
        disk.write("b", b"new")
        disk.write("a", b"new", durable=False)
        after = disk.power_cut(Dice(str(seed)))
        found.add(after.read("a"))
        assert after.read("b") == b"new"
    assert {b"old", b"new", b""} <= found


def test_a_full_disk_fails_as_a_real_one_does() -> None:
    """The commit fails with words that say so, and earlier rows stay."""
    disk = SimDisk()
    connection = _open(disk)
    connection.execute("INSERT INTO t VALUES (1, x'00')")
    disk.faults.space = 1_000
    with pytest.raises(StoreFault, match="full"), explained("the journal"):
        connection.execute("INSERT INTO t VALUES (2, zeroblob(50000))")
    with pytest.raises(StoreFault, match="full"):
        disk.write("chunk", bytes(5_000))
    disk.faults.space = None
    connection.execute("INSERT INTO t VALUES (2, zeroblob(50000))")
    assert connection.execute("SELECT count(*) FROM t").fetchall() == [(2,)]


def test_two_connections_to_one_file_exclude_each_other() -> None:
    """A program that opened its database twice is found out, not silently torn apart."""
    disk = SimDisk()
    connection = _open(disk)
    connection.execute("INSERT INTO t VALUES (1, x'00')")
    with pytest.raises(apsw.BusyError):
        _open(disk)


def test_folders_are_the_parts_of_names() -> None:
    """Listing gives the names in a folder, once each."""
    disk: Disk = SimDisk()
    disk.write("profile.json", b"{}")
    disk.write("chunks/aa", b"1")
    disk.write("chunks/bb", b"2")
    assert disk.names("") == ["chunks", "profile.json"]
    assert disk.names("chunks") == ["aa", "bb"]
    assert disk.names("none") == []
    disk.remove("chunks/aa")
    assert disk.read("chunks/aa") is None
