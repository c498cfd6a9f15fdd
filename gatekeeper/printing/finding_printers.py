"""Which printers this machine knows of, for somebody at a till to choose from."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

_SPOOLER_SECONDS: Final = 5


def find_printers(root: Path = Path("/")) -> tuple[str, ...]:
    """Return the addresses of printers that this machine knows of; it may take seconds.

    Those at a network address of their own are not among them: nobody announces them.

    Args:
        root: Where the system's files are.
    """
    usb = sorted(str(path) for path in (root / "dev/usb").glob("lp*"))
    serial = sorted(str(path) for path in (root / "dev/serial/by-id").glob("*"))
    return (
        *(f"device:{path}" for path in usb),
        *(f"system:{name}" for name in _spooled()),
        *(f"serial:{path}" for path in serial),
    )


def _spooled() -> list[str]:
    lpstat = shutil.which("lpstat")
    if lpstat is None:
        return []
    try:
        said = subprocess.run(
            [lpstat, "-e"], capture_output=True, timeout=_SPOOLER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return said.stdout.decode(errors="replace").split()
