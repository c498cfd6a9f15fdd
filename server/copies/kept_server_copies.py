"""Which copies of a server a folder keeps: how many, under which names, which goes next."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from server.copies import backup_sealing
from server.copies.server_copy_plan import CopyPlan
from shared.kernel.errors import BadInput
from shared.kernel.instant import Instant
from shared.kernel.os_errors import words_of_system

_TURNS: Final = "ab"
"""Two copies are kept: the newest, and the one before it, over which the next is written."""
_NEVER: Final = Instant(-1)
"""When a copy was made that is not there."""


def find_copies(folder: Path) -> list[Path]:
    """Return the copies in a folder, the newest first by what their heads say.

    Raises:
        BadInput: if the folder cannot be read.
    """
    found = []
    try:
        for file in folder.glob("gatekeeper-*.copy"):
            with contextlib.suppress(BadInput, OSError):
                found.append((backup_sealing.read_head(file).made_at, file))
    except OSError as error:
        raise BadInput(f"{folder} cannot be read: {words_of_system(error)}") from error
    return [file for _, file in sorted(found, reverse=True)]


def slots_of(plan: CopyPlan) -> list[Path]:
    """Return the files in which a server's copies lie in turn."""
    return [Path(plan.folder) / f"{plan.name}-{turn}.copy" for turn in _TURNS]


def find_slots(plan: CopyPlan, now: Instant) -> tuple[Path, Path | None]:
    """Return the slot to be written next, and the newest copy; None if there is none.

    A copy of a time to come was made while the clock was wrong. It goes first, and at once, for
    whoever takes over would take it for the newest.
    """
    made: list[tuple[bool, Instant, Path]] = []
    for slot in slots_of(plan):
        try:
            at = backup_sealing.read_head(slot).made_at
            made.append((at <= now, at, slot))
        except (BadInput, OSError):
            made.append((True, _NEVER, slot))
    (is_past, _, older), (_, at, newest) = sorted(made)
    return older, newest if is_past and at > _NEVER else None
