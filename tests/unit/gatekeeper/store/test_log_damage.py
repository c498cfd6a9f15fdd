"""Entries that stand on the disk, and SQLite does not find: in a log, or behind a lost first page.

A log that is spoilt in its middle is told from one that a power cut tore: of that nothing is said.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import apsw
import pytest

from gatekeeper.gate.requests import Scan
from gatekeeper.gate.troubles import of_store
from gatekeeper.store import opening_damaged_journal
from gatekeeper.store.chain_check import verify_journal
from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.wal_check import has_lost_entries, read_frames
from shared.kernel.trouble import NO_TROUBLE, TroubleKind
from tests.factories.gate_device import GateDevice
from tests.factories.gate_event import TicketOffice
from tests.factories.strength import sized
from tests.fakes.power_cut_disk import PowerCutDisk

PAGE: Final = 4096
FRAME: Final = 24 + PAGE
HEADER: Final = 32
LOG: Final = "journal.db-wal"
SCANS: Final = 12


class Killed:
    """What a gate leaves that was killed after some scans, its log not yet moved."""

    def __init__(self, folder: Path, office: TicketOffice, codes: list[str]) -> None:
        self.folder, self.office, self.codes = folder, office, codes
        self.log = (folder / LOG).read_bytes()
        self.entries: dict[int, bytes] = {}
        self._starts = 1

    def copy(self, place: Path) -> Path:
        """Give its folder once more, to be spoilt."""
        return Path(shutil.copytree(self.folder, place))

    def start(self, folder: Path) -> GateDevice:
        """Start the program in a folder again."""
        self._starts += 1
        return GateDevice(folder, self.office, start_number=self._starts)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """Scan at a gate, and take its folder as it lies on the disk."""
    return asyncio.run(scan_and_kill(tmp_path_factory.mktemp("gate")))


async def scan_and_kill(folder: Path) -> Killed:
    """Let some in, and copy the folder before the program ends."""
    office = TicketOffice()
    codes = [office.sell() for _ in range(SCANS + 1)]
    device = GateDevice(folder / "running", office)
    await device.publish()
    for code in codes[:SCANS]:
        assert (await device.lane.scan(Scan(code))).reason == "ok"
    shutil.copytree(folder / "running", folder / "left")
    left = Killed(folder / "left", office, codes)
    left.entries = entries_of(device)
    device.stop()
    return left


def entries_of(device: GateDevice) -> dict[int, bytes]:
    """Return each entry's bytes by its number."""
    return {seq: signed.entry for seq, signed in device.store.journal.read(1, 1 << 60)}


def flip(path: Path, place: int) -> None:
    """Spoil one byte."""
    content = bytearray(path.read_bytes())
    content[place] ^= 0x20
    path.write_bytes(content)


async def goes_on(killed: Killed, device: GateDevice) -> dict[int, bytes]:
    """Scan again; every number that was answered must still say the same, or nothing."""
    last = max(killed.entries)
    again = await device.lane.scan(Scan(killed.codes[0]))
    fresh = await device.lane.scan(Scan(killed.codes[SCANS]))
    assert (again.reason, fresh.reason) == ("already_used", "ok")
    assert (again.seq or 0) > last
    found = entries_of(device)
    for seq, entry in killed.entries.items():
        assert found.get(seq, entry) == entry, f"number {seq} was used twice"
    return found


@pytest.mark.parametrize("share", [0.02, 0.35, 0.5, 0.8])
async def test_log_that_is_spoilt_in_its_middle_is_said_and_loses_no_entry(
    killed: Killed, tmp_path: Path, share: float
) -> None:
    """SQLite leaves out all that follows: entries were gone, their numbers used again."""
    folder = killed.copy(tmp_path / "gate")
    flip(folder / LOG, int(len(killed.log) * share))
    device = killed.start(folder)
    assert of_store(device.store)[0].kind is TroubleKind.JOURNAL_LOST
    assert "log" in device.store.journal.damage
    found = await goes_on(killed, device)
    assert killed.entries.items() <= found.items()
    assert device.store.journal.pending == len(found), "all of it is still to be sent"
    journal = device.store.journal
    report = verify_journal(journal.read, journal.boots, journal.device_id, journal.public_key)
    assert report.problems == ()
    (aside,) = folder.glob("damaged-*-journal.db-wal")
    assert aside.read_bytes() == flipped(killed.log, share), "it is kept as it was found"
    device.restart()
    assert device.store.journal.damage == ""
    device.stop()


def flipped(log: bytes, share: float) -> bytes:
    """Return a log with the byte spoilt that stands so far along it."""
    content = bytearray(log)
    content[int(len(log) * share)] ^= 0x20
    return bytes(content)


async def test_log_whose_header_is_spoilt_is_said_and_loses_no_entry(
    killed: Killed, tmp_path: Path
) -> None:
    """SQLite leaves the whole log out; the frames still lead on from one another."""
    folder = killed.copy(tmp_path / "gate")
    flip(folder / LOG, 17)
    device = killed.start(folder)
    assert of_store(device.store)[0].kind is TroubleKind.JOURNAL_LOST
    assert killed.entries.items() <= (await goes_on(killed, device)).items()
    device.stop()


