"""Starting a program on the organizer's own laptop that the desk's end does not end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

LOG_MAX: Final = 20 * 1024 * 1024
"""Bytes of a program's log; a longer one is put aside at the next start."""
_DETACHED: Final = 0x0000_0200 | 0x0000_0008 if sys.platform == "win32" else 0
"""Windows' CREATE_NEW_PROCESS_GROUP and DETACHED_PROCESS: there, sessions are no shelter."""


class DetachedProgram(NamedTuple):
    """A program that was started.

    Attributes:
        begins: Where in its log it has begun to write.
    """

    process: subprocess.Popen[bytes]
    log: Path
    begins: int

    def has_ended(self) -> bool:
        """Tell whether it has."""
        return self.process.poll() is not None

    def last_words(self, size: int) -> str:
        """Return the end of what it has said, not of what another run has."""
        try:
            with self.log.open("rb") as said:
                said.seek(max(self.begins, self.log.stat().st_size - size))
                return said.read(size).decode("utf-8", "replace").strip()
        except OSError:
            return ""


def start_detached(
    words: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> DetachedProgram:
    """Start a program that writes on in its log, behind what its earlier runs have said.

    Args:
        words: The program and its arguments.
        log: Its log; one former log is kept beside it.
        environment: The program's; None for this one's.

    Raises:
        OSError: if it cannot be started, or the log cannot be written.
    """
    _put_aside(log)
    with log.open("ab") as end:
        begins = log.stat().st_size
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=end,
            stderr=end,
            env=environment,
            # Neither a Ctrl+C at the desk's terminal nor the desk's end is its own.
            start_new_session=True,
            creationflags=_DETACHED,
        )
    return DetachedProgram(process, log, begins)


def _put_aside(log: Path) -> None:
    """Keep one former log: the disk of a laptop is not for that."""
    if log.exists() and log.stat().st_size > LOG_MAX:
        log.replace(log.with_suffix(".log.1"))
