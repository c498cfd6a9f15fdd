"""A journal's file that is missing, empty or damaged: never taken for a new device's."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import msgspec
import pytest

from gatekeeper.gate.requests import Scan
from gatekeeper.gate.troubles import of_store
from gatekeeper.store import opening_damaged_journal
from gatekeeper.wording.texts import TEXTS
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import BootBody
from shared.kernel.instant import Instant
from shared.kernel.trouble import NO_TROUBLE, TroubleKind
from shared.manifest.signed_document import DocumentKind
from shared.wire.feed import ConfigChange, FeedPage
from tests.factories.gate_device import GateDevice
from tests.factories.gate_event import EVENT, TicketOffice
from tests.factories.strength import sized
from tests.fakes.power_cut_disk import PowerCutDisk

PAGE = 4096


def empty(path: Path) -> None:
    path.write_bytes(b"")


def missing(path: Path) -> None:
    path.unlink()


def no_database(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(path.stat().st_size))


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 // PAGE * PAGE])


def spoilt_page(number: int) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[number * PAGE : (number + 1) * PAGE] = random.Random(number).randbytes(PAGE)
        path.write_bytes(content)

    return spoil


def asides_in(folder: Path) -> list[Path]:
    """List what was set aside."""
    return list(folder.glob("damaged-*-journal.db"))


def spoil_table(path: Path, table: str) -> None:
    """Write over the first page of a table."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        ((page,),) = database.execute(query, (table,)).fetchall()
    spoilt_page(page - 1)(path)


async def test_large_journal_is_read_after_the_start_and_damage_there_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What grows with the event takes seconds to read: the gate stands before, and hears of it."""
    monkeypatch.setattr(opening_damaged_journal, "CHECKED_AT_START", 0)
    device, codes, last = await scanned(tmp_path)
    spoil_table(tmp_path / "journal.db", "use")
    device.restart()
    assert asides_in(tmp_path) == []
    assert of_store(device.store)[0] == NO_TROUBLE
    device.store.hidden_damage = opening_damaged_journal.find_hidden_damage(device.store.disk)
    said = of_store(device.store)[0]
    assert said.kind is TroubleKind.DAMAGE_FOUND
    assert "start the program again" in said.text
    assert "Start the program again" in TEXTS.say(f"trouble.{said.kind}"), "no new one was begun"
    device.restart()
    assert len(asides_in(tmp_path)) == 1
    assert device.store.is_unsettled
    assert ((await device.lane.scan(Scan(codes[-1]))).seq or 0) > last
    device.restart()
    assert len(asides_in(tmp_path)) == 1, "nothing is in doubt any more"
    device.stop()


async def test_large_journal_s_entries_are_read_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was answered is never built upon unread."""
    monkeypatch.setattr(opening_damaged_journal, "CHECKED_AT_START", 0)
    device, _, _ = await scanned(tmp_path)
    spoil_table(tmp_path / "journal.db", "entry")
    device.restart()
    assert len(asides_in(tmp_path)) == 1
    device.stop()


async def test_damage_beside_a_log_that_a_power_cut_left_keeps_no_gate_from_opening(
    tmp_path: Path,
) -> None:
    """Whoever looks for the damage is the last to close the file, which takes the log away."""
    office = TicketOffice()
    # So many that the next one splits no page of the table, which the log would then hold whole.
    codes = [office.sell() for _ in range(40)]
    device = GateDevice(tmp_path, office)
    await device.publish()
    for code in codes[:38]:
        await device.lane.scan(Scan(code))
    path, log = tmp_path / "journal.db", tmp_path / "journal.db-wal"
    # Not by the standard library's SQLite, which knows nothing of the other's locks.
    with closing(apsw.Connection(str(path))) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    last = (await device.lane.scan(Scan(codes[38]))).seq or 0
    found, logged = path.read_bytes(), log.read_bytes()
    device.stop()
    path.write_bytes(found)
    spoil_table(path, "entry")
    log.write_bytes(logged)
    assert logged

    device.start()
    assert len(asides_in(tmp_path)) == 1
    assert device.store.is_unsettled
    assert ((await device.lane.scan(Scan(codes[39]))).seq or 0) > last
    device.stop()


async def scanned(folder: Path, count: int = 40) -> tuple[GateDevice, list[str], int]:
    """Give a device that has let in so many, stopped; their codes, and the last number."""
    office = TicketOffice()
    codes = [office.sell() for _ in range(count + 1)]
    device = GateDevice(folder, office)
    await device.publish()
    answers = [await device.lane.scan(Scan(code)) for code in codes[:-1]]
    assert {answer.reason for answer in answers} == {"ok"}
    device.stop()
    return device, codes, answers[-1].seq or 0


