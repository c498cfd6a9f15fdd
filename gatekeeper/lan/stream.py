"""Streams between gates: missing journal entries and newer rosters, a frame each way at a time.

A frame is its length in 4 bytes, big-endian, and a sealed message. What is fetched needs no
trust in the peer: entries are signed by their origin, the roster and the feed by the server.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final, Protocol

from gatekeeper.lan.peer_addresses import Address
from shared.journal.chain import SignedEntry
from shared.kernel.errors import Malformed, StoreFault
from shared.kernel.id_types import DeviceId, EventId
from shared.lan.entries_of_peers import find_missing
from shared.lan.envelope import FRAME_SIZE_MAX, Envelope, open_frame, read_frame
from shared.lan.messages import (
    ENTRIES_PER_FETCH_MAX,
    Body,
    Fetch,
    Fetched,
    Mark,
    decode_body,
)

PEER_FETCH_SECONDS: Final = 5.0
"""For another gate's next bytes, while entries are fetched of it."""

STRANGERS_MAX: Final = 32
"""Connections that have sent nothing signed and fresh: one more, and the oldest of them is cut."""
PER_HOST_MAX: Final = 8
"""Of these from one address, so that no single machine keeps the peers out."""
ROUNDS_MAX: Final = 200
LEARNED_AT_ONCE: Final = 4
"""Entries: each is verified twice, by its device's key and by its code's proof, in 0.2 ms."""
_BYTES_PER_FRAME_MAX: Final = 1 << 20
_FAULTS: Final = (OSError, asyncio.IncompleteReadError, TimeoutError, Malformed, StoreFault)


class StreamingGate(Protocol):
    """What a stream needs of the gate behind it."""

    @property
    def event_id(self) -> str:
        """The event."""

    @property
    def version(self) -> tuple[int, int]:
        """Version of the roster held."""

    def key_of(self, device_id: DeviceId) -> bytes | None:
        """Return a device's public key, by the roster held."""

    def take_fresh(self, envelope: Envelope) -> bool:
        """Tell whether a verified frame is no recording; it is so but once."""

    def seal_frame(self, body: Body) -> bytes:
        """Seal a message."""

    def marks(self) -> tuple[Mark, ...]:
        """Tell how far this gate holds each boot."""

    def entries_after(self, mark: Mark, limit: int) -> Sequence[SignedEntry]:
        """Return entries of a boot."""

    def learn(self, entries: Iterable[SignedEntry]) -> None:
        """Take entries."""

    def roster_document(self) -> bytes:
        """Return the encoded roster document held."""

    async def take_roster(self, document: bytes) -> None:
        """Take a roster document, if it is newer and verifies."""

    def address_word(self) -> str:
        """Return the server's newest word of where it is, or ""."""

    def take_address_word(self, text: str) -> None:
        """Take such a word, if it is newer and verifies."""

    def feed_place(self) -> tuple[int, int] | None:
        """Tell up to where this gate has the feed; None where it reaches the ledger itself."""

    async def page_after(self, place: tuple[int, int]) -> bytes:
        """Return the page of the feed after a peer's place, or b""."""

    async def take_page(self, document: bytes) -> None:
        """Take a page of the feed, if it follows and verifies."""


