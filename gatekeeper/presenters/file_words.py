"""What is said of files of many tickets. Pure."""

from __future__ import annotations

from typing import Final

from gatekeeper.organizer.ticket_files import TicketFile
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import VENUE_CLOCK

_SIGNS: Final = {"writing": "…", "ready": "✓", "cancelled": "–", "failed": "✕", "gone": "–"}
"""Read without colours too."""


def spell_file(file: TicketFile) -> str:
    """Say what was asked for when, and how it stands."""
    form = file.layout if file.form == "pdf" else file.form
    known = file.state if file.state in _SIGNS else "writing"
    said = f"{_SIGNS[known]} " + TEXTS.say(
        f"files.state.{known}", done=file.done, total=file.total, left_out=file.left_out
    )
    at = TEXTS.isolate(VENUE_CLOCK.stamp(file.created_at))
    return TEXTS.beside(TEXTS.say(f"files.form.{form}"), at, said)
