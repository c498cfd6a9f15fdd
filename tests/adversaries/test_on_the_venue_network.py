"""A machine on the venue's network: it hears what gates say there, and sends what it likes.

It records hellos, claims and promises and sends them again, altered and as they were, to gates
that kept running and to restarted ones; it floods; it makes up frames, entries and rosters in the
gates' names. All that this reaches is the loss of the rung among gates: they go on by themselves,
nobody is let in by it, and no gate stops.

Proven elsewhere: streams (recorded and silent ones, too many: `integration/lan/test_stream.py`),
every way to alter an envelope (`unit/shared/lan`), a device of the roster that lies
(`integration/gate/test_hostile_peer.py`), the way to the server (`test_in_between.py`).
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Scan
from gatekeeper.lan.claims_among_gates import LanRung
from gatekeeper.lan.peer_addresses import Address
from shared.credential.codec import decode_credential, from_digits
from shared.journal.chain import SignedEntry, encode_body, seal_entry
from shared.journal.entry import ENTRY_VERSION, NO_HASH, Entry, ReleaseBody, ScanBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import BadInput
from shared.kernel.id_types import ClaimId, DeviceId, OccurrenceId, TicketId
from shared.kernel.instant import Duration
from shared.lan.envelope import Sealer
from shared.lan.messages import Fetch
from shared.lan.roster import ROSTER_VERSION, Roster, RosterDevice
from shared.manifest.signed_document import DocumentKind, SignedDocument, encode_document
from tests.factories.gate_event import EVENT, NORTH, STARTS, ZONE, TicketOffice
from tests.factories.gate_venue import LOOPBACK, GateVenue, rung_of, until

STRANGER = SigningKey(bytes((13,)) * 32)
BOOT = b"strange!"
FLOOD = 4_000
ANSWER_S = 60.0
"""Far above what a claim waits for, on a machine that runs other tests."""


class Eavesdropper:
    """Whoever hears every datagram that gates send, and has a socket of its own."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, 0))

    def listen(self, rung: LanRung) -> None:
        """Hear what a gate says from now on."""
        port = rung._port
        assert port is not None
        send = port.send

        def overheard(datagram: bytes, address: Address) -> None:
            self.heard.append(datagram)
            send(datagram, address)

        port.send = overheard  # type: ignore[method-assign]  # what a cable hears

    def send(self, datagram: bytes, rung: LanRung) -> None:
        """Send a datagram to a gate, from an address that is nobody's."""
        self._socket.sendto(datagram, rung.address)

    def close(self) -> None:
        """Be gone."""
        self._socket.close()


@pytest.fixture
def stranger() -> Iterator[Eavesdropper]:
    """Give somebody on the network."""
    found = Eavesdropper()
    yield found
    found.close()


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[GateVenue]:
    """Give three gates of one event, whose server is away."""
    three = GateVenue(tmp_path, 3)
    yield three
    await three.close()


async def shown(sessions: list[GateSession], code: str) -> list[str]:
    """Show a code at every gate, one after the other; returns the verdicts."""
    return [(await session.scan(Scan(code))).verdict for session in sessions]


