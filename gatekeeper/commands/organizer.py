"""`gatekeeper organizer`: the organizer's desk."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from gatekeeper.commands.display import check_display
from gatekeeper.commands.own_folder import own_data_folder
from shared.kernel.errors import EnvironmentFault
from shared.kernel.os_errors import words_of_system

_DESCRIPTION: Final = """\
Opens the desk: set up an event, publish it to the gates, pair devices, import guests, and see on
one page whether doors are ready. The first start asks one thing: whether to join a server or run
one on this laptop. That server keeps running when the desk is closed.
"""
_EPILOG: Final = """\
example:
  gatekeeper organizer
  gatekeeper organizer --server https://tickets.example.org
  gatekeeper organizer --folder /media/stick/desk

Exit status: 0 the window was closed, 2 wrong usage, 3 something failed.
"""


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("--server", metavar="URL", help="join this server")
    parser.add_argument(
        "--folder",
        metavar="DIR",
        type=Path,
        help="the data of the desk and of the server it runs; default: in your own data folder",
    )


def run(args: argparse.Namespace) -> int:
    """Open the window; returns when it is closed."""
    check_display("gatekeeper-server needs no display, and /docs has its whole API")
    from gatekeeper.device.composition_root import machine_system
    from gatekeeper.sync.typed_server_address import checked_url
    from gatekeeper.ui.organizer.app import run_organizer

    url = checked_url(args.server) if args.server else None
    folder: Path = args.folder or own_data_folder() / "gatekeeper-desk"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise EnvironmentFault(f"{folder} cannot be used: {words_of_system(fault)}") from fault
    return run_organizer(folder, machine_system(), url)
