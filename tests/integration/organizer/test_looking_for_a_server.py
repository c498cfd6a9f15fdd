"""A desk looks for a server at an address that somebody has typed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gatekeeper.organizer.server_api import ServerApi
from shared.kernel.errors import ServerFault
from shared.kernel.trouble import TroubleKind

_PORTAL = b"<html><title>Free Wi-Fi</title><form>Your room number</form></html>"
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"


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


@asynccontextmanager
async def guest_network() -> AsyncIterator[tuple[str, list[bytes]]]:
    """Give a server's address in a network whose own page answers for all, and what it is told."""
    told: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.read(65_536):
            told.append(request)
            writer.write(_HEAD % len(_PORTAL) + _PORTAL)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", told


async def test_a_guest_networks_own_page_is_no_server_and_is_told_no_password() -> None:
    """It answers 200 whatever is asked: the desk showed the sign-in page, and sent it there."""
    async with guest_network() as (url, told):
        office = ServerApi(url)
        for asked in (office.check(), office.sign_in("ann@example.org", "seven lamps")):
            with pytest.raises(ServerFault, match="is not a Gatekeeper server") as fault:
                await asked
            assert fault.value.kind is TroubleKind.ADDRESS
        await office.close()
        assert told
        assert not [one for one in told if b"seven lamps" in one or b"ann@" in one]


async def test_a_page_in_place_of_an_answer_is_said_as_what_cannot_be_read() -> None:
    """The network's sign-in has ended amid an evening: the desk said that the program broke."""
    async with guest_network() as (url, _told):
        office = ServerApi(url)
        with pytest.raises(ServerFault, match="nothing readable") as fault:
            await office.get("/organizations")
        assert fault.value.kind is TroubleKind.UNREADABLE
        await office.close()
