"""What saves the event when this laptop dies: sealed copies of its server, and the paper.

The server copies itself, also while no desk is open. The desk chooses where, prints the recovery
sheet, and says on the board how old the last copy is.
"""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from gatekeeper.organizer.board import BoardLine, Check, Light
from gatekeeper.organizer.own_server import OwnServer
from shared.kernel.instant import Instant, datetime_from_instant
from shared.wire.safekeeping import STATE_FILE, CopyFault, CopyState

OLD_AFTER: Final = timedelta(minutes=3)
"""A copy is made, or found good, each minute."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
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
    light, word = Light.GREEN, "good"
    if not state.folder:
        light, word = Light.AMBER, "nowhere"
    elif state.fault is not CopyFault.NONE:
        light, word = Light.RED, str(state.fault)
    elif since is None or now - since > OLD_AFTER:
        light, word = Light.RED, "old" if since is not None else "never"
    elif not has_sheet:
        light, word = Light.AMBER, "no_sheet"
    elif state.is_same_disk:
        light, word = Light.AMBER, "same_disk"
    return BoardLine(
        check=Check.COPY,
        light=light,
        state=word,
        name=state.folder,
        detail=state.said,
        since=since,
    )


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


async def reset_password(server: OwnServer, email: str, code: str, password: str) -> None:
    """Give an account of this laptop's server another password, by the recovery sheet.

    Raises:
        BadInput: if code, address or password cannot be taken.
    """
    words = ("reset-password", "--recovery-code", "--email", email.strip())
    await server.run_verb(*words, feed=f"{code.strip()}\n{password}\n")


def _moment(instant: Instant) -> datetime | None:
    return datetime_from_instant(instant) if instant else None
