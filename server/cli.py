"""The `gatekeeper-server` command, with its verbs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from command_line.program import Program

VERBS: Final = {
    "serve": "run the server, creating and migrating what is missing",
    "init": "create the data folder, its secrets and the database",
    "migrate": "upgrade the database to this program's version",
    "backup": "write an encrypted backup of the database to a file",
    "restore": "restore a backup, and open a higher ledger epoch",
    "copy": "back up the whole server, encrypted, to a USB stick every minute while it runs",
    "take-over": "make this machine the server whose backup is in a folder",
    "epoch": "show the ledger's epoch, or open a higher one after a restore",
    "keys": "list keys, rotate them, limit how long they are valid, or declare one compromised",
    "supervisors": "list supervisors, change all PINs, issue or withdraw a badge",
    "create-admin": "create an account that administers the installation",
    "reset-password": "give an account a new password, turn off its second factor, and sign it out"
    " everywhere",
    "openapi": "print the API description",
    "seed": "create an event for load tests, through the real services",
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
