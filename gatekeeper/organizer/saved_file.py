"""A file that somebody at a desk has chosen a place for."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Final

from shared.kernel.errors import EnvironmentFault
from shared.kernel.os_errors import words_of_system

PART: Final = ".part"
"""Behind the name of a file that is not whole yet."""
_PRIVATE: Final = 0o600


async def save_file(name: str, content: bytes) -> None:
    """Write a file; the desk's thread does other work meanwhile.

    Raises:
        EnvironmentFault: if it cannot be written.
    """
    try:
        await asyncio.to_thread(write_whole, Path(name), content)
    except OSError as fault:
        raise EnvironmentFault(f"{name} cannot be written: {words_of_system(fault)}") from fault


@asynccontextmanager
async def writing_whole(path: Path) -> AsyncIterator[BinaryIO]:
    """Give what a file is written to piece by piece; like `write_whole` it stands there whole.

    Raises:
        EnvironmentFault: if it cannot be written.
    """
    part = path.with_name(path.name + PART)
    try:
        with _open_private(part) as file:
            yield file
        await asyncio.to_thread(part.replace, path)
    except OSError as fault:
        message = f"{path.name} cannot be written: {words_of_system(fault)}"
        raise EnvironmentFault(message) from fault
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that others of this laptop cannot read, such as codes that are worth money.

    What was there before stays until it is whole, also where a disk is full.

    Raises:
        OSError: if it cannot be written.
    """
    part = path.with_name(path.name + PART)
    try:
        with _open_private(part) as file:
            file.write(content)
        part.replace(path)
    except OSError as fault:
        with contextlib.suppress(OSError):
            part.unlink()
        # Not of the part: nobody has chosen its name.
        raise OSError(fault.errno, fault.strerror) from fault


def _open_private(part: Path) -> BinaryIO:
    return os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "wb")
