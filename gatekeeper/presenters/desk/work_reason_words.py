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
    return " ".join(
        TEXTS.say(
            f"why.{one.code}", **{name: _spell(name, value) for name, value in one.values.items()}
        )
        for one in because
    )


def spell_ends(ends: Sequence[WorkEnd]) -> str:
    """Say how several tries ended."""
    return " ".join(spell_reasons(one.because, one.said) for one in ends)


def _spell(name: str, value: int | str) -> int | str:
    """Say a state's word in the desk's language; one of a newer server stays as it is."""
    match name:
        case "event_state":
            key = f"desk.state.{value}"
        case "order_state":
            key = f"orders.state.{value}"
        case "role_needed" | "role_own":
            key = f"safe.role.{value}"
        case _:
            return value
    try:
        return TEXTS.say(key)
    except KeyError:
        return value
