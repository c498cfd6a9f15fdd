"""What is said of files of many tickets. Pure."""

from __future__ import annotations

from typing import Final

from gatekeeper.organizer.during.ticket_files_client import TicketFile, TicketGroup
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import VENUE_CLOCK

_SIGNS: Final = {"writing": "…", "ready": "✓", "cancelled": "–", "failed": "✕", "gone": "–"}
"""Read without colours too."""


_MEGA: Final = 1_000_000


def spell_saved(done: int, size: int) -> str:
    """Say how much of a file has come, in megabytes of ten to the sixth, as file managers do."""
    shown = [TEXTS.decimal(min(part, size) / _MEGA) for part in (done, size)]
    return TEXTS.say("files.saving", done=shown[0], total=shown[1])


def spell_group(group: TicketGroup) -> str:
    """Say a type by its name, and a list by when it was brought."""
    if group.at is None:
        return group.name
    at = TEXTS.isolate(VENUE_CLOCK.stamp(group.at))
    return TEXTS.say("files.list", at=at, count=group.count)


def spell_file(file: TicketFile) -> str:
    """Say what was asked for when, and how it stands."""
    form = file.layout if file.form == "pdf" else file.form
    known = file.state if file.state in _SIGNS else "writing"
    said = f"{_SIGNS[known]} " + TEXTS.say(
        f"files.state.{known}", done=file.done, total=file.total, left_out=file.left_out
    )
    at = TEXTS.isolate(VENUE_CLOCK.stamp(file.created_at))
    return TEXTS.beside(TEXTS.say(f"files.form.{form}"), at, said)
