"""Streams between gates: hostile ones are cut, and do no harm."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable

import pytest

from gatekeeper.lan import stream
from gatekeeper.lan.stream import (
    PER_HOST_MAX,
    STRANGERS_MAX,
    exchange_entries,
    fetch_roster,
)
from shared.journal.chain import SignedEntry
from shared.journal.entry import NoteBody
from shared.kernel.errors import BadInput
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from shared.kernel.instant import SECOND
from shared.lan.envelope import FRAME_SIZE_MAX, read_frame
from shared.lan.lan_timeouts_and_limits import LanSettings
from shared.lan.messages import ENTRIES_PER_FETCH_MAX, Fetch, Fetched, Hello, decode_body
from tests.factories.house import EVENT
from tests.integration.lan.lanes import LOOPBACK, Lane, open_lanes, until
from tests.unit.shared.lan.venue import Journal, claim_name, device_name, make_roster, right


async def send_frame(lane: Lane, frame: bytes, size: int | None = None) -> bytes:
    """Send a frame to a gate, and return all that it says before it hangs up."""
    reader, writer = await asyncio.open_connection(*lane.rung.address)
    writer.write((len(frame) if size is None else size).to_bytes(4, "big") + frame)
    writer.write_eof()
    said = await reader.read()
    writer.close()
    return said


async def test_fetch_of_a_peer_is_answered() -> None:
    """With what it lacks, and how far the other is."""
    async with open_lanes(2) as lanes:
        entry = lanes[0].store.journal(lanes[0].book.scan(right(TicketId(1)), ClaimId("a")))
        lanes[0].rung.announce([entry])
        said = await send_frame(lanes[0], lanes[1].rung.seal_frame(Fetch((), ())))
        envelope, _ = read_frame(said[4:])
        body = decode_body(envelope.kind, envelope.body)
        assert isinstance(body, Fetched)
        assert body.entries == (entry,)
        assert [mark.dseq for mark in body.marks] == [1]
        assert (body.roster, body.has_more) == (b"", False)


@pytest.mark.parametrize("kind", ["garbage", "huge", "stranger", "forged", "hello", "cut"])
async def test_hostile_stream_is_cut(kind: str) -> None:
    """Whatever it sends, it gets nothing, and the gate goes on."""
    async with open_lanes(2) as lanes:
        stranger = Lane(7, make_roster(8))
        genuine = lanes[1].rung.seal_frame(Fetch((), ()))
        frames = {
            "garbage": (b"\xc1" * 50, None),
            "huge": (b"", FRAME_SIZE_MAX + 1),
            "stranger": (stranger.rung.seal_frame(Fetch((), ())), None),
            "forged": (genuine[:-1] + bytes([genuine[-1] ^ 1]), None),
            "hello": (lanes[1].rung.seal_frame(Hello(b"", False, 0)), None),
            "cut": (genuine, len(genuine) + 5),
        }
        assert await send_frame(lanes[0], *frames[kind]) == b""
        assert lanes[0].rung._streams.refused == (0 if kind == "cut" else 1)
        assert await exchange_entries(lanes[1].rung, device_name(0), lanes[0].rung.address)


async def test_connections_have_a_bound() -> None:
    """Of those who say nothing the oldest go; whoever opens many keeps no peer out."""
    async with open_lanes(2) as lanes:
        address = lanes[0].rung.address
        opened = [
            await asyncio.open_connection(
                *address, local_addr=(f"127.0.1.{1 + number // PER_HOST_MAX}", 0)
            )
            for number in range(STRANGERS_MAX + 1)
        ]
        await until(lambda: len(lanes[0].rung._streams._strangers) == STRANGERS_MAX)
        with contextlib.suppress(ConnectionError):
            assert await opened[0][0].read() == b""
        assert await exchange_entries(lanes[1].rung, device_name(0), address)
        for _, writer in opened:
            writer.close()
        await until(lambda: not lanes[0].rung._streams._open)


async def test_member_holds_one_connection_however_many_it_opens() -> None:
    """Its newest: a thief's gate would else leave another one no file to reach its server by."""
    async with open_lanes(2) as lanes:
        opened = []
        for _ in range(STRANGERS_MAX + 1):
            reader, writer = await asyncio.open_connection(*lanes[0].rung.address)
            frame = lanes[1].rung.seal_frame(Fetch((), ()))
            writer.write(len(frame).to_bytes(4, "big") + frame)
            await reader.readexactly(4)
            opened.append(writer)
        await until(lambda: len(lanes[0].rung._streams._open) == 1)
        assert await exchange_entries(lanes[1].rung, device_name(0), lanes[0].rung.address)
        for writer in opened:
            writer.close()


