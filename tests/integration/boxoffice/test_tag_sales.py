"""A walk-up ticket on a wristband: sold, written through real drivers, admitted, never copied."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.boxoffice.putting_tickets_on_tags import write_until_held
from gatekeeper.boxoffice.shift_requests import ShiftRequest
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Scan
from gatekeeper.readers.nfc.nfcpy_reader import NfcpyReader
from gatekeeper.readers.nfc.reading import read_tag
from gatekeeper.readers.nfc.tag_reader_thread import NfcSource, SourceTiming
from gatekeeper.readers.nfc.tag_scan import TagScan
from gatekeeper.readers.nfc.writing import WritingRule
from shared.credential.ndef_record import to_ndef
from shared.kernel.errors import BadInput
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import MILLISECOND, Duration
from shared.sales.cashier_rights import CashierRights
from shared.sales.cashiers import CashierConfig
from tests.factories import programs
from tests.factories.gate_event import STANDARD, TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.factories.selling import sell
from tests.factories.tags import OTHER_UID, TAG_UID, tag_credential
from tests.factories.waiting import PATIENCE_S
from tests.fakes.clock import ManualClock
from tests.fakes.nfc_devices import FakeDevice, UdpField, frontend_of
from tests.fakes.nfc_links import MemoryLink
from tests.fakes.nfc_tags import FakeNtag21x
from tests.fakes.sync_server import FakeSyncServer

MARA = CashierConfig(
    id="ca_mara", name="Mara", badge_hash="a" * 64, rights=CashierRights(sell=True)
)


TIMING = SourceTiming(pace=5 * MILLISECOND, absence=30 * MILLISECOND, retry=10 * MILLISECOND)
RULE = WritingRule()


@pytest.fixture
def server() -> FakeSyncServer:
    server = FakeSyncServer(TicketOffice(), ManualClock())
    server.publish()
    return server


@pytest.fixture
async def till(tmp_path: Path, server: FakeSyncServer) -> AsyncIterator[GateSession]:
    session = await PairedGate(
        tmp_path / "t", server, device_id=DeviceId("dv_till"), role="till"
    ).open()
    await session.sync_once()
    yield session
    await session.close()


@pytest.fixture
async def gate(tmp_path: Path, server: FakeSyncServer) -> AsyncIterator[GateSession]:
    session = await PairedGate(tmp_path / "g", server).open()
    await session.sync_once()
    yield session
    await session.close()


@pytest.fixture
def device() -> FakeDevice:
    return FakeDevice()


@pytest.fixture
def source(device: FakeDevice) -> Iterator[NfcSource]:
    reader = NfcpyReader("memory", opener=lambda _path: frontend_of(device))
    source = NfcSource(reader, SystemClock(), timing=TIMING)
    yield source
    source.close()


def empty_tag(uid: bytes = TAG_UID) -> FakeNtag21x:
    return FakeNtag21x("213", uid, signed=False)


def tapped(tag: FakeNtag21x) -> TagScan:
    return read_tag(MemoryLink(tag), source="gate", at_monotonic=Duration(0))


class Desk:
    """Writes tags, and hears what the person is told."""

    def __init__(self, till: GateSession, source: NfcSource) -> None:
        self.said: asyncio.Queue[str] = asyncio.Queue()
        self._till, self._source = till, source

    async def write(self, ticket_id: str, *, seconds: float = PATIENCE_S) -> bool:
        signer = self._till.till.tag_signer(ticket_id)
        say = self.said.put_nowait
        written = await write_until_held(
            self._source, signer, RULE, say, seconds=seconds, pause=0.01
        )
        return written is not None


async def test_a_walk_up_ticket_is_admitted_from_its_own_tag_only(
    till: GateSession, gate: GateSession, device: FakeDevice, source: NfcSource
) -> None:
    """Cut off, at a gate that never heard of it; its bytes on another tag are denied."""
    ticket = (await sell(till, STANDARD, 1)).tickets[0]
    device.tag = tag = empty_tag()
    assert await Desk(till, source).write(ticket.ticket_id)
    original = tapped(tag)
    assert original.credential is not None
    copy = empty_tag(OTHER_UID)
    copy.store(to_ndef(original.credential))
    assert (await gate.scan(Scan(tapped(copy)))).reason == "bad_signature"
    answer = await gate.scan(Scan(original))
    assert (answer.reason, answer.ticket_id) == ("ok", ticket.ticket_id)
    # Printed as well, it is the same ticket for the same one use.
    assert (await gate.scan(Scan(ticket.digits))).reason == "already_used"


@pytest.mark.parametrize("torn_after", [6, 20, 32])
async def test_a_tag_torn_away_is_written_when_it_comes_back(
    till: GateSession, device: FakeDevice, source: NfcSource, torn_after: int
) -> None:
    """Wherever it was torn, the next tap ends well; what to do is said once."""
    ticket = (await sell(till, STANDARD, 1)).tickets[0]
    tag, desk = empty_tag(), Desk(till, source)
    tag.torn_after = torn_after
    device.tag = tag
    writing = asyncio.create_task(desk.write(ticket.ticket_id))
    assert await asyncio.wait_for(desk.said.get(), 60)
    tag.torn_after, tag.present = None, True
    assert await writing
    assert tapped(tag).credential is not None


async def test_the_last_guests_wristband_is_refused_and_an_empty_one_taken(
    till: GateSession, device: FakeDevice, source: NfcSource
) -> None:
    """It still lies on the desk; nobody's ticket is written over."""
    ticket = (await sell(till, STANDARD, 1, "card")).tickets[0]
    used, desk = empty_tag(), Desk(till, source)
    used.store(to_ndef(tag_credential(TAG_UID)))
    device.tag = used
    writing = asyncio.create_task(desk.write(ticket.ticket_id))
    told = await asyncio.wait_for(desk.said.get(), 60)
    assert told == "this tag already holds a ticket; use an empty one"
    device.tag = empty_tag(OTHER_UID)
    assert await writing
    assert tapped(used).credential == tag_credential(TAG_UID)


