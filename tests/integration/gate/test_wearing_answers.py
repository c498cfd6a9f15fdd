"""Answers that would wear a gate out, by time or by memory: it is held up for a while at most."""

from __future__ import annotations

import asyncio
import contextlib
import gzip

import pytest

from gatekeeper.sync import transport
from gatekeeper.sync.transport import ANSWER_SIZE_MAX
from shared.kernel.errors import Malformed, ServerFault
from shared.kernel.trouble import TroubleKind
from tests.integration.gate.test_http_client import EXCHANGE, answering, connected, http


@pytest.mark.parametrize("told_at_once", [0, 60], ids=["head", "body"])
async def test_an_answer_that_drips_in_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch, told_at_once: int
) -> None:
    """Whoever is in between keeps no gate waiting by a byte now and then."""
    monkeypatch.setattr(transport, "READ_SECONDS", 0.2)
    ended = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            answer = http(200, bytes(100))
            writer.write(answer[:told_at_once])
            for byte in answer[told_at_once:]:
                writer.write(bytes((byte,)))
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.close()
        ended.set()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as slow:
        server = connected(f"http://127.0.0.1:{slow.sockets[0].getsockname()[1]}")
        with pytest.raises(ServerFault, match="too long") as found:
            await server.exchange(EXCHANGE)
        assert found.value.kind is TroubleKind.TOO_SLOW
        await server.close()
        await ended.wait()


async def test_an_answer_is_read_as_it_is_sent_and_never_unpacked() -> None:
    """A few thousand bytes cannot become a gigabyte here."""
    packed = gzip.compress(bytes(ANSWER_SIZE_MAX + 1), 1)
    answer = http(200, packed).replace(b"X\r\n", b"X\r\ncontent-encoding: gzip\r\n", 1)
    async with answering(answer) as (url, heads):
        server = connected(url)
        with pytest.raises(Malformed, match="cannot be read"):
            await server.exchange(EXCHANGE)
        assert b"accept-encoding: identity" in heads[0].lower()
        await server.close()
