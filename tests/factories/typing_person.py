"""A program at a terminal, with a person who types."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.factories.programs import start

WAIT_SECONDS: Final = 60.0
INTERRUPT: Final = b"\x03"
"""What Ctrl-C sends; the terminal makes a signal of it."""


@dataclass(frozen=True)
class Sitting:
    """How it ended: the status, all that stood on the screen, and standard output."""

    status: int
    screen: str
    output: str


def sit(
    words: Sequence[object], environment: Mapping[str, str], *, until: str, typed: bytes
) -> Sitting:
    """Run a program whose input and messages are a terminal; type once it has said `until`."""
    ours, its = pty.openpty()
    process = start(
        [str(word) for word in words],
        environment=environment,
        stdin=its,
        stdout=subprocess.PIPE,
        stderr=its,
        takes_terminal=True,
    )
    os.close(its)
    seen, is_typed = b"", False
    deadline = time.monotonic() + WAIT_SECONDS
    try:
        while process.poll() is None and time.monotonic() < deadline:
            seen += _read(ours)
            if not is_typed and until.encode() in seen:
                os.write(ours, typed)
                is_typed = True
        output, _ = process.communicate(timeout=WAIT_SECONDS)
        seen += _read(ours)
    finally:
        process.kill()
        os.close(ours)
    return Sitting(process.returncode, seen.decode("utf-8", "replace"), output.decode())


def _read(terminal: int) -> bytes:
    if not select.select([terminal], [], [], 0.05)[0]:
        return b""
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other side is closed
        return b""
