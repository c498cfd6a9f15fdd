"""Somebody on the venue's network who records what gates ask each other, and asks it again.

They hold no key. What a gate answers to a recording it tells a stranger: entries of journals say
who came when.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from shared.kernel.errors import Malformed
from shared.kernel.instant import SECOND, Duration
from shared.lan.envelope import read_frame
from shared.lan.messages import Fetched, decode_body
from simulator.history import Probe
from simulator.kernel.loop import Process
from simulator.kernel.sockets import Address
from simulator.world import World

NAME: Final = "eavesdropper"
EVERY: Final[Duration] = 5 * SECOND
PATIENCE: Final[Duration] = 5 * SECOND
RECORDED_MAX: Final = 40
SIZE_SIZE: Final = 4
"""Bytes before a frame on a stream that say how long it is."""


class Eavesdropper:
    """Records streams' frames and sends them again from a machine of its own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._dice = world.stage.dice.stream(NAME)
        self._process = Process(NAME)
        self._recorded: deque[tuple[Address, bytes]] = deque(maxlen=RECORDED_MAX)
        self._is_over = False

    def begin(self) -> None:
        """Listen, and ask again now and then."""
        sockets = self._world.stage.sockets
        sockets.host_of(NAME)
        sockets.overhear = self._hear
        self._world.stage.loop.start(self._process, self._ask_on())

    def end(self) -> None:
        """Ask no more."""
        self._is_over = True
        self._world.stage.sockets.overhear = None

    def _hear(self, speaker: Process, address: Address, data: bytes) -> None:
        if speaker is not self._process:
            self._recorded.append((address, data))

    async def _ask_on(self) -> None:
        while not self._is_over:
            await asyncio.sleep(self._dice.exponential(EVERY) / SECOND)
            if not self._recorded or self._is_over:
                continue
            address, frame = self._dice.pick(list(self._recorded))
            # What was lost, or came before the gate knew its sender, is new to it: but once.
            await _ask(address, frame)
            learnt = await _ask(address, frame)
            what = f"{address[0]} again what a gate had asked"
            self._world.history.probes.append(Probe(what, 0, learnt))


async def _ask(address: Address, frame: bytes) -> str:
    """Send a recording; tells what the answer gives away. The roster is no secret."""
    try:
        async with asyncio.timeout(PATIENCE / SECOND):
            reader, writer = await asyncio.open_connection(*address)
            try:
                writer.write(frame)
                size = int.from_bytes(await reader.readexactly(SIZE_SIZE), "big")
                envelope, _ = read_frame(await reader.readexactly(size))
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, Malformed):
        return ""
    body = decode_body(envelope.kind, envelope.body)
    if not isinstance(body, Fetched) or not (body.entries or body.page):
        return ""
    return f"{len(body.entries)} entries, {len(body.page)} B of the feed"
