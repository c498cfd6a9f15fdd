"""The `gatekeeper-server` command, with its verbs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from command_line.program import Program

VERBS: Final = {
    "serve": "run the server, creating and migrating what is missing",
    "init": "create the data folder, its secrets and the database",
    "migrate": "bring the database to this program's version",
    "backup": "write a sealed copy of the database to a file",
    "restore": "put a copy back, and open a higher ledger epoch",
    "copy": "keep sealed copies of the whole server on a USB stick, each minute while it serves",
    "take-over": "make this machine the server whose copy lies in a folder",
    "epoch": "look at the ledger's epoch, or open a higher one after the database went back",
    "keys": "list keys, rotate or bound them, or declare one compromised",
    "supervisors": "list supervisors, change all PINs, draw or withdraw a badge",
    "create-admin": "make an account that runs the installation",
    "reset-password": "give an account another password, without its second factor;"
    " all its sign-ins end",
    "openapi": "print the API's description",
    "seed": "make a load event through the real services",
}

_PROGRAM: Final = Program(
    name="gatekeeper-server",
    description="The server behind the gates: sells, publishes, admits, reconciles.",
    example="gatekeeper-server serve --port 8000",
    package="server.commands",
    verbs=VERBS,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status; by default as the process was called."""
    return _PROGRAM.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
