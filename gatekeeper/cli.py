"""The `gatekeeper` command, with its verbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from command_line.program import Program

VERBS: Final = {
    "organizer": "open the organizer's desk: set up, pair, watch",
    "kiosk": "open the gate's window",
    "till": "open the till's window, or sell by lines of JSON",
    "icons": "add icons for the desk and the gate to this user's applications",
    "demo": "play the whole story on this machine: sell, sync, cut the network, scan, reconcile",
    "enrol": "enrol this machine as a device of an organization, with a one-time code",
    "sync": "upload the journal and download what has changed",
    "lane": "run a lane without a screen: codes in, verdicts out",
    "paper": "enter who was admitted by a paper list",
    "print": "set up a till's printer, and manage print jobs",
    "terminal": "set up a till's card terminal, and test it",
    "tag": "sell a walk-up ticket and write it to an NFC tag",
    "decode": "read the codes in image files",
    "inspect": "say what a code is and whether its signature is valid",
    "journal": "check or export this device's journal",
    "decide": "run admission rules on test cases",
}
"""As `--help` has them: windows first, then what works without one, then what looks into it."""

_PROGRAM: Final = Program(
    name="gatekeeper",
    description="Ticket gates that keep working when the network does not.",
    example="gatekeeper organizer",
    package="gatekeeper.commands",
    verbs=VERBS,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status; by default as the process was called."""
    return _PROGRAM.main(arguments)