async def test_one_machine_alone_keeps_no_peer_out() -> None:
    """As many silent connections as it likes: what a peer lacks is fetched all the same."""
    async with open_lanes(2) as lanes:
        address = lanes[0].rung.address
        opened = [
            await asyncio.open_connection(*address, local_addr=("127.0.1.1", 0))
            for _ in range(STRANGERS_MAX)
        ]
        await until(lambda: len(lanes[0].rung._streams._strangers) == PER_HOST_MAX)
        assert await exchange_entries(lanes[1].rung, device_name(0), address)
        for _, writer in opened:
            writer.close()


async def test_recorded_fetch_is_not_answered_again() -> None:
    """Whoever recorded a peer's fetch on the network gets nothing by sending it once more."""
    async with open_lanes(2) as lanes:
        entry = lanes[0].store.journal(lanes[0].book.scan(right(TicketId(1)), ClaimId("a")))
        lanes[0].rung.announce([entry])
        recorded = lanes[1].rung.seal_frame(Fetch((), ()))
        assert await send_frame(lanes[0], recorded) != b""
        assert await send_frame(lanes[0], recorded) == b""
        roster = lanes[1].rung.seal_frame(Fetch((), (), wants_roster=True))
        for _ in range(2):  # the server's own document, for whoever is met for the first time
            envelope, _ = read_frame((await send_frame(lanes[0], roster))[4:])
            body = decode_body(envelope.kind, envelope.body)
            assert isinstance(body, Fetched)
            assert body.roster
            assert (body.marks, body.entries, body.page) == ((), (), b"")


async def test_roster_is_given_once_to_whoever_proves_nothing_fresh() -> None:
    """A recorded request by hundreds on a few connections let each scan wait for a second."""
    async with open_lanes(2) as lanes:
        recorded = lanes[1].rung.seal_frame(Fetch((), (), wants_roster=True))
        again = len(recorded).to_bytes(4, "big") + recorded
        once = await send_frame(lanes[0], recorded)
        envelope, _ = read_frame(once[4:])
        assert isinstance(decode_body(envelope.kind, envelope.body), Fetched)
        said = await send_frame(lanes[0], recorded + again * 5, len(recorded))
        assert len(said) == len(once)


async def test_silent_connection_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits a while for a frame, and no longer."""
    monkeypatch.setattr(stream, "PEER_FETCH_SECONDS", 0.05)
    async with open_lanes(2) as lanes:
        reader, writer = await asyncio.open_connection(*lanes[0].rung.address)
        assert await reader.read() == b""
        assert lanes[0].rung._streams.refused == 1
        writer.close()


async def test_exchange_with_nobody_or_a_stranger_comes_to_nothing() -> None:
    """No peer there, no such peer, or one that speaks nonsense."""

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write((3).to_bytes(4, "big") + b"abc")
        writer.close()

    server = await asyncio.start_server(babble, LOOPBACK, 0)
    address = server.sockets[0].getsockname()[:2]
    async with open_lanes(2) as lanes:
        rung = lanes[0].rung
        assert not await exchange_entries(rung, device_name(1), address)
        assert not await exchange_entries(rung, DeviceId("dv_unknown"), address)
        assert not await fetch_roster(rung, address)
        server.close()
        await server.wait_closed()
        assert not await exchange_entries(rung, device_name(1), address)


async def test_peer_that_answers_with_another_message_is_left() -> None:
    """A signed hello is no answer to a fetch."""
    async with open_lanes(2) as lanes:

        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(10)
            frame = lanes[1].rung.seal_frame(Hello(b"", False, 0))
            writer.write(len(frame).to_bytes(4, "big") + frame)
            writer.close()

        server = await asyncio.start_server(greet, LOOPBACK, 0)
        address = server.sockets[0].getsockname()[:2]
        assert not await exchange_entries(lanes[0].rung, device_name(1), address)
        server.close()
        await server.wait_closed()


async def test_many_entries_come_in_several_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways, until nothing is missing."""
    monkeypatch.setattr(stream, "ENTRIES_PER_FETCH_MAX", 7)
    async with open_lanes(2) as lanes:
        for lane in lanes:
            away = Journal(lane.number, boot=9)
            for number in range(40):
                lane.store.journal(
                    away.scan(right(TicketId(100 * lane.number + number)), ClaimId(f"c{number}"))
                )
                lane.rung.peer.news.marks.add(
                    device_name(lane.number), away.identity.boot, number + 1
                )
        assert await exchange_entries(lanes[0].rung, device_name(1), lanes[1].rung.address)
        await until(lambda: all(len(lane.store.entries) == 80 for lane in lanes))
        assert lanes[0].rung.event_id == EVENT


