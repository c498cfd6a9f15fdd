"""Where a program of this machine's user keeps what is its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from shared.kernel.errors import EnvironmentFault


def own_data_folder() -> Path:
    """Return the folder in which this user's programs keep their data.

    A relative path is left out, as the XDG Base Directory Specification asks: an icon is opened
    from anywhere.

    Raises:
        EnvironmentFault: if this user has no folder of their own.
    """
    try:
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home())
        named = Path(os.environ.get("XDG_DATA_HOME", ""))
        return named if named.is_absolute() else Path.home() / ".local" / "share"
    except RuntimeError as fault:  # neither the environment nor the system knows one
        message = "this user has no home folder; set HOME, or name a folder where that can be done"
        raise EnvironmentFault(message) from fault
