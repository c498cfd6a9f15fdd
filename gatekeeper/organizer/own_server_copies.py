"""What saves the event when this laptop dies: sealed copies of its server, and the paper.

The server copies itself (`server/copies/server_copy_plan.py`, which takes or refuses a folder),
also while no desk is open. The desk chooses where, prints the recovery sheet, and says on the
board how old the last copy is.
"""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from gatekeeper.organizer.before_doors.doors_ready_judging import COPY_OLD_AFTER_S
from gatekeeper.organizer.before_doors.doors_ready_lines import BoardLine, Cause
from gatekeeper.organizer.own_server import OwnServer
from shared.kernel.errors import BadInput
from shared.kernel.instant import Instant, datetime_from_instant
from shared.wire.server_copies import STATE_FILE, TAKE_OVER_FILE, CopyFault, CopyState, TakeOver
from shared.wire.signed_server_address import open_address

ADDRESS_FILE: Final = "address.word"
_FAULTS: Final = {
    CopyFault.GONE: Cause.COPY_GONE,
    CopyFault.FULL: Cause.COPY_FULL,
    CopyFault.FAILED: Cause.COPY_FAILED,
}


class RecoverySheet(msgspec.Struct, frozen=True, kw_only=True):
    """What the recovery sheet says.

    Attributes:
        code: Opens the copies, and the account.
        digits: By which others know the server.
        made_on: The day.
    """

    organization: str
    email: str
    code: str
    digits: str
    made_on: str


def read_copies(folder: Path) -> CopyState:
    """Read how the copies of a server stand; as if there were none where nothing is known."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode((folder / STATE_FILE).read_bytes(), type=CopyState)
    return CopyState()


def judge_copies(state: CopyState, now: datetime, *, has_sheet: bool) -> BoardLine:
    """Judge whether another laptop could take over now."""
    since = _moment(state.good_at)
    cause = Cause.COPY_GOOD
    if not state.folder:
        cause = Cause.COPY_NOWHERE
    elif state.fault is not CopyFault.NONE:
        cause = _FAULTS[state.fault]
    elif since is None or now - since > timedelta(seconds=COPY_OLD_AFTER_S):
        cause = Cause.COPY_NEVER if since is None else Cause.COPY_OLD
    elif not has_sheet:
        cause = Cause.COPY_NO_SHEET
    elif state.is_same_disk:
        cause = Cause.COPY_SAME_DISK
    return cause.line(name=state.folder, detail=state.said, since=since)


async def draw_code(server: OwnServer) -> str:
    """Draw a new recovery code; the former opens no copy that is made from now on.

    Raises:
        EnvironmentFault: if the server's program fails.
    """
    return str((await server.run_verb("copy", "code"))["code"])


async def copy_to(server: OwnServer, folder: Path) -> None:
    """Let the server copy itself there from now on.

    Raises:
        BadInput: if the folder cannot be used.
    """
    await server.run_verb("copy", "to", str(folder))


async def take_over(server: OwnServer, folder: Path, code: str) -> None:
    """Make this laptop the server whose copy lies in a folder; it is not started yet.

    Raises:
        BadInput: if there is no copy, the code opens none, or a server is here already.
        EnvironmentFault: if the server's program fails.
    """
    await server.run_verb("take-over", str(folder), feed=code.strip() + "\n")


def read_address(folder: Path) -> str:
    """Return where a server of this laptop is now, as it has signed it; "" before it serves."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return (folder / ADDRESS_FILE).read_text("ascii")
    return ""


def read_take_over(folder: Path) -> TakeOver | None:
    """Return what a server of this laptop took over; None if it did not."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode((folder / TAKE_OVER_FILE).read_bytes(), type=TakeOver)
    return None


def is_taken_over(folder: Path, authority_pem: str) -> str:
    """Return where another laptop goes on as this server; "" while this one is it."""
    done, text = read_take_over(folder), read_address(folder)
    with contextlib.suppress(BadInput):
        word = open_address(text, authority_pem)
        own = 0 if done is None else done.epoch
        if word.epoch > max(own, _seen_epoch(folder)):
            return word.urls[0]
    return ""


def _seen_epoch(folder: Path) -> int:
    with contextlib.suppress(OSError, msgspec.DecodeError, ValueError):
        seen = msgspec.json.decode((folder / "ledger-epoch.json").read_bytes(), type=_Epochs)
        return max(seen.epochs.values(), default=0)
    return 0


class _Epochs(msgspec.Struct, frozen=True):
    epochs: dict[str, int]


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """What only the dead server held, as far as anybody can know.

    Attributes:
        since, until: When the copy was made, and when another laptop took over: what was sold,
            changed or revoked at the server in between is gone.
        told: Where the former one has heard that it is over; "" while it has not.
        back: Devices that have brought their journals since.
        awaited: Devices that have not, name by id: until then the ledger grants nothing.
    """

    since: datetime
    until: datetime
    told: str
    back: tuple[str, ...]
    awaited: dict[str, str]


async def find_missing(server: OwnServer, names: dict[str, str]) -> Missing | None:
    """Say what only the dead server held; None where nothing was taken over.

    Args:
        server: The server that took over.
        names: Of devices, by id.

    Raises:
        EnvironmentFault: if the server's program fails.
    """
    done = read_take_over(server.folder)
    if done is None:
        return None
    found = await server.run_lines("epoch", "show")
    awaited = {str(line["device"]) for line in found[1:] if "device" in line and "asked" in line}
    return Missing(
        since=datetime_from_instant(done.copied_at),
        until=datetime_from_instant(done.taken_at),
        told=done.told,
        back=tuple(sorted(name for key, name in names.items() if key not in awaited)),
        awaited={key: names.get(key, key) for key in sorted(awaited)},
    )


async def wait_no_longer(server: OwnServer, device_id: str) -> None:
    """Let claims go on without a device that will not come back.

    Raises:
        BadInput: if nobody waits for it.
    """
    await server.run_lines("epoch", "absent", device_id)


async def reset_password(server: OwnServer, email: str, code: str, password: str) -> None:
    """Give an account of this laptop's server another password, by the recovery sheet.

    Raises:
        BadInput: if code, address or password cannot be taken.
    """
    words = ("reset-password", "--recovery-code", f"--email={email.strip()}")
    await server.run_verb(*words, feed=f"{code.strip()}\n{password}\n")


def _moment(instant: Instant) -> datetime | None:
    return datetime_from_instant(instant) if instant else None
