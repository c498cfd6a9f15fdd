"""What a gate says while it waits for the next guest, and why it lets nobody in."""

from __future__ import annotations

from datetime import tzinfo

from gatekeeper.gate.answer import LaneStatus
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_time
from shared.admission.evacuation import EvacuationPhase
from shared.kernel.instant import Instant
from shared.kernel.trouble import TroubleKind


def idle_words(status: LaneStatus) -> tuple[str, str, str]:
    """Return title, hint and drawing of a gate that waits."""
    if status.evacuation == EvacuationPhase.STOP:
        hint = "evacuation.way_out" if status.direction == "out" else "evacuation.idle_hint"
        return TEXTS.say("evacuation.idle"), TEXTS.say(hint), "evacuate"
    if status.trouble == TroubleKind.REVOKED:
        return TEXTS.say("revoked.idle"), TEXTS.say("trouble.revoked"), "deny"
    if status.direction == "out":
        return TEXTS.say("bar.direction_out"), TEXTS.say("idle.hint_out"), "exit"
    if status.paused_at is not None:
        return TEXTS.say("pause.idle"), TEXTS.say("pause.idle_hint"), "paused"
    return TEXTS.say("idle.title"), TEXTS.say("idle.hint"), "idle"


def has_word_for_all(status: LaneStatus) -> bool:
    """Whether the waiting screen tells why nobody is let in: to be read from afar."""
    is_shut = bool(status.evacuation) or status.trouble == TroubleKind.REVOKED
    return is_shut or (status.paused_at is not None and status.direction != "out")


def say_pause(status: LaneStatus, now: Instant, zone: tzinfo | None) -> str:
    """Return the line in the bar that lasts as long as entry is paused, or ""."""
    if status.paused_at is None or status.direction == "out":
        return ""
    return TEXTS.say("pause.since", time=spell_time(status.paused_at, now, zone, TEXTS))
