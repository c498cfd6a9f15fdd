"""What leads connections on ends with the block that it stands in: no test is left one open."""

from __future__ import annotations

import asyncio

from tests.factories.led_connections import led_on


async def test_what_is_led_on_when_the_block_ends_is_closed_at_both_sides() -> None:
    """Neither side has ended it: it is closed all the same, and not with the loop alone."""
    came, gone = asyncio.Event(), asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(5) == b"hallo"
        came.set()
        assert await reader.read() == b""
        gone.set()
        writer.close()

    async with asyncio.timeout(30), await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        async with led_on(server.sockets[0].getsockname()[1]) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"hallo")
            await came.wait()
        assert await reader.read() == b""
        await gone.wait()
        writer.close()


async def test_what_does_not_pass_closes_the_connection() -> None:
    """Who has sent it hears no answer."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(5))
        await writer.drain()
        await reader.read()
        writer.close()

    async with asyncio.timeout(30), await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with led_on(port, lambda data, _: data != b"wrong") as led:
            for said, heard in ((b"right", b"right"), (b"wrong", b"")):
                reader, writer = await asyncio.open_connection("127.0.0.1", led)
                writer.write(said)
                assert await reader.read(5) == heard
                writer.close()
