"""Leads connections on to a server from the test's own loop, and sees what passes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

LOOPBACK: Final = "127.0.0.1"
_PIECE: Final = 65_536

LetsPass = Callable[[bytes, bool], bool]
"""Takes what one side has sent, and whether that is the server; says whether it goes on. Where it
does not, both sides find the connection closed."""


def let_all_pass(_data: bytes, _is_answer: bool) -> bool:
    """Lead everything on."""
    return True


@asynccontextmanager
async def led_on(port: int, lets_pass: LetsPass = let_all_pass) -> AsyncIterator[int]:
    """Listen, and lead on each connection that comes; gives the port. None outlasts the block."""
    leading: set[asyncio.Task[None]] = set()

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        leading.add(task)
        task.add_done_callback(leading.discard)
        await lead_on(reader, writer, port, lets_pass)

    async with await asyncio.start_server(lead, LOOPBACK, 0) as server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            ending = tuple(leading)
            for one in ending:
                one.cancel()
            await asyncio.gather(*ending, return_exceptions=True)


async def lead_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    port: int,
    lets_pass: LetsPass = let_all_pass,
    *,
    head: bytes = b"",
) -> None:
    """Lead one connection on until a side ends it, and close both, also where this is cancelled.

    Args:
        reader: Of who has come.
        writer: Of the same.
        port: The server's.
        lets_pass: Sees each piece before it goes on.
        head: What was read of it before.
    """
    try:
        there, back = await asyncio.open_connection(LOOPBACK, port)
        try:
            back.write(head)
            await asyncio.gather(
                _pass_on(reader, back, lets_pass, is_answer=False),
                _pass_on(there, writer, lets_pass, is_answer=True),
            )
        finally:
            back.close()
    finally:
        writer.close()


async def _pass_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    lets_pass: LetsPass,
    *,
    is_answer: bool,
) -> None:
    with suppress(OSError):
        while (data := await reader.read(_PIECE)) and lets_pass(data, is_answer):
            writer.write(data)
            await writer.drain()
    writer.close()
