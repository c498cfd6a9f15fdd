"""Where a program of this machine's user keeps what is its own."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from shared.kernel.errors import EnvironmentFault


def add_profile(parser: argparse.ArgumentParser, what: str, *, is_required: bool = True) -> None:
    """Take a device's folder by `--profile`; `what` says of it whose it is."""
    parser.add_argument(
        "--profile", metavar="DIR", type=_device_folder, required=is_required, help=what
    )


def _device_folder(text: str) -> Path:
    """Take a folder that may not be there yet, and nothing else of that name."""
    folder = Path(text)
    if folder.exists() and not folder.is_dir():
        message = f"{text} is a file; name the device's folder"
        raise argparse.ArgumentTypeError(message)
    return folder


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
