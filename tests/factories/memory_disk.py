"""Puts what tests write into memory where there is enough of it: thousands wait for their disk.

Programs flush as they always do. What a power cut leaves is tested on a disk of the project's own
(`tests/fakes/power_cut_disk.py`), since no test can cut a real one's power.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")
ROOM_NEEDED: Final = 4 << 30
"""Bytes that must be free, there and in the machine's memory: a whole run keeps about 1 GiB."""


def use_memory_disk() -> None:
    """Let `tempfile`, pytest and started programs put their files into memory, if it has room."""
    if "TMPDIR" in os.environ or not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return
    if min(shutil.disk_usage(MEMORY).free, _memory_free()) < ROOM_NEEDED:
        return
    folder = MEMORY / f"gatekeeper-tests-{os.geteuid()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    if folder.stat().st_uid == os.geteuid():
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def _memory_free() -> int:
    for line in Path("/proc/meminfo").read_text("ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    return 0
