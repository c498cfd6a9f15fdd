"""Whose word it is that signatures verify: a process beside the worker, or the worker itself.

A journal of 500 entries takes 30 ms of a processor to verify, and as much again where its passages
prove the codes that were seen, or thrice where a till has signed those. In the worker that would
hold up every claim; in threads of the worker each signature fights for the interpreter anew, which
costs as much again as what is won. So each worker has one process of its own beside it, started
with the first journal, which ends when the worker does. What it cannot answer is checked here.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from subprocess import PIPE, Popen
from typing import Final, Protocol

from server.entries import signature_process
from server.entries.signature_process import Question, answer, encode_request

AT_ONCE_MAX: Final = 8
"""So many are checked here and now: it takes less than asking."""


class SignatureChecks(Protocol):
    """Checks signatures."""

    async def check(self, question: Question) -> Sequence[bool]:
        """Tell of each thing that is asked of whether it holds."""

    async def close(self) -> None:
        """Let go of what is held."""


class ChecksHere:
    """In the worker itself, for programs that have no processor to spare or no processes."""

    async def check(self, question: Question) -> Sequence[bool]:
        """See `SignatureChecks.check`."""
        return answer(question)

    async def close(self) -> None:
        """See `SignatureChecks.close`; nothing is held."""


class ChecksBeside:
    """In a process beside the worker.

    One thread feeds it, so that it has its next question at once, however busy the loop is.
    """

    def __init__(self) -> None:
        """Prepare; the process starts with the first journal."""
        self._feeder = ThreadPoolExecutor(1, thread_name_prefix="signatures")
        self._process: Popen[bytes] | None = None

    @property
    def process_id(self) -> int | None:
        """The process's id, or None while there is none."""
        return None if self._process is None else self._process.pid

    async def check(self, question: Question) -> Sequence[bool]:
        """See `SignatureChecks.check`."""
        if question.count <= AT_ONCE_MAX:
            return answer(question)
        loop = asyncio.get_running_loop()
        asked = encode_request(question)
        try:
            async with asyncio.timeout(signature_process.ANSWER_TIMEOUT_S):
                return await loop.run_in_executor(self._feeder, self._ask, asked, question.count)
        except TimeoutError:
            if self._process is not None:
                self._process.kill()  # which ends the feeder's waiting as well
        except (OSError, EOFError):
            pass
        return answer(question)

    def _ask(self, asked: bytes, count: int) -> Sequence[bool]:
        """Ask the process, in the feeder's thread.

        Raises:
            OSError: or EOFError, if it has ended; the next question starts another one.
        """
        if self._process is not None and self._process.poll() is not None:
            self._end()
        process = self._process
        if process is None:
            process = self._process = Popen(
                [sys.executable, "-m", "server.entries.signature_process"],
                stdin=PIPE,
                stdout=PIPE,
                start_new_session=True,  # what is typed at a terminal is for the worker
            )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(asked)
            process.stdin.flush()
            flags = process.stdout.read(count)
        except OSError:
            self._end()
            raise
        if len(flags) < count:
            self._end()
            raise EOFError
        return [flag == 1 for flag in flags]

    async def close(self) -> None:
        """See `SignatureChecks.close`."""
        if self._process is not None:
            self._process.kill()
        self._feeder.shutdown()
        self._end()

    def _end(self) -> None:
        """End the process: after half an answer no later one could be told from it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                assert pipe is not None
                pipe.close()
        process.wait()
