"""Files and folders' names that survive a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def make_durable(path: Path) -> None:
    """Return when a file's content would survive a power cut."""
    _sync(path, os.O_RDWR)


def make_folder_durable(folder: Path) -> None:
    """Return when the names in a folder would survive a power cut."""
    if os.name == "posix":  # folders cannot be opened on every system
        _sync(folder, os.O_RDONLY)


def _sync(path: Path, mode: int) -> None:
    handle = os.open(path, mode)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(file: Path, content: bytes) -> None:
    """Put a content in a file's place, whole or not at all.

    Raises:
        OSError: if the disk refuses.
    """
    draft = file.with_name(f"{file.name}.draft")
    draft.write_bytes(content)
    make_durable(draft)
    draft.replace(file)
    make_folder_durable(file.parent)