async def test_journal_of_an_earlier_event_keeps_nothing_of_this_one_back() -> None:
    """A device that has served elsewhere is caught up with like any other."""
    never = LanSettings(sync_every=1_000 * SECOND)
    async with open_lanes(2, never) as (worn, fresh):
        before = Journal(0, boot=0)
        for number in range(ENTRIES_PER_FETCH_MAX + 100):
            entry = before.write(NoteBody("n", str(number)), event_id="ev_other")
            worn.store.journal(entry)
            worn.rung.peer.news.marks.add(device_name(0), before.identity.boot, number + 1)
        entry = worn.store.journal(worn.book.scan(right(TicketId(1)), claim_name(1)))
        worn.rung.peer.news.marks.add(device_name(0), worn.book.identity.boot, 1)
        assert await exchange_entries(fresh.rung, device_name(0), worn.rung.address)
        await until(lambda: fresh.store.uses_of(right(TicketId(1))) != [])


class Heard:
    """Words of where the server is, as a gate keeps them; the longer is the newer."""

    def __init__(self, text: str = "") -> None:
        self.text = text

    def take(self, text: str) -> bool:
        """Keep a newer one."""
        if text == "GKA1 false":
            message = "not signed"
            raise BadInput(message)
        is_newer = len(text) > len(self.text)
        self.text = text if is_newer else self.text
        return is_newer


@pytest.mark.parametrize(
    ("theirs", "mine", "kept"),
    [
        ("GKA1 newer", "GKA1 n", "GKA1 newer"),
        ("GKA1 newer", "", "GKA1 newer"),
        ("GKA1 n", "GKA1 newer", "GKA1 newer"),
        ("GKA1 false", "GKA1", "GKA1"),
        ("", "GKA1", "GKA1"),
    ],
)
async def test_gate_that_knows_where_the_server_is_tells_who_fetches_from_it(
    theirs: str, mine: str, kept: str
) -> None:
    """One gate that scanned the word leads the others; a false one changes nothing."""
    async with open_lanes(2) as lanes:
        lanes[0].rung.words, lanes[1].rung.words = Heard(theirs), Heard(mine)
        assert await exchange_entries(lanes[1].rung, device_name(0), lanes[0].rung.address)
        assert lanes[1].rung.address_word() == kept


async def test_entries_of_a_stream_leave_scans_half_of_the_time() -> None:
    """A gate that was cut off for an hour is brought thousands: it decides meanwhile."""
    async with open_lanes(2) as lanes:
        loop, spent, at_once = asyncio.get_running_loop(), 0.0, 0

        def learn(entries: Iterable[SignedEntry]) -> None:
            nonlocal spent, at_once
            began = loop.time()
            while loop.time() - began < 0.004:
                at_once = max(at_once, len([*entries]))
            spent += loop.time() - began

        lanes[1].rung.learn = learn  # type: ignore[method-assign] # a slow machine's
        me, marks = lanes[0].book.identity, lanes[0].rung.peer.news.marks
        for number in range(40):
            lanes[0].store.journal(lanes[0].book.scan(right(TicketId(number)), claim_name(number)))
            marks.add(me.device_id, me.boot, number + 1)  # kept, and told to nobody yet
        began = loop.time()
        address = lanes[0].rung.address
        assert await exchange_entries(lanes[1].rung, DeviceId(device_name(0)), address)
        assert at_once <= 4
        assert spent >= 0.04
        assert loop.time() - began >= 2 * spent
