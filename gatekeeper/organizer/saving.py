"""A file that somebody at a desk has chosen a place for."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

from shared.kernel.errors import EnvironmentFault
from shared.kernel.os_errors import words_of_system

_PRIVATE: Final = 0o600


async def save_file(name: str, content: bytes) -> None:
    """Write a file; the desk's thread does other work meanwhile.

    Raises:
        EnvironmentFault: if it cannot be written.
    """
    try:
        await asyncio.to_thread(Path(name).write_bytes, content)
    except OSError as fault:
        raise EnvironmentFault(f"{name} cannot be written: {words_of_system(fault)}") from fault


async def save_private_file(name: str, content: bytes) -> None:
    """Write a file that others of this laptop cannot read, such as codes that are worth money.

    Raises:
        OSError: if it cannot be written.
    """
    await asyncio.to_thread(_write_private, Path(name), content)


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "wb") as file:
        file.write(content)