@pytest.mark.parametrize("spoil", [empty, missing, no_database])
async def test_a_lost_journal_is_said_and_no_number_is_used_twice(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    """The new boot names what is missing, and the gate goes on with the event that it has."""
    device, codes, last = await scanned(tmp_path)
    (boot,) = device.store.journal.boots
    for side in ("-wal", "-shm"):
        (tmp_path / f"journal.db{side}").unlink(missing_ok=True)
    spoil(tmp_path / "journal.db")

    device.start()
    assert device.store.is_unsettled
    assert of_store(device.store)[0].kind is TroubleKind.JOURNAL_LOST
    ((_, first),) = device.store.journal.read(1, 1 << 60)
    body = decode_body(decode_entry(first.entry))
    assert isinstance(body, BootBody)
    assert (body.previous_boot, body.previous_dseq) == (boot.boot, 1)
    assert "journal" in body.damage
    answer = await device.lane.scan(Scan(codes[-1]))
    assert answer.reason == "ok"  # policy open goes on
    assert answer.seq > last
    device.stop()
    device.start()
    assert device.store.is_unsettled  # until the ledger has told all again
    assert device.store.journal.damage == ""
    device.stop()


@pytest.mark.parametrize("spoil", [cut_short, *map(spoilt_page, range(1, 24, sized(3, 1)))])
async def test_damaged_pages_are_set_aside_and_what_can_be_read_is_kept(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    """No damage keeps the gate from opening, and no number is used twice."""
    device, codes, last = await scanned(tmp_path)
    path = tmp_path / "journal.db"
    if path.stat().st_size <= 24 * PAGE:
        pytest.fail("the journal is shorter than this test takes it to be")
    spoil(path)
    spoilt = path.read_bytes()

    device.start()
    asides = asides_in(tmp_path)
    assert device.store.is_unsettled == bool(asides)
    if asides:
        assert asides[0].read_bytes() == spoilt
        assert device.store.journal.damage
    answer = await device.lane.scan(Scan(codes[-1]))
    assert answer.seq > last
    assert answer.verdict in {"admit", "refer"}
    device.stop()
    device.start()
    await device.lane.scan(Scan(codes[-1]))
    device.stop()


async def test_who_was_let_in_is_known_by_the_entries_where_the_uses_are_lost(
    tmp_path: Path,
) -> None:
    """A gate that is cut off lets nobody in twice whose admission still stands in its journal."""
    device, codes, _ = await scanned(tmp_path)
    spoil_table(tmp_path / "journal.db", "use")
    device.start()
    assert len(asides_in(tmp_path)) == 1
    again = [(await device.lane.scan(Scan(code))).reason for code in codes]
    assert again == ["already_used"] * (len(codes) - 1) + ["ok"]
    device.stop()


async def test_a_log_that_is_lost_after_a_crash_is_said_and_no_number_is_used_twice(
    tmp_path: Path,
) -> None:
    """SQLite leaves it out without a word: numbers that were answered would be given again."""
    device, codes, _ = await scanned(tmp_path)
    path = tmp_path / "journal.db"
    before_the_log = path.read_bytes()
    device.start()
    last = (await device.lane.scan(Scan(codes[-1]))).seq or 0
    device.stop()
    path.write_bytes(before_the_log)
    device.start()
    assert "newest part" in device.store.journal.damage
    assert device.store.is_unsettled
    assert [(await device.lane.scan(Scan(code))).reason for code in codes[:2]] == [
        "already_used"
    ] * 2
    assert device.store.journal.last_seq > last
    assert len(asides_in(tmp_path)) == 1
    device.restart()
    assert len(asides_in(tmp_path)) == 1
    device.stop()


def spoil_value(path: Path, table: str, column: str) -> None:
    """Write zeros over the beginning of a value, where SQLite's own check does not look."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ((value,),) = database.execute(f"SELECT {column} FROM {table}").fetchall()
    content = path.read_bytes()
    part = value[:64]
    assert content.count(part) == 1
    path.write_bytes(content.replace(part, bytes(len(part))))


@pytest.mark.parametrize("column", ["page", "change"])
async def test_a_page_or_plan_that_has_lost_its_form_stops_no_gate(
    tmp_path: Path, column: str
) -> None:
    """A sector within one long value was lost: the journal's file is set aside like any other."""
    device, codes, last = await scanned(tmp_path)
    device.start()
    told = FeedPage(v=1, event_id=EVENT, epoch=1, after=0, items=(), head=0, manifest_sequence=1)
    page = device.office.make_signer().sign(DocumentKind.FEED, told, Instant(5))
    state = msgspec.structs.replace(
        device.knowledge.state, page=page, change=ConfigChange(device.office.config, ())
    )
    with device.store.transaction("test"):
        device.store.feeds.put(EVENT, state)
    device.stop()
    spoil_value(tmp_path / "journal.db", "feed", column)
    device.start()
    assert len(asides_in(tmp_path)) == 1
    answer = await device.lane.scan(Scan(codes[-1]))
    assert answer.verdict in {"admit", "refer"}
    assert (answer.seq or 0) > last
    device.stop()


async def test_an_older_program_left_no_second_file(tmp_path: Path) -> None:
    """The manifest in the folder is word enough that the device has worked."""
    device, codes, _ = await scanned(tmp_path, 3)
    (tmp_path / "journal.mark").unlink()
    (tmp_path / "journal.db").unlink()
    device.start()
    assert device.store.is_unsettled
    assert (await device.lane.scan(Scan(codes[-1]))).reason == "ok"
    device.stop()


async def test_a_new_device_is_no_damaged_one(tmp_path: Path) -> None:
    """Nothing but a profile in the folder: nothing is missing."""
    device = GateDevice(tmp_path, TicketOffice())
    assert not device.store.is_unsettled
    assert device.store.journal.damage == ""
    device.stop()
    device.start()
    assert device.store.journal.damage == ""
    device.stop()


@pytest.mark.parametrize("seed", range(6))
async def test_a_power_cut_at_an_honest_disk_is_no_loss(seed: int) -> None:
    """The second file never tells of more than the journal holds after a power cut."""
    office = TicketOffice()
    codes = [office.sell() for _ in range(8)]
    device = GateDevice(PowerCutDisk(), office)
    await device.publish()
    for code in codes[: seed + 1]:
        await device.lane.scan(Scan(code))
    assert isinstance(device.disk, PowerCutDisk)
    device.disk = device.disk.cut(seed)
    device.start()
    assert not device.store.is_unsettled
    assert (await device.lane.scan(Scan(codes[0]))).reason == "already_used"
    device.stop()