async def _read_frame(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(PEER_FETCH_SECONDS):
        size = int.from_bytes(await reader.readexactly(4), "big")
        if size > FRAME_SIZE_MAX:
            raise Malformed(f"a frame of {size} bytes")
        return await reader.readexactly(size)


async def _write_frame(writer: asyncio.StreamWriter, frame: bytes) -> None:
    writer.write(len(frame).to_bytes(4, "big") + frame)
    async with asyncio.timeout(PEER_FETCH_SECONDS):
        await writer.drain()


def _collect(gate: StreamingGate, theirs: Sequence[Mark]) -> tuple[tuple[SignedEntry, ...], bool]:
    """Gather what the other side lacks, as much as one frame takes; tell whether that is all."""
    entries: list[SignedEntry] = []
    size = 0
    for mark in find_missing(gate.marks(), theirs):
        for signed in gate.entries_after(mark, ENTRIES_PER_FETCH_MAX - len(entries)):
            entries.append(signed)
            size += len(signed.entry)
            if size >= _BYTES_PER_FRAME_MAX:
                return tuple(entries), False
        if len(entries) >= ENTRIES_PER_FETCH_MAX:
            return tuple(entries), False
    return tuple(entries), True


class StreamServer:
    """Answers fetches of peers.

    Attributes:
        refused: Connections that were cut for what came over them, or for their number.
    """

    def __init__(self, gate: StreamingGate) -> None:
        self._gate = gate
        self._open: set[asyncio.StreamWriter] = set()
        self._strangers: dict[asyncio.StreamWriter, str] = {}
        self._of_members: dict[str, asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None
        self.refused = 0

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port.

        Raises:
            OSError: if the address cannot be had.
        """
        self._server = await asyncio.start_server(self._serve, host, port)
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    async def close(self) -> None:
        """Stop listening and cut what is open."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._open):
                writer.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._admit(writer)
        try:
            for _ in range(ROUNDS_MAX):
                answer = await self._answer(await _read_frame(reader), writer)
                await _write_frame(writer, answer)
                if writer in self._strangers:
                    break  # it had the roster, and may be a recording, which can be any number
                await asyncio.sleep(0)  # who sends ahead lets scans be decided in between
        except asyncio.IncompleteReadError:
            pass  # the other side has all it wanted
        except _FAULTS:
            self.refused += 1
        finally:
            self._open.discard(writer)
            self._strangers.pop(writer, None)
            writer.close()

    def _admit(self, writer: asyncio.StreamWriter) -> None:
        """Take a connection; where too many have proven nothing yet, the oldest goes."""
        host = str((writer.get_extra_info("peername") or ("",))[0])
        of_host = [one for one, other in self._strangers.items() if other == host]
        oldest = of_host[:1] if len(of_host) >= PER_HOST_MAX else list(self._strangers)[:1]
        if len(of_host) >= PER_HOST_MAX or len(self._strangers) >= STRANGERS_MAX:
            for one in oldest:
                del self._strangers[one]
                one.transport.abort()
        self._open.add(writer)
        self._strangers[writer] = host

    async def _answer(self, frame: bytes, writer: asyncio.StreamWriter) -> bytes:
        """Answer a fetch; one that proves nothing fresh gets the roster at most."""
        gate = self._gate
        envelope, _ = read_frame(frame)
        key = gate.key_of(DeviceId(envelope.sender))
        if key is None:
            raise Malformed(f"{envelope.sender!r} is not in the roster")
        body = decode_body(open_frame(frame, key, EventId(gate.event_id)).kind, envelope.body)
        if not isinstance(body, Fetch):
            raise Malformed("only a fetch begins a stream")
        if body.wants_roster:
            return gate.seal_frame(Fetched((), (), gate.roster_document()))
        if not gate.take_fresh(envelope):
            message = f"a fetch of {envelope.sender!r} that is a recording, or of an unmet boot"
            raise Malformed(message)
        self._strangers.pop(writer, None)
        former = self._of_members.get(envelope.sender, writer)
        if former is not writer:  # a member that opens many would leave this gate no file
            former.transport.abort()
        self._of_members[envelope.sender] = writer
        await _learn(gate, body.offered)
        roster = gate.roster_document() if envelope.version < gate.version else b""
        page = b"" if body.feed is None else await gate.page_after(body.feed)
        entries, is_all = _collect(gate, body.marks)
        word = gate.address_word()
        return gate.seal_frame(Fetched(gate.marks(), entries, roster, not is_all, page, word))


async def _learn(gate: StreamingGate, entries: Sequence[SignedEntry]) -> None:
    """Take entries part by part, in half of the time: scans are decided in the other half."""
    loop = asyncio.get_running_loop()
    for start in range(0, len(entries), LEARNED_AT_ONCE):
        began = loop.time()
        gate.learn(entries[start : start + LEARNED_AT_ONCE])
        await asyncio.sleep(loop.time() - began)


@contextlib.asynccontextmanager
async def _connect(
    address: Address,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(PEER_FETCH_SECONDS):
        reader, writer = await asyncio.open_connection(*address)
    try:
        yield reader, writer
    finally:
        writer.close()
        await asyncio.sleep(0)  # closed in the loop's next turn, which may be its last


async def exchange_entries(gate: StreamingGate, device_id: DeviceId, address: Address) -> bool:
    """Fetch from a peer what this gate lacks, a page of the feed included; give it what it lacks.

    Returns:
        Whether it came to its end; False if the peer could not be reached or spoke nonsense.
    """
    key = gate.key_of(device_id)
    if key is None:
        return False
    try:
        async with _connect(address) as (reader, writer):
            offered: tuple[SignedEntry, ...] = ()
            place = gate.feed_place()
            for _ in range(ROUNDS_MAX):
                fetch = Fetch(gate.marks(), offered, feed=place)
                await _write_frame(writer, gate.seal_frame(fetch))
                frame = await _read_frame(reader)
                fetched = _read_fetched(open_frame(frame, key, EventId(gate.event_id)))
                await _learn(gate, fetched.entries)
                if fetched.roster:
                    await gate.take_roster(fetched.roster)
                if fetched.address:
                    gate.take_address_word(fetched.address)
                if fetched.page and place is not None:
                    await gate.take_page(fetched.page)
                place = None
                offered, _ = _collect(gate, fetched.marks)
                if not (offered or fetched.has_more):
                    return True
    except _FAULTS:
        return False
    return True


async def fetch_roster(gate: StreamingGate, address: Address) -> bool:
    """Fetch a roster document from whoever is there; it is verified by the server's signature."""
    try:
        async with _connect(address) as (reader, writer):
            await _write_frame(writer, gate.seal_frame(Fetch((), (), wants_roster=True)))
            envelope, _ = read_frame(await _read_frame(reader))
            await gate.take_roster(_read_fetched(envelope).roster)
    except _FAULTS:
        return False
    return True


def _read_fetched(envelope: Envelope) -> Fetched:
    body = decode_body(envelope.kind, envelope.body)
    if not isinstance(body, Fetched):
        raise Malformed("not an answer to a fetch")
    return body
