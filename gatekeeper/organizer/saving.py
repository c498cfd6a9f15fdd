"""A file that somebody at a desk has chosen a place for."""

from __future__ import annotations

import asyncio
from pathlib import Path

from shared.kernel.errors import EnvironmentFault
from shared.kernel.os_errors import words_of_system


async def save_file(name: str, content: bytes) -> None:
    """Write a file; the desk's thread does other work meanwhile.

    Raises:
        EnvironmentFault: if it cannot be written.
    """
    try:
        await asyncio.to_thread(Path(name).write_bytes, content)
    except OSError as fault:
        message = f"{name} cannot be written: {words_of_system(fault)}"
        raise EnvironmentFault(message) from fault
