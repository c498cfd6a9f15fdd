"""What the sync engine refuses to believe, and how it goes on after damage on either side."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Scan
from gatekeeper.store.chain_check import verify_journal
from shared.kernel.errors import BadSignature, GatekeeperError, ServerFault, StoreFault
from shared.kernel.id_types import ClaimId, DeviceId
from shared.kernel.instant import format_instant
from shared.wire.claim import ClaimRequest
from shared.wire.exchange import ExchangeRequest, ExchangeResponse
from tests.factories.gate_event import EVENT, NORTH, TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.factories.strength import sized
from tests.fakes.small_disk import SmallDisk
from tests.fakes.sync_server import FakeSyncServer
from tests.unit.gatekeeper.sync.conftest import OpenSynced

PAGES = 13
"""Of a manifest's file with 2,000 tickets: some 250 on each that holds any."""


async def until(fact: Callable[[], bool]) -> None:
    """Wait until something is so, while the loop goes on."""
    async with asyncio.timeout(60):
        while not fact():  # noqa: ASYNC110 - the product tells no event for it
            await asyncio.sleep(0.01)


def manifest_in(folder: Path) -> Path:
    """Find the manifest's file."""
    (path,) = folder.glob("manifest-*.db")
    return path


async def test_an_altered_piece_is_refused_and_the_old_manifest_stays(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """What is not the piece that was signed for is never loaded."""
    digits = office.sell()
    session = await open_synced()
    office.sell()
    server.publish()
    server.chunks = {
        key: chunk[:-1] + bytes([chunk[-1] ^ 1]) for key, chunk in server.chunks.items()
    }

    with pytest.raises(BadSignature, match="altered"):
        await session.sync_once()
    assert session.status().tickets == 1
    assert "altered" in session.status().problem
    server.is_cut = True
    assert (await session.scan(Scan(digits))).reason == "ok"


async def test_a_disk_that_cannot_be_read_is_no_fault_of_the_program(
    office: TicketOffice, server: FakeSyncServer, gate: PairedGate
) -> None:
    """What is told is the disk's; the gate stays connected, and goes on once it can be read."""
    digits, disk = office.sell(), SmallDisk()
    server.publish()
    session = await gate.open()
    disk.hold(session.store)
    await session.sync_once()
    await session.scan(Scan(digits))
    disk.is_torn = True
    with pytest.raises(StoreFault, match="the disk reported a fault"):
        await session.sync_once()
    await session.engine.bring()
    assert session.engine.problem.kind == "disk_fault"
    disk.heal()
    status = session.status()
    assert (status.mode, status.trouble) == ("online", "disk_fault")
    await session.sync_once()
    assert server.entry_count(DeviceId("dv_north")) == session.store.journal.last_seq
    assert not session.status().trouble
    await session.close()


async def test_an_older_manifest_is_refused(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """A genuine manifest that is older than an accepted one is a roll-back."""
    office.sell()
    server.publish()
    old, old_chunks = server.manifest, server.chunks
    office.sell()
    session = await open_synced()
    server.manifest, server.chunks = old, old_chunks
    server.manifest_sequence += 1

    with pytest.raises(BadSignature, match="older manifest"):
        await session.sync_once()
    assert session.status().tickets == 2


async def test_another_organizations_signature_is_refused(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """A server with keys of its own cannot speak to a paired device."""
    office.sell()
    session = await open_synced()
    cursor = session.engine._knowledge.state.cursor
    server.office = TicketOffice("impostor")
    server.publish()
    server.change_config()

    with pytest.raises(BadSignature, match="paired to"):
        await session.sync_once()
    assert session.engine._knowledge.state.cursor == cursor


async def test_a_server_put_back_to_an_older_copy_is_not_believed(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """A head below the signed one takes nothing away: entries stay pending until a new epoch."""
    codes = [office.sell() for _ in range(4)]
    session = await open_synced()
    backup = server.copy()
    await session.scan(Scan(codes[0]))
    await session.sync_once()
    server.restore(backup)

    with pytest.raises(ServerFault, match="older copy"):
        await session.sync_once()
    assert (await session.scan(Scan(codes[0]))).reason == "already_used"
    answer = await session.scan(Scan(codes[1]))
    assert (answer.verdict, answer.mode) == ("admit", "offline")
    assert session.status().mode == "offline"
    assert "older copy" in session.status().problem
    assert session.status().pending > 0

    server.epoch = 2
    await session.sync_once()
    assert session.status().mode == "online"
    assert server.entry_count(DeviceId("dv_north")) == session.store.journal.last_seq
    assert len(server.uses) == 2
    assert session.status().problem == ""


async def test_a_restored_server_is_noticed_by_its_claim_answer(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """A grant that is numbered below the signed head comes from a copy that forgot.

    So of a server that draws no lots yet; others refuse the claim.
    """
    server.has_lots = False
    codes = [office.sell() for _ in range(4)]
    session = await open_synced()
    backup = server.copy()
    for code in codes[:2]:
        await session.scan(Scan(code))
    await session.sync_once()
    server.restore(backup)

    answer = await session.scan(Scan(codes[2]))
    assert (answer.verdict, answer.mode) == ("admit", "offline")
    assert "older copy" in session.status().problem


async def test_a_restored_server_that_has_gone_on_is_noticed_by_claim_and_by_exchange(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """Numbers that look right do not hide that other items stand there; nobody is granted."""
    codes = [office.sell() for _ in range(8)]
    session = await open_synced()
    backup = server.copy()
    for code in codes[:2]:
        await session.scan(Scan(code))
    await session.sync_once()
    server.restore(backup)
    for code in codes[4:8]:
        scanned_at = format_instant(server.clock.wall())
        server.claim(
            DeviceId("dv_other"),
            ClaimRequest(
                code=code,
                gate_id=NORTH,
                direction="in",
                claim_id=ClaimId(f"other {code}"),
                scanned_at=scanned_at,
            ),
        )
    assert len(server.items) > session.store.feeds.get(EVENT).head

    answer = await session.scan(Scan(codes[2]))
    assert (answer.verdict, answer.mode) == ("admit", "offline")
    with pytest.raises(ServerFault, match="older copy"):
        await session.sync_once()
    assert (await session.scan(Scan(codes[3]))).mode == "offline"

    server.epoch = 2
    await session.sync_once()
    assert server.entry_count(DeviceId("dv_north")) == session.store.journal.last_seq
    assert (await session.scan(Scan(office.sell()))).mode == "online"
    await session.close()


def plan_of(session: GateSession) -> str:
    """Name the plan by which a gate decides."""
    event = session.engine._knowledge.event
    assert event is not None
    return event.config.name


@pytest.mark.parametrize("is_published", [False, True])
async def test_the_plan_of_a_new_epoch_holds_whatever_was_told_before_it(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced, *, is_published: bool
) -> None:
    """A ledger that was put back counts its plans from an older one on."""
    first = office.config
    session = await open_synced()
    backup = server.copy()
    office.config = msgspec.structs.replace(first, sequence=9, name="Forgotten")
    if is_published:
        server.publish()
    server.change_config()
    await session.sync_once()
    assert plan_of(session) == "Forgotten"
    server.restore(backup)
    server.epoch = 2
    await session.sync_once()
    office.config = msgspec.structs.replace(first, sequence=first.sequence + 1, name="Anew")
    server.change_config()
    await session.sync_once()
    assert plan_of(session) == "Anew"
    office.config = msgspec.structs.replace(first, sequence=first.sequence + 2, name="Published")
    server.publish()
    await session.sync_once()
    assert plan_of(session) == "Published"


async def test_a_device_that_lost_its_tail_uses_no_number_twice(
    tmp_path: Path,
    office: TicketOffice,
    server: FakeSyncServer,
    open_synced: OpenSynced,
    gate: PairedGate,
) -> None:
    """Where the server holds more than the disk, the device notes it and skips those numbers."""
    import shutil

    codes = [office.sell() for _ in range(3)]
    session = await open_synced()
    await session.close()
    session = await gate.open()
    await session.scan(Scan(codes[0]))
    session.store.checkpoint()
    shutil.copytree(gate.folder, tmp_path / "b")
    lost = [(await session.scan(Scan(code))).seq for code in codes[1:]]
    await session.sync_once()
    await session.close()

    shutil.rmtree(gate.folder)
    shutil.copytree(tmp_path / "b", gate.folder)
    gate.entropy.random_bytes(1)
    session = await gate.open()
    await session.sync_once()
    fresh = await session.scan(Scan("again"))
    await session.sync_once()
    assert fresh.seq > max(lost)
    assert session.status().trouble == "older_copy"
    server.is_cut = True
    with pytest.raises(ServerFault):
        await session.sync_once()
    assert session.status().trouble == "older_copy", "a silent server is said by the bar as well"
    journal = session.store.journal
    report = verify_journal(journal.read, journal.boots, DeviceId("dv_north"), gate.public_key)
    assert report.problems == ()
    await session.close()


async def test_a_device_resumed_from_a_snapshot_is_told_that_its_folder_is_an_older_one(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """It goes on in the same start, and other entries of it stand at the server already.

    It has forgotten whom the lost part let in: cut off, they come in again.
    """
    session = await open_synced()
    await session.scan(Scan(office.sell()))
    await session.sync_once()
    assert session.status().trouble == ""
    (held,) = server.entries.values()
    held.append(held[-1])  # what the lost part has brought
    await session.scan(Scan(office.sell()))
    await session.sync_once()
    assert session.status().pending == 0
    assert session.status().trouble == "older_copy"
    await session.close()


async def test_a_refused_entry_is_sealed_and_said_again(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced, gate: PairedGate
) -> None:
    """An entry that rotted on the disk costs its boot, not what it recorded."""
    codes = [office.sell() for _ in range(4)]
    session = await open_synced()
    server.is_cut = True
    answers = [await session.scan(Scan(code)) for code in codes[:2]]
    await session.close()
    session = await gate.open()
    answers += [await session.scan(Scan(code)) for code in codes[2:]]
    database = session.store._database.connection
    database.execute("UPDATE entry SET signature=zeroblob(64) WHERE seq=?", (answers[0].seq,))
    server.is_cut = False
    await session.sync_once()

    assert set(server.uses) == {answer.claim_id for answer in answers}
    assert session.status().pending == 0
    assert "refused" in session.status().problem
    assert (await session.scan(Scan(codes[0]))).reason == "already_used"
    await session.close()


async def test_forked_entries_are_not_sent_for_ever(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced
) -> None:
    """What the server keeps as a fork is acknowledged; the sync ends."""
    office.sell()
    session = await open_synced()
    ((key, held),) = server.entries.items()
    server.entries[key] = [msgspec.structs.replace(held[0], entry=held[0].entry + b" ")]
    server.wants_reoffer = True
    outcome = await session.sync_once()

    assert outcome.pending == 0


@pytest.mark.parametrize("mark", [2_000_000, 1 << 53, 1 << 62, (1 << 63) - 1, -1])
async def test_a_mark_that_no_disk_can_have_lost_is_not_believed(
    office: TicketOffice,
    mark: int,
    monkeypatch: pytest.MonkeyPatch,
    open_synced: OpenSynced,
    gate: PairedGate,
) -> None:
    """One false number neither stops the sync for good nor keeps the gate from starting again."""
    code = office.sell()
    session = await open_synced()
    honest = gate.link.exchange

    async def exchange(request: ExchangeRequest) -> ExchangeResponse:
        answer = await honest(request)
        marks = tuple(msgspec.structs.replace(one, dseq=mark) for one in answer.marks)
        return msgspec.structs.replace(answer, marks=marks)

    monkeypatch.setattr(gate.link, "exchange", exchange)
    await session.scan(Scan(code))
    for _ in range(2):
        with pytest.raises(GatekeeperError):
            await session.sync_once()
    assert session.status().pending == 1
    monkeypatch.setattr(gate.link, "exchange", honest)
    await session.sync_once()
    await session.close()

    session = await gate.open()
    assert (await session.scan(Scan(code))).reason == "already_used"
    await session.sync_once()
    assert session.status().pending == 0
    assert session.status().problem == ""
    await session.close()


async def test_a_sync_that_fails_as_nobody_foresaw_is_said_and_goes_on(
    tmp_path: Path, office: TicketOffice, server: FakeSyncServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the program in the background ends no task for good."""
    office.sell()
    server.publish()
    gate = PairedGate(tmp_path, server)
    session = await gate.open()
    honest = gate.link.exchange
    failed = asyncio.Event()

    async def exchange(request: ExchangeRequest) -> ExchangeResponse:
        failed.set()
        raise OverflowError("a number too large")

    monkeypatch.setattr(gate.link, "exchange", exchange)
    background = asyncio.ensure_future(session.run_background())
    try:
        await failed.wait()
        await until(lambda: session.status().trouble == "program")
        assert "OverflowError" in session.status().problem
        monkeypatch.setattr(gate.link, "exchange", honest)
        await until(lambda: session.status().tickets == 1 and not session.status().problem)
    finally:
        background.cancel()
        await asyncio.gather(background, return_exceptions=True)
        await session.close()


@pytest.mark.parametrize("page", range(1, PAGES, sized(3, 1)))
async def test_a_damaged_manifest_is_fetched_again_by_itself(
    office: TicketOffice,
    server: FakeSyncServer,
    page: int,
    open_synced: OpenSynced,
    gate: PairedGate,
) -> None:
    """Whatever page of its file is spoilt: scans are referred at worst, and one sync mends it."""
    codes = [office.sell() for _ in range(2_000)]
    session = await open_synced()
    await session.close()
    path = manifest_in(gate.folder)
    content = bytearray(path.read_bytes())
    assert len(content) == PAGES * 8192, "each page that follows the first is spoilt once"
    chance = random.Random(page)
    content[page * 8192 : (page + 1) * 8192] = chance.randbytes(8192)
    path.write_bytes(content)

    session = await gate.open()
    server.is_cut = True
    for code in codes[:60]:
        try:
            assert (await session.scan(Scan(code))).verdict in {"admit", "refer"}
        except StoreFault:
            assert session.status().trouble == "data_damaged"
    server.is_cut = False
    await session.sync_once()
    assert session.status().problem == ""
    server.is_cut = True
    others = codes[60:]
    chance.shuffle(others)
    assert {(await session.scan(Scan(code))).reason for code in others[:300]} == {"ok"}
    await session.close()


async def test_a_manifest_spoilt_while_the_gate_is_open_is_fetched_again(
    office: TicketOffice, server: FakeSyncServer, open_synced: OpenSynced, gate: PairedGate
) -> None:
    """A look-up that stumbles tells the next sync to make the file anew."""
    codes = [office.sell() for _ in range(2_000)]
    session = await open_synced()
    path = manifest_in(gate.folder)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE page SET classes=x'ffffffff'")
    database.close()
    server.is_cut = True
    with pytest.raises(StoreFault, match="fetch the manifest again"):
        await session.scan(Scan(codes[0]))
    server.is_cut = False
    await session.sync_once()
    server.is_cut = True
    assert (await session.scan(Scan(codes[0]))).reason == "ok"