def altered(datagram: bytes) -> Iterator[bytes]:
    """Change a datagram here and there, and cut it."""
    for at in range(0, len(datagram), max(1, len(datagram) // 12)):
        yield datagram[:at] + bytes((datagram[at] ^ 1,)) + datagram[at + 1 :]
    yield datagram[:16]
    yield datagram + b"\0"


async def test_what_was_recorded_makes_no_promise_and_no_use(
    venue: GateVenue, stranger: Eavesdropper
) -> None:
    """Hellos, asks, answers and news, again and altered: each ticket is let in just once."""
    codes = [venue.server.office.sell() for _ in range(3)]
    sessions = await venue.open_all()
    for session in sessions:
        stranger.listen(rung_of(session))
    assert await shown(sessions, codes[0]) == ["admit", "deny", "deny"]
    await until(lambda: len(stranger.heard) > 5)
    first = TicketId(int((await sessions[0].scan(Scan(codes[0]))).ticket_id or "", 16))
    # News of the entry settles promises: from then on only what was recorded could make any.
    await until(lambda: all(len(one.store.uses.records_of(first)) == 1 for one in sessions))
    kept = [set(session.store.peers.claims(EVENT)) for session in sessions]
    for datagram in list(stranger.heard):
        for one in (datagram, *altered(datagram)):
            for session in sessions:
                stranger.send(one, rung_of(session))
    dropped = [sum(rung_of(session).peer.dropped.values()) for session in sessions]
    await until(
        lambda: all(
            sum(rung_of(session).peer.dropped.values()) > before
            for session, before in zip(sessions, dropped, strict=True)
        )
    )
    for session, before in zip(sessions, kept, strict=True):
        assert set(session.store.peers.claims(EVENT)) <= before
        assert len(session.store.uses.records_of(first)) == 1
    await venue.until_live()
    assert await shown(sessions, codes[0]) == ["deny"] * 3
    assert await shown(sessions[::-1], codes[1]) == ["admit", "deny", "deny"]
    ticket_id = int((await sessions[0].scan(Scan(codes[2]))).ticket_id or "", 16)
    await until(
        lambda: all(len(one.store.uses.records_of(TicketId(ticket_id))) == 1 for one in sessions)
    )


async def test_restarted_gate_takes_no_recording_for_its_peer(
    venue: GateVenue, stranger: Eavesdropper
) -> None:
    """Its peers are live by what they say to this very boot, and nobody stands in for them."""
    code = venue.server.office.sell()
    sessions = await venue.open_all()
    for session in sessions:
        stranger.listen(rung_of(session))
    await until(lambda: len(stranger.heard) > 5)
    for number in (0, 1):
        await venue.kill(number)
    await venue.kill(2)
    alone = await venue.open(2)
    for datagram in list(stranger.heard) * 3:
        stranger.send(datagram, rung_of(alone))
    await until(lambda: sum(rung_of(alone).peer.dropped.values()) > 0)
    assert rung_of(alone).live_peers() == []  # else it would wait for them, and believe them
    answer = await alone.scan(Scan(code))
    assert (answer.verdict, answer.mode) == ("admit", "offline")


async def test_flood_stops_no_gate_and_lets_nobody_in_twice(
    venue: GateVenue, stranger: Eavesdropper
) -> None:
    """Garbage, recordings and silent connections: each gate answers, and each ticket once."""
    codes = [venue.server.office.sell() for _ in range(4)]
    sessions = await venue.open_all()
    for session in sessions:
        stranger.listen(rung_of(session))
    await until(lambda: len(stranger.heard) > 5)
    ammunition = [*stranger.heard[:5], b"", b"\0" * 1_200, bytes(range(256)) * 4]
    with silent_connections(sessions, 20):
        shots, slowest = 0, 0.0
        for code in codes:
            verdicts = []
            for session in sessions:
                for _ in range(FLOOD // (len(codes) * len(sessions))):
                    shots += 1
                    stranger.send(
                        ammunition[shots % len(ammunition)], rung_of(sessions[shots % 3])
                    )
                began = time.perf_counter()
                async with asyncio.timeout(ANSWER_S):
                    answer = await session.scan(Scan(code))
                slowest = max(slowest, time.perf_counter() - began)
                verdicts.append((answer.verdict, answer.mode))
            by_peers = [mode for verdict, mode in verdicts if (verdict, mode) == ("admit", "lan")]
            assert len(by_peers) <= 1, verdicts
            if {mode for _, mode in verdicts} == {"lan"}:
                assert [verdict for verdict, _ in verdicts].count("admit") == 1
    assert slowest < ANSWER_S
    await venue.until_live()  # the rung is theirs again when the flood is over


@contextmanager
def silent_connections(sessions: list[GateSession], count: int) -> Iterator[None]:
    """Hold streams to every gate, which say nothing."""
    held = []
    try:
        for _ in range(count):
            for session in sessions:
                one = socket.socket()
                one.setblocking(False)
                one.connect_ex(rung_of(session).address)
                held.append(one)
        yield
    finally:
        for one in held:
            one.close()


async def ask(rung: LanRung, frame: bytes) -> bytes:
    """Send one frame over a stream, and return what comes back until it is cut."""
    reader, writer = await asyncio.open_connection(*rung.address)
    writer.write(len(frame).to_bytes(4, "big") + frame)
    try:
        async with asyncio.timeout(ANSWER_S):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_nothing_is_believed_in_a_gates_name(venue: GateVenue) -> None:
    """A release of somebody's entry, a frame in a peer's name: nothing without the key."""
    code, other = venue.server.office.sell(), venue.server.office.sell()
    sessions = await venue.open_all()
    first = await sessions[0].scan(Scan(code))
    assert first.verdict == "admit"
    ticket_id = int(first.ticket_id or "", 16)
    await until(lambda: all(one.store.uses.records_of(TicketId(ticket_id)) for one in sessions))
    (use,) = sessions[1].store.uses.records_of(TicketId(ticket_id))
    release = ReleaseBody(use.claim_id, TicketId(ticket_id), "a stranger's word")
    spent = decode_credential(from_digits(other))[0].ticket_id
    passage = ScanBody(
        claim_id=ClaimId("ab" * 16),
        gate_id=NORTH,
        zone_id=ZONE,
        occurrence_id=OccurrenceId(""),
        direction="in",
        count=1,
        ticket_id=spent,
        generation=1,
        key_id=1,
        code_hash=bytes(16),
        verdict="admit",
        reason="ok",
        mode="offline",
    )
    forged = [
        in_name_of(DeviceId("dv_0"), "release", release),
        in_name_of(DeviceId("dv_2"), "scan", passage),
    ]
    for sender in ("dv_0", "dv_2", "dv_stranger"):
        sealer = Sealer(EVENT, DeviceId(sender), STRANGER, BOOT, 1 << 40)
        frame = sealer.seal_frame(Fetch((), tuple(forged)), (1, 1))
        assert await ask(rung_of(sessions[1]), frame) == b""
    rung_of(sessions[1]).learn(forged)  # as if a peer had passed them on
    await until(lambda: not rung_of(sessions[1])._queue._changes)
    assert [one.claim_id for one in sessions[1].store.uses.records_of(TicketId(ticket_id))] == [
        use.claim_id
    ]
    assert sessions[1].store.uses.records_of(spent) == []
    assert [(await one.scan(Scan(code))).verdict for one in sessions] == ["deny"] * 3
    assert (await sessions[1].scan(Scan(other))).verdict == "admit"


def in_name_of(device_id: DeviceId, kind: str, body: ReleaseBody | ScanBody) -> SignedEntry:
    """Make an entry of a device, without its key."""
    entry = Entry(
        v=ENTRY_VERSION, device_id=device_id, boot=BOOT, dseq=1, seq=1, previous=NO_HASH,
        kind=kind, event_id=EVENT, wall=STARTS, monotonic=Duration(1), offset=Duration(0),
        offset_error=Duration(1), epoch=1, cursor=1, body=encode_body(body),
    )  # fmt: skip
    return seal_entry(entry, STRANGER)


async def test_roster_of_somebodys_own_lets_no_stranger_in(venue: GateVenue) -> None:
    """Signed by another root, however new: the stranger is not heard, and the gates stay."""
    code = venue.server.office.sell()
    sessions = await venue.open_all()
    device = RosterDevice(
        device_id=DeviceId("dv_stranger"),
        public_key=STRANGER.public_key,
        gate_id=NORTH,
        zone_id=ZONE,
    )
    roster = Roster(ROSTER_VERSION, EVENT, 9, 9, (device,))
    other = TicketOffice(seed="a stranger's")
    document: SignedDocument = other.signer.sign(DocumentKind.ROSTER, roster, STARTS)
    for session in sessions:
        try:
            await rung_of(session).take_roster(encode_document(document))
        except BadInput:
            continue
    for session in sessions:
        assert rung_of(session).key_of(DeviceId("dv_stranger")) is None
        assert rung_of(session).version == (1, 1)
    await venue.until_live()
    assert await shown(sessions, code) == ["admit", "deny", "deny"]
