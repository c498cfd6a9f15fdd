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
        while not (handlers := [one for one in asyncio.all_tasks() if _is_of(one, serve)]):  # noqa: ASYNC110
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


def _is_of(task: asyncio.Task[object], function: object) -> bool:
    return getattr(task.get_coro(), "cr_code", None) is getattr(function, "__code__", ())
