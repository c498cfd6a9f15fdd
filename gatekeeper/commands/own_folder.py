"""Where a program of this machine's user keeps what is its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def own_data_folder() -> Path:
    """Return the folder in which this user's programs keep their data."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home())
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