async def test_giving_up_leaves_the_sale_and_the_tag_as_they_are(
    till: GateSession, device: FakeDevice, source: NfcSource
) -> None:
    """No tag came: the ticket is sold, and can be written later at this till only."""
    ticket = (await sell(till, STANDARD, 1)).tickets[0]
    assert not await Desk(till, source).write(ticket.ticket_id, seconds=0.05)
    tag = empty_tag()
    device.tag = tag
    assert source.fault == ""
    assert await Desk(till, source).write(ticket.ticket_id)
    with pytest.raises(BadInput, match="not sold at this till"):
        till.till.tag_signer("00000000000000ff")
    with pytest.raises(BadInput, match="16 hex digits"):
        till.till.tag_signer("nonsense")


async def test_the_verb_sells_and_writes_and_writes_again(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """One line of JSON with the ticket and its tag; a torn tag is written by `--ticket`."""
    folder = tmp_path / "till"
    server.cashiers = (MARA,)
    paired = PairedGate(folder, server, device_id=DeviceId("dv_till"), role="till")
    session = await paired.open()
    await session.sync_once()
    await session.close()

    def run(*more: str) -> tuple[int, dict[str, object], str]:
        words: programs.Words = [programs.GATEKEEPER, "tag", "--profile", folder, *more]
        done = programs.run(words, seconds=240, is_text=True, feed="")
        return done.returncode, json.loads(done.stdout or "{}"), done.stderr

    field = UdpField(None)
    reader = ("--reader", f"nfc:{field.path}")
    by = ("--cashier", MARA.id)
    status, _, said = run("--type", "1", *by, *reader)
    assert status == 2
    assert "no shift is open" in said
    session = await paired.open()
    assert session.shifts.do(ShiftRequest(act="open", amount_minor=0, cashier=MARA.id)).ok
    await session.close()
    status, sold, said = run("--type", "1", "--wait", "0.5", *by, *reader)
    assert (status, sold["written"], sold["receipt_number"]) == (1, False, 1)
    assert "it is sold: print it, or use --ticket" in said
    field.tag = empty_tag()
    status, written, _ = run("--ticket", str(sold["ticket_id"]), *reader)
    assert (status, written["uid"], written["product"]) == (0, TAG_UID.hex(), "NTAG213")
    assert field.tag is not None
    status, _, said = run("--ticket", "00000000000000ff", *reader)
    assert status == 2
    assert "not sold at this till" in said
    field.close()
