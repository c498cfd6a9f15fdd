"""Programs of the demo's, each in a process of its own on a leash (`gatekeeper.demo.leash`)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gatekeeper.demo.leash import END

_STOP_TIMEOUT_S: Final = 15


async def spawn_leashed(
    *arguments: str,
    passing: Path | None,
    environment: Mapping[str, str] | None = None,
    stdout: int = asyncio.subprocess.PIPE,
    stderr: int = asyncio.subprocess.PIPE,
) -> asyncio.subprocess.Process:
    """Start a module of Python's that does not outlive this process.

    Args:
        arguments: The module, and what it is given.
        passing: Removed by the leash if the demo is killed; None to keep everything.
        environment: Of the program; None for this process's.
        stdout: Where its output goes.
        stderr: Where its errors go.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gatekeeper.demo.leash",
        "" if passing is None else str(passing),
        sys.executable,
        "-m",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
        env=dict(os.environ if environment is None else environment),
        # A Ctrl+C at the terminal is the demo's; it ends its programs itself.
        start_new_session=True,
    )


async def end_leashed(process: asyncio.subprocess.Process) -> None:
    """Tell the leash that it is over, and wait for it."""
    if process.returncode is not None:
        return
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.write(END)
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), _STOP_TIMEOUT_S)
    except TimeoutError:
        process.kill()
        await process.wait()
