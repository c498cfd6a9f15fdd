"""`gatekeeper enrol`: make this machine a device, with a one-time code."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from pathlib import Path
from typing import Final

import msgspec

from command_line.exit_statuses import EXIT_DONE
from command_line.json_lines import encode_line
from gatekeeper.commands.own_folder import add_profile
from gatekeeper.device.composition_root import enrolment_ways, machine_system
from gatekeeper.store.profile import Profile
from gatekeeper.sync.enrolment import default_name, enrol, read_code
from gatekeeper.this_machine import LOCK_NAME, ProfileLock

_EXAMPLE: Final = """\
example:
  $ gatekeeper enrol --server http://127.0.0.1:8000 --code 7K2M-9Q4T-1X0C-8F3Z \\
      --profile ~/gates/north
  {"device_id":"dv_7k2m9q4t1x0c","organization":"Lantern Society","role":"gate", …}

The organizer creates the code: at the desk (gatekeeper organizer) under Devices, or at the server
(POST /api/v1/organizations/…/devices/codes; docs/operations.md has all the commands to copy). CODE
is best the whole line that begins with GKE1, the answer's "text": it contains the server's address
and what this machine may trust. The "code" alone needs --server.

If DIR is a device that its server no longer knows (because an older backup was restored), a new
code makes it the same device again, and everything it has recorded is uploaded.
"""


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    parser.description = (
        "Create a new key, enrol this machine with the code, and write the profile to\n"
        "DIR. If DIR already is a device of that organization, it is enrolled again as the same."
    )
    parser.epilog = _EXAMPLE
    parser.add_argument("--server", metavar="URL", help="the server; not needed with a GKE1 line")
    parser.add_argument("--code", metavar="CODE", required=True, help="the one-time code")
    add_profile(parser, "a new folder, or the device's")
    parser.add_argument(
        "--new-root",
        action="store_true",
        help="the organizer has declared the root key compromised: a GKE1 line brings the new one",
    )
    parser.add_argument("--name", help="what staff call the device; default: the folder's name")


def run(args: argparse.Namespace) -> int:
    """Enrol and print what this machine is now; give the exit status."""
    system = machine_system()
    code = read_code(args.server, args.code)
    code = msgspec.structs.replace(code, takes_new_root=args.new_root)
    new = _missing_folders(args.profile)
    disk = system.open_disk(args.profile)
    # Whoever has the folder open would go on with the former token; and of two that enrol into
    # one new folder, the key of the one would stay beside the profile of the other.
    lock = ProfileLock(args.profile)
    try:
        profile = asyncio.run(
            enrol(
                disk,
                code,
                name=args.name or default_name(args.profile),
                entropy=system.entropy,
                ways=enrolment_ways(),
            )
        )
    except BaseException:
        lock.release()
        _remove(new)
        raise
    lock.release()
    print(encode_line(_spell(profile)).decode())
    return EXIT_DONE


def _missing_folders(folder: Path) -> list[Path]:
    """Return what is made for a new folder, the innermost first."""
    return [one for one in (folder, *folder.parents) if not one.exists()]


def _remove(folders: list[Path]) -> None:
    """Leave nothing of folders that were made for a device that did not come about."""
    for folder in folders:
        with contextlib.suppress(OSError):  # something else stands there: it stays
            if [one.name for one in folder.iterdir()] == [LOCK_NAME]:
                (folder / LOCK_NAME).unlink()
            folder.rmdir()


def _spell(profile: Profile) -> dict[str, str | None]:
    return {
        "device_id": profile.device_id,
        "organization": profile.organization,
        "organization_id": profile.organization_id,
        "role": profile.role,
        "event_id": profile.event_id,
        "gate_id": profile.gate_id,
        "profile": profile.kind,
        "server": profile.server_url,
    }
