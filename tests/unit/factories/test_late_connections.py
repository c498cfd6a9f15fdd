"""A connection that comes in as a test ends is none that another test is charged with."""

from __future__ import annotations

import asyncio
import gc
import socket


def test_a_connection_is_closed_whose_handler_never_began() -> None:
    """A server was told to serve, and its loop ends in the very turn in which one comes."""
    begun = []

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.append(writer)

    async def end_as_it_comes() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        came.connect(server.sockets[0].getsockname())
        while not (handlers := _find(serve)):  # noqa: ASYNC110 - nothing tells of one to begin
            await asyncio.sleep(0)
        for handler in handlers:
            handler.cancel()
        server.close()

    with socket.socket() as came:
        asyncio.run(end_as_it_comes())
        assert not begun
        gc.collect()
        came.settimeout(10)
        assert came.recv(1) == b""


def _find(function: object) -> list[asyncio.Task[object]]:
    code = getattr(function, "__code__", ())
    return [one for one in asyncio.all_tasks() if getattr(one.get_coro(), "cr_code", None) is code]


async def test_a_connection_says_in_which_test_it_was_made() -> None:
    """One that is thrown away open is told of amid another test."""
    async with await asyncio.start_server(_close, "127.0.0.1", 0) as server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        assert "test_a_connection_says_in_which_test_it_was_made" in repr(writer.transport)
        writer.close()


def _close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()
