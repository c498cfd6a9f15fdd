"""A desk looks for a server at an address that somebody has typed."""

from __future__ import annotations

import asyncio

import pytest

from gatekeeper.organizer.server_api import ServerApi
from shared.kernel.errors import ServerFault


async def test_a_port_that_says_nothing_is_not_waited_for_as_an_answer_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A mistyped port may take what is asked and be mute: half a minute went by at each."""
    monkeypatch.setattr("gatekeeper.organizer.server_api._READY_S", 0.2)
    ended = asyncio.Event()

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # to its end, which only the client brings about
        writer.close()
        ended.set()

    server = await asyncio.start_server(keep_silent, "127.0.0.1", 0)
    async with server:
        office = ServerApi(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(ServerFault, match="takes too long"):
            await asyncio.wait_for(office.check(), 20)
        await office.close()
        await asyncio.wait_for(ended.wait(), 20)
