"""The `gatekeeper` command, with its verbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from command_line.program import Program

VERBS: Final = {
    "organizer": "open the organizer's desk: set up, pair, watch",
    "kiosk": "open the gate's window",
    "till": "open the till's window, or sell by lines",
    "icons": "put the desk and the gate among this user's applications",
    "demo": "play the whole story on this machine: sell, sync, cut the network, scan, reconcile",
    "enrol": "make this machine a device of an organization, with a one-time code",
    "sync": "upload the journal and fetch what changed",
    "lane": "run a lane without a screen: codes in, verdicts out",
    "paper": "key in who was let in by a list on paper",
    "print": "set a till's printer up, and see to print jobs",
    "terminal": "set a till's card terminal up, and try it",
    "tag": "sell a walk-up ticket and write it to an NFC tag",
    "decode": "read the codes in image files",
    "inspect": "tell what a code says and whether its signature is valid",
    "journal": "verify or export this device's journal",
    "decide": "try admission rules on cases",
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