def test_who_only_verifies_a_journal_takes_no_spoilt_log_away(
    killed: Killed, tmp_path: Path
) -> None:
    """`gatekeeper journal verify` closed the file last, and the gate heard of nothing."""
    folder = killed.copy(tmp_path / "gate")
    flip(folder / LOG, len(killed.log) // 2)
    assert "damaged" in opening_damaged_journal.find_damage(FolderDisk(folder))
    assert (folder / LOG).read_bytes() == flipped(killed.log, 0.5)


async def test_kill_is_silent_and_wherever_the_log_ends_no_damage_is_seen(
    killed: Killed, tmp_path: Path
) -> None:
    """Frames that were not written any more are no loss: nobody was answered."""
    frames = read_frames(killed.log)
    assert all(frame.is_sound for frame in frames)
    assert len(frames) > 3 * SCANS
    for cut in range(0, len(killed.log), sized(3, 1) * PAGE // 2):
        assert not has_lost_entries(read_frames(killed.log[:cut]))
    device = killed.start(killed.copy(tmp_path / "gate"))
    assert of_store(device.store) == (NO_TROUBLE, NO_TROUBLE)
    assert not [
        name for name in device.disk.names("") if opening_damaged_journal.is_set_aside(name)
    ]
    assert device.store.journal.last_seq == max(killed.entries) + 1
    device.stop()


def test_last_commit_in_a_log_may_be_torn_anywhere(killed: Killed) -> None:
    """A power cut keeps some of its sectors and not others, in any order."""
    ends = [place for place, frame in enumerate(read_frames(killed.log)) if frame.size]
    torn_from = HEADER + (ends[-2] + 1) * FRAME
    chance = random.Random(1)
    for _ in range(sized(30, 100)):
        log = bytearray(killed.log)
        for start in range(torn_from, len(log), 512):
            if chance.random() < 0.3:
                log[start : start + 512] = bytes(len(log[start : start + 512]))
        assert not has_lost_entries(read_frames(bytes(log)))


@pytest.mark.parametrize("seed", range(sized(4, 12)))
async def test_power_cut_within_a_scan_leaves_no_log_that_is_called_damaged(seed: int) -> None:
    """Whatever of the last writes an honest disk has kept."""
    office = TicketOffice()
    codes = [office.sell() for _ in range(3)]
    device = GateDevice(PowerCutDisk(), office)
    await device.publish()
    await device.lane.scan(Scan(codes[0]))
    assert isinstance(device.disk, PowerCutDisk)
    device.disk.faults.ignores_sync = (
        True  # from here on nothing is synced any more: it is all in flight
    )
    await device.lane.scan(Scan(codes[1]))
    device.disk = device.disk.cut(seed)
    device.start()
    assert device.store.journal.damage == ""
    device.stop()


def first_page(path: Path) -> None:
    """Lose the page with the list of tables."""
    path.write_bytes(bytes(PAGE) + path.read_bytes()[PAGE:])


def page_of_boots(path: Path) -> None:
    """Lose the page with the list of boots."""
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'boot'"
        ((page,),) = database.execute(query).fetchall()
    content = path.read_bytes()
    path.write_bytes(content[: (page - 1) * PAGE] + bytes(PAGE) + content[page * PAGE :])


def pages_of_tables(path: Path) -> None:
    """Lose each further page of the list of tables."""
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT min(rootpage) FROM sqlite_master WHERE rootpage > 1"
        assert database.execute(query).fetchall()
    content = bytearray(path.read_bytes())
    content[100:112] = bytes(12)
    path.write_bytes(content)


@pytest.mark.parametrize("spoil", [first_page, page_of_boots, pages_of_tables])
async def test_entries_on_whole_pages_come_back_without_the_list_of_tables_or_boots(
    killed: Killed, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    """What had not been sent yet was in the file set aside alone, and nobody was told."""
    folder = killed.copy(tmp_path / "gate")
    killed.start(folder).stop()  # moves the log
    assert not (folder / LOG).exists()
    spoil(folder / "journal.db")
    device = killed.start(folder)
    assert device.store.is_unsettled
    found = await goes_on(killed, device)
    assert killed.entries.items() <= found.items()
    assert device.store.journal.pending == len(found)
    assert len(device.store.journal.boots) == 3
    device.restart()
    assert device.store.journal.damage == ""
    device.stop()


async def test_first_page_that_is_lost_beside_a_log_loses_no_entry(
    killed: Killed, tmp_path: Path
) -> None:
    """The log holds what the file does not."""
    folder = killed.copy(tmp_path / "gate")
    (folder / "journal.db").write_bytes(bytes(PAGE))
    device = killed.start(folder)
    assert killed.entries.items() <= (await goes_on(killed, device)).items()
    device.stop()


class DyingDisk(FolderDisk):
    """A folder whose program ends before it opens, writes, moves or removes so many files."""

    def __init__(self, folder: Path, left: int) -> None:
        super().__init__(folder)
        self.left = left

    def _step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Died

    def connect(self, name: str) -> apsw.Connection:
        self._step()
        return super().connect(name)

    def write(self, name: str, content: bytes, *, durable: bool = True) -> None:
        self._step()
        super().write(name, content, durable=durable)

    def remove(self, name: str) -> None:
        self._step()
        super().remove(name)

    def rename(self, name: str, new: str) -> None:
        self._step()
        super().rename(name, new)


class Died(BaseException):
    """The program is no more."""


async def test_program_that_ends_while_it_saves_a_journal_saves_it_at_the_next_start(
    killed: Killed, tmp_path: Path
) -> None:
    """The next start found an empty new file, and left what the first had set aside unread."""
    for step in range(1, 30):
        folder = killed.copy(tmp_path / f"{step}")
        flip(folder / LOG, len(killed.log) // 2)
        disk = DyingDisk(folder, step)
        try:
            GateDevice(disk, killed.office, start_number=100).stop()
        except Died:
            device = killed.start(folder)
            assert killed.entries.items() <= (await goes_on(killed, device)).items(), step
            device.restart()
            assert device.store.journal.damage == ""
            device.stop()
        else:
            break
    assert 5 < step < 29, "there was something to end at"
