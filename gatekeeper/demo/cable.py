"""A network cable that can be pulled: a TCP relay on the loopback.

While it is pulled, connections hang as they do when a switch loses power: nothing is refused,
nothing is answered.
"""

from __future__ import annotations

import asyncio
import contextlib

_PIECE_SIZE = 64 * 1024


class Cable:
    """Relays connections from a port of its own to a server on 127.0.0.1.

    Attributes:
        port: Where the device's side plugs in.
    """

    def __init__(self, server_port: int) -> None:
        """Name the server; `open` starts relaying."""
        self._server_port = server_port
        self._plugged = asyncio.Event()
        self._plugged.set()
        self._listener: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._relays: set[asyncio.Task[None]] = set()
        self.port = 0

    async def open(self) -> None:
        """Listen on a free port."""
        self._listener = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]

    def pull(self, *, is_noticed: bool = True) -> None:
        """Cut every connection, and let new ones hang.

        Args:
            is_noticed: Whether connections break; else they hang as well.
        """
        self._plugged.clear()
        for writer in self._writers:
            if is_noticed:
                writer.transport.abort()
            elif isinstance(writer.transport, asyncio.ReadTransport):
                writer.transport.pause_reading()

    def plug(self) -> None:
        """Connect again."""
        self._plugged.set()

    async def close(self) -> None:
        """Stop relaying."""
        self.pull()
        if self._listener is not None:
            self._listener.close()
        for relay in self._relays:
            relay.cancel()
        await asyncio.gather(*self._relays, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._relays.add(task)
        self._writers.add(writer)
        onward: asyncio.StreamWriter | None = None
        try:
            await self._plugged.wait()
            back, onward = await asyncio.open_connection("127.0.0.1", self._server_port)
            self._writers.add(onward)
            await asyncio.gather(_pump(reader, onward), _pump(back, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for side in (writer, onward):
                if side is not None:
                    self._writers.discard(side)
                    side.close()
            self._relays.discard(task)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await source.read(_PIECE_SIZE):
            sink.write(piece)
            await sink.drain()
    with contextlib.suppress(OSError):
        sink.write_eof()
