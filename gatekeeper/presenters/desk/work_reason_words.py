"""Why the server's work did not come off, in the desk's own language. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.organizer.failed_work import WorkEnd
from gatekeeper.wording.texts import TEXTS
from shared.wire.work_reasons import ENGLISH, WorkReason


def spell_reasons(because: Sequence[WorkReason], said: str) -> str:
    """Say why something did not come off.

    Args:
        because: As far as it has codes.
        said: The same in the server's words, which stand where a code is not known here.
    """
    if not because or any(one.code not in ENGLISH for one in because):
        return TEXTS.isolate(said) if said else ""
    return " ".join(TEXTS.say(f"why.{one.code}", **one.values) for one in because)


def spell_ends(ends: Sequence[WorkEnd]) -> str:
    """Say how several tries ended."""
    return " ".join(spell_reasons(one.because, one.said) for one in ends)
