"""A lane as its owner runs it: `gatekeeper lane --lan`, a process of its own, fed line by line."""

from __future__ import annotations

import asyncio
import json
import os
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bench.server_process import BIN

ANSWER_SECONDS: Final = 60
READY_SECONDS: Final = 180
END_SECONDS: Final = 180
_LINE_SIZE: Final = 1 << 20


class LaneProcess:
    """One running lane.

    Attributes:
        folder: Its profile's.
        live: How many other gates it counts as live, by its own last word.
    """

    def __init__(self, folder: Path) -> None:
        """Name a profile; `start` runs the lane."""
        self.folder = folder
        self.live = 0
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: deque[asyncio.Future[dict[str, Any]]] = deque()
        self._readers: list[asyncio.Task[None]] = []
        self._said: deque[str] = deque(maxlen=20)
        self._news = asyncio.Event()

    async def start(self, *words: str) -> None:
        """Run `gatekeeper lane` with more words, `--lan` among them."""
        self.live = 0
        process = self._process = await asyncio.create_subprocess_exec(
            BIN / "gatekeeper", "lane", "--profile", self.folder, *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LINE_SIZE,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        self._readers = [
            asyncio.ensure_future(self._read_answers(process.stdout)),
            asyncio.ensure_future(self._read_words(process.stderr)),
        ]

    async def until_live(self, others: int) -> None:
        """Wait until it counts so many other gates as live.

        Raises:
            TimeoutError: if that takes too long.
        """
        async with asyncio.timeout(READY_SECONDS):
            while self.live < others:
                self._news.clear()
                await self._news.wait()

    async def scan(self, code: str) -> dict[str, Any]:
        """Show a code, and return the answer.

        Raises:
            TimeoutError: if none comes.
            RuntimeError: if the lane has ended.
        """
        process = self._process
        assert process is not None
        assert process.stdin is not None
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        process.stdin.write(code.encode() + b"\n")
        async with asyncio.timeout(ANSWER_SECONDS):
            return await answer

    def cpu_seconds(self) -> float:
        """Return the processor time that it has used."""
        assert self._process is not None
        stat = Path(f"/proc/{self._process.pid}/stat").read_text("utf-8")
        fields = stat.rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def close(self) -> None:
        """End its input: it syncs once if it can, and ends.

        Raises:
            RuntimeError: if it does not end well.
        """
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(END_SECONDS):
            status = await process.wait()
        await asyncio.gather(*self._readers)
        if status:
            message = f"the lane of {self.folder.name} has ended with {status}: {self._said}"
            raise RuntimeError(message)

    async def abandon(self) -> None:
        """Kill it, if it still runs."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
        for reader in self._readers:
            reader.cancel()

    async def _read_answers(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            answer = self._waiting.popleft()
            if not answer.done():
                answer.set_result(json.loads(line))
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(RuntimeError(f"the lane has ended: {self._said}"))

    async def _read_words(self, stream: asyncio.StreamReader) -> None:
        """Keep the last sentences, and what they say of live gates: `19 of 19 other gates …`."""
        while line := await stream.readline():
            sentence = line.decode("utf-8", "replace").strip()
            self._said.append(sentence)
            words = sentence.split()
            if words[-3:] == ["gates", "are", "live"]:
                self.live = int(words[2])
                self._news.set()


async def close_all(lanes: Sequence[LaneProcess]) -> None:
    """End all lanes at once."""
    await asyncio.gather(*(lane.close() for lane in lanes))
